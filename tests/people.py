"""People of the tests, made through the services as real ones are."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts import service, totp
from portal.accounts.passwords import hash_password
from portal.accounts.reads import actor_of_account, person_of
from portal.kernel.house import House, use_house
from portal.kernel.jobs import run_due
from portal.kernel.unit import STRANGER, SYSTEM, Actor

PASSWORD = "a quiet harbour at dusk"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@cache
def hashed(password: str) -> str:
    """The password's hash, computed once a process: Argon2 is slow on purpose."""
    return hash_password(password)


def register(
    house: House, email: str, password: str = PASSWORD, locale: str = "en", *, demonstration: bool = False
) -> bytes:
    """Somebody with a proved address and a profile; gives the account's id."""
    with house.writing(STRANGER, locale=locale) as unit:
        made = service.register(
            unit, email=email, password_hash=hashed(password), locale=locale, demonstration=demonstration
        )
    assert made is not None, "the address has an account"
    with house.writing(STRANGER, locale=locale) as unit:
        service.verify_address(unit, token=made.token)
    return made.account_id


def officer(house: House, email: str = "otto@example.org", password: str = PASSWORD, rank: str | None = None) -> bytes:
    """Somebody who may open the desk."""
    return somebody(house, email, "officer", password, rank=rank)


def somebody(
    house: House, email: str, role: str, password: str = PASSWORD, *, locale: str = "en", **bounds: Any
) -> bytes:
    """Somebody with a role, and with the second step that it asks for."""
    account_id = register(house, email, password, locale)
    with house.writing(SYSTEM) as unit:
        service.grant_role(unit, account_id=account_id, role=role, **bounds)
    equip(house, email, account_id)
    return account_id


_papers: dict[tuple[str, str], list[str]] = {}


def equip(house: House, email: str, account_id: bytes) -> list[str]:
    """Gives somebody an app that no test needs, and keeps its recovery codes: :func:`sign_in` uses one each time."""
    with house.writing(SYSTEM) as unit:
        mark = service.begin_app(unit, account_id=account_id)
        holder_id = actor_of_account(unit, account_id).holder_id
        secret = service.start_session(unit, account_id=account_id, holder_id=holder_id or b"")
        person = person_of(unit, secret)
        begun = service.find_challenge(unit, mark=mark, purpose="app")
        assert person is not None and begun is not None and begun.secret is not None
        code = totp.code_at(begun.secret, totp.step_of(unit.at))
        changed = service.add_app(unit, begun=begun, session_id=person.session_id, code=code, name="A spare phone")
        assert changed is not None
        service.end_session(unit, account_id=account_id, session_id=person.session_id)
    codes = _papers[house.settings.database_url, email] = list(changed.codes)
    return codes


def paper_of(house: House, email: str) -> str:
    """One of the recovery codes that are kept here of somebody; each is good once."""
    return _papers[house.settings.database_url, email].pop()


def _by_paper(client: FlaskClient, email: str, **fields: str) -> TestResponse | None:
    """The second step of somebody whose codes are kept here."""
    codes = _papers.get((client.application.extensions["house"].settings.database_url, email))
    return post(client, "/sign-in/second", code=codes.pop(), **fields) if codes else None


def actor(house: House, account_id: bytes, kind: str = "customer") -> Actor:
    """The actor a person is, for units of a test."""
    with house.reading() as unit:
        return actor_of_account(unit, account_id, kind)


def csrf_of(client: FlaskClient, page: str = "/sign-in") -> str:
    """The token that this browser's forms carry."""
    found = _TOKEN.search(client.get(page, follow_redirects=True).text)
    assert found is not None, f"{page} has no form"
    return found[1]


def post(client: FlaskClient, path: str, page: str | None = None, **fields: Any) -> TestResponse:
    """Fills in a form and sends it."""
    return client.post(path, data={"csrf_token": csrf_of(client, page or path), **fields})


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD, **fields: str) -> TestResponse:
    """Signs a browser in as a person does."""
    answer = post(client, "/sign-in", email=email, password=password, **fields)
    assert answer.status_code == 303, "not signed in"
    step = _by_paper(client, email, **fields) if answer.location.startswith("/sign-in/second") else None
    return step or answer


def do_jobs(house: House) -> int:
    """Does everything that waits: mails, and what follows a registration."""
    with use_house(house):
        return run_due(house)


def mails(house: House, to: str | None = None) -> list[EmailMessage]:
    """The messages written under the instance, the newest first."""
    files = sorted((house.settings.instance / "mail").glob("*.eml"), reverse=True)
    read = [message_from_bytes(file.read_bytes(), policy=default) for file in files]
    return [mail for mail in read if to is None or mail["To"] == to]


def link_in(mail: EmailMessage) -> str:
    """The path of the first page that a mail leads to."""
    return path_in(mail.get_content())


def path_in(body: str) -> str:
    """The same, of what a mail says."""
    found = re.search(r"https?://[^/\s]+(/\S+)", body)
    assert found is not None, "no link in the mail"
    return found[1]
