"""The page of a request, as a person and a company's program meet it."""

import hashlib
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.service import choose_language
from portal.customers.reads import values_of
from portal.grants import reads
from portal.grants.service import ask, revoke
from portal.kernel.house import House
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import SYSTEM, Actor
from portal.links import service as links
from portal.links.reads import link_by_number, link_of
from portal.orders.service import hide, mark_gift
from portal.vendors import service as vendors
from tests.grants.cast import CARE, DELIVERY, SUGGESTIONS, asked, company, detail, person, signed_in
from tests.oauth.cast import BACK, STATE, VERIFIER, answered, authorize_url, program
from tests.orders.cast import an_order, join, line, list_of, tell

NAMES = {"given_name": "Ana", "family_name": "Vila"}


def named(house: House, email: str = "ana@example.org") -> Actor:
    """Somebody whose name is written down, so that what is required is there."""
    return person(house, email, **NAMES)


def field_of(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None, f"no field {name}"
    return found[1]


def ticks(page: str) -> dict[str, bool]:
    """The ticks for data on the page, and whether each is set."""
    boxes = re.findall(r'<input class="form-check-input" type="checkbox" name="items_\d"[^>]*>', page)
    return {str(re.search(r'value="([^"]+)"', box)[1]): "checked" in box for box in boxes}  # type: ignore[index]


def opened(client: FlaskClient, path: str) -> dict[str, Any]:
    """What a browser would send back of the page as it stands."""
    page = client.get(path)
    assert page.status_code == 200, page.status
    boxes = re.findall(
        r'<input class="form-check-input" type="checkbox" name="(items_\d)"[^>]*value="([^"]+)"([^>]*)>', page.text
    )
    form: dict[str, Any] = {name: field_of(page.text, name) for name in ("csrf_token", "notice", "shown")}
    for name, value, rest in boxes:
        if "checked" in rest:
            form.setdefault(name, []).append(value)
    until = re.findall(r'<input[^>]*name="until"[^>]*>', page.text)
    return {**form, "until": next(field_of(one, "until") for one in until if "checked" in one)}


def press(client: FlaskClient, path: str, answer: str, **changes: Any) -> TestResponse:
    form = {**opened(client, path), "answer": answer, **changes}
    return client.post(path, data=form, follow_redirects=answer == "preview")


def page_of(request: Any) -> str:
    return f"/requests/{text_of(request.id)}"


def mine(house: House, actor: Actor) -> list[dict[str, set[str]]]:
    """What each of the actor's permissions holds."""
    with house.reading(actor) as unit:
        found = [reads.details_of(unit, grant) for grant in reads.grants_of(unit)]
    return [{one.purpose: set(one.datatypes) for one in details} for details in found]


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
    assert "Without full name nothing is shared for this reason: delivery" in first.text
    assert press(client, path, "share", **chosen, sure=field_of(first.text, "sure")).status_code == 303
    assert mine(house, ana) == [{CARE: {"profile.email"}}]


def test_what_is_required_and_still_empty_is_asked_for_once_with_its_fields_open(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    first = press(client, path, "share")
    assert first.status_code == 422 and "Required and still empty: full name." in first.text
    assert re.findall(r"<details( open)?>\s*<summary>Fill it in now", first.text) == [" open", ""]
    assert press(client, path, "share", sure=field_of(first.text, "sure")).status_code == 303
    assert mine(house, ana) == [{DELIVERY: {"profile.name"}}]


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


def test_what_is_shared_now_and_what_a_no_leaves_is_said(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    client = signed_in(app, ana)
    path = page_of(asked(house, vendor))
    assert "shared now" not in client.get(path).text
    press(client, path, "share", items_0=["profile.name", "profile.email"])
    path = page_of(asked(house, vendor))
    page = client.get(path).text
    assert "If you don't share, that stays as it is." in page
    marked = [label for label in ("Full name", "Home address", "E-mail address") if _marked(page, label)]
    assert marked == ["Full name", "E-mail address"]
    assert ticks(page) == {"profile.name": True, "profile.address": False, "profile.email": True}
    said = client.post(path, data={**opened(client, path), "answer": "refuse"}, follow_redirects=True).text
    assert "Nothing has changed: what you share with them stays as it is." in said
    assert "what you share with them stays as it is" in client.get(path).text
    assert mine(house, ana) == [{DELIVERY: {"profile.name", "profile.email"}}]


def _marked(page: str, label: str) -> bool:
    item = page[page.index(f">{label} <span") :]
    return "shared now" in item[: item.index("check-more")]


def test_the_number_of_orders_is_that_of_the_preview(app: Flask, house: House) -> None:
    vendor, other, ana = company(house), program(house, name="Casa Lumen"), named(house)
    tell(house, other.vendor_id, *(an_order(f"L-{at}", "C-9") for at in range(4)))
    join(house, other, "C-9", ana)
    one, two = list_of(house, ana)[:2]
    with house.writing(ana) as unit:
        hide(unit, order_id=one.id)
        mark_gift(unit, order_id=two.id, line_id=two.lines[0].id)
    names = ("orders.line.category",)
    request = asked(house, vendor, None, detail(house, SUGGESTIONS, names, ()), detail(house, CARE, names, ()))
    page = signed_in(app, ana).get(page_of(request)).text
    assert re.findall(r"(\d) orders? at all companies</span>", page) == ["3", "2"]


def test_a_request_says_at_once_that_orders_are_those_at_every_company(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    names = ("orders.header", "orders.line", "orders.line.category", "profile.tastes")
    with house.writing(SYSTEM) as unit:
        vendors.allow_purpose(unit, vendor_id=vendor.id, purpose=SUGGESTIONS, datatypes=names)
    path = page_of(asked(house, vendor, None, detail(house, SUGGESTIONS, names, ())))
    client = signed_in(app, ana)
    said = "No orders yet That is wherever you order, not only at Librería del Mar."
    page = client.get(path).text
    items = re.findall(r'<div class="form-check">.*?</small>', page, re.DOTALL)
    told = {found[1]: said in " ".join(re.sub(r"<[^>]+>", " ", one).split())
            for one in items if (found := re.search(r'value="([^"]+)"', one))}  # fmt: skip
    assert told == {name: name.startswith("orders.") for name in names}
    with house.writing(ana) as unit:
        assert ana.id is not None
        choose_language(unit, account_id=ana.id, locale="ro")
    assert "Adică oriunde faci comenzi, nu numai la Librería del Mar." in client.get(path).text
    press(client, path, "refuse")
    with house.reading(ana) as unit:
        (record,) = reads.records_of(unit)
    assert "Adică oriunde faci comenzi" in client.get(f"/records/{text_of(record.id)}").text, "it is of the text that is kept"


def test_a_request_can_be_left_for_later(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    page = client.get(path).text
    assert '<a href="/sharing">Decide later</a>' in page and "You go to Sharing, where the request waits until" in page
    assert path in client.get("/sharing").text


def test_with_one_reason_it_is_said_once(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    client = signed_in(app, ana)
    one = client.get(page_of(asked(house, vendor))).text
    both = (detail(house), detail(house, CARE, ("profile.email",), ()))
    two = client.get(page_of(asked(house, vendor, None, *both))).text
    assert [page.count("<strong>To bring you what you ordered.") for page in (one, two)] == [1, 2]


def test_a_text_that_changed_since_it_was_opened_is_shown_again_first(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    answer = press(client, path, "share", notice="0" * 64)
    assert answer.status_code == 409 and "Please look again" in answer.text and mine(house, ana) == []
    assert field_of(answer.text, "notice") != "0" * 64


@pytest.mark.parametrize("sent", [{}, {"notice": ""}, {"notice": "00"}])
def test_a_yes_that_names_no_text_is_shown_the_text_first(app: Flask, house: House, sent: dict[str, str]) -> None:
    vendor, ana = company(house), named(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    form = {**opened(client, path), "answer": "share"}
    del form["notice"]
    answer = client.post(path, data={**form, **sent})
    assert answer.status_code == 409 and "Please look again" in answer.text and mine(house, ana) == []


def test_a_no_cites_the_text_of_the_page_and_none_that_came_after_it(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    client, cited = signed_in(app, ana), []
    for changed in (False, True):
        path = page_of(asked(house, vendor))
        form = {**opened(client, path), "answer": "refuse"}
        if changed:
            with house.writing(SYSTEM) as unit:
                vendors.set_card(unit, vendor_id=vendor.id, card={"description": {"en": "We are somebody else now."}})
        assert client.post(path, data=form).status_code == 303
        with house.reading(ana) as unit:
            record = reads.records_of(unit)[0]
            body = reads.notice_of(unit, record)
        page = client.get(f"/records/{text_of(record.id)}").text
        assert ("Language of the text you saw" in page) is ("The text you saw" in page) is not changed
        cited.append(None if body is None else hashlib.sha256(body).hexdigest() == form["notice"])
    assert cited == [True, None]


def test_what_a_company_says_of_itself_turns_nothing_round_that_stands_beside_it(app: Flask, house: House) -> None:
    vendor, ana = company(house, "ספרים"), named(house)
    words = detail(house, purpose_text={"ca": "להביא לך"})
    with house.writing(SYSTEM) as unit:
        vendors.set_card(unit, vendor_id=vendor.id, card={"city": "תל אביב", "description": {"en": "אנחנו"}})
        request = ask(unit, vendor_id=vendor.id, details=[words], source="vendor", customer_id=ana.customer_id)
    page = signed_in(app, ana).get(page_of(request)).text
    assert "<bdi>ספרים</bdi>" in page and "<bdi>תל אביב</bdi>" in page
    assert re.findall(r'<q lang="\w+" dir="auto">([^<]+)</q>', page) == ["אנחנו", "להביא לך"]


def test_somebody_elses_request_is_not_there(app: Flask, house: House) -> None:
    vendor, ana, joan = company(house), named(house), named(house, "joan@example.org")
    path = page_of(asked(house, vendor, ana))
    client = signed_in(app, joan)
    token = field_of(client.get("/sharing").text, "csrf_token")
    assert client.get(path).status_code == 404
    for answer in ("share", "refuse", "preview"):
        assert client.post(path, data={"csrf_token": token, "answer": answer}).status_code == 404
    assert client.get(path + "/block").status_code == 404
    assert client.get("/requests/AAAAAAAAAAAAAAAAAAAAAA").status_code == client.get("/requests/x").status_code == 404


def test_a_company_that_keeps_asking_can_be_blocked_from_its_request(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    token = opened(client, path)["csrf_token"]
    assert "Block Librería del Mar?" in client.get(path + "/block").text
    assert client.post(path + "/block", data={"csrf_token": token}).status_code == 303
    assert "You said no" in client.get(path).text
    other = page_of(asked(house, vendor))
    assert "You blocked Librería del Mar" in client.get(other).text


def test_earlier_orders_are_asked_about_in_one_line_and_found_with_a_yes(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    number = "C-77"
    with house.writing() as unit:
        link = links.prospect(unit, vendor_id=vendor.id, number=number, email="ana@example.org")
    assert "earlier order" not in signed_in(app, ana).get(page_of(asked(house, vendor))).text
    tell(house, vendor.id, an_order("O-1", number, line("Solaris")))
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    page = client.get(path).text
    assert "Is this 1 earlier order yours?" in page and "No, or no answer: nothing happens." in page
    assert "Solaris" not in page and "O-1" not in page
    press(client, path, "share", earlier="yes")
    with house.reading(ana) as unit:
        assert link_of(unit, link.id).folded_into == reads.grants_of(unit)[0].link_id
        found = link_by_number(unit, vendor.id, number)
        assert found is not None and found.customer_id == ana.customer_id


def test_a_number_that_the_company_named_itself_leads_to_the_earlier_orders_too(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    tell(house, vendor.id, an_order("O-1", "C-8", line("Solaris")), an_order("O-2", "C-8", line("Fiasco")))
    for pushed in (False, True):
        with house.writing() as unit:
            made = ask(unit, vendor_id=vendor.id, details=[detail(house, identifier="C-8")], pushed=pushed)
        page = signed_in(app, ana).get(page_of(made)).text
        assert ("Are these 2 earlier orders yours?" in page) == pushed


# With a program that waits for the answer


def test_a_yes_leads_back_to_the_program_with_a_code(app: Flask, house: House) -> None:
    shop, ana = program(house), named(house)
    client = signed_in(app, ana)
    sent = client.get(authorize_url(house, shop))
    assert sent.status_code == 303
    page = client.get(sent.location)
    assert f"form-action 'self' {BACK.rsplit('/', 1)[0]};" in page.headers["Content-Security-Policy"]
    assert "books.example" not in client.get("/sharing").headers["Content-Security-Policy"]
    answer = press(client, sent.location, "share")
    parameters = answered(answer.location)
    assert answer.status_code == 303 and answer.location.startswith(BACK)
    assert parameters["state"] == STATE and parameters["iss"] == house.settings.origin and parameters["code"]


def test_a_no_leads_back_to_the_program_without_a_word_of_the_counter_offer(app: Flask, house: House) -> None:
    shop, ana = program(house), named(house)
    client = signed_in(app, ana)
    for changes in ({}, {"items_0": ["profile.email"]}):
        path = client.get(authorize_url(house, shop)).location
        parameters = answered(press(client, path, "refuse", **changes).location)
        assert parameters == {"error": "access_denied", "state": STATE, "iss": house.settings.origin}
        with house.reading(ana) as unit:
            kept = reads.request_of(unit, id_from(path.rsplit("/", 1)[1]))
        assert (kept.counter_offer is not None) == bool(changes)
    assert mine(house, ana) == []


def test_a_yes_pressed_twice_is_one_permission_and_the_second_press_leads_back_too(app: Flask, house: House) -> None:
    shop, ana = program(house), named(house)
    client = signed_in(app, ana)
    path = client.get(authorize_url(house, shop)).location
    form = {**opened(client, path), "answer": "share"}
    first, second = client.post(path, data=form), client.post(path, data=form)
    codes = {answered(answer.location)["code"] for answer in (first, second)}
    assert len(codes) == 2 and len(mine(house, ana)) == 1
    tokens = [_exchange(client, shop, answered(answer.location)["code"]).status_code for answer in (first, second)]
    assert tokens == [400, 200]
    third = client.post(path, data=form)
    assert third.location == path and "You said yes to Librería del Mar" in client.get(path).text


def test_a_second_press_after_a_stop_says_what_became_of_it_and_gives_no_code(app: Flask, house: House) -> None:
    shop, ana = program(house), named(house)
    client = signed_in(app, ana)
    path = client.get(authorize_url(house, shop)).location
    form = {**opened(client, path), "answer": "share"}
    first = client.post(path, data=form)
    _stop_all(house, ana)
    second = client.post(path, data=form)
    assert (second.status_code, second.location) == (303, path)
    page = client.get(path).text
    assert "You said yes to Librería del Mar" in page and "You stopped it on" in page and "can stop at any" not in page
    assert _exchange(client, shop, answered(first.location)["code"]).status_code == 400
    assert len(mine(house, ana)) == 1


def test_a_second_press_where_no_program_waits_does_not_say_that_it_is_shared(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    form = {**opened(client, path), "answer": "share"}
    assert "/sharing/" in client.post(path, data=form).location
    _stop_all(house, ana)
    client.get("/sharing")  # takes the first answer's word off
    answer = client.post(path, data=form, follow_redirects=True).text
    assert "You share it with" not in answer and "You stopped it on" in answer


@pytest.mark.parametrize(("first", "said"), [("share", "You said yes to"), ("refuse", "You said no to")])
@pytest.mark.parametrize("second", ["share", "refuse", "preview"])
def test_another_answer_to_an_answered_request_says_what_became_of_it(
    app: Flask, house: House, first: str, second: str, said: str
) -> None:
    vendor, ana = company(house), named(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    form = opened(client, path)
    assert client.post(path, data={**form, "answer": first}).status_code == 303
    answer = client.post(path, data={**form, "answer": second})
    assert (answer.status_code, answer.location) == (303, path) and said in client.get(path).text


def _stop_all(house: House, actor: Actor) -> None:
    with house.writing(actor) as unit:
        for grant in reads.grants_of(unit):
            revoke(unit, grant_id=grant.id)


def _exchange(client: FlaskClient, shop: Any, code: str) -> TestResponse:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return client.post("/oauth/token", data=form, headers=shop.basic)


def test_a_request_begun_as_a_stranger_waits_through_registration_and_on_another_device(
    app: Flask, house: House
) -> None:
    shop = program(house)
    path = app.test_client().get(authorize_url(house, shop)).location
    joan = named(house, "joan@example.org")
    assert signed_in(app, joan).get(path).status_code == 200
    answer = press(signed_in(app, joan), path, "share")
    assert answered(answer.location)["state"] == STATE
    assert signed_in(app, person(house)).get(path).status_code == 404


def test_mistakes_are_told_to_the_program_only_where_it_is_known(app: Flask, house: House) -> None:
    shop, client = program(house), app.test_client()
    for changes in ({"client_id": "nobody"}, {"redirect_uri": "https://evil.example/"}, {"state": "a\0b"}):
        answer = client.get(authorize_url(house, shop, **changes))
        assert answer.status_code == 400 and "Location" not in answer.headers
        assert "has a mistake" in answer.text and 'href="https://evil' not in answer.text
    wrong = detail(house, datatypes=("profile.iban",), required=())
    answer = client.get(authorize_url(house, shop, wrong))
    assert answer.status_code == 303 and answer.location.startswith(BACK)
    assert answered(answer.location)["error"] == "invalid_authorization_details"


@pytest.mark.parametrize(("language", "share", "refuse"), [
    ("ca", "Comparteix amb Librería del Mar", "No comparteixis"),
    ("es", "Compartir con Librería del Mar", "No compartir"),
    ("ro", "Partajează cu Librería del Mar", "Nu partaja"),
])  # fmt: skip
def test_the_page_speaks_the_readers_language_and_the_record_keeps_it(
    app: Flask, house: House, language: str, share: str, refuse: str
) -> None:
    vendor, ana = company(house), named(house)
    client = signed_in(app, ana)
    with house.writing(ana) as unit:
        choose_language(unit, account_id=ana.id or b"", locale=language)
    path = page_of(asked(house, vendor))
    page = client.get(path).text
    assert f'<html lang="{language}"' in page and share in page and refuse in page
    press(client, path, "share")
    with house.reading(ana) as unit:
        assert [record.language for record in reads.records_of(unit)] == [language]


HALF = {"street": "Major 3", "city": "Girona"}


@pytest.mark.parametrize(
    ("language", "hint"),
    [
        ("en", "For a delivery this is still missing: postal code and country."),
        ("ca", "Per a un lliurament encara hi falta: codi postal i país."),
        ("es", "Para una entrega aún falta: código postal y país."),
        ("ro", "Pentru o livrare mai lipsește: cod poștal și țară."),
    ],
)
def test_a_delivery_that_asks_for_a_half_filled_address_says_so_where_it_can_be_filled_in(
    app: Flask, house: House, language: str, hint: str
) -> None:
    vendor, ana = company(house), person(house, **NAMES, address=HALF)
    with house.writing(ana) as unit:
        choose_language(unit, account_id=ana.id or b"", locale=language)
    both = (detail(house), detail(house, CARE, ("profile.address",), ()))
    client, path = signed_in(app, ana), page_of(asked(house, vendor, None, *both))
    page = client.get(path).text
    assert page.count(hint) == 1, "care delivers nothing"
    assert page.index("Major 3") < page.index(hint) < page.index("</fieldset>")
    assert len(re.findall(r'name="fill_\d+"', page)) == 2, "what is there is not asked for again"
    postal, country = re.findall(r'name="(fill_\d+)"', page)
    press(client, path, "share", items_0=["profile.name", "profile.address"], **{postal: "17001", country: "ES"})
    with house.reading(ana) as unit:
        held = values_of(unit, ana.customer_id or b"", ["profile.address"])["profile.address"]
    assert held == {**HALF, "postal_code": "17001", "country": "ES"}
    assert hint not in client.get(page_of(asked(house, vendor))).text


def test_a_half_filled_address_hinders_no_yes(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house, **NAMES, address=HALF)
    request = asked(house, vendor, None, detail(house, required=("profile.name", "profile.address")))
    assert press(signed_in(app, ana), page_of(request), "share").status_code == 303
    assert mine(house, ana) == [{DELIVERY: {"profile.name", "profile.address"}}]


def test_what_a_delivery_can_do_without_is_marked_and_what_it_lacks_is_said_of_what_is_written(
    app: Flask, house: House
) -> None:
    vendor, ana = company(house), person(house, given_name="Ana")
    path, client = page_of(asked(house, vendor)), signed_in(app, ana)
    page = client.get(path).text
    assert re.findall(r'<label class="form-label" for="fill_\d">([^<]+) <span class="optional">', page) == ["Province or region"]
    assert "A delivery needs all that is not marked as optional." in page
    assert "For a delivery this is still missing: family name." in page, "a first name alone is half a name"
    labels = {label.strip(): name for name, label in re.findall(r'<label class="form-label" for="(fill_\d)">([^<]+)', page)}
    written = {labels["Street and number"]: "Carrer de la Lluna 4", labels["Family name"]: "Vila"}
    seen = press(client, path, "preview", items_0=["profile.name", "profile.address"], **written).text
    assert "For a delivery this is still missing: postal code, city or town and country." in seen
    assert "missing: family name" not in seen and 'value="Vila"' in seen
    assert (page.count("Not in your data yet"), seen.count("Not in your data yet, so they")) == (1, 0)
    assert ">Not in your data yet<" not in seen
    assert seen.count("Written below; it is saved in your data when you share") == 1


def test_of_another_reason_nothing_is_said_that_a_delivery_lacks(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house, given_name="Ana")
    page = signed_in(app, ana).get(page_of(asked(house, vendor, None, detail(house, CARE)))).text
    assert "For a delivery" not in page and "A delivery needs" not in page
