"""No address of a webhook leads inside: neither where it is saved, by hand or in the console, nor where it is called."""

import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.events.jobs import Postman
from portal.events.models import WebhookAttempt, WebhookEndpoint
from portal.events.reads import endpoints_of
from portal.events.service import send_test
from portal.kernel.db import WRITING
from portal.kernel.house import House
from portal.kernel.outgoing import Rules
from portal.kernel.outgoing.failing import NEVER_MADE
from portal.kernel.unit import SYSTEM
from tests import people
from tests.events.listening import RULES, a_postman, listening, subscribe
from tests.kernel.inward import INWARD, Form
from tests.prove.sizes import size
from tests.roof.conftest import Run, run  # noqa: F401 - a fixture
from tests.vendors.consoles import at_work, company

_connected: list[Any] = []
_is_watching = False


def _see(event: str, about: tuple[Any, ...]) -> None:
    if _is_watching and event == "socket.connect":
        _connected.append(about[1])


sys.addaudithook(_see)


@contextmanager
def watched() -> Iterator[list[Any]]:
    """The interpreter itself tells of each connection, before it is made."""
    global _is_watching
    _connected.clear()
    _is_watching = True
    try:
        yield _connected
    finally:
        _is_watching = False


def some(forms: Sequence[Form], most: int) -> list[Form]:
    """Of every kind some."""
    return list(forms[:: max(1, len(forms) // most)])


@contextmanager
def answering(monkeypatch: pytest.MonkeyPatch, form: Form) -> Iterator[None]:
    """The system's resolver tells what the form's names are answered."""

    def told(*_: Any, **__: Any) -> list[Any]:
        if not form.answers[0]:
            raise OSError
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in form.answers[0]]

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", told)
        yield


def endpoints(house: House, vendor_id: bytes) -> int:
    """How many the company has."""
    with house.reading() as unit:
        return len(endpoints_of(unit, vendor_id))


def test_attack_75_no_form_that_leads_inside_is_taken_by_hand(
    engine_name: str, make_house: Any, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house(engine_name)
    monkeypatch.setenv("FREEHOLD_INSTANCE", str(house.settings.instance))
    shop = company(house)
    command: Run = request.getfixturevalue("run")
    monkeypatch.setenv("FREEHOLD_INSTANCE", str(house.settings.instance))
    monkeypatch.setenv("FREEHOLD_DATABASE_URL", house.settings.database_url)
    for form in some(INWARD, size(test=12, prove=len(INWARD))):
        with watched() as connected, answering(monkeypatch, form):
            done = command("vendor", "webhook", "add", "--", "Shop", form.url)
        assert (done.returncode, connected) == (1, []), form
        assert done.stderr.startswith("Error: ADDRESS: "), form
    assert endpoints(house, shop.id) == 0


def test_attack_75_no_form_that_leads_inside_is_taken_in_the_console(
    engine_name: str, make_house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.app import create_app

    house = make_house(engine_name)
    app: Flask = create_app(house)
    app.testing = True
    shop = company(house)
    client = at_work(app, house, shop)
    for form in some(INWARD, size(test=12, prove=len(INWARD))):
        with watched() as connected, answering(monkeypatch, form):
            answer = people.post(client, "/console/shop/webhooks/new", "/language", url=form.url, algorithm="v1")
        assert (answer.status_code, connected) == (422, []), form
    assert endpoints(house, shop.id) == 0


def _send_to(house: House, postman: Postman, endpoint: Any, url: str) -> str | None:
    """Puts an address where a saved one is, past every check, and has it called."""
    with house.reading() as unit:
        sealed = unit.box(endpoint.holder_id).seal("webhook_endpoints", "url", endpoint.id, url)
    with house.gate.entered(), house.transaction(WRITING) as connection:
        connection.execute(update(WebhookEndpoint).values(url=sealed))
    with house.writing(SYSTEM) as unit:
        send_test(unit, vendor_id=endpoint.vendor_id, endpoint_id=endpoint.id)
    postman.run_out()
    with house.reading() as unit:
        reasons = unit.connection.execute(select(WebhookAttempt.reason).order_by(WebhookAttempt.id)).scalars().all()
    return reasons[-1]


def test_attack_75_no_form_that_leads_inside_is_called(house: House) -> None:
    endpoint, _ = subscribe(house, company(house).id, "http://localhost/")
    for form in some(INWARD, size(test=40, prove=len(INWARD))):

        def resolve(_name: str, form: Form = form) -> Sequence[str]:
            if not form.answers[0]:
                raise OSError
            return form.answers[0]

        with watched() as connected, a_postman(house, Rules(resolve=resolve)) as postman:
            reason = _send_to(house, postman, endpoint, form.url)
        assert connected == [], form
        assert reason in NEVER_MADE, form


def test_a_connection_that_is_made_is_seen(house: House) -> None:
    endpoint, _ = subscribe(house, company(house).id, "http://localhost/")
    with listening() as listener, watched() as connected, a_postman(house, RULES) as postman:
        assert _send_to(house, postman, endpoint, listener.url) is None
    assert connected == [("127.0.0.1", listener.receiver.port)]
