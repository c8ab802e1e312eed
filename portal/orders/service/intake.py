"""Many orders in one go: numbers made known, rows made ready outside the gate, committed fifty at a time.

Used alike by the API and by the command that reads a company's file. Each fifty are one unit, so whoever is killed in
between has written whole orders alone, and goes on from there when the same is sent again.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from portal.kernel.errors import Busy, Conflict, NotFound
from portal.kernel.unit import Unit
from portal.links.service import prospects
from portal.orders.reads import told_links
from portal.orders.service.preparing import Prepared, foresee, prepare
from portal.orders.service.putting import hold, put_orders
from portal.orders.shapes import OrderIn, Refusal, parse

IN_ONE_UNIT = 50
_TRIES, _TRIES_OUTSIDE = 12, 3
"""The later ones hold what they prepare for, and are lost only to somebody who writes the same order at that moment."""

Opening = Callable[[], AbstractContextManager[Unit]]
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one order: created, updated, unchanged or refused, and then why."""

    number: str | None
    outcome: str
    refusal: Refusal | None = None

    def as_json(self) -> dict[str, Any]:
        """As the API says it."""
        why = {} if self.refusal is None else self.refusal.model_dump(exclude_none=True)
        return {"number": self.number, "outcome": self.outcome, **why}


Note = Callable[[Unit, Sequence[Result]], None]
"""Called within the unit that writes these results, before it commits."""


def no_note(unit: Unit, results: Sequence[Result]) -> None:
    """For callers that keep no place: sending the same again changes nothing."""


def put_all(
    reading: Opening,
    writing: Opening,
    *,
    vendor_id: bytes,
    orders: Sequence[Any],
    before: Iterable[str] = (),
    test: bool = False,
    note: Note = no_note,
) -> Iterable[list[Result]]:
    """Takes raw orders in, fifty at a time, and gives the results of each fifty once they are committed.

    ``before`` are the numbers of orders that were sent with these and were taken. What was refused is not among them,
    here as there: put right further down, it is taken, whether or not the work was interrupted in between.
    """
    fifty = _Fifty(reading, writing, vendor_id, test, note)
    return _by_fifties(orders, before, fifty.put)


def foresee_all(unit: Unit, *, vendor_id: bytes, orders: Sequence[Any]) -> list[Result]:
    """What :func:`put_all` would give for these orders at this moment. It does nothing of it."""

    def foreseen(parsed: Sequence[OrderIn | Refusal], numbers: Sequence[str | None]) -> list[Result]:
        told = iter(foresee(unit, vendor_id=vendor_id, orders=[one for one in parsed if isinstance(one, OrderIn)]))
        both = zip(numbers, (one if isinstance(one, Refusal) else next(told) for one in parsed), strict=True)
        return [_result(number, one) for number, one in both]

    return [result for results in _by_fifties(orders, (), foreseen) for result in results]


def _by_fifties(
    orders: Sequence[Any],
    before: Iterable[str],
    work: Callable[[Sequence[OrderIn | Refusal], Sequence[str | None]], list[Result]],
) -> Iterable[list[Result]]:
    taken = set(before)
    for begin in range(0, len(orders), IN_ONE_UNIT):
        seen = set(taken)
        parsed = [_once(parse(order), seen) for order in orders[begin : begin + IN_ONE_UNIT]]
        numbers = [_number_of(order) for order in orders[begin : begin + IN_ONE_UNIT]]
        results = work(parsed, numbers)
        taken.update(result.number for result in results if result.number and result.outcome != REFUSED)
        yield results


def _once(order: OrderIn | Refusal, seen: set[str]) -> OrderIn | Refusal:
    if isinstance(order, Refusal):
        return order
    if order.number in seen:
        return Refusal(reason="repeated", field="number", detail="This order stands twice in what was sent.")
    seen.add(order.number)
    return order


def _number_of(order: Any) -> str | None:
    number = order.get("number") if isinstance(order, dict) else None
    return number if isinstance(number, str) and len(number) <= 64 and number.isascii() else None


class _Strangers(Exception):  # noqa: N818 - no error: somebody to be made known
    """Some orders' customer numbers were never heard before."""

    def __init__(self, numbers: set[str]) -> None:
        self.numbers = numbers


@dataclass(frozen=True, slots=True)
class _Fifty:
    """How one unit's worth of orders is put."""

    reading: Opening
    writing: Opening
    vendor_id: bytes
    test: bool
    note: Note

    def put(self, parsed: Sequence[OrderIn | Refusal], numbers: Sequence[str | None]) -> list[Result]:
        """Prepares and writes, and prepares again where something moved in between."""
        for tries in range(_TRIES):
            try:
                return self._try(parsed, numbers, in_one=tries >= _TRIES_OUTSIDE)
            except _Strangers as unheard:
                self._make_known(unheard.numbers)
            except Conflict as conflict:
                if conflict.reason != "changed":
                    raise
            except IntegrityError:
                # Another request made the same order a moment earlier: look again, and it is an update.
                continue
            except NotFound:
                # Between two looks somebody's prospect was joined or parted: its keys are another holder's now.
                continue
        raise Busy("changing", "These orders are being changed right now. Send the same again.")

    def _make_known(self, numbers: set[str]) -> None:
        """Customer numbers heard for the first time become prospects, before there is anything to seal for them."""
        with self.writing() as unit:
            prospects(unit, vendor_id=self.vendor_id, numbers=dict.fromkeys(sorted(numbers)))

    def _try(self, parsed: Sequence[OrderIn | Refusal], numbers: Sequence[str | None], *, in_one: bool) -> list[Result]:
        """Seals outside the gate and writes within it; ``in_one`` does both within, where others kept getting ahead."""
        with self.reading() if not in_one else self.writing() as unit:
            if in_one:
                hold(unit, vendor_id=self.vendor_id, numbers=_customers(parsed))
            ready = self._ready(unit, parsed)
            if in_one:
                return self._write(unit, ready, numbers)
        with self.writing() as unit:
            return self._write(unit, ready, numbers)

    def _ready(self, unit: Unit, parsed: Sequence[OrderIn | Refusal]) -> list[Prepared | Refusal]:
        good, numbers = [order for order in parsed if isinstance(order, OrderIn)], _customers(parsed)
        told = told_links(unit, self.vendor_id, numbers)
        if unheard := numbers - told.keys():
            raise _Strangers(unheard)
        made = iter(prepare(unit, vendor_id=self.vendor_id, orders=good, told=told))
        return [next(made) if isinstance(order, OrderIn) else order for order in parsed]

    def _write(self, unit: Unit, ready: Sequence[Prepared | Refusal], numbers: Sequence[str | None]) -> list[Result]:
        results = [_result(number, item) for number, item in zip(numbers, ready, strict=True)]
        prepared = [item for item in ready if isinstance(item, Prepared)]
        put_orders(unit, vendor_id=self.vendor_id, prepared=prepared, test=self.test)
        self.note(unit, results)
        return results


def _customers(parsed: Sequence[OrderIn | Refusal]) -> set[str]:
    return {order.customer for order in parsed if isinstance(order, OrderIn)}


def _result(number: str | None, item: Prepared | Refusal | str) -> Result:
    if isinstance(item, Refusal):
        return Result(number, REFUSED, item)
    return Result(number, item if isinstance(item, str) else item.change)
