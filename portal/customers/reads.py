"""What is known of customers and their profiles. Nothing here writes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, exists, func, select

from portal.accounts.reads import email_of
from portal.customers.catalogue import CATALOGUE, find, label_of
from portal.customers.derive import answer_of, sources_of
from portal.customers.models import Attribute, Customer, Erasure
from portal.grants.lease import resources_of
from portal.grants.models import Grant, GrantDetail, ReadClaim
from portal.grants.once import spans
from portal.kernel.blind_index import Identifier
from portal.kernel.common_index import holders_by, places_of
from portal.kernel.errors import NotFound
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.links.models import Link
from portal.vendors.models import Vendor

TELEPHONE = "profile.phone"
"""As what telephone numbers stand in the blind index."""
TELEPHONES = (TELEPHONE, "profile.home_phone")
"""Where they stand in a profile."""


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A customer's row."""

    id: bytes
    holder_id: bytes
    account_id: bytes | None
    kind: str
    sharing_version: int
    joined_into: bytes | None
    joined_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """One line of a profile, opened for its own customer."""

    path: str
    value: Any
    source: str
    source_name: str | None
    confirmed_at: datetime
    verified_at: datetime | None

    @property
    def label(self) -> str:
        """The line's name in the reader's language; a person's own one is what they called it."""
        attribute = find(self.path)
        if attribute is not None and attribute.kind == "custom":
            return str(self.value["label"])
        return str(attribute.label) if attribute else self.path


_customer = select(*Customer.__table__.columns)
_by_id = Prepared(_customer.where(Customer.id == bindparam("id")))
_by_account = Prepared(_customer.where(Customer.account_id == bindparam("id")))


def customer_of(unit: Unit, customer_id: bytes) -> CustomerView:
    """The customer's row; NotFound where there is none."""
    row = unit.once(("customer", customer_id), lambda: _by_id.first(unit.connection, {"id": customer_id}))
    if row is None:
        raise NotFound
    return CustomerView(**row._asdict())


