"""A blocked attempt says why it was blocked and what it was for, in the list as on its own page."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.audit.reads import size_of
from portal.grants.facts import ReadRefused
from portal.grants.models import Grant
from portal.grants.service import revoke
from portal.kernel.house import House
from portal.kernel.unit import Actor
from portal.oauth.facts import TokenRefused
from portal.vendors.reads import VendorView
from tests.audit.small_facts import NAME, disclose
from tests.grants.cast import DELIVERY, SUGGESTIONS, asked, company, given, person, signed_in

STOPPED = "You stopped sharing"
EARLIER = "They used an earlier connection, which you had stopped"


class Door:
    """A customer, a company that knocks, and the customer's pages."""

    def __init__(self, app: Flask, house: House) -> None:
        self.house, self.ana, self.shop = house, person(house), company(house)
        self.browser: FlaskClient = signed_in(app, self.ana)

    def gives(self) -> Grant:
        return given(self.house, self.ana, asked(self.house, self.shop, self.ana))

    def stops(self, grant: Grant) -> None:
        with self.house.writing(self.ana) as unit:
            revoke(unit, grant_id=grant.id)

    def knocks(self, grant: Grant, kind: Any = ReadRefused, **members: Any) -> int:
        """An attempt that is blocked; gives its index."""
        about = {"holder": self.ana.holder_id, "vendor": self.shop.id, "link": grant.link_id, "grant": grant.id}
        about |= {"outcome": "refused", "reason": "revoked"}
        assert disclose(self.house, kind(**about | members), actor=Actor("vendor", name="some-client"))
        with self.house.reading() as unit:
            return size_of(unit.connection) - 1

    def page(self, path: str) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.fixture
def door(app: Flask, house: House) -> Door:
    """Ana and a bookshop."""
    return Door(app, house)


def test_what_was_stopped_is_an_earlier_connection_where_a_newer_permission_stood(door: Door) -> None:
    first = door.gives()
    door.stops(first)
    before = door.knocks(first, asked=(NAME,))
    second = door.gives()
    since = door.knocks(first, asked=(NAME,))
    assert STOPPED in door.page(f"/activity/{before}")
    assert EARLIER not in door.page(f"/activity/{before}")
    assert EARLIER in door.page(f"/activity/{since}")
    listed = door.page("/activity")
    assert f"{STOPPED}." in listed
    assert f"{EARLIER}." in listed
    door.stops(second)
    after = door.knocks(first, asked=(NAME,))
    assert EARLIER not in door.page(f"/activity/{after}")
    assert EARLIER in door.page(f"/activity/{since}"), "a line says what held at its moment"


def test_a_newer_permission_for_another_company_makes_no_difference(door: Door) -> None:
    first = door.gives()
    door.stops(first)
    other: VendorView = company(door.house, "Mercat Verd")
    given(door.house, door.ana, asked(door.house, other, door.ana))
    assert EARLIER not in door.page(f"/activity/{door.knocks(first)}")


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"purpose": SUGGESTIONS}, "All that you share with them for this reason, which was nothing at that moment"),
        ({"reason": "token-expired"}, "Not looked at: their key was refused before that"),
        ({"kind": TokenRefused}, "Nothing yet: they asked for a key to read with, and got none"),
        ({}, "Not known: they did not say what for"),
    ],
)
def test_an_attempt_that_names_no_fields_says_why_it_names_none(door: Door, members: dict[str, Any], said: str) -> None:
    line = door.knocks(door.gives(), **members)
    assert f"What they asked for {said} " in door.page(f"/activity/{line}")


def test_the_list_says_what_an_attempt_was_for(door: Door) -> None:
    grant = door.gives()
    door.stops(grant)
    door.knocks(grant, purpose=DELIVERY)
    assert door.page("/activity").count("Why they asked: to bring you what you ordered.") == 2, "among the unusual, and by week"


def test_the_list_says_nothing_of_a_reason_that_was_not_said(door: Door) -> None:
    door.knocks(door.gives())
    assert "Why they asked" not in door.page("/activity")


def test_a_reason_that_was_stopped_is_no_part_that_nobody_named(door: Door) -> None:
    grant = door.gives()
    for members, said in (({"purpose": DELIVERY}, "for this reason"), ({"asked": (NAME,)}, "this part")):
        page = door.page(f"/activity/{door.knocks(grant, reason='narrowed', **members)}")
        assert f"Why it was blocked You had stopped sharing {said} " in page
