"""A press gives what its page said: no other end, nothing that was stopped meanwhile, no looks without number."""

from datetime import timedelta

import pytest
from flask import Flask

from portal.grants import reads
from portal.grants.choices import Choice, applied
from portal.grants.details import Detail, stored
from portal.grants.once import is_once
from portal.grants.order import at_most
from portal.grants.service import narrow, revoke
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.unit import Actor
from tests.grants.answering import opened, page_of, press, ticks
from tests.grants.cast import CARE, DELIVERY, asked, company, detail, given, person, signed_in
from tests.grants.test_own_doing import ends
from tests.grants.test_sharing_pages import words

NAME = frozenset({"profile.name"})
EMAIL = frozenset({"profile.email"})
BOTH = {"items_0": ["profile.name"], "items_1": ["profile.email"]}
CHANGED = "What you share has changed since you opened this page."


@pytest.fixture
def ana(house: House) -> Actor:
    """Somebody who shares already."""
    return person(house, given_name="Ana", family_name="Vila")


def days(many: int) -> timedelta:
    return timedelta(days=many)


def newest(house: House, ana: Actor) -> dict[str, Detail]:
    """What the last permission of hers gives, by purpose."""
    with house.reading(ana) as unit:
        return {one.purpose: one for one in reads.details_of(unit, reads.grants_of(unit)[0])}


def test_one_look_for_one_reason_is_no_answer_for_another_that_is_new(app: Flask, house: House, ana: Actor) -> None:
    vendor, client = company(house), signed_in(app, ana)
    given(house, ana, asked(house, vendor, ana), {DELIVERY: Choice(NAME, once=True)})
    path = page_of(asked(house, vendor, None, detail(house), detail(house, CARE, ("profile.email",), ())))
    offered = ends(client.get(path).text)
    assert "now" not in offered and offered["once"].startswith("*Once: one look for each reason"), "a new look, not the present one"
    assert press(client, path, "share", until="now", **BOTH).status_code == 422
    assert press(client, path, "share", until="once", **BOTH).status_code == 303
    assert [one.frequency and one.frequency.max for one in newest(house, ana).values()] == [1, 1]


def test_a_press_never_gives_a_later_end_than_its_page_named(app: Flask, house: House, ana: Actor) -> None:
    vendor, client = company(house), signed_in(app, ana)
    given(house, ana, asked(house, vendor, ana), {DELIVERY: Choice(NAME, clock.now() + days(10))})
    path = page_of(asked(house, vendor, ana, detail(house, datatypes=("profile.name", "profile.email"))))
    form = {**opened(client, path), "answer": "share", "items_0": ["profile.name"]}
    assert form["until"] == "now"
    other = asked(house, vendor, ana, detail(house, datatypes=("profile.name", "profile.phone")))
    later = given(house, ana, other, {DELIVERY: Choice(NAME, clock.now() + days(80))})
    told = client.post(path, data=form)
    assert told.status_code == 422 and CHANGED in words(told.text)
    assert ticks(told.text) == {"profile.name": True, "profile.email": False}, "with its values"
    with house.reading(ana) as unit:
        assert reads.grants_of(unit)[0].id == later.id, "nothing was given"


@pytest.mark.parametrize("until", ["now", "asked", "month"])
@pytest.mark.parametrize("less", [False, True], ids=["stopped", "narrowed"])
def test_a_press_never_gives_again_what_was_stopped_after_its_page_was_made(
    app: Flask, house: House, ana: Actor, until: str, less: bool
) -> None:
    vendor, client = company(house), signed_in(app, ana)
    names = frozenset({"profile.name", "profile.email"})
    grant = given(house, ana, asked(house, vendor, ana), {DELIVERY: Choice(names, clock.now() + days(10))})
    care = asked(house, vendor, ana, detail(house, CARE, ("profile.email",), ()))
    given(house, ana, care, {CARE: Choice(EMAIL, clock.now() + days(80))})
    path = page_of(asked(house, vendor, None, detail(house), detail(house, CARE, ("profile.email",), ())))
    form = {**opened(client, path), "until": until, "answer": "share"}
    assert set(form["items_0"]) == names
    with house.writing(ana) as unit:
        if less:
            narrow(unit, grant_id=grant.id, keep={DELIVERY: Choice(NAME, clock.now() + days(9))})
        else:
            revoke(unit, grant_id=grant.id)
    told = client.post(path, data=form)
    assert told.status_code == 422 and CHANGED in words(told.text)
    assert [set(one.datatypes) for one in newest(house, ana).values()] == [EMAIL]
    # The page says what is so now; a second press means it.
    again = client.post(path, data={**opened(client, path), **BOTH, "until": "month", "answer": "share"})
    assert again.status_code == 303


