"""What is known of links, and the log's condition on them. Nothing here writes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection

from portal.customers.models import Customer
from portal.customers.reads import verified_addresses_of
from portal.kernel.blind_index import find_holder
from portal.kernel.errors import NotFound
from portal.kernel.ids import digest
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.links.matching import ADDRESS, scoped
from portal.links.models import Fold, Invitation, Link, PairwiseId
from portal.links.reads.orders import orders_of, orders_of_fold, span_of


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link's row."""

    id: bytes
    customer_id: bytes
    vendor_id: bytes
    state: str
    number: str | None
    folded_into: bytes | None
    paused_at: datetime | None
    blocked_at: datetime | None
    created_at: datetime
    ended_at: datetime | None

    @property
    def live(self) -> bool:
        """Neither ended nor blocked."""
        return self.state != "ended" and self.blocked_at is None


@dataclass(frozen=True, slots=True)
class Earlier:
    """Orders that a vendor wrote for somebody who may be this customer, and when the first and the last were placed.

    What led there: a verified ``address`` of the customer, or the ``number`` that the vendor itself named.
    """

    link_id: bytes
    vendor_id: bytes
    orders: int
    first: datetime | None = None
    last: datetime | None = None
    address: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A prospect that this person said they were, and what it brought along; ``orders`` hang on it now."""

    id: bytes
    customer_id: bytes
    link_id: bytes
    prospect_id: bytes
    source_id: bytes
    number: str | None
    sub: str
    belongings: dict[str, Any]
    folded_at: datetime
    parted_at: datetime | None
    orders: int


_link = select(*Link.__table__.columns)
_by_id = Prepared(_link.where(Link.id == bindparam("id")))
_between = Prepared(
    _link.where(
        Link.customer_id == bindparam("customer"), Link.vendor_id == bindparam("vendor"), Link.folded_into.is_(None)
    )
)


def link_of(unit: Unit, link_id: bytes) -> LinkView:
    """A link, whosever it is: for rooms that know why they ask."""
    row = _by_id.first(unit.connection, {"id": link_id})
    if row is None:
        raise NotFound
    return LinkView(**row._asdict())


def my_link(unit: Unit, link_id: bytes) -> LinkView:
    """One of the actor's own links; NotFound for anybody else's."""
    found = link_of(unit, link_id)
    if unit.actor.customer_id is None or found.customer_id != unit.actor.customer_id or found.folded_into is not None:
        raise NotFound
    return found


def links_of(unit: Unit, customer_id: bytes) -> list[LinkView]:
    """A customer's links, oldest first; ended ones too."""
    mine = (Link.customer_id == customer_id, Link.folded_into.is_(None))
    rows = unit.connection.execute(_link.where(*mine).order_by(Link.created_at, Link.id))
    return [LinkView(**row._mapping) for row in rows]


def link_between(unit: Unit, customer_id: bytes, vendor_id: bytes) -> LinkView | None:
    """The link of a customer with a vendor, in whatever state, or None."""
    both = {"customer": customer_id, "vendor": vendor_id}
    row = unit.once(("link", customer_id, vendor_id), lambda: _between.first(unit.connection, both))
    return LinkView(**row._asdict()) if row else None


def is_blocked(unit: Unit, customer_id: bytes, vendor_id: bytes) -> bool:
    """Whether the customer wants nothing more from this vendor."""
    found = link_between(unit, customer_id, vendor_id)
    return found is not None and found.blocked_at is not None


def link_by_number(unit: Unit, vendor_id: bytes, number: str) -> LinkView | None:
    """The link behind one of a vendor's own customer numbers."""
    return links_by_number(unit, vendor_id, [number]).get(number)


def links_by_number(unit: Unit, vendor_id: bytes, numbers: Iterable[str]) -> dict[str, LinkView]:
    """Links by the vendor's own customer numbers; one that was folded leads to where it went."""
    wanted = (Link.vendor_id == vendor_id, Link.number.in_(list(numbers)))
    found = (LinkView(**row._mapping) for row in unit.connection.execute(_link.where(*wanted)).all())
    return {str(link.number): _followed(unit, link) for link in found}


def _followed(unit: Unit, link: LinkView) -> LinkView:
    while link.folded_into is not None:
        link = link_of(unit, link.folded_into)
    return link


def sub_of(unit: Unit, link_id: bytes) -> str:
    """What the vendor calls the customer in its answers."""
    found: str = _own_sub.all(unit.connection, {"link_id": link_id})[0].sub
    return found


_own_sub = Prepared(select(PairwiseId.sub).where(PairwiseId.link_id == bindparam("link_id"), PairwiseId.own))


