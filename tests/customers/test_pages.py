"""My data in a browser: what is shown, what is kept of what was typed, and what other people's addresses answer."""

import io
import re
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.service import choose_language
from portal.customers.catalogue import CATALOGUE, is_stored
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.i18n import LOCALES
from portal.kernel.ids import text_of
from portal.kernel.unit import SYSTEM, Actor
from portal.vendors.service import allow_purpose
from tests.customers.someone import signed_in, someone
from tests.customers.test_profile import held, put
from tests.grants.cast import DELIVERY, asked, company, detail, given
from tests.people import csrf_of, post

STORED = [path for path in CATALOGUE if is_stored(path)]


@pytest.fixture
def ana(house: House) -> Actor:
    return someone(house, "ana@example.org")


@pytest.fixture
def browser_of_ana(house: House, client: FlaskClient, ana: Actor) -> FlaskClient:
    return signed_in(house, client, ana)


def speaks(house: House, ana: Actor, locale: str) -> None:
    assert ana.id is not None
    with house.writing(ana) as unit:
        choose_language(unit, account_id=ana.id, locale=locale)


def text_of_page(answer: TestResponse) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", answer.text))


def test_my_data_shows_what_is_held_and_what_could_be_filled_in(
    house: House, ana: Actor, browser_of_ana: FlaskClient
) -> None:
    put(house, ana, given_name="Ana <b>", birth_date="1990-05-03", language="ca", diet="vegan")
    page = browser_of_ana.get("/data")
    shown = text_of_page(page)
    assert "Ana <b>" not in page.text
    for words in ("Ana <b>", "3 May 1990", "Catalan", "Vegan", "ana@example.org", "Verified", "Fill in", "Phone number"):
        assert words in shown
    assert "Bank account" not in shown


def test_every_line_of_the_catalogue_has_its_page(browser_of_ana: FlaskClient) -> None:
    for path in STORED:
        page = browser_of_ana.get(f"/data/{path}")
        assert (path, page.status_code) == (path, 200)
        assert f'action="/data/{path}"' in page.text or '<form method="post" novalidate>' in page.text


def test_what_a_profile_does_not_hold_has_no_page(browser_of_ana: FlaskClient) -> None:
    for path in ("profile.name", "profile.address.city", "orders.header", "profile.custom.0a", "x", "é"):
        assert browser_of_ana.get(f"/data/{path}").status_code == 404
        assert post(browser_of_ana, f"/data/{path}", "/data/add", value="x").status_code == 404


def test_a_good_value_is_saved_and_shown(house: House, ana: Actor, browser_of_ana: FlaskClient) -> None:
    answer = post(browser_of_ana, "/data/profile.phone", value="+34 600 123 456")
    assert (answer.status_code, answer.location) == (303, "/data")
    shown = text_of_page(browser_of_ana.get("/data"))
    assert "Saved: Phone number." in shown
    assert "+34 600 12 34 56" in shown
    assert held(house, ana)["profile.phone"] == "+34600123456"


def test_a_bad_value_stays_in_its_field_with_a_sentence_beside_it(browser_of_ana: FlaskClient) -> None:
    answer = post(browser_of_ana, "/data/profile.phone", value="+34 12 <3")
    assert answer.status_code == 422
    assert 'value="+34 12 &lt;3"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    shown = text_of_page(answer)
    assert "This is not a phone number that exists. See whether the prefix and all its digits are right." in shown


def test_a_number_without_its_countrys_prefix_is_asked_for_it(browser_of_ana: FlaskClient) -> None:
    shown = text_of_page(post(browser_of_ana, "/data/profile.phone", value="612345679"))
    assert "Begin with the country's prefix, such as +34." in shown
    assert "once your home address names the country" in shown
    assert "that exists" not in shown


def test_the_hint_of_a_phone_is_true_with_an_address_and_without(
    house: House, ana: Actor, browser_of_ana: FlaskClient
) -> None:
    for path in ("profile.phone", "profile.home_phone"):
        shown = text_of_page(browser_of_ana.get(f"/data/{path}"))
        assert "Begin with the country's prefix, such as +34 for Spain." in shown
        assert "needs no prefix" not in shown
    assert post(browser_of_ana, "/data/profile.phone", value="612345679").status_code == 422
    put(house, ana, address={"city": "Girona", "country": "ES"})
    shown = text_of_page(browser_of_ana.get("/data/profile.phone"))
    assert "A number of the country of your home address (Spain) needs no prefix." in shown
    assert "Begin any other with its country's, such as +33 for France." in shown, "and not its own for an example"
    slip = text_of_page(post(browser_of_ana, "/data/profile.phone", value="12"))
    assert "needs no prefix" in slip, "after a slip too"
    assert "This is not a phone number of this country: Spain. See whether all its digits are right" in slip
    assert "if it is another country's, begin with that country's prefix." in slip
    assert post(browser_of_ana, "/data/profile.phone", value="612345679").status_code == 303


