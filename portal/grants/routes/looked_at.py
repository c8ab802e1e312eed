"""What is shared with a company as rows: of a page in words, of a file as it was given."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from portal.customers.catalogue import CATALOGUE, label_of
from portal.customers.said import said
from portal.grants.lease import Lease
from portal.grants.reads.shared_with import numbers_of
from portal.grants.routes.looking import Look
from portal.grants.routes.orders_in_words import lines_of_order, when_placed
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Unit

Numbers = Mapping[str, str | None]
"""By what the company itself calls a customer, by its id of ours; None where it told us no number."""


class Row(NamedTuple):
    """A customer, and what stands beside them in the table's columns."""

    sub: str
    number: str | None
    cells: list[str]
    has_orders: bool = False


class Table(NamedTuple):
    """A page in words."""

    columns: list[str]
    rows: list[Row]


def numbers_in(unit: Unit, look: Look) -> Numbers:
    """The company's own numbers of the customers on a page."""
    numbers = numbers_of(unit, [lease.link_id for lease in look.leases])
    return {lease.sub: numbers.get(lease.link_id) for lease in look.leases}


def in_order(paths: Iterable[str]) -> list[str]:
    """Fields as the catalogue has them, those that customers made up at the end."""
    places = {path: at for at, path in enumerate(CATALOGUE)}
    return sorted(set(paths), key=lambda path: (places.get(path, len(places)), path))


def _profile_paths(leases: Iterable[Lease]) -> list[str]:
    return in_order(path for lease in leases for path in lease.datatypes if path.startswith("profile."))


def value_at(profile: Mapping[str, Any], path: str) -> Any:
    """What an answer says at a path; None where it says nothing."""
    node: Any = profile
    for name in path.split(".")[1:]:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


def _cells(profile: Mapping[str, Any], paths: Sequence[str]) -> list[str]:
    values = ((path, value_at(profile, path)) for path in paths)
    return ["" if value is None else said(path, value) for path, value in values]


def profile_table(look: Look, numbers: Numbers) -> Table:
    """A row a customer, a column a field that anybody on the page shares."""
    paths = _profile_paths(look.leases)
    orders = {lease.sub for lease in look.leases if any(name.startswith("orders.") for name in lease.datatypes)}
    rows = [
        Row(one["sub"], numbers.get(one["sub"]), _cells(one["profile"], paths), one["sub"] in orders)
        for one in look.value["profiles"]
    ]
    return Table([label_of(path) for path in paths], rows)


def order_table(look: Look, numbers: Numbers) -> Table:
    """A row an order, by its day where that is shared."""
    rows = [
        Row(one["sub"], numbers.get(one["sub"]), [when_placed(one) or "", "; ".join(lines_of_order(one))])
        for one in look.value["orders"]
    ]
    return Table([_("Placed"), _("What is shared of it")], rows)


# Files


def profile_head(paths: Sequence[str]) -> list[str]:
    """The columns of a file of profiles; ``paths`` are those that are shared with the company for the purpose."""
    return ["sub", "number", *paths]


def profile_lines(look: Look, numbers: Numbers, paths: Sequence[str]) -> list[list[Any]]:
    """A line a customer."""
    return [
        [one["sub"], numbers.get(one["sub"]), *_cells(one["profile"], paths)] for one in look.value["profiles"]
    ]


_OF_ORDER: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "order": lambda order: order.get("id"),
    "seller": lambda order: order.get("seller"),
    "order_status": lambda order: order.get("status"),
    "placed_at": lambda order: order.get("placed_at"),
    "total": lambda order: _amount(order.get("total")),
    "currency": lambda order: (order.get("total") or {}).get("currency"),
}
_OF_LINE: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "line": lambda line: line.get("id"),
    "name": lambda line: line.get("name"),
    "category": lambda line: line.get("category"),
    "quantity": lambda line: line.get("quantity"),
    "unit_price": lambda line: _amount(line.get("unit_price")),
    "amount": lambda line: _amount(line.get("amount")),
    "line_status": lambda line: line.get("status"),
}
ORDER_HEAD = ["sub", "number", *_OF_ORDER, *_OF_LINE]
"""The columns of a file of orders. Amounts are in minor units of their currency, as in the API."""


def _amount(money: Mapping[str, Any] | None) -> int | None:
    return None if money is None else int(money["amount"])


def order_lines(look: Look, numbers: Numbers) -> list[list[Any]]:
    """A line for each line of an order; an order of which no lines are shared is one by itself."""
    return [
        [
            one["sub"],
            numbers.get(one["sub"]),
            *(cell(one) for cell in _OF_ORDER.values()),
            *(cell(line) for cell in _OF_LINE.values()),
        ]
        for one in look.value["orders"]
        for line in one.get("lines") or [{}]
    ]
