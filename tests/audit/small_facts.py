"""Small facts with which the log is tested by itself, whatever the rooms declare."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import insert

from portal.kernel.blind_index import Identifier
from portal.kernel.facts import Fact
from portal.kernel.house import House
from portal.kernel.log_queue import Condition, Disclosure
from portal.kernel.sealing import create_holder
from portal.kernel.unit import SYSTEM, Actor, Unit

SHOP = Actor("vendor", id=b"c" * 16, name="shop-client", vendor_id=b"v" * 16)
NAME, EMAIL, CITY = "profile.name", "profile.email", "profile.address.city"


@dataclass(frozen=True, kw_only=True)
class Changed(Fact):
    """Something of the test's changed."""

    EVENT: ClassVar[str] = "test.changed"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"identifiers"})
    code: str | None = None


@dataclass(frozen=True, kw_only=True)
class Looked(Fact):
    """Somebody looked."""

    EVENT: ClassVar[str] = "profile.disclosed"
    outcome: str = "given"


@dataclass(frozen=True, kw_only=True)
class Blocked(Fact):
    """Somebody tried to look."""

    EVENT: ClassVar[str] = "profile.refused"
    outcome: str = "refused"


@dataclass(frozen=True, kw_only=True)
class CustomerErased(Fact):
    """What an erasure will note one day."""

    EVENT: ClassVar[str] = "customer.erased"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"identifiers"})
    pseudonyms: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class MonthErased(Fact):
    """The same for a month of the log."""

    EVENT: ClassVar[str] = "month.erased"
    month: str


def new_holder(house: House) -> bytes:
    """A person's key holder."""
    with house.writing() as unit:
        holder = create_holder(unit, "person")
        unit.note(Changed(holder=holder, code="made"))
    return holder


def change(house: House, holder: bytes | None = None, code: str = "x", **personal: str) -> None:
    """One acknowledged change."""
    with house.writing(SYSTEM, personal=personal) as unit:
        unit.note(Changed(holder=holder, code=code))


def mark(unit: Unit, digest: bytes, holder: bytes) -> None:
    """A row of the one kernel table that needs a fact."""
    unit.connection.execute(insert(Identifier).values(kind="test", key_version=1, digest=digest, holder_id=holder))


def disclose(house: House, *facts: Fact, actor: Actor = SHOP, conditions: Sequence[Condition] = ()) -> bool:
    """A read, as the door makes it: prepared on a snapshot, closed, appended."""
    with house.reading(actor, personal={"address": "203.0.113.7", "agent": "test"}) as unit:
        prepared = unit.prepare(facts)
    return house.log.disclose(Disclosure(prepared, conditions))


def look(house: House, holder: bytes, *fields: str, vendor: bytes = SHOP.vendor_id or b"", **more: object) -> bool:
    """A company's look at one person's fields."""
    fact = Looked(holder=holder, vendor=vendor, asked=fields, given=fields, **more)  # type: ignore[arg-type]
    return disclose(house, fact)


def a_varied_log(house: House) -> list[bytes]:
    """Some forty entries of every shape: three people, nobody's, reads, refusals, several batches. Gives the people."""
    people = [new_holder(house) for _ in range(3)]
    for number in range(4):
        for person in people:
            change(house, person, f"c{number}", address="203.0.113.9")
        look(house, people[number % 3], NAME, EMAIL)
        disclose(house, Blocked(holder=people[0], vendor=SHOP.vendor_id, asked=(CITY,), reason="paused", token="abcd"))
        change(house, None, "nobody", words="carrer Nou")
    disclose(house, *(Looked(holder=person, vendor=SHOP.vendor_id, given=(CITY, NAME), count=1) for person in people))
    look(house, people[2], grant=b"g" * 16, version=2, purpose="https://w3id.org/dpv#DeliveryOfGoods", basis="grant")
    house.lead()
    return people