def earlier_of(
    unit: Unit, vendor_id: bytes, *, customer_id: bytes | None = None, number: str | None = None
) -> Earlier | None:
    """Earlier orders of a prospect that a number or a verified address of the customer leads to; None without any."""
    for link, led in _prospects_behind(unit, vendor_id, customer_id, number):
        count, first, last = span_of(unit, link.id)
        return Earlier(link.id, vendor_id, count, first, last, **led) if count else None
    return None


def _prospects_behind(
    unit: Unit, vendor_id: bytes, customer_id: bytes | None, number: str | None
) -> Iterator[tuple[LinkView, dict[str, str]]]:
    """The prospects that may be this customer, and what led to each."""
    if number is not None:
        found = link_by_number(unit, vendor_id, number)
        if found is not None and found.state == "prospect":
            yield found, {"number": number}
    if customer_id is None:
        return
    for address in verified_addresses_of(unit, customer_id):
        holder_id = find_holder(unit, ADDRESS, scoped(vendor_id, address))
        found = None if holder_id is None else prospect_of_holder(unit, vendor_id, holder_id)
        if found is not None:
            yield found, {"address": address}


def prospect_of_holder(unit: Unit, vendor_id: bytes, holder_id: bytes) -> LinkView | None:
    """The prospect of a vendor that a key holder stands for; None once it was folded."""
    theirs = Customer.holder_id == holder_id
    statement = _link.join(Customer, Customer.id == Link.customer_id).where(theirs, Link.vendor_id == vendor_id)
    row = unit.connection.execute(statement.where(Link.state == "prospect", Link.folded_into.is_(None))).one_or_none()
    return LinkView(**row._mapping) if row else None


_fold = select(*Fold.__table__.columns, orders_of_fold().label("orders"))


def my_fold(unit: Unit, fold_id: bytes) -> Found:
    """One of the actor's own folds, undone or not; NotFound for anybody else's."""
    mine = (Fold.id == fold_id, Fold.customer_id == unit.actor.customer_id)
    row = unit.connection.execute(_fold.where(*mine)).one_or_none()
    if row is None:
        raise NotFound
    return Found(**row._mapping)


def folds_into(unit: Unit, link_id: bytes) -> list[Found]:
    """What was folded into a link and was not parted since, oldest first."""
    standing = (Fold.link_id == link_id, Fold.parted_at.is_(None))
    rows = unit.connection.execute(_fold.where(*standing).order_by(Fold.folded_at, Fold.id))
    return [Found(**row._mapping) for row in rows]


def last_denied(unit: Unit, customer_id: bytes, source_id: bytes) -> datetime | None:
    """When a customer last took back that a prospect was they; None where they never did."""
    theirs = (Fold.customer_id == customer_id, Fold.source_id == source_id)
    found: datetime | None = unit.connection.execute(select(func.max(Fold.parted_at)).where(*theirs)).scalar()
    return found


def last_parted(unit: Unit, source_id: bytes) -> Found:
    """The fold of a prospect's link that was undone last."""
    statement = _fold.where(Fold.source_id == source_id, Fold.parted_at.is_not(None))
    row = unit.connection.execute(statement.order_by(Fold.id.desc()).limit(1)).one_or_none()
    if row is None:
        raise NotFound
    return Found(**row._mapping)


def invited(unit: Unit, secret: str) -> Earlier | None:
    """What a live invitation is about; None for a used, expired or made-up one, which all look the same."""
    statement = (
        select(Link.id, Link.vendor_id)
        .join(Invitation, Invitation.link_id == Link.id)
        .where(Invitation.hash == digest(secret), Invitation.used_at.is_(None), Invitation.expires_at > unit.at)
        .where(Link.state == "prospect", Invitation.declined_at.is_(None))
    )
    row = unit.connection.execute(statement).one_or_none()
    return Earlier(row.id, row.vendor_id, orders_of(unit, row.id)) if row else None


_live = Prepared(
    select(Link.id).where(
        Link.id.in_(bindparam("ids", expanding=True)), Link.state != "ended", Link.blocked_at.is_(None)
    ),
    lists=("ids",),
)


def link_live(connection: Connection, args: Sequence[tuple[Any, ...]], _now: datetime) -> set[int]:
    """The log's condition ``link_live(link_id)``: positions whose link is ended, blocked or gone."""
    live = {row.id for row in _live.all(connection, {"ids": list({link_id for (link_id,) in args})})}
    return {position for position, (link_id,) in enumerate(args) if link_id not in live}