def customer_of_holder(unit: Unit, holder_id: bytes) -> bytes:
    """The customer whom a key holder stands for; NotFound where there is none."""
    found = unit.connection.execute(select(Customer.id).where(Customer.holder_id == holder_id)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def customer_of_account(unit: Unit, account_id: bytes) -> CustomerView | None:
    """The customer's row behind an account."""
    row = _by_account.first(unit.connection, {"id": account_id})
    return CustomerView(**row._asdict()) if row else None


class Erasing(NamedTuple):
    """That somebody asked to be erased: when, and when it is done."""

    asked_at: datetime
    due_at: datetime


def erasure_of(unit: Unit, customer_id: bytes) -> Erasing | None:
    """The erasure that a customer waits for, or None."""
    statement = select(Erasure.asked_at, Erasure.due_at).where(Erasure.customer_id == customer_id)
    row = unit.connection.execute(statement).one_or_none()
    return Erasing(*row) if row else None


def profile_of(unit: Unit, customer_id: bytes, paths: Iterable[str] | None = None) -> dict[str, Held]:
    """The profile's lines by path, opened for the customer: all of them, or those of ``paths``."""
    if paths is None:
        rows = _lines.all(unit.connection, {"customer": customer_id})
    else:
        rows = _some_lines.all(unit.connection, {"customer": customer_id, "paths": sorted(paths)})
    if not rows:
        return {}
    sealed = ((row.path, row.id, row.value) for row in rows)
    values = unit.box(rows[0].holder_id).open_values("attributes", "value", sealed)
    return {row.path: _held(row, values[row.path]) for row in rows}


_all_lines = (
    select(*Attribute.__table__.columns, Vendor.name, Customer.holder_id)
    .join(Customer, Customer.id == Attribute.customer_id)
    .outerjoin(Vendor, Vendor.id == Attribute.source_vendor_id)
    .where(Attribute.customer_id == bindparam("customer"))
)
_lines = Prepared(_all_lines)
_some_lines = Prepared(_all_lines.where(Attribute.path.in_(bindparam("paths", expanding=True))), lists=("paths",))


def _held(row: Any, value: Any) -> Held:
    return Held(row.path, value, row.source, row.name, row.confirmed_at, row.verified_at)


def values_of(unit: Unit, customer_id: bytes, paths: Iterable[str]) -> dict[str, Any]:
    """Present answers, derived ones too, for the paths a customer is asked about; those not held are left out."""
    wanted = [path for path in paths if path.startswith("profile.")]
    held = profile_of(unit, customer_id, {source for path in wanted for source in sources_of(path)})
    values = {path: line.value for path, line in held.items()}
    answers = {path: answer_of(path, values, unit.at) for path in wanted}
    return {path: answer for path, answer in answers.items() if answer is not None}


def value_of(unit: Unit, customer_id: bytes, path: str) -> Any:
    """One present answer, or None."""
    return values_of(unit, customer_id, [path]).get(path)


def name_for_delegate(unit: Unit, customer_id: bytes, account_id: bytes) -> str:
    """What a customer is called before whoever acts for them: the name they gave, else the address they sign in with."""
    return str(value_of(unit, customer_id, "profile.given_name") or "") or email_of(unit, account_id)


def verified_addresses_of(unit: Unit, customer_id: bytes) -> list[str]:
    """E-mail addresses that were proved to be this customer's: the sign-in address, and those of the profile."""
    held = profile_of(unit, customer_id, ("profile.email", "profile.work_email")).values()
    proved = [str(line.value) for line in held if line.verified_at is not None]
    account_id = customer_of(unit, customer_id).account_id
    return list(dict.fromkeys([*([] if account_id is None else [email_of(unit, account_id)]), *proved]))


class Reader(NamedTuple):
    """A company that may read something now."""

    name: str
    link_id: bytes


_readers = (
    select(
        Vendor.name,
        Link.id.label("link_id"),
        Grant.created_at,
        GrantDetail.datatypes,
        GrantDetail.not_before,
        GrantDetail.expires_at,
        GrantDetail.most_reads,
        GrantDetail.read_span,
        select(func.count(ReadClaim.resource.distinct()))
        .where(ReadClaim.grant_id == GrantDetail.grant_id, ReadClaim.purpose == GrantDetail.purpose)
        .scalar_subquery()
        .label("were_read"),
    )
    .select_from(Grant)
    .join(GrantDetail, (GrantDetail.grant_id == Grant.id) & (GrantDetail.version == Grant.version))
    .join(Link, Link.id == Grant.link_id)
    .join(Vendor, Vendor.id == Grant.vendor_id)
    .where(Grant.state == "live", Link.state == "active", Link.paused_at.is_(None), Link.blocked_at.is_(None))
    .order_by(Vendor.name)
)


def readers_of(unit: Unit, customer_id: bytes) -> dict[str, list[Reader]]:
    """Which companies may read what now: those with a live permission, by path; none whose one look was taken."""
    statement = _readers.where(Grant.customer_id == customer_id, GrantDetail.expires_at > unit.at)
    readers: dict[str, list[Reader]] = {}
    for row in unit.connection.execute(statement):
        for path in () if _used_up(row) else row.datatypes:
            readers.setdefault(path, []).append(Reader(row.name, row.link_id))
    return readers


def _used_up(row: Any) -> bool:
    begins = max(row.created_at, row.not_before or row.created_at)
    whole = row.were_read >= len(resources_of(row.datatypes))
    return whole and spans(row.most_reads, row.read_span, begins, row.expires_at)


def whole_and_less(
    path: str, readers: Mapping[str, list[Reader]]
) -> tuple[list[Reader], dict[tuple[str, ...], list[Reader]]]:
    """Who may read the line as it stands; and who only answers that give away less, by the labels of those answers."""
    whole: set[Reader] = set()
    less: dict[Reader, list[str]] = {}
    for read, found in readers.items():
        if path in sources_of(read):
            if sources_of(read) != (path,) or read == path:
                whole.update(found)
            else:
                for one in found:
                    less.setdefault(one, []).append(label_of(read))
    groups: dict[tuple[str, ...], list[Reader]] = {}
    for one in sorted(less.keys() - whole):
        groups.setdefault(tuple(less[one]), []).append(one)
    return sorted(whole), groups


def not_held(held: Iterable[str], among: Sequence[str] = tuple(CATALOGUE)) -> list[str]:
    """Stored paths of the catalogue that a profile could still hold."""
    have = set(held)
    return [
        path
        for path in among
        if path not in have and not CATALOGUE[path].derived_from and CATALOGUE[path].kind != "rows"
    ]


def names_by_telephone(unit: Unit, number: str) -> list[tuple[bytes, str]]:
    """Who has a (normal) number in their data, each with the name by which the log knows them."""
    found = list(holders_by(unit, TELEPHONE, number).values())
    boxes = unit.boxes(found)
    return [(holder, boxes[holder].pseudonym) for holder in found if holder in boxes]


def without_index(unit: Unit, after: bytes, most: int) -> list[bytes]:
    """Customers, in the order of their ids, who are found by none of the numbers in their profile."""
    indexed = exists().where(Identifier.holder_id == Customer.holder_id, Identifier.kind.in_(places_of(TELEPHONE)))
    theirs = select(Attribute.customer_id).distinct().join(Customer, Customer.id == Attribute.customer_id)
    wanted = theirs.where(Attribute.path.in_(TELEPHONES), Attribute.customer_id > after, ~indexed)
    return list(unit.connection.scalars(wanted.order_by(Attribute.customer_id).limit(most)))
