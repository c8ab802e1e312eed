"""The stage of the demonstration: accounts, companies and connections, made through the services on a moved clock."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from joserfc.jwk import ECKey

from portal.accounts.passwords import hash_password
from portal.accounts.reads import LEAD, actor_of_account
from portal.accounts.service import grant_role, register, verify_address
from portal.customers.service import set_attributes
from portal.demo.cast import BOOKSHOP, COMPANIES, INSURER, PASSWORD, STAFF, Company, Person
from portal.demo.vendor import Program, details_of, pkce
from portal.demo.visitor import Visitor
from portal.grants.choices import Choice
from portal.grants.details import stored
from portal.grants.service import ask, claim_request, give
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import id_from
from portal.kernel.jobs import run_due
from portal.kernel.unit import SYSTEM, Actor, Unit
from portal.links.service import set_number
from portal.messages import jobs as messages
from portal.oauth.ask import AuthorizationAsk
from portal.oauth.jose import public_key
from portal.oauth.scopes import GRANTS_READ, ORDERS_READ, ORDERS_WRITE, PROFILE_READ, needed_by
from portal.oauth.service import issue_code, make_client, make_keyed_client, open_authorization
from portal.tickets.service import Opened
from portal.vendors.ranks import OWNER
from portal.vendors.reads import VendorView
from portal.vendors.service import admit, allow_purpose

NOTICED = 20
"""For so many days people have been told things; of what was before they have read."""
ALL_SCOPES = (PROFILE_READ, ORDERS_READ, ORDERS_WRITE, GRANTS_READ)


@dataclass(frozen=True)
class Keyed:
    """A program that proves itself by a key, for whoever reads the file of the cast."""

    company: Company
    client_id: str
    private_jwk: dict[str, Any] = field(repr=False)


@dataclass
class Stage:
    """What the story has made so far."""

    house: House
    app: Flask
    opening: datetime
    bookshop_url: str
    accounts: dict[str, bytes] = field(default_factory=dict)
    programs: dict[str, Program] = field(default_factory=dict)
    grants: dict[str, bytes] = field(default_factory=dict)
    keyed: Keyed | None = None
    vendors: dict[str, VendorView] = field(default_factory=dict)
    talks: dict[str, Opened] = field(default_factory=dict)

    @contextmanager
    def day(self, ago: int, hour: int, minute: int = 0) -> Iterator[None]:
        """The clock at an hour of the day so many days before the opening.

        By its end what happened is in the log, and mails have left: nothing waits for a worker of today.
        """
        with clock.moved((self.opening - timedelta(days=ago)).replace(hour=hour, minute=minute, second=7)):
            yield
            run_due(self.house)
            self.house.lead()
            if ago <= NOTICED:
                self._tell()

    def _tell(self) -> None:
        """What a worker would tell and mail at this moment."""
        messages.watch(self.house)
        for told in (messages.remind, messages.tell_weeks):
            for _ in told(self.house):
                pass
        run_due(self.house)

    def visitor(self, person: Person) -> Visitor:
        """A person who signs in."""
        return Visitor(self.app, self.house.settings.origin, person.email)

    def actor(self, email: str) -> Actor:
        """A person, as if signed in."""
        with self.house.reading() as unit:
            return actor_of_account(unit, self.accounts[email])

    def staff(self, email: str) -> Actor:
        """Somebody of a company, as if at its console."""
        with self.house.reading() as unit:
            return actor_of_account(unit, self.accounts[email], "staff")


def redirect_of(stage: Stage, company: Company) -> str:
    """Where a company's program takes its codes."""
    if company is BOOKSHOP:
        return f"{stage.bookshop_url}/connected"
    return f"{company.card['web']}/freehold/connected"


def open_companies(stage: Stage) -> None:
    """Admits the companies, says what each may ask, and gives each a client."""
    for company in COMPANIES:
        with stage.house.writing(SYSTEM) as unit:
            vendor = stage.vendors[company.key] = _admit(unit, company)
            client, secret = make_client(
                unit, vendor.id, company.name, redirect_uris=[redirect_of(stage, company)], scopes=ALL_SCOPES
            )
        stage.programs[company.key] = Program(stage.app, company, vendor.id, id_from(client), secret)
    key = ECKey.generate_key("P-256")
    with stage.house.writing(SYSTEM) as unit:
        vendor = stage.vendors[INSURER.key] = _admit(unit, INSURER)
        public, redirects = public_key(key.as_dict(private=False)), [redirect_of(stage, INSURER)]
        client = make_keyed_client(unit, vendor.id, INSURER.name, [public], redirect_uris=redirects)
    stage.keyed = Keyed(INSURER, client, {**key.as_dict(private=True), "kid": key.thumbprint()})


