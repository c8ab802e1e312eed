"""G33: whoever gets the database and the log files, but no keys, finds nothing in them that opens anything.

Each secret that is good at this moment is looked for in both, in every way that it may be written; then all that both
hold is tried at every door, where the secrets themselves get in.
"""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import requests
from flask import Flask
from itsdangerous import BadData
from sqlalchemy import select

from portal.accounts import service
from portal.accounts.codes import normal_code
from portal.accounts.models import Account, RecoveryCode
from portal.accounts.reads import actor_for
from portal.accounts.reads.delegations import invitation_of
from portal.accounts.service.challenges import LIVES as PROOFS
from portal.accounts.service.tokens import LIVES as LINKS
from portal.app import create_app
from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.kernel.house import House, use_house
from portal.kernel.ids import digest
from portal.kernel.mail import stop_address, whose
from portal.kernel.unit import Unit
from portal.links.reads import invited
from portal.migrations.tables import all_tables
from portal.oauth.models import Client, PushedRequest
from portal.oauth.reads import token_row
from portal.oauth.service.pushing import URN
from portal.oauth.service.tokens import code_row
from portal.vendors.reads.invited import staff_invitation
from portal.vendors.service import invite_staff
from tests import people
from tests.accounts import apps
from tests.browsing import LiveServer
from tests.conftest import HouseMaker
from tests.grants.cast import person
from tests.kernel.test_mail import Inbox, server_of
from tests.links.test_folding import invite, prospect
from tests.oauth.cast import answered, bearing, connect, own_token, program, yes
from tests.oauth.test_pushed import form_of
from tests.prove.sizes import size
from tests.roof.test_restored import ENDED
from tests.vendors.consoles import company, staff

ANA, JOAN = "ana@example.org", "joan@example.org"
BY_HTTP = size(test=100, prove=1_000_000)
"""How much of what was found is also sent to the API as a token."""
_WORD, _PART = re.compile(r"[\w+/=.~-]{8,}", re.ASCII), re.compile(r"[\w-]{8,}", re.ASCII)


@dataclass
class Trove:
    """A house in use, its secrets, and what a thief has of it: the database's values and the log files."""

    house: House
    app: Flask
    secrets: dict[str, str] = field(default_factory=dict)

    def values(self) -> list[bytes | str]:
        """Every value of every table."""
        with self.house.reading() as unit:
            rows = [row for table in all_tables().sorted_tables for row in unit.connection.execute(select(table))]
        return [value if isinstance(value, bytes) else str(value) for row in rows for value in row if value is not None]

    def logs(self) -> str:
        """What the server and its worker wrote down."""
        files = self.house.settings.instance.glob("*.log")
        return "\n".join(file.read_text(errors="replace") for file in files)

    def files(self) -> bytes:
        """The database's own files, where it has some: pages that were freed are in them, too."""
        return b"".join(file.read_bytes() for file in self.house.settings.instance.glob("freehold.db*"))

    def found(self) -> set[str]:
        """All that a thief would try: each value as text, in hexadecimal and base64, and each word of it."""
        tried = _words(self.logs())
        for value in self.values():
            tried |= _ways(value) if isinstance(value, bytes) else {value}
            text = value.decode("utf-8", "ignore") if isinstance(value, bytes) else value
            tried |= _words(text)
        return {one for one in tried if 8 <= len(one) <= 4096}


def _words(text: str) -> set[str]:
    return {*_WORD.findall(text), *_PART.findall(text)}


def _ways(value: bytes) -> set[str]:
    return {
        value.hex(), value.hex().upper(), base64.b64encode(value).decode(), base64.b32encode(value).decode(),
        base64.urlsafe_b64encode(value).decode().rstrip("="), value.decode("latin-1"),
    }  # fmt: skip


def _signed_cookie(app: Flask, value: str) -> object:
    signer = app.session_interface.get_signing_serializer(app)
    try:
        return signer.loads(value)
    except (BadData, ValueError):
        return None


def _stop(unit: Unit, value: str) -> object:
    try:
        return whose(unit, value.rpartition("/")[2])
    except (NotFound, ValueError):
        return None


def _recovery(unit: Unit, value: str) -> object:
    mark = digest(normal_code(value) or "")
    return unit.connection.execute(select(RecoveryCode.hash).where(RecoveryCode.hash == mark)).first()


def _client(unit: Unit, value: str) -> object:
    return unit.connection.execute(select(Client.id).where(Client.secret_hash == digest(value))).first()


def _pushed(unit: Unit, value: str) -> object:
    mark = digest(value.removeprefix(URN))
    return unit.connection.execute(select(PushedRequest.hash).where(PushedRequest.hash == mark)).first()


def _proof(unit: Unit, value: str) -> object:
    return next(filter(None, (service.find_challenge(unit, mark=value, purpose=one) for one in PROOFS)), None)