def test_an_empty_line_can_be_skipped_on_the_way_through(house: House, ana: Actor, browser_of_ana: FlaskClient) -> None:
    page = browser_of_ana.get("/data/profile.phone").text
    [way] = re.findall(r'<a class="btn btn-quiet" href="([^"]+)">Go on without saving</a>', page)
    following = post(browser_of_ana, "/data/profile.phone", value="+34 600 123 456", then="next").location
    assert way == following != "/data/profile.phone"
    assert ">Go on without saving<" not in browser_of_ana.get("/data/profile.phone").text, "it says something now"
    assert browser_of_ana.get(way).status_code == 200


@pytest.mark.parametrize(
    ("locale", "on", "back"),
    [
        ("en", "Go on without saving", "Back to my data"),
        ("ca", "Continua sense desar", "Torna a Les meves dades"),
        ("es", "Seguir sin guardar", "Volver a Mis datos"),
        ("ro", "Continuă fără a salva", "Înapoi la Datele mele"),
    ],
)
def test_the_two_ways_on_from_an_empty_line_say_where_they_lead(
    house: House, ana: Actor, browser_of_ana: FlaskClient, locale: str, on: str, back: str
) -> None:
    speaks(house, ana, locale)
    page = browser_of_ana.get("/data/profile.family_name").text
    ways = re.findall(r'<a class="btn btn-quiet" href="([^"]+)">([^<]+)</a>', page)
    assert ways == [("/data/profile.nickname", on), ("/data", back)]


def test_the_heading_of_a_form_of_one_line_is_not_said_twice_but_to_screen_readers(browser_of_ana: FlaskClient) -> None:
    page = browser_of_ana.get("/data/profile.family_name").text
    assert re.search(r"<h1[^>]*>Family name</h1>", page)
    assert '<label class="visually-hidden" for="value">Family name</label>' in page
    assert '<legend class="visually-hidden">' in browser_of_ana.get("/data/profile.diet").text
    assert "visually-hidden" not in browser_of_ana.get("/data/profile.address").text.split("<form method")[1].split("</form>")[0]


@pytest.mark.parametrize(
    ("locale", "spain", "romania"),
    [
        ("en", "A postal code in Spain has five digits.", "A postal code in Romania has six digits."),
        ("ca", "Un codi postal d'Espanya té cinc xifres.", "Un codi postal de Romania té sis xifres."),
        ("es", "Un código postal de España tiene cinco cifras.", "Un código postal de Rumanía tiene seis cifras."),
        ("ro", "Un cod poștal din Spania are cinci cifre.", "Un cod poștal din România are șase cifre."),
    ],
)
def test_a_postal_code_that_its_country_does_not_know_is_saved_and_asked_about(
    house: House, ana: Actor, browser_of_ana: FlaskClient, locale: str, spain: str, romania: str
) -> None:
    speaks(house, ana, locale)
    for country, code, words in (("ES", "8003x", spain), ("ES", "0800", spain), ("RO", "08003", romania)):
        answer = post(browser_of_ana, "/data/profile.address", postal_code=code, country=country)
        assert answer.status_code == 303
        assert held(house, ana)["profile.address"] == {"postal_code": code, "country": country}
        assert text_of_page(browser_of_ana.get("/data")).count(words) == 2, "what was saved, and its line"
        page = browser_of_ana.get("/data/profile.address").text
        assert f'id="postal_code-hint">{words}' in unescape(page)
        assert 'aria-describedby="postal_code-hint"' in page
    for country, code in (("ES", "08003"), ("ES", "08 003"), ("RO", "010011"), ("FR", "8003x"), ("", "8003x")):
        assert post(browser_of_ana, "/data/profile.address", postal_code=code, country=country).status_code == 303
        for page in ("/data", "/data/profile.address"):
            assert "postal_code-hint" not in browser_of_ana.get(page).text
            assert spain not in text_of_page(browser_of_ana.get(page))
            assert romania not in text_of_page(browser_of_ana.get(page))


