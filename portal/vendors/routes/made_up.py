"""The people of a sandbox and its company's program: how they are made, and what a press lets them do.

They are made up: their addresses are nobody's, and they meet no company but their sandbox. What they do stands in the
record as theirs, with the person who pressed beside them.
"""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from portal.accounts.passwords import hash_password
from portal.accounts.reads import actor_of_account, email_of
from portal.accounts.service import give_password, make_up
from portal.audit.doors import context, current_actor, reading, writing
from portal.customers.service import ensure as ensure_customer
from portal.customers.service import set_attributes
from portal.kernel import clock
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.house import current_house
from portal.kernel.ids import new_id, text_of
from portal.kernel.mail import NOBODYS
from portal.kernel.unit import Actor, Unit
from portal.links.service import ensure, set_number
from portal.oauth.service import make_client
from portal.orders.service import put_all
from portal.vendors.ranks import DEVELOPER, OWNER
from portal.vendors.reads import MadeUp, Staff, VendorView, customers_of_sandbox, sandbox_of, staff_of, vendor_of
from portal.vendors.service import add_sandbox_customer, make_sandbox

PROGRAM = "Sandbox"
CALLBACK = "https://your-program.example.net/callback"
"""Where a sandbox's first program takes its codes: nowhere, so that they are read in the browser's address."""


@dataclass(frozen=True)
class Character:
    """Somebody made up: what their profile holds, and where they move to."""

    name: str
    locale: str
    profile: dict[str, Any]
    elsewhere: dict[str, str]


def _place(street: str, postal_code: str, city: str, country: str) -> dict[str, str]:
    return {"street": street, "postal_code": postal_code, "city": city, "country": country}


CHARACTERS = (
    Character(
        "ada",
        "ca",
        {
            "profile.given_name": "Ada",
            "profile.family_name": "Prova",
            "profile.birth_date": "1990-05-17",
            "profile.phone": "+34972000001",
            "profile.address": _place("Carrer de Prova 1", "17001", "Girona", "ES"),
            "profile.tastes": ["maps", "tea"],
        },
        _place("Plaça del Test 2", "17800", "Olot", "ES"),
    ),
    Character(
        "bogdan",
        "ro",
        {
            "profile.given_name": "Bogdan",
            "profile.family_name": "Test",
            "profile.birth_date": "1972-11-03",
            "profile.address": _place("Strada Probei 3", "400001", "Cluj-Napoca", "RO"),
        },
        _place("Bulevardul Testului 4", "500001", "Brașov", "RO"),
    ),
    Character(
        "carmen",
        "es",
        {"profile.given_name": "Carmen", "profile.family_name": "Ensayo", "profile.phone": "+34910000003"},
        _place("Calle de Prueba 5", "28001", "Madrid", "ES"),
    ),
)
GOODS = (("Atlas of quiet places", "books", 2450), ("Tea, 250 g", "groceries", 780), ("Lamp", "home", 3900))


@dataclass(frozen=True)
class Shown:
    """What is shown once: by what the program and the people of a sandbox prove who they are."""

    client_id: str
    secret: str = field(repr=False)
    passwords: list[tuple[str, str]] = field(repr=False)


@dataclass(frozen=True)
class Ground:
    """Where a press takes place: the company, and its sandbox where it has begun one."""

    staff: Staff
    twin: VendorView | None


def ground_of(unit: Unit, slug: str) -> Ground:
    """The company of this slug, for those who look after its machines, with its sandbox; which may be of this slug itself.

    What the unit does from here on it does in the sandbox, and is marked as a test.
    """
    staff = staff_of(unit, slug, OWNER, DEVELOPER)
    unit.actor = unit.actor._replace(test=True)
    if staff.sandbox_of is not None:
        return Ground(staff, staff.vendor)
    found = sandbox_of(unit, staff.vendor.id)
    return Ground(staff, None if found is None else vendor_of(unit, found.vendor_id))


def twin_of(unit: Unit, slug: str) -> VendorView:
    """The sandbox of this company; NotFound where it has begun none."""
    twin = ground_of(unit, slug).twin
    if twin is None:
        raise NotFound
    return twin


def number_of(person: MadeUp) -> str:
    """What the sandbox calls a made-up person: its own customer number."""
    return f"T-{person.place + 1}"


