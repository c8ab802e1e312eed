"""The account page says how to get out again: a copy along, and an end."""

from html import unescape

import pytest
from pydantic import ValidationError

from portal.app import create_app
from portal.kernel.house import House, use_house
from portal.kernel.i18n import LOCALES
from portal.kernel.settings import Settings
from tests import people
from tests.conftest import HouseMaker

CONTACT = "help@example.net"


def page_of(house: House, locale: str = "en", path: str = "/account") -> str:
    """The page of somebody new, in a language."""
    with use_house(house):
        client = create_app(house).test_client()
        people.register(house, "ana@example.org")
        people.sign_in(client, "ana@example.org")
        people.post(client, "/language", locale=locale)
        return unescape(client.get(path).text)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_account_page_says_whom_to_ask_for_a_copy_and_leads_to_the_end(
    make_house: HouseMaker, engine_name: str, locale: str
) -> None:
    page = page_of(make_house(engine_name, contact=CONTACT), locale)
    assert f'<a href="mailto:{CONTACT}">{CONTACT}</a>' in page
    english = ("To take along a copy of everything kept here about you", "To delete your account, with everything kept here")
    assert 'href="/account/erasing"' in page
    assert all((sentence in page) is (locale == "en") for sentence in english)


def test_promise_7_names_what_the_account_page_has_no_button_for(house: House) -> None:
    assert "To take along a copy of everything kept here about you, ask" in page_of(house)
    with use_house(house):
        promises = unescape(create_app(house).test_client().get("/promises").text)
    seventh = promises.split('id="promise-7"')[1].split("</section>")[0]
    assert "no button here yet: a copy of all that is kept about you." in seventh.split('class="not-covered"')[1]


def test_a_house_without_a_contact_says_that_there_is_none(house: House) -> None:
    page = page_of(house)
    assert "They have left no address here so far." in page
    assert "mailto:" not in page


def test_my_data_says_where_that_stands(house: House) -> None:
    assert 'close your account, go to <a href="/account#leaving">' in page_of(house, path="/data")


def test_the_place_that_is_named_is_there(house: House) -> None:
    assert 'id="leaving"' in page_of(house)


@pytest.mark.parametrize("contact", ["nobody", "a b@example.net", '"><x>@y', "a@b?subject=x"])
def test_a_contact_that_is_no_address_is_refused(contact: str) -> None:
    with pytest.raises(ValidationError, match="no e-mail address"):
        Settings(contact=contact)