def test_save_and_next_leads_through_what_says_nothing_yet(house: House, ana: Actor, browser_of_ana: FlaskClient) -> None:
    put(house, ana, family_name="Vila", nickname="Anna")
    answer = post(browser_of_ana, "/data/profile.given_name", value="Ana", then="next")
    assert (answer.status_code, answer.location) == (303, "/data/profile.birth_date")
    assert "Save and go to the next" in browser_of_ana.get(answer.location).text
    assert post(browser_of_ana, answer.location, value="", then="next").status_code == 422
    for path, attribute in CATALOGUE.items():
        if attribute.shown_first and is_stored(path) and path != "profile.birth_date" and path not in held(house, ana):
            put(house, ana, **{path.removeprefix("profile."): _some(path)})
    last = browser_of_ana.get("/data/profile.birth_date").text
    assert "Save and go to the next" not in last
    answer = post(browser_of_ana, "/data/profile.birth_date", value="1990-05-03", then="next")
    assert answer.location == "/data"


def _some(path: str) -> object:
    some = {"profile.phone": "+34600123456", "profile.language": "ca", "profile.address": {"city": "Girona"}}
    return some.get(path, "something")


def test_what_an_address_lacks_for_a_delivery_is_said(house: House, ana: Actor, browser_of_ana: FlaskClient) -> None:
    put(house, ana, address={"street": "Carrer Nou 5", "postal_code": "17001"})
    for page in ("/data", "/data/profile.address"):
        shown = text_of_page(browser_of_ana.get(page))
        assert "For a delivery this is still missing: city or town and country." in shown
    put(house, ana, address={"street": "Carrer Nou 5", "postal_code": "17001", "city": "Girona", "country": "ES"})
    assert "still missing" not in browser_of_ana.get("/data").text


def test_the_address_that_is_shared_says_that_it_is_not_the_one_to_sign_in_with(browser_of_ana: FlaskClient) -> None:
    assert "changes nothing in how you sign in" in text_of_page(browser_of_ana.get("/data/profile.email"))
    assert "how you sign in" not in text_of_page(browser_of_ana.get("/data/profile.phone"))


def test_one_reader_leads_to_its_own_page_and_several_to_all(house: House, ana: Actor, browser_of_ana: FlaskClient) -> None:
    grants = []
    for name in ("Librería del Mar", "Floristería"):
        grants.append(given(house, ana, asked(house, company(house, name), ana)))
        page = browser_of_ana.get("/data").text
        to = f"/sharing/{text_of(grants[0].link_id)}" if len(grants) == 1 else "/sharing"
        assert f'<a href="{to}">{len(grants)} compan' in page


def test_what_is_shared_while_it_is_empty_is_said_where_it_is_filled_in_and_once_it_is(
    house: House, ana: Actor, browser_of_ana: FlaskClient
) -> None:
    given(house, ana, asked(house, company(house, "Floristería"), ana, detail(house, datatypes=("profile.phone",), required=())))
    empty = text_of_page(browser_of_ana.get("/data/profile.phone"))
    assert "You share it already: once you save it here, this can be read by Floristería." in empty
    for number, is_told in (("+34 600 123 456", True), ("+34 600 123 457", False)):
        post(browser_of_ana, "/data/profile.phone", value=number)
        saved = text_of_page(browser_of_ana.get("/data"))
        assert ("Saved: Phone number. This can be read now by Floristería." in saved) is is_told
    assert "You share it already" not in text_of_page(browser_of_ana.get("/data/profile.phone"))
    post(browser_of_ana, "/data/profile.given_name", value="Ana")
    assert "This can be read now" not in text_of_page(browser_of_ana.get("/data")), "nobody may read it"


def test_who_sees_less_than_a_line_is_not_said_to_read_it(house: House, ana: Actor, browser_of_ana: FlaskClient) -> None:
    put(house, ana, birth_date="1990-05-03", address={"street": "Carrer Nou 5", "city": "Girona"})
    club, shop = company(house, "Club Serra"), company(house, "Floristería")
    less = ("profile.age_over_18", "profile.address.city")
    with house.writing(SYSTEM) as unit:
        allow_purpose(unit, vendor_id=club.id, purpose=DELIVERY, datatypes=less)
    narrow = detail(house, datatypes=less, required=())
    given(house, ana, asked(house, club, ana, narrow))
    whole = detail(house, datatypes=("profile.name", "profile.address"), required=())
    given(house, ana, asked(house, shop, ana, whole))
    shown = " ".join(text_of_page(browser_of_ana.get("/data")).split())
    assert "1 company can see only this of it: whether you are 18 or older" in shown
    assert "1 company can see only this of it: city you live in" in shown
    assert shown.count("1 company can read it") == 1, "the shop reads the address"
    born = " ".join(text_of_page(browser_of_ana.get("/data/profile.birth_date")).split())
    assert "Who can read it Club Serra, only this: whether you are 18 or older." in born
    removing = text_of_page(browser_of_ana.get("/data/profile.address/remove"))
    assert "These can read it now, or a part of it: Floristería and Club Serra." in removing


