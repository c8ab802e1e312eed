"""Orders that customers share with a company by permission.

The rows a customer hid are taken out in SQL, before LIMIT, and nothing in the answer is made from them: status and
total follow from the lines that are left, an order without one is not there, ids are the reader's own and keep no
place, and neither the seller's numbers nor the times of its news are told. Of a company's own orders nothing is taken
out: it wrote them, and the customer's marks and hides are not for it to find by comparing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, or_, select

from portal.grants.lease import Lease
from portal.kernel.clock import from_micros, micros
from portal.kernel.errors import Refused
from portal.kernel.ids import id_from, text_of
from portal.kernel.money import as_json
from portal.kernel.money import total as total_of
from portal.kernel.unit import Unit
from portal.orders.models import Order, OrderLine
from portal.orders.reads import Opener, Place, lines_of, older_than, opener_of
from portal.orders.shared.answers import (
    CATEGORY,
    EVERYTHING,
    HEADER,
    LINE,
    MOST,
    Answer,
    Filters,
    Part,
    answer_of,
    as_time,
    bought,
    open_place,
    part_of,
    seal_place,
)
from portal.orders.statuses import RANK, status_of
from portal.vendors.models import Vendor
from portal.vendors.things import ThingIds

# Purposes that draw conclusions about what somebody likes: a gift says nothing about that.
TASTE = frozenset(
    f"https://w3id.org/dpv#{term}"
    for term in ("ProvideProductRecommendations", "PersonalisedBenefits", "DirectMarketing")
)


@dataclass(frozen=True, slots=True)
class Start:
    """Where a page begins: with the first link from this one on, after this place among that link's orders."""

    link_id: bytes | None = None
    place: Place | None = None

    @property
    def after(self) -> bytes | None:
        """The greatest link id below it, for lists of leases that go on *after* a link."""
        return None if self.link_id is None else (int.from_bytes(self.link_id) - 1).to_bytes(16)


BEGINNING = Start()


def start_of(unit: Unit, audience: str, cursor: str | None) -> Start:
    """The place behind a cursor of :func:`shared_orders`."""
    if cursor is None:
        return BEGINNING
    value = open_place(unit, audience, cursor)
    place = Place(from_micros(value["t"]), id_from(value["o"])) if "o" in value else None
    return Start(id_from(value["l"]), place)


def shared_orders(
    unit: Unit,
    leases: Sequence[Lease],
    *,
    start: Start = BEGINNING,
    limit: int = MOST,
    filters: Filters = EVERYTHING,
    audience: str = "",
    after: bytes | None = None,
) -> Answer:
    """The orders that leases of one vendor and purpose open: customer by customer, newest first in each.

    The leases stand in the order of their links, from ``start`` on; ``after`` is the link after which the caller would
    go on when these are through.
    """
    limit = max(1, min(limit, MOST))
    rows: Sequence[Row[Any]] = ()
    if leases:
        _check(leases, filters)
        rows = unit.connection.execute(_statement(leases, start, filters).limit(limit + 1)).all()
    page, through = rows[:limit], len(rows) <= limit
    orders = _shown(unit, leases, page)
    following = _following(leases, None if through else page[-1], after)
    cursor = None if following is None else seal_place(unit, audience, following)
    return answer_of(orders, _parts(leases, orders, page, through), cursor)


def count_shared(unit: Unit, lease: Lease) -> int:
    """How many orders a lease shows on all its pages together."""
    statement = select(func.count()).select_from(Order).where(opened_by(lease), shows(lease))
    return int(unit.connection.execute(statement).scalar_one())


def _check(leases: Sequence[Lease], filters: Filters) -> None:
    if filters.asks() and any(HEADER not in lease.datatypes for lease in leases):
        raise Refused("not-granted", "Filters by date and status need orders.header in the permission.")


# Which rows


def _statement(leases: Sequence[Lease], start: Start, filters: Filters) -> Select[Any]:
    first = leases[0]
    turn = case({lease.customer_id: at for at, lease in enumerate(leases)}, value=Order.customer_id)
    statement = (
        select(Order.__table__, Vendor.name.label("seller"))
        .join(Vendor, Vendor.id == Order.vendor_id)
        .where(or_(*(opened_by(lease) for lease in leases)), shows(first))
        .order_by(turn, Order.placed_at.desc(), Order.id.desc())
    )
    if start.place is not None and first.link_id == start.link_id:
        statement = statement.where(or_(Order.customer_id != first.customer_id, older_than(start.place)))
    return _filtered(statement, first, filters)


