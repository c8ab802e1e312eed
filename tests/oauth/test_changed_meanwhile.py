"""A permission that becomes another while a press on the page of its change waits for its turn."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.grants.choices import Choice
from portal.grants.routes import answer as answering
from portal.grants.service import narrow, revoke
from portal.kernel.house import House
from portal.kernel.unit import Actor, Unit
from tests.grants.answering import opened
from tests.grants.cast import CARE, DELIVERY, detail, person, signed_in
from tests.oauth.cast import answered, connect, program
from tests.oauth.test_amending import MORE, NAME, changing, named, only_grant


@pytest.fixture
def ana(house: House) -> Actor:
    return person(house, given_name="Ana", family_name="Vila", phone="+34 600 000 001")


@pytest.fixture
def pressed(
    app: Flask, house: House, ana: Actor, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[Unit, bytes], object]], TestResponse]:
    """A yes to a wider permission, before which something else is done to it in another window; and where it ends."""
    shop, care = program(house), detail(house, CARE, NAME)
    got = connect(app, shop, ana, named(house, MORE), care)
    browser, writing = signed_in(app, ana), answering.writing
    path = browser.get(changing(house, shop, "merge", got, named(house, (*MORE, "profile.phone")), care)).location

    def press(meanwhile: Callable[[Unit, bytes], object]) -> TestResponse:
        form = opened(browser, path) | {"answer": "share", "items_0": ["profile.phone"]}
        grant_id = only_grant(house, ana).id

        @contextmanager
        def waits() -> Iterator[Unit]:
            monkeypatch.setattr(answering, "writing", writing)
            with house.writing(ana) as unit:
                meanwhile(unit, grant_id)
            with writing() as unit:
                yield unit

        monkeypatch.setattr(answering, "writing", waits)
        answer = browser.post(path, data=form)
        assert answer.status_code == 303, answer.status
        return browser.get(answer.location) if answer.location == path else answer

    return press


def test_attack_what_is_asked_became_more_and_the_page_begins_anew(
    pressed: Callable[[Callable[[Unit, bytes], object]], TestResponse], house: House, ana: Actor
) -> None:
    page = pressed(lambda unit, id_: narrow(unit, grant_id=id_, keep={DELIVERY: Choice(frozenset(MORE))}))
    assert page.status_code == 200 and "The text of this page has changed since you opened it." in page.text
    assert 'name="items_0"' in page.text and 'name="items_1"' in page.text, "both reasons are questions now"
    assert only_grant(house, ana).version == 2, "nothing came of the press"


def test_a_permission_that_ended_leads_back_to_the_program(
    pressed: Callable[[Callable[[Unit, bytes], object]], TestResponse]
) -> None:
    back = pressed(lambda unit, id_: revoke(unit, grant_id=id_))
    assert answered(back.location)["error"] == "invalid_grant_id"
