"""Whatever is typed or sent, on any page, by anybody: no script of it runs, and no page asks its browser for what its policy forbids."""

from collections import defaultdict
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import update

from portal.accounts.models import Session
from portal.kernel import clock
from portal.kernel.house import House
from tests.browsing import LiveServer
from tests.grants.cast import person, signed_in
from tests.journeys.attacker import Attacker, tab_of
from tests.journeys.offered import Field, left_out, read_by_views
from tests.journeys.payloads import PAYLOADS
from tests.journeys.sending import forms_on, send
from tests.journeys.street import SAME, Sight, Somebody, Street, people_of, sights_of, unseen
from tests.prove.sizes import PROVING

REASONS: dict[str, str] = {}
"""By field, why nobody sends an attack in it."""


@pytest.mark.slow
@pytest.mark.engines("sqlite")  # the same pages whatever the engine
def test_attack_57_nothing_that_is_typed_or_sent_runs_on_any_page(
    app: Flask, house: House, live_server: LiveServer, browser: Browser
) -> None:
    street = people_of(app, house)
    seen, opened = list[tuple[Somebody, list[Sight]]](), set[str]()
    for somebody in street.people:
        seen.append((somebody, list(sights_of(app, somebody, () if PROVING or not somebody.alike else opened))))
        opened |= {sight.rule for sight in seen[-1][1]}
    assert unseen(app, (sight for _, sights in seen for sight in sights)) == set(), "nobody opened these pages"
    offered = read_by_views(app) | {one for _, sights in seen for sight in sights for one in sight.fields}
    tried, faults, missed, looked = set[Field](), list[str](), defaultdict[Field, list[str]](list), set[str]()
    for somebody, sights in seen:
        with tab_of(browser) as tab:
            attacker = Attacker(somebody, tab, app, live_server.url, street, offered, tried, faults, missed)
            for sight in sights:
                attacker.attack(sight)
    for somebody, sights in seen:
        # Once more over all that now bears what was typed; where not everything is proved, each rule for one person.
        again = [sight for sight in sights if PROVING or sight.rule not in looked]
        looked |= {sight.rule for sight in again}
        with tab_of(browser) as tab:
            Attacker(somebody, tab, app, live_server.url, street, offered, tried, faults, missed).look(again, SAME)
    assert faults == []
    assert left_out(offered, tried, REASONS) == [], {str(one): missed[one] for one in missed.keys() - tried if missed[one]}


@pytest.mark.engines("sqlite")
def test_what_is_carried_while_a_proof_is_asked_for_runs_nowhere(
    app: Flask, house: House, live_server: LiveServer, browser: Browser
) -> None:
    came = signed_in(app, person(house))
    with house.writing() as unit:
        unit.connection.execute(update(Session).values(proved_at=clock.now() - timedelta(minutes=11)))
    with tab_of(browser) as tab:
        ana = Attacker(Somebody("customer", lambda: came), tab, app, live_server.url, Street(house), ())
        tab.goto(f"{live_server.url}/account/factors")
        [form] = [one for one in forms_on(app, tab) if one.rule == "/account/factors/app"]
        send(tab, form, tuple((text, text) for text in PAYLOADS))
        carried = tab.eval_on_selector_all("main input[type=hidden]", "all => all.map(one => [one.name, one.value])")
    assert ana.faults == []
    assert {(text, text) for text in PAYLOADS} <= {(name, value) for name, value in carried}