def opened_by(lease: Lease) -> ColumnElement[bool]:
    mine = Order.customer_id == lease.customer_id
    return mine if lease.since is None else and_(mine, Order.placed_at >= lease.since)


def shows(lease: Lease) -> ColumnElement[bool]:
    """An order is there when it is neither hidden nor said to be somebody else's, and one line of it at least may be seen."""
    unhidden = and_(Order.withheld_at.is_(None), Order.disputed_at.is_(None))
    open_to_all = or_(unhidden, Order.vendor_id == lease.vendor_id)
    return and_(open_to_all, exists().where(OrderLine.order_id == Order.id, seen(lease)).correlate(Order))


def seen(lease: Lease) -> ColumnElement[bool]:
    """The lines that may be seen: all of one's own; of others' those neither hidden nor, for taste, a gift."""
    shown: ColumnElement[bool] = OrderLine.withheld_at.is_(None)
    if lease.purpose in TASTE:
        shown = and_(shown, OrderLine.gift_at.is_(None))
    return or_(OrderLine.vendor_id == lease.vendor_id, shown)


def _filtered(statement: Select[Any], lease: Lease, filters: Filters) -> Select[Any]:
    if filters.placed_from is not None:
        statement = statement.where(Order.placed_at >= filters.placed_from)
    if filters.placed_before is not None:
        statement = statement.where(Order.placed_at < filters.placed_before)
    if filters.status is not None:
        # The status as this reader sees it: that of the least settled line among those it may see.
        rank = func.min(case(RANK, value=OrderLine.status))
        shown = select(rank).where(OrderLine.order_id == Order.id, seen(lease)).scalar_subquery()
        statement = statement.where(shown == RANK[filters.status])
    return statement


# What is shown of them


def _shown(unit: Unit, leases: Sequence[Lease], page: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    if not page:
        return []
    lines = lines_of(unit, [row.id for row in page], seen(leases[0]))
    opened = opener_of(unit, {lease.customer_id: lease.holder_id for lease in leases})
    by_customer = {lease.customer_id: lease for lease in leases}
    ids = ThingIds(unit.house.keys, leases[0].vendor_id)
    return [_order(ids, by_customer[row.customer_id], row, lines[row.id], opened) for row in page]


def _order(ids: ThingIds, lease: Lease, row: Row[Any], lines: Sequence[Row[Any]], opened: Opener) -> dict[str, Any]:
    """What the lease's datatypes show, made from the lines that may be seen and from nothing else."""
    order: dict[str, Any] = {"id": ids.text_of("order", row.id), "sub": lease.sub}
    if HEADER in lease.datatypes:
        total = total_of([line.amount for line in lines])
        order["seller"] = row.seller
        order["status"] = status_of(line.status for line in lines)
        order["placed_at"] = as_time(row.placed_at)
        order["total"] = as_json(total, row.currency)
    if lease.datatypes & {LINE, CATEGORY}:
        order["lines"] = [_line(ids, lease, row, line, opened) for line in lines]
    return order


def _line(ids: ThingIds, lease: Lease, order: Row[Any], line: Row[Any], opened: Opener) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": ids.text_of("order-line", line.id)}
    if LINE in lease.datatypes:
        shown |= bought(order.currency, line, opened)
    if CATEGORY in lease.datatypes:
        shown["category"] = opened(line, "category")
    return shown


# Where it goes on, and what goes on record


def _following(leases: Sequence[Lease], last: Row[Any] | None, after: bytes | None) -> dict[str, Any] | None:
    if last is not None:
        link_id = next(lease.link_id for lease in leases if lease.customer_id == last.customer_id)
        return {"l": text_of(link_id), "o": text_of(last.id), "t": micros(last.placed_at)}
    return None if after is None else {"l": text_of((int.from_bytes(after) + 1).to_bytes(16))}


def _parts(
    leases: Sequence[Lease], orders: Sequence[dict[str, Any]], page: Sequence[Row[Any]], through: bool
) -> list[Part]:
    """One part a customer whose turn came."""
    found: dict[bytes, list[tuple[bytes, dict[str, Any]]]] = {}
    for row, order in zip(page, orders, strict=True):
        found.setdefault(row.customer_id, []).append((row.id, order))
    reached = list(leases)
    if not through:
        last = [lease.customer_id for lease in leases].index(page[-1].customer_id)
        reached = reached[: last + 1]
    return [part_of(lease, found.get(lease.customer_id, [])) for lease in reached]
