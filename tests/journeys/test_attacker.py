"""Who attacks every field finds the one that lets a script run, and tells the one that was not tried."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask, Response, make_response, render_template_string, request
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from sqlalchemy import update
from werkzeug.serving import make_server

from portal.accounts.models import Session
from portal.kernel import clock
from portal.kernel.house import House
from tests import browsing
from tests.grants.cast import person, signed_in
from tests.journeys.attacker import Attacker, tab_of
from tests.journeys.offered import Field, left_out, offered_on, read_by_views
from tests.journeys.street import Sight, Somebody, Street, sights_of, unseen
from tests.plain_browser import Page

FORM = '<title>Planted</title><form method="post">{{ csrf_field() }}<input name="said"></form>'
SAID = Field("POST", "/planted", "said", "text")
SIGHT = Sight("/planted", "/planted", frozenset({SAID}))
INVITE = Field("POST", "/account/delegates/new", "called", "text")

pytestmark = pytest.mark.engines("sqlite")  # the same pages whatever the engine


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """The application behind a real socket, with whatever is planted in it."""
    server = make_server("localhost", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def plant(app: Flask, source: Callable[[], str], policy: str | None = None) -> None:
    """A page with a form, which shows what was said; under no policy where an empty one is given."""

    def planted() -> Response:
        answer = make_response(render_template_string(source(), said=request.form.get("said", "")))
        if policy is not None:
            answer.headers["Content-Security-Policy"] = policy
        return answer

    app.add_url_rule("/planted", view_func=planted, methods=["GET", "POST"])


def attacked(app: Flask, browser: Browser, url: str, somebody: Somebody, sight: Sight) -> Attacker:
    """Somebody after an attack from one page, and what they found."""
    with tab_of(browser) as tab:
        attacker = Attacker(somebody, tab, app, url, Street(app.extensions["house"]), sight.fields)
        attacker.attack(sight)
    return attacker


@pytest.mark.parametrize(("policy", "told"), [("", "a dialog"), (None, "REPORT script-src")])
def test_a_page_that_shows_what_was_typed_as_it_is_is_found_whether_its_script_runs_or_is_refused(
    app: Flask, served: str, browser: Browser, policy: str | None, told: str
) -> None:
    # Of all payloads those that run and do no more: where nothing holds them, others lead the whole page away.
    plant(app, lambda: FORM + '{{ said|safe if "<script>alert(1)" in said }}', policy)
    attacker = attacked(app, browser, served, Somebody("stranger", app.test_client), SIGHT)
    browsing._REFUSED.clear()
    assert any(told in fault and "/planted" in fault for fault in attacker.faults), attacker.faults


def test_a_page_that_shows_it_as_text_has_no_fault_and_its_field_was_tried(app: Flask, served: str, browser: Browser) -> None:
    plant(app, lambda: FORM + "{{ said }}")
    attacker = attacked(app, browser, served, Somebody("stranger", app.test_client), SIGHT)
    assert attacker.faults == []
    assert left_out(SIGHT.fields, attacker.tried, {}) == []


def test_a_form_that_is_not_there_any_more_is_told_by_the_name_of_its_field(app: Flask, served: str, browser: Browser) -> None:
    once = iter([FORM])
    plant(app, lambda: next(once, "gone"))
    attacker = attacked(app, browser, served, Somebody("stranger", app.test_client), SIGHT)
    assert ["the form is gone" in why for why in attacker.missed[SAID]] == [True]
    assert left_out(SIGHT.fields, attacker.tried, {}) == ["not tried: POST /planted said text"]


def test_a_form_that_is_refused_for_its_token_was_not_tried(app: Flask, served: str, browser: Browser) -> None:
    plant(app, lambda: FORM.replace("{{ csrf_field() }}", ""))
    attacker = attacked(app, browser, served, Somebody("stranger", app.test_client), SIGHT)
    assert ["answered 400" in why for why in attacker.missed[SAID]] == [True]
    assert SAID not in attacker.tried


def test_fields_of_one_name_and_of_two_kinds_are_two(app: Flask, served: str, browser: Browser) -> None:
    plant(app, lambda: FORM)
    other = SAID._replace(kind="email")
    sight = SIGHT._replace(fields=frozenset({SAID, other}))
    attacker = attacked(app, browser, served, Somebody("stranger", app.test_client), sight)
    assert left_out(sight.fields, attacker.tried, {}) == ["not tried: POST /planted said email"]


@pytest.mark.parametrize("proves", [True, False])
def test_who_is_asked_for_a_proof_again_gives_it_and_without_one_the_field_is_told(
    app: Flask, house: House, served: str, browser: Browser, proves: bool
) -> None:
    ana = person(house)
    came = [signed_in(app, ana)]
    with house.writing() as unit:
        unit.connection.execute(update(Session).values(proved_at=clock.now() - timedelta(minutes=11)))

    def enter() -> FlaskClient:
        return came.pop(0) if came else signed_in(app, ana)

    sight = Sight("/account/delegates/new", "/account/delegates/new", frozenset({INVITE}))
    stale = came[0]
    attacker = attacked(app, browser, served, Somebody("customer", enter if proves else lambda: stale), sight)
    assert left_out(sight.fields, attacker.tried, {}) == ([] if proves else ["not tried: POST /account/delegates/new called text"])
    assert attacker.faults == []


def test_a_text_that_a_view_takes_and_no_page_offers_is_told(app: Flask) -> None:
    def forgotten() -> str:
        return request.form.get("forgotten", "") + request.args["asked"]

    app.add_url_rule("/planted", view_func=forgotten, methods=["GET", "POST"])
    read = {one for one in read_by_views(app) if one.rule == "/planted"}
    assert left_out(read, set(), {}) == ["not tried: GET /planted asked", "not tried: POST /planted forgotten"]
    assert left_out(read, {SAID}, {"GET /planted asked": "why", "POST /planted said": "old"}) == [
        "not tried: POST /planted forgotten",
        "a reason without need: POST /planted said",
    ]


def test_a_form_s_own_fields_are_read_from_its_class(app: Flask) -> None:
    read = read_by_views(app)
    assert read >= {Field("POST", "/desk/cases", "reason"), Field("POST", "/desk/find", "sought"), Field("GET", "/desk/entries", "entry")}
    assert not read & {Field("POST", "/desk/cases", "kind"), Field("GET", "/desk/entries", "company")}


def test_of_a_page_every_field_is_known_that_takes_any_text_and_every_way_a_button_sends_it(app: Flask) -> None:
    page = Page(
        '<form method="post" action="/desk/find"><input name="csrf_token" type="hidden"><input name="a"><textarea name="b"></textarea>'
        '<select name="c"></select><input name="d" type="radio"><input name="e" type="hidden">'
        '<button formaction="/register" name="f">x</button></form><form action="/desk/export.csv"><input name="g"></form>'
    )
    found = {one for one in offered_on(app, "/desk/find", page) if one.name}
    taken = {("a", "text"), ("b", "textarea"), ("e", "hidden")}
    assert found == {Field("POST", rule, *one) for rule in ("/desk/find", "/register") for one in taken}


def test_a_page_that_nobody_opens_is_told(app: Flask) -> None:
    app.add_url_rule("/forgotten", view_func=lambda: ("", 404))
    assert "/forgotten" in unseen(app, sights_of(app, Somebody("stranger", app.test_client, ("/sign-in",))))