def name_of(person: MadeUp) -> str:
    """What a made-up person is called on the console's pages."""
    profile = CHARACTERS[person.place].profile
    return f"{profile['profile.given_name']} {profile['profile.family_name']}"


def find(unit: Unit, twin: VendorView, place: str) -> MadeUp:
    """The made-up person at a place; NotFound for any other."""
    found = [one for one in customers_of_sandbox(unit, twin.id) if str(one.place) == place]
    if not found:
        raise NotFound
    return found[0]


# Making one


def begin(slug: str) -> Shown:
    """A sandbox with its program, its people and an order of each. Conflict ``taken`` where there is one."""
    with reading() as unit:
        if ground_of(unit, slug).twin is not None:
            raise Conflict("taken")
    passwords, hashes = _new_passwords()
    emails = [f"{one.name}.{secrets.token_hex(4)}{NOBODYS}" for one in CHARACTERS]
    with writing() as unit:
        twin = make_sandbox(unit, vendor_id=ground_of(unit, slug).staff.vendor.id)
        client_id, secret = make_client(unit, twin.id, PROGRAM, redirect_uris=(CALLBACK,))
        for place, (email, hashed) in enumerate(zip(emails, hashes, strict=True)):
            _make_up(unit, twin, place, email, hashed)
    for person in _people(twin):
        order(twin, person)
    return Shown(client_id, secret, list(zip(emails, passwords, strict=True)))


def _make_up(unit: Unit, twin: VendorView, place: int, email: str, hashed: str) -> None:
    character = CHARACTERS[place]
    account_id = make_up(unit, email=email, password_hash=hashed, locale=character.locale)
    holder_id = actor_of_account(unit, account_id).holder_id
    assert holder_id is not None
    customer = ensure_customer(unit, account_id=account_id, holder_id=holder_id)
    person = MadeUp(customer.id, account_id, place)
    add_sandbox_customer(unit, twin_id=twin.id, customer_id=customer.id, account_id=account_id, place=place)
    set_attributes(unit, customer_id=customer.id, values=character.profile)
    link = ensure(unit, customer_id=customer.id, vendor_id=twin.id)
    set_number(unit, link_id=link.id, number=number_of(person))


def _people(twin: VendorView) -> list[MadeUp]:
    with reading() as unit:
        return customers_of_sandbox(unit, twin.id)


def _new_passwords() -> tuple[list[str], list[str]]:
    """One for each character, with its hash: made between units, for it takes long on purpose."""
    passwords = [secrets.token_urlsafe(12) for _ in CHARACTERS]
    return passwords, list(map(hash_password, passwords))


def new_passwords(slug: str) -> list[tuple[str, str]]:
    """Other passwords for all of them, whose sessions end; gives each address with its own."""
    with reading() as unit:
        twin_of(unit, slug)
    passwords, hashes = _new_passwords()
    with writing() as unit:
        people = customers_of_sandbox(unit, twin_of(unit, slug).id)
        for person in people:
            give_password(unit, account_id=person.account_id, password_hash=hashes[person.place])
        return [(email_of(unit, person.account_id), passwords[person.place]) for person in people]


# Acting as one


@contextmanager
def as_person(person: MadeUp) -> Iterator[Unit]:
    """A writing unit in which a made-up person acts; whoever pressed stands beside them in the record."""
    with reading() as unit:
        actor = actor_of_account(unit, person.account_id)
    with current_house().writing(actor, second=current_actor(), **context()) as unit:
        yield unit


def order(twin: VendorView, person: MadeUp) -> str:
    """The sandbox tells an order of this person's; gives its number."""
    number = f"S-{text_of(new_id())[-8:]}"
    name, category, price = secrets.choice(GOODS)
    told = {
        "number": number,
        "customer": number_of(person),
        "status": "OrderProcessing",
        "currency": "EUR",
        "placed_at": (clock.now() - timedelta(minutes=1)).isoformat(),
        "lines": [{"name": name, "category": category, "quantity": 1, "unit_price": price}],
    }
    _told(put_all(reading, _telling, vendor_id=twin.id, orders=[told], test=True))
    return number


def _told(batches: Iterable[Any]) -> None:
    for _ in batches:
        pass


@contextmanager
def _telling() -> Iterator[Unit]:
    # The company tells its orders: who pressed is on record, and so is that it is a test.
    actor: Actor = current_actor()._replace(test=True)
    with current_house().writing(actor, **context()) as unit:
        yield unit