def doors(trove: Trove, unit: Unit) -> dict[str, Callable[[str], object]]:
    """What a secret opens, by its kind; each gives nothing for what is none."""
    return {
        "session": lambda value: actor_for(unit, value),
        "link": lambda value: service.find_token(unit, secret=value, purposes=tuple(LINKS)),
        "proof": lambda value: _proof(unit, value),
        "recovery code": lambda value: _recovery(unit, value),
        "invitation": lambda value: invited(unit, value),
        "delegation": lambda value: invitation_of(unit, value),
        "staff invitation": lambda value: staff_invitation(unit, value),
        "code": lambda value: code_row(unit, value),
        "token": lambda value: token_row(unit.connection, value),
        "pushed request": lambda value: _pushed(unit, value),
        "client": lambda value: _client(unit, value),
        "cookie": lambda value: _signed_cookie(trove.app, value),
        "unsubscribe": lambda value: _stop(unit, value),
    }


KIND_OF = {
    "session": "session", "reset link": "link", "address link": "link", "half a sign-in": "proof",
    "recovery code": "recovery code", "invitation": "invitation", "delegation": "delegation", "staff invitation": "staff invitation",
    "code": "code", "access token": "token",
    "refresh token": "token", "own token": "token", "pushed request": "pushed request", "client secret": "client",
    "cookie": "cookie", "stop": "unsubscribe",
}  # fmt: skip


OF_TABLES = {
    "sessions": "session", "one_time_tokens": "link", "challenges": "proof", "recovery_codes": "recovery code",
    "invitations": "invitation", "delegations": "delegation", "staff_invitations": "staff invitation",
    "codes": "code", "tokens": "token",
    "pushed_requests": "pushed request", "clients": "client",
}  # fmt: skip
"""At which door the secrets get in that a table knows by their hashes."""


@pytest.fixture
def trove(make_house: HouseMaker, make_server: Callable[..., LiveServer], engine_name: str) -> Iterator[Trove]:
    """Everything that is secret is in use, and was sent to a server that writes down as much as it can."""
    inbox = Inbox()
    with server_of(inbox) as port:
        told = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_starttls": False, "mail_from": "post@freehold.example"}
        house = make_house(engine_name, **told)
        with use_house(house):
            made = Trove(house, create_app(house))
            _comes_in(made, inbox)
            # What lives for a minute alone must be good for as long as this takes.
            with clock.moved(timedelta(hours=1)):
                _connects(made)
        environment = {f"FREEHOLD_{name.upper()}": str(value) for name, value in told.items()}
        server = make_server(house, FREEHOLD_LOG_LEVEL="DEBUG", **environment)
        _sends_all(made, server.url)
        server.stop()
        with use_house(house):
            yield made


def _mailed(inbox: Inbox, to: str) -> str:
    [letter] = [one for one in inbox.taken if one.rcpt_tos == [to]][-1:]
    found = re.search(rb"/([A-Za-z0-9_-]{43})\b", letter.content.replace(b"=\r\n", b""))
    assert found is not None
    return found[1].decode()


def _comes_in(made: Trove, inbox: Inbox) -> None:
    people.register(made.house, ANA)
    people.register(made.house, JOAN)
    browser, half = made.app.test_client(), made.app.test_client()
    people.sign_in(browser, ANA)
    app = apps.add_app(browser)
    apps.half_way(half, ANA)
    people.post(browser, "/account/address", email="ana.new@example.org", current_password=people.PASSWORD)
    people.do_jobs(made.house)
    made.secrets["address link"] = _mailed(inbox, "ana.new@example.org")
    people.post(made.app.test_client(), "/reset", email=JOAN)
    people.do_jobs(made.house)
    made.secrets["reset link"] = _mailed(inbox, JOAN)
    acting = people.actor(made.house, people.register(made.house, "maria@example.org"))
    with made.house.writing(acting) as unit:
        until = unit.at + timedelta(days=9)
        service.invite(unit, called="Bruno", email="bruno@example.org", areas={"orders": "see"}, until=until)
    people.do_jobs(made.house)
    made.secrets["delegation"] = _mailed(inbox, "bruno@example.org")
    employer = company(made.house)
    with made.house.writing(people.actor(made.house, staff(made.house, employer), "staff")) as unit:
        invite_staff(unit, vendor=employer, email="clerk@example.org", rank="agent")
    people.do_jobs(made.house)
    made.secrets["staff invitation"] = _mailed(inbox, "clerk@example.org")
    cookie = browser.get_cookie("session")
    assert cookie is not None
    with browser.session_transaction() as session:
        made.secrets["session"] = session["_user_id"]
    with half.session_transaction() as session:
        made.secrets["half a sign-in"] = session["second"]
    made.secrets |= {"cookie": cookie.value, "password": people.PASSWORD, "seed": app.seed, "recovery code": app.codes[0]}