@pytest.mark.parametrize(("until", "most"), [("month", days(30)), ("once", days(1))])
def test_a_span_is_counted_from_when_the_page_named_its_end(
    app: Flask, house: House, ana: Actor, until: str, most: timedelta
) -> None:
    client, path = signed_in(app, ana), page_of(asked(house, company(house), ana))
    with clock.moved(timedelta(hours=-20)):
        then, form = clock.now(), {**opened(client, path), "until": until, "answer": "share"}
    assert client.post(path, data=form).status_code == 303
    assert newest(house, ana)[DELIVERY].ends_at <= then + most


def test_a_span_that_is_over_before_the_press_is_chosen_again(app: Flask, house: House, ana: Actor) -> None:
    client, path = signed_in(app, ana), page_of(asked(house, company(house), ana))
    with clock.moved(timedelta(hours=-25)):
        form = {**opened(client, path), "until": "once", "answer": "share"}
    told = client.post(path, data=form)
    assert told.status_code == 422 and "Choose a day that lies ahead." in words(told.text)


@pytest.mark.parametrize("shown", ["", "x.y", "99999999999.", "-1.", "٣."])
def test_a_page_that_does_not_say_what_it_showed_gives_nothing_while_something_is_shared(
    app: Flask, house: House, ana: Actor, shown: str
) -> None:
    vendor, client = company(house), signed_in(app, ana)
    given(house, ana, asked(house, vendor, ana), {DELIVERY: Choice(NAME, clock.now() + days(10))})
    assert press(client, page_of(asked(house, vendor)), "share", shown=shown).status_code == 422


def test_a_second_press_of_the_same_page_is_the_first_ones_answer(app: Flask, house: House, ana: Actor) -> None:
    vendor, client = company(house), signed_in(app, ana)
    given(house, ana, asked(house, vendor, ana), {DELIVERY: Choice(NAME, clock.now() + days(10))})
    path = page_of(asked(house, vendor, ana))
    form = {**opened(client, path), "until": "month", "answer": "share"}
    assert [client.post(path, data=form).status_code for _ in range(2)] == [303, 303]
    with house.reading(ana) as unit:
        assert len(reads.grants_of(unit)) == 2


@pytest.mark.parametrize("often", [{"max": 1, "period": "P1Y"}, {"max": 3, "period": "P1M"}, None])
def test_one_look_that_may_be_taken_for_long_keeps_its_end(
    app: Flask, house: House, ana: Actor, often: dict[str, object] | None
) -> None:
    vendor, client = company(house), signed_in(app, ana)
    yearly = detail(house, days=300, frequency={"max": 1, "period": "P1Y"})
    press(client, page_of(asked(house, vendor, None, yearly)), "share", until="asked")
    before = newest(house, ana)[DELIVERY]
    later = detail(house, days=320, **({} if often is None else {"frequency": often}))
    path = page_of(asked(house, vendor, None, later))
    assert ends(client.get(path).text)["now"].startswith("*Once: one look")
    press(client, path, "share", until="now")
    after = newest(house, ana)[DELIVERY]
    assert after.ends_at == before.ends_at and is_once(after, clock.now())


@pytest.mark.parametrize("lasts", [0.5, 1, 12, 30, 31, 300])
@pytest.mark.parametrize("period", [None, "PT4H", "P1M", "P31D", "P2Y"])
def test_one_look_until_a_named_end_is_one_until_then_and_no_more_than_was_asked(
    house: House, lasts: float, period: str | None
) -> None:
    more = {} if period is None else {"frequency": {"max": 2, "period": period}}
    now = clock.now()
    (wanted,) = stored([detail(house, days=400, **more)])
    until = now + timedelta(days=lasts)
    (found,) = applied([wanted], {DELIVERY: Choice(NAME, until, once=True)}, now)
    assert is_once(found, now) and at_most(found, wanted)
    assert found.ends_at == until.replace(microsecond=0)