def test_an_address_says_what_a_delivery_needs_and_what_is_missing_once_it_is_saved(
    house: House, ana: Actor, browser_of_ana: FlaskClient
) -> None:
    form = text_of_page(browser_of_ana.get("/data/profile.address"))
    assert "A delivery needs all that is not marked as optional." in form
    assert form.count("(optional)") == 1
    post(browser_of_ana, "/data/profile.address", street="Carrer Nou 5", city="Girona")
    saved = text_of_page(browser_of_ana.get("/data"))
    assert "Saved: Home address. For a delivery this is still missing: postal code and country." in saved
    whole = {"street": "Carrer Nou 5", "city": "Girona", "postal_code": "17001", "country": "ES"}
    post(browser_of_ana, "/data/profile.address", **whole)
    assert "still missing" not in text_of_page(browser_of_ana.get("/data"))


def test_an_empty_line_offers_nothing_that_it_does_not_hold(browser_of_ana: FlaskClient) -> None:
    page = text_of_page(browser_of_ana.get("/data/profile.address"))
    assert "Less than that" not in page
    assert "Leave it as it is" not in page
    assert "Back to my data" in page


def test_nobody_is_asked_to_confirm_what_was_said_today(
    house: House, ana: Actor, browser_of_ana: FlaskClient
) -> None:
    put(house, ana, given_name="Ana")
    assert "/confirm" not in browser_of_ana.get("/data").text
    with clock.moved(timedelta(days=2)):
        later = signed_in(house, browser_of_ana, ana).get("/data").text
    assert '<form class="one-button" method="post" action="/data/profile.given_name/confirm">' in later
    assert ">Still right<" in later
    assert ">Confirm<" not in later


def test_an_address_keeps_all_its_parts_when_one_is_wrong(browser_of_ana: FlaskClient) -> None:
    answer = post(browser_of_ana, "/data/profile.address", street="Carrer Nou 5", city="x" * 300, country="ES")
    assert answer.status_code == 422
    assert 'value="Carrer Nou 5"' in answer.text
    assert re.search(r'<option selected value="ES">', answer.text)
    assert "This is too long." in text_of_page(answer)


def test_what_is_still_right_is_confirmed_with_one_press(browser_of_ana: FlaskClient) -> None:
    answer = post(browser_of_ana, "/data/profile.email/confirm", "/data")
    assert answer.status_code == 303
    assert "Noted as still right: E-mail address." in text_of_page(browser_of_ana.get("/data"))
    assert post(browser_of_ana, "/data/profile.phone/confirm", "/data").status_code == 404


def test_a_line_is_removed_after_one_question(house: House, ana: Actor, browser_of_ana: FlaskClient) -> None:
    put(house, ana, nickname="Anna")
    question = browser_of_ana.get("/data/profile.nickname/remove")
    assert "No company can read it now." in text_of_page(question)
    assert post(browser_of_ana, "/data/profile.nickname/remove").status_code == 303
    assert "profile.nickname" not in held(house, ana)
    assert browser_of_ana.get("/data/profile.nickname/remove").status_code == 404


def test_a_line_of_ones_own_is_added_changed_and_nobody_elses(
    house: House, ana: Actor, browser_of_ana: FlaskClient
) -> None:
    assert post(browser_of_ana, "/data/add", label="Library card", value="B-77").status_code == 303
    (path,) = [path for path in held(house, ana) if path.startswith("profile.custom.")]
    assert "Library card" in text_of_page(browser_of_ana.get("/data"))
    assert post(browser_of_ana, f"/data/{path}", label="Library", value="B-78").status_code == 303
    assert held(house, ana)[path] == {"label": "Library", "value": "B-78"}
    signed_in(house, browser_of_ana, someone(house, "eve@example.org"))
    assert browser_of_ana.get(f"/data/{path}").status_code == 404
    assert post(browser_of_ana, f"/data/{path}", "/data/add", label="x", value="y").status_code == 404
    assert held(house, ana)[path] == {"label": "Library", "value": "B-78"}


def test_a_line_of_ones_own_without_a_name_is_asked_for_one(browser_of_ana: FlaskClient) -> None:
    answer = post(browser_of_ana, "/data/add", label="", value="B-77")
    assert answer.status_code == 422
    assert 'value="B-77"' in answer.text


