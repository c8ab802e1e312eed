"""The page of a request, as a person meets it: what stands there, and what a press gives."""

import re
from typing import Any

import pytest
from flask import Flask

from portal.customers.reads import values_of
from portal.grants import reads
from portal.kernel.house import House
from tests.grants.answering import field_of, mine, named, opened, page_of, press, ticks
from tests.grants.cast import CARE, DELIVERY, asked, company, detail, person, signed_in


def test_a_stranger_signs_in_first_and_comes_back_to_the_request(app: Flask, house: House) -> None:
    path = page_of(asked(house, company(house)))
    answer = app.test_client().get(path)
    assert answer.status_code == 303 and answer.location.endswith(f"/sign-in?next={path.replace('/', '%2F')}")


def test_who_why_and_until_when_stand_before_all_else_and_our_sentence_before_theirs(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    page = signed_in(app, ana).get(page_of(asked(house, vendor))).text
    order = [
        "Librería del Mar asks for some of your data",
        "by Anna Ferrer.",
        "To bring you what you ordered.",
        "They ask to use it until",
        "In their words, in Spanish",
        "Para enviarte tus libros.",
        "If you say no:",
        "See what they will get",
        "Share with Librería del Mar",
    ]
    assert [page.find(text) for text in order] == sorted(page.find(text) for text in order)
    assert min(page.find(text) for text in order) > 0


def test_optional_items_start_unticked_and_show_their_present_value(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    page = signed_in(app, ana).get(page_of(asked(house, vendor))).text
    assert ticks(page) == {"profile.name": True, "profile.address": False, "profile.email": False}
    assert "Ana Vila" in page and "ana@example.org" in page and "Not in your data yet" in page


def test_share_and_dont_share_are_equally_easy(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    page = signed_in(app, ana).get(page_of(asked(house, vendor))).text
    bar = page[page.index('class="action-bar"') :]
    buttons = re.findall(r'<button type="submit" class="([^"]+)" name="answer" value="(\w+)">', bar)
    assert [value for _, value in buttons] == ["share", "refuse"]
    assert len({style for style, _ in buttons}) == 1


def test_sharing_gives_what_is_ticked_and_nothing_else(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    request = asked(house, vendor, None, detail(house), detail(house, CARE, ("profile.email", "profile.phone"), ()))
    answer = press(signed_in(app, ana), page_of(request), "share", items_1=["profile.phone"])
    assert answer.status_code == 303 and "/sharing/" in answer.location
    assert mine(house, ana) == [{DELIVERY: {"profile.name"}, CARE: {"profile.phone"}}]


def test_one_reason_can_be_refused_alone(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    request = asked(house, vendor, None, detail(house), detail(house, CARE, ("profile.email",), ()))
    press(signed_in(app, ana), page_of(request), "share", items_1=["profile.email"], no_0="y")
    assert mine(house, ana) == [{CARE: {"profile.email"}}]


def test_the_preview_is_the_exact_answer_keeps_every_choice_and_changes_nothing(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    request = asked(house, vendor)
    client = signed_in(app, ana)
    changes = {"items_0": ["profile.name", "profile.email"], "until": "month", "until_date": ""}
    page = press(client, page_of(request), "preview", **changes).text
    assert ticks(page) == {"profile.name": True, "profile.address": False, "profile.email": True}
    assert re.search(r'value="month"[^>]*checked|checked[^>]*value="month"', page)
    technical = page[page.index("<pre") :]
    assert (
        "Ana Vila" in technical
        and "ana@example.org" in technical
        and "address" not in technical[: technical.index("</pre>")]
    )
    assert mine(house, ana) == []


def test_what_is_filled_in_can_be_tried_out_and_is_saved_with_the_yes_alone(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    path, client = page_of(asked(house, vendor)), signed_in(app, ana)
    labels = re.findall(r'<label class="form-label" for="(fill_\d)">([^<]+)', client.get(path).text)
    city = next(name for name, label in labels if label.strip() == "City or town")
    typed = {"items_0": ["profile.name", "profile.address"], city: "Girona"}

    def address() -> Any:
        with house.reading(ana) as unit:
            return values_of(unit, ana.customer_id or b"", ["profile.address"])

    assert '"city": "Girona"' in press(client, path, "preview", **typed).text.replace("&#34;", '"')
    assert address() == {}
    first = press(client, path, "share", **typed)
    assert first.status_code == 422 and address() == {}
    said = "Home address: for a delivery this is still missing: street and number, postal code and country."
    assert said in first.text and "and they get what is there." in first.text
    assert press(client, path, "share", **typed, sure=field_of(first.text, "sure")).status_code == 303
    assert address() == {"profile.address": {"city": "Girona"}}


def test_what_is_missing_is_written_in_the_same_fields_as_on_my_data(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    client = signed_in(app, ana)
    mine = _controls(client.get("/data/profile.address").text)
    asked_for = _controls(client.get(page_of(asked(house, vendor))).text)
    assert len(mine) == 5 and mine <= asked_for


def _controls(page: str) -> set[tuple[str, str]]:
    """Label and browser's hint of each field that has one."""
    labels = dict(re.findall(r'<label class="form-label" for="([^"]+)">([^<]+)', page))
    found = re.findall(r'<(?:input|select) (?=[^>]*autocomplete="([^"]+)")(?=[^>]*id="([^"]+)")', page)
    return {(labels[id_].strip(), hint) for hint, id_ in found if id_ in labels and hint != "off"}


def test_what_is_filled_in_wrongly_is_said_beside_its_field_and_nothing_is_given(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    path = page_of(asked(house, vendor, None, detail(house, datatypes=("profile.name", "profile.birth_date"))))
    client = signed_in(app, ana)
    labels = re.findall(r'<label class="form-label" for="(fill_\d)">([^<]+)', client.get(path).text)
    born = next(name for name, label in labels if label.strip() == "Date of birth")
    answer = press(client, path, "share", items_0=["profile.name", "profile.birth_date"], **{born: "31 février"})
    assert answer.status_code == 422 and f'id="{born}-error"' in answer.text and "31 février" in answer.text
    assert mine(house, ana) == []


def test_a_last_day_that_is_missing_is_said_without_its_name_twice(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    page = press(signed_in(app, ana), page_of(asked(house, vendor)), "share", until="date").text
    assert "The last day: Write it, or choose another answer." in page


@pytest.mark.parametrize(
    ("until", "status"),
    [({"until": "date"}, 422), ({"until_date": "2020-01-01"}, 422), ({"until_date": "2090-01-01"}, 422),
     ({"until_date": "0001-01-01"}, 422), ({"until_date": "9999-12-31"}, 422), ({"until_date": "soon"}, 422),
     ({"until": "month", "until_date": "2020-01-01"}, 422), ({"until": "date", "until_date": "2020-01-01"}, 422),
     ({"until": "once"}, 303), ({"until": "nonsense"}, 422), ({"until": ""}, 422), ({"until": []}, 422),
         ({"until": "now"}, 422), ({"until": "day"}, 422)],
)  # fmt: skip
def test_an_end_lies_ahead_and_never_beyond_what_was_asked(
    app: Flask, house: House, until: dict[str, str], status: int
) -> None:
    vendor, ana = company(house), named(house)
    request = asked(house, vendor)
    assert press(signed_in(app, ana), page_of(request), "share", **until).status_code == status
    with house.reading(ana) as unit:
        for grant in reads.grants_of(unit):
            assert unit.at < grant.ends_at
            assert grant.ends_at.timestamp() <= request.details[0]["expires_at"]
            assert (grant.ends_at - unit.at).days < 2 or until["until"] != "once"


def test_what_was_not_asked_is_not_given_whatever_the_form_says(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    answer = press(client, path, "share", items_0=["profile.name", "profile.iban"])
    assert answer.status_code == 422 and mine(house, ana) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"items_0": []}, "Nothing is ticked."),
        ({"no_0": "y"}, "Nothing is ticked."),
        ({"items_0": ["profile.email"]}, "Without full name nothing would be shared."),
    ],
)
def test_a_yes_to_nothing_is_no_answer_however_often_it_is_pressed(
    app: Flask, house: House, changes: dict[str, Any], said: str
) -> None:
    vendor, ana = company(house), named(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    for _ in range(2):
        answer = press(client, path, "share", **changes)
        assert answer.status_code == 422 and said in answer.text and "or press “Don&#39;t share”" in answer.text
    with house.reading(ana) as unit:
        assert reads.waiting_requests(unit) and not reads.records_of(unit)


def test_a_yes_without_something_required_is_asked_about_once_and_then_shares_the_rest(
    app: Flask, house: House
) -> None:
    vendor, ana = company(house), named(house)
    request = asked(house, vendor, None, detail(house), detail(house, CARE, ("profile.email",), ()))
    client, path = signed_in(app, ana), page_of(request)
    chosen = {"items_0": ["profile.email"], "items_1": ["profile.email"]}
    first = press(client, path, "share", **chosen)
    assert first.status_code == 422 and mine(house, ana) == []
    assert "Not ticked: full name. So nothing is shared for this reason: delivery" in first.text
    assert press(client, path, "share", **chosen, sure=field_of(first.text, "sure")).status_code == 303
    assert mine(house, ana) == [{CARE: {"profile.email"}}]


def test_what_is_required_and_still_empty_is_asked_for_once_with_its_fields_open(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    first = press(client, path, "share")
    assert first.status_code == 422 and "Required and still empty: full name." in first.text
    assert re.search(r'<a href="#fill_\d">Go to the first field that is empty</a>', first.text)
    assert re.findall(r"<details( open)?>\s*<summary>Fill it in now", first.text) == [" open", ""]
    assert press(client, path, "share", sure=field_of(first.text, "sure")).status_code == 303
    assert mine(house, ana) == [{DELIVERY: {"profile.name"}}]


def test_a_look_at_what_they_will_get_does_not_make_the_second_press_the_first_again(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    first = press(client, path, "share")
    assert first.status_code == 422 and "Required and still empty: full name." in first.text
    looked = press(client, path, "preview", sure=field_of(first.text, "sure"))
    assert looked.status_code == 200 and 'id="seen"' in looked.text
    assert press(client, path, "share", sure=field_of(looked.text, "sure")).status_code == 303
    assert mine(house, ana) == [{DELIVERY: {"profile.name"}}]


def test_a_look_by_itself_is_no_press_and_what_is_empty_is_still_said_once(app: Flask, house: House) -> None:
    client, path = signed_in(app, person(house)), page_of(asked(house, company(house)))
    looked = press(client, path, "preview")
    assert field_of(looked.text, "sure") == ""
    assert press(client, path, "share", sure="").status_code == 422


@pytest.mark.parametrize(
    ("required", "said"),
    [
        (("profile.name",), "the rest that is ticked is shared now, and this once you fill it in."),
        (("profile.name", "profile.address"), "the rest that is ticked is shared now, and these once you fill them in."),
    ],
)
def test_who_shares_more_than_what_is_still_empty_reads_that_the_rest_goes_now(
    app: Flask, house: House, required: tuple[str, ...], said: str
) -> None:
    vendor, ana = company(house), person(house, email="ana@example.org")
    request = asked(house, vendor, None, detail(house, required=required))
    client, path = signed_in(app, ana), page_of(request)
    assert "Unless it is ticked, nothing is shared for this reason." in client.get(path).text
    assert "is shared now" not in press(client, path, "share", items_0=[*required]).text, "there is no rest"
    assert said in press(client, path, "share", items_0=[*required, "profile.email"]).text


def test_what_is_written_into_the_page_is_empty_no_more(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    labels = re.findall(r'<label class="form-label" for="(fill_\d)">([^<]+)', client.get(path).text)
    named = {name: "Ana" for name, label in labels if label.strip() in ("First name", "Family name")}
    half = press(client, path, "share", **{min(named): "Ana"})
    assert half.status_code == 422 and "Full name: for a delivery this is still missing: family name." in half.text
    assert "still empty" not in half.text
    assert press(client, path, "share", **named).status_code == 303


def test_a_yes_to_other_things_than_were_asked_about_is_asked_about_again(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    both = detail(house, required=("profile.name", "profile.address"))
    client, path = signed_in(app, ana), page_of(asked(house, vendor, None, both))
    first = press(client, path, "share")
    sure = field_of(first.text, "sure")
    labels = re.findall(r'<label class="form-label" for="(fill_\d)">([^<]+)', first.text)
    city = next(name for name, label in labels if label.strip() == "City or town")
    assert press(client, path, "share", sure=sure, **{city: "Girona"}).status_code == 422


def test_a_preview_is_a_page_of_its_own_and_its_address_holds_nothing_that_was_written(
    app: Flask, house: House
) -> None:
    vendor, ana = company(house), named(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    form = {**opened(client, path), "answer": "preview", "items_0": ["profile.name", "profile.email"]}
    led = client.post(path, data={**form, "until": "month"})
    assert led.status_code == 303 and led.location.endswith("#seen") and "Ana" not in led.location
    page = client.get(led.location).text
    assert "What they would get now" in page and "ana@example.org" in page[page.index("<pre") :]
    assert re.search(r'value="month"[^>]*checked|checked[^>]*value="month"', page)
    labels = re.findall(r'<label class="form-label" for="(fill_\d)">([^<]+)', page)
    city = next(name for name, label in labels if label.strip() == "City or town")
    written = client.post(path, data={**form, city: "Girona"})
    assert written.status_code == 303 and "Girona" not in written.location


def test_choices_in_an_address_are_only_looked_at(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    for query in ("tried=yes", "tried=yes&items_0=profile.iban", "tried=yes&items_0=profile.name&until=date"):
        assert client.get(f"{path}?{query}").status_code in (200, 422)
    assert mine(house, ana) == []