def _admit(unit: Unit, company: Company) -> VendorView:
    vendor = admit(unit, name=company.name, card=company.card, admitted_by="operator")
    for one in company.asks:
        allow_purpose(
            unit,
            vendor_id=vendor.id,
            purpose=one.purpose,
            datatypes=[*one.required, *one.optional],
            may_require=one.required,
            text=one.text,
        )
    return vendor


def open_account(stage: Stage, person: Person) -> None:
    """Registers somebody, the address verified, and fills in what they say of themselves."""
    password = hash_password(PASSWORD)
    with stage.house.writing(SYSTEM) as unit:
        made = register(unit, email=person.email, password_hash=password, locale=person.locale, demonstration=True)
        assert made is not None
        verify_address(unit, token=made.token)
        if person.officer:
            grant_role(unit, account_id=made.account_id, role="officer", rank=LEAD if person.lead else None)
        if person.company:
            vendor_id = stage.vendors[person.company].id
            grant_role(unit, account_id=made.account_id, role="staff", vendor_id=vendor_id, rank=OWNER)
    stage.accounts[person.email] = made.account_id
    _fill(stage, person)


def open_staff(stage: Stage) -> None:
    """Lets somebody into the console of each company."""
    for person in STAFF:
        open_account(stage, person)


def _fill(stage: Stage, person: Person) -> None:
    if not person.profile:
        return
    actor = stage.actor(person.email)
    assert actor.customer_id is not None
    with stage.house.writing(actor) as unit:
        set_attributes(unit, customer_id=actor.customer_id, values=person.profile)


def connect(
    stage: Stage,
    email: str,
    key: str,
    *,
    number: str,
    leave_out: tuple[str, ...] = (),
    purposes: tuple[str, ...] = (),
    days: int = 365,
) -> None:
    """A customer shares with a company, all but ``leave_out``, and the company's program takes its tokens."""
    program, actor = stage.programs[key], stage.actor(email)
    verifier, challenge = pkce()
    documents = details_of(program.company, stage.house.settings.origin, purposes)
    with stage.house.writing(Actor("vendor", id=program.client_row, name=program.client_id)) as unit:
        request = ask(unit, vendor_id=program.vendor_id, details=documents, client_id=program.client_row)
        open_authorization(unit, _authorization(stage, program, documents, challenge), request.id)
    request_id = request.id
    ends = clock.now() + timedelta(days=days)
    with stage.house.writing(actor) as unit:
        asked = claim_request(unit, request_id=request_id)
        choices = _choices(asked.details, leave_out, ends)
        grant = give(unit, request_id=request_id, choices=choices)
        address = issue_code(unit, request_id=request_id, grant=grant)
        set_number(unit, link_id=grant.link_id, number=number)
    stage.grants[key] = grant.id
    program.redeem(parse_qs(urlsplit(address).query)["code"][0], verifier, redirect_of(stage, program.company))


def _authorization(stage: Stage, program: Program, documents: list[dict[str, Any]], challenge: str) -> AuthorizationAsk:
    return AuthorizationAsk(
        client_id=program.client_row,
        client_name=program.client_id,
        vendor_id=program.vendor_id,
        redirect_uri=redirect_of(stage, program.company),
        state=secrets.token_urlsafe(8),
        scope=" ".join(sorted(needed_by(documents))),
        details=documents,
        code_challenge=challenge,
        ui_locales=(),
    )


def _choices(documents: list[dict[str, Any]], leave_out: tuple[str, ...], ends: datetime) -> dict[str, Choice]:
    kept = {d.purpose: (frozenset(d.datatypes) - set(leave_out), min(ends, d.ends_at)) for d in stored(documents)}
    return {purpose: Choice(names, end) for purpose, (names, end) in kept.items() if names}