CARD = b"""BEGIN:VCARD\r
VERSION:3.0\r
N:Puig i Serra;Ana;;;\r
FN:Ana Puig i Serra\r
TEL;TYPE=CELL:+34 600 123 456\r
EMAIL:ana.other@example.org\r
ADR;TYPE=HOME:;;Carrer Nou 5;Girona;;17001;Spain\r
BDAY:19900503\r
TITLE:Teacher\r
END:VCARD\r
"""


def upload(client: FlaskClient, data: bytes, name: str = "ana.vcf") -> TestResponse:
    fields = {"csrf_token": csrf_of(client, "/data/import"), "file": (io.BytesIO(data), name)}
    return client.post("/data/import", data=fields, content_type="multipart/form-data")


def test_a_card_is_shown_first_and_only_ticked_lines_are_saved(
    house: House, ana: Actor, browser_of_ana: FlaskClient
) -> None:
    page = upload(browser_of_ana, CARD)
    assert page.status_code == 200
    assert "3 May 1990" in text_of_page(page)
    assert list(held(house, ana)) == ["profile.email"]
    hidden = dict(re.findall(r'name="(value-[^"]+)" value="([^"]*)"', page.text))
    values = {name: unescape(value) for name, value in hidden.items()}
    ticked = ["profile.given_name", "profile.address"]
    data = {"csrf_token": csrf_of(browser_of_ana, "/data/import"), **values, "take": ticked}
    assert browser_of_ana.post("/data/import/save", data=data).status_code == 303
    assert held(house, ana) == {
        "profile.email": "ana@example.org",
        "profile.given_name": "Ana",
        "profile.address": {"street": "Carrer Nou 5", "postal_code": "17001", "city": "Girona", "country": "ES"},
    }


def test_a_line_of_a_card_that_would_replace_something_starts_unticked_beside_what_stands_there(
    house: House, ana: Actor, browser_of_ana: FlaskClient
) -> None:
    page = upload(browser_of_ana, CARD)
    ticked = re.findall(r'value="(profile\.\w+)" id="take-\d+" checked', page.text)
    assert "profile.given_name" in ticked
    assert "profile.email" not in ticked
    assert "E-mail address: ana.other@example.org Now: ana@example.org" in re.sub(r"\s+", " ", text_of_page(page))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "This is not an address card."),
        (b"\x00\xff\xfe\x01" * 50, "This is not an address card."),
        (b"BEGIN:VCARD\r\nEND:VCARD\r\n", "There is nothing in this card"),
        (b"x" * 70_000, "This file is too large."),
    ],
)
def test_a_bad_file_gets_a_sentence_beside_the_field(
    browser_of_ana: FlaskClient, data: bytes, sentence: str
) -> None:
    answer = upload(browser_of_ana, data)
    assert answer.status_code == 422
    assert sentence in text_of_page(answer)
    assert 'id="file-error"' in answer.text


def test_no_file_is_asked_for_one(browser_of_ana: FlaskClient) -> None:
    answer = upload(browser_of_ana, b"", "")
    assert answer.status_code == 422
    assert "Choose a file first." in text_of_page(answer)


@pytest.mark.parametrize("value", ["not json", "[1", '{"city": {}}', "null"])
def test_a_forged_line_of_a_card_saves_nothing(
    house: House, ana: Actor, browser_of_ana: FlaskClient, value: str
) -> None:
    fields = {"take": "profile.address", "value-profile.address": value}
    answer = post(browser_of_ana, "/data/import/save", "/data/import", **fields)
    assert answer.status_code == 422
    assert list(held(house, ana)) == ["profile.email"]


PAGES = ("/data", "/data/add", "/data/import", "/data/profile.address", "/data/profile.email/remove")


@pytest.mark.parametrize("locale", LOCALES)
def test_every_page_stands_in_every_language(browser_of_ana: FlaskClient, locale: str) -> None:
    post(browser_of_ana, "/language", "/data/add", locale=locale, next="/data")
    for page in PAGES:
        answer = browser_of_ana.get(page)
        assert answer.status_code == 200
        assert f'<html lang="{locale}"' in answer.text
        assert " style=" not in answer.text


def test_strangers_are_sent_to_sign_in_and_see_nothing(client: FlaskClient, ana: Actor) -> None:
    for page in PAGES:
        answer = client.get(page)
        assert answer.status_code in (302, 303, 401)
        assert "ana@example.org" not in answer.text