def _connects(made: Trove) -> None:
    house, client = made.house, made.app.test_client()
    shop, eva = program(house), person(house, "eva@example.org", given_name="Eva")
    held = connect(made.app, shop, eva)
    pushed = client.post("/oauth/par", data=form_of(house, shop), headers=shop.basic).json["request_uri"]
    made.secrets |= {
        "access token": held["access_token"], "refresh token": held["refresh_token"], "own token": own_token(client, shop),
        "client secret": shop.secret, "pushed request": pushed.removeprefix(URN),
        "invitation": invite(house, prospect(house, shop.vendor_id)),
        "code": answered(yes(made.app, shop, person(house, "mar@example.org")))["code"],
    }  # fmt: skip
    with house.reading() as unit:
        made.secrets["stop"] = stop_address(unit, eva.holder_id or b"", "week").rpartition("/")[2]


def _sends_all(made: Trove, url: str) -> None:
    """Each secret to the running server, in the place where it belongs and where it does not; none of it uses one up."""
    every = list(made.secrets.values())
    for value in every:
        for path in (f"/reset/{value}", f"/unsubscribe/{value}", f"/nowhere/{value}?q={value}"):
            requests.get(url + path, timeout=30, allow_redirects=False)
        requests.get(url + "/api/v1/profile", headers=bearing(value), timeout=30)
        requests.get(url + "/account", cookies={"session": value}, timeout=30, allow_redirects=False)
        wrong = {"grant_type": "refresh_token", "refresh_token": value, "code": value, "client_id": value}
        requests.post(url + "/oauth/token", data=wrong, auth=(value, value), timeout=30)


def test_g33_no_secret_stands_in_the_database_or_a_log_file_and_nothing_in_them_opens_any_door(
    trove: Trove, figure: Callable[..., float]
) -> None:
    _is_written_nowhere(trove, figure)
    _opens_nothing(trove, figure)


def _is_written_nowhere(trove: Trove, figure: Callable[..., float]) -> None:
    logs = trove.logs()
    assert '"event":"request"' in logs
    dump = b"\n".join(value if isinstance(value, bytes) else value.encode() for value in trove.values()) + trove.files()
    everywhere = dump + logs.encode()
    assert len(everywhere) > 10_000
    seen = [f"{name} as {way!r}" for name, value in trove.secrets.items() for way in _written(name, value) if way in everywhere]
    figure("secrets in a dump and in log files", len(seen), goal=0, better="equal")
    assert seen == []


def _written(name: str, value: str) -> set[bytes]:
    """A secret in all the ways that it may be written down."""
    plain = value.encode()
    ways = {plain, plain.hex().encode(), base64.b64encode(plain).rstrip(b"="), value.upper().encode(), value.lower().encode()}
    if name == "recovery code":
        ways.add((normal_code(value) or "").encode())
    if name == "seed":
        ways.add(base64.b32decode(value))
    elif re.fullmatch(r"(fh[acrs]_)?[A-Za-z0-9_-]{43}", value):
        ways.add(base64.urlsafe_b64decode(value[-43:] + "="))
    return {way for way in ways if len(way) >= 8}


def _opens_nothing(trove: Trove, figure: Callable[..., float]) -> None:
    found = trove.found()
    assert len(found) > 1000
    with trove.house.reading() as unit:
        open_to = doors(trove, unit)
        for name, kind in KIND_OF.items():
            assert open_to[kind](trove.secrets[name]), f"the {name} itself must get in, or this shows nothing"
        opened = [f"{kind}: {value[:12]}" for kind, door in open_to.items() for value in found if _opens(door, value)]
        hashes = unit.connection.execute(select(Account.password_hash)).scalars().all()
    figure("usable secrets in a dump and in log files", len(opened), goal=0, better="equal")
    figure("values of a dump and log files that were tried at each door", len(found), unit="values")
    assert opened == []
    assert all(one.startswith("$argon2id$") or one in ("-", "") for one in hashes)
    client = trove.app.test_client()
    for value in sorted(found, key=lambda one: digest(one))[:BY_HTTP]:
        if value.isascii() and value.isprintable():
            assert client.get("/api/v1/profile", headers=bearing(value)).status_code == 401


def _opens(door: Callable[[str], Any], value: str) -> bool:
    return bool(door(value))


def test_a_secret_that_were_kept_as_it_is_would_be_found_both_ways() -> None:
    secret = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
    kept = bytes(range(32))
    assert secret in _ways(kept) and kept in _written("session", secret)
    assert secret in _words(f'{{"path":"/reset/{secret}"}}')


@pytest.mark.engines("sqlite")  # of the tables alone
def test_every_table_that_knows_a_secret_by_its_hash_has_its_door() -> None:
    assert OF_TABLES.keys() == ENDED | {"clients"}
    assert set(OF_TABLES.values()) <= set(KIND_OF.values())
