"""What a company may know, worked out by hand from what people hold, chose and hid. It knows nothing of the portal."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

TASTE = "https://w3id.org/dpv#ProvideProductRecommendations"
# From the least settled to the most: an order is as settled as the least settled of what is seen of it.
SETTLED = ("OrderProcessing", "OrderInTransit", "OrderDelivered", "OrderReturned", "OrderCancelled")


@dataclass
class Line:
    """Something that was bought."""

    name: str
    category: str
    quantity: int
    price: int
    status: str
    hidden: bool = False
    gift: bool = False


@dataclass
class Order:
    """An order; `placed` sorts."""

    seller: str
    number: str
    placed: str
    lines: list[Line]
    hidden: bool = False


@dataclass
class Permission:
    """A yes: which names for which purpose, as far as no later yes took their place; and the token that it gave."""

    names: dict[str, frozenset[str]]
    token: str
    id: str
    remembered: dict[tuple[str, str], tuple[str, bytes]] = field(default_factory=dict)


@dataclass
class Person:
    """Somebody, what they hold, and what they said yes to."""

    values: dict[str, Any]
    orders: list[Order] = field(default_factory=list)
    permissions: list[Permission] = field(default_factory=list)
    paused: bool = False

    def says_yes(self, permission: Permission) -> None:
        """The newest choice for a purpose is the one that holds."""
        for older in self.permissions:
            for purpose in permission.names:
                older.names.pop(purpose, None)
        self.permissions.append(permission)

    def stops(self) -> None:
        """Everything has ended."""
        for permission in self.permissions:
            permission.names.clear()

    def may(self, purpose: str) -> frozenset[str]:
        """What may be read for a purpose at this moment."""
        if self.paused:
            return frozenset()
        return next((one.names[purpose] for one in self.permissions if purpose in one.names), frozenset())

    def secrets(self, purposes: set[str] | None = None, reader: str = "") -> dict[str, bool]:
        """Every word that gives this person away, and whether a reader may meet it for one of these purposes."""
        found: dict[str, bool] = {}
        for path, value in self.values.items():
            names = {name for one in purposes or () for name in self.may(one)}
            for word, ways in _words(path, value):
                found[word] = bool(names & ways)
        for order in self.orders:
            for line in order.lines:
                shown = [one for one in purposes or () if order.seller == reader or _is_shown(order, line, one)]
                found[line.name] = any("orders.line" in self.may(one) for one in shown)
                found[line.category] = any("orders.line.category" in self.may(one) for one in shown)
        return found


def _words(path: str, value: Any) -> Iterator[tuple[str, set[str]]]:
    """Words of a value, each with the names under any of which it may be read."""
    if path == "address":
        yield from (
            (word, {"profile.address", f"profile.address.{part}"}) for part, word in value.items() if len(word) > 3
        )
    elif path in ("given_name", "family_name"):
        yield value, {f"profile.{path}", "profile.name"}
    elif path == "tastes":
        yield from ((word, {"profile.tastes"}) for word in value)
    else:
        yield str(value), {f"profile.{path}"}


def profile(person: Person, names: frozenset[str]) -> dict[str, Any]:
    """The profile that these names open."""
    told: dict[str, Any] = {}
    held = person.values
    for name in sorted(names):
        path = name.removeprefix("profile.")
        if path == "name":
            whole = " ".join(held[part] for part in ("given_name", "family_name") if part in held)
            told |= {"name": whole} if whole else {}
        elif path == "age_over_18":
            told |= {path: _is_of_age(held["birth_date"])} if "birth_date" in held else {}
        elif path == "address.city":
            told.setdefault("address", {"city": held["address"]["city"]} if "address" in held else {})
        elif path in held:
            told[path] = held[path]
    return {path: value for path, value in told.items() if value != {}}


def _is_of_age(born: str) -> bool:
    birth, today = date.fromisoformat(born), datetime.now(UTC).date()
    return (today.year - birth.year, today.month, today.day) >= (18, birth.month, birth.day)


def orders(person: Person, names: frozenset[str], purpose: str, reader: str) -> list[dict[str, Any]]:
    """The orders that these names open to a reader, newest first, without the ids, which are the portal's to choose."""
    if not names & {"orders.header", "orders.line", "orders.line.category"}:
        return []
    found = []
    for order in sorted(person.orders, key=lambda order: order.placed, reverse=True):
        mine = order.seller == reader
        lines = [line for line in order.lines if mine or _is_shown(order, line, purpose)]
        if lines:
            found.append(_order(order, lines, names))
    return found


def _is_shown(order: Order, line: Line, purpose: str) -> bool:
    return not (order.hidden or line.hidden or (line.gift and purpose == TASTE))


def _order(order: Order, lines: list[Line], names: frozenset[str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if "orders.header" in names:
        told["seller"] = order.seller
        told["status"] = min((line.status for line in lines), key=SETTLED.index)
        told["placed_at"] = order.placed
        told["total"] = _money(sum(line.quantity * line.price for line in lines))
    if names & {"orders.line", "orders.line.category"}:
        told["lines"] = [_line(line, names) for line in lines]
    return told


def _line(line: Line, names: frozenset[str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if "orders.line" in names:
        told |= {"name": line.name, "quantity": line.quantity, "status": line.status}
        told |= {"unit_price": _money(line.price), "amount": _money(line.quantity * line.price)}
    if "orders.line.category" in names:
        told["category"] = line.category
    return told


def _money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}
