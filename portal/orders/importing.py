"""Reads a company's file into orders, through the same door as the API's.

What a file says is read by a map (:mod:`portal.orders.maps`). Good rows are taken, bad ones are listed with their line and
what is wrong; running it again changes nothing. What a row says of parcels is written with its order, in one commit; the
address, where it has one, leads to its customer once they prove it here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from portal.kernel.errors import Conflict, NotFound
from portal.kernel.house import House
from portal.kernel.ids import new_id
from portal.kernel.unit import Actor, Unit
from portal.links.service.inviting import REFUSED as NOT_INVITED
from portal.links.service.inviting import invite_all
from portal.orders.maps.reading import Reading
from portal.orders.maps.rows import Row
from portal.orders.service.guests import guest_number
from portal.orders.service.intake import IN_ONE_UNIT, Result, put_all
from portal.orders.service.preparing import CREATED, UNCHANGED, UPDATED
from portal.orders.service.shipping import ship
from portal.orders.shipment_shapes import ShipmentIn
from portal.vendors.reads import find_vendor


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a file; ``noted`` are lines whose order was taken without something."""

    created: int
    updated: int
    unchanged: int
    bad: tuple[tuple[int, str], ...]
    noted: tuple[tuple[int, str], ...] = ()
    passed: int = 0

    def lines(self) -> Iterable[str]:
        """As the command prints it."""
        yield from (f"line {line}: {wrong}" for line, wrong in sorted((*self.bad, *self.noted)))
        passed = f", {self.passed} passed over that are no orders" if self.passed else ""
        yield f"{self.created} new, {self.updated} changed, {self.unchanged} as before, {len(self.bad)} bad{passed}."


def import_file(house: House, actor: Actor, path: Path, vendor: str, reading: Reading | None = None) -> int:
    """The command: takes a file in for the company of that name and prints what came of it; 1 when rows were bad."""
    reading = reading or Reading()
    rows = reading.rows(path.read_bytes())
    with house.reading(actor) as unit:
        vendor_id = _vendor_id(unit, vendor)
    report = Intake(house, actor, vendor_id, reading.names, Console(stderr=True)).take(rows)
    for line in report.lines():
        print(line)
    return 1 if report.bad else 0


class Intake:
    """One file on its way in: good rows, fifty to a commit, and how far it is."""

    def __init__(self, house: House, actor: Actor, vendor_id: bytes, names: Mapping[str, str], console: Console) -> None:
        self._house, self._vendor_id, self._names, self._console = house, vendor_id, names, console
        request_id = new_id()
        self._reading: Callable[[], Any] = lambda: house.reading(actor, request_id=request_id)
        self._writing: Callable[[], Any] = lambda: house.writing(actor, request_id=request_id)
        self._parcels: dict[str, tuple[dict[str, Any], ...]] = {}
        # Orders of which a parcel was new, though the order itself was not.
        self._moved: set[str] = set()
        self._unsent: dict[str, str] = {}

    def take(self, rows: Sequence[Row]) -> Report:
        """Puts the good rows in, then what is known of where their customers are written to."""
        good = [self._whole(row) for row in rows if row.order is not None]
        results = self._put(good)
        report = self._report(rows, good, results)
        taken = [row for row, result in zip(good, results, strict=True) if result.refusal is None]
        unsent = [(row.line, f"a parcel was not taken: {said}") for row in taken if (said := self._unsent.get(_number(row)))]
        return replace(report, noted=(*unsent, *self._lead_to(taken)))

    def _whole(self, row: Row) -> Row:
        """A guest's order gets the number that their address has at this company."""
        assert row.order is not None
        if "customer" in row.order or not row.email:
            return row
        return replace(row, order={**row.order, "customer": guest_number(self._house, self._vendor_id, row.email)})

    def _put(self, good: Sequence[Row]) -> list[Result]:
        orders = [row.order for row in good]
        for row in good:
            if row.shipments and row.order is not None:
                self._parcels.setdefault(_number(row), row.shipments)
        batches = put_all(self._reading, self._writing, vendor_id=self._vendor_id, orders=orders, note=self._ship)
        total = -(-len(good) // IN_ONE_UNIT)
        shown = track(batches, "Orders", total=total, console=self._console, disable=not self._console.is_terminal)
        return [result for batch in shown for result in batch]

    def _ship(self, unit: Unit, results: Sequence[Result]) -> None:
        taken = [result.number for result in results if result.refusal is None and result.number in self._parcels]
        for number in taken:
            assert number is not None
            for parcel in self._parcels[number]:
                self._ship_one(unit, number, ShipmentIn.model_validate(parcel))

    def _ship_one(self, unit: Unit, number: str, parcel: ShipmentIn) -> None:
        try:
            with unit.connection.begin_nested():
                if ship(unit, vendor_id=self._vendor_id, number=number, shipment=parcel) != UNCHANGED:
                    self._moved.add(number)
        except Conflict as problem:
            self._unsent[number] = problem.detail or problem.reason

    def _lead_to(self, taken: Sequence[Row]) -> Iterable[tuple[int, str]]:
        """Lets each address lead to its customer: the one that came with their newest order."""
        newest: dict[str, Row] = {}
        for row in sorted((row for row in taken if row.email), key=lambda row: str((row.order or {})["placed_at"])):
            newest[str((row.order or {})["customer"])] = row
        items = [{"number": number, "email": row.email} for number, row in newest.items()]
        told = [result for batch in invite_all(self._writing, vendor_id=self._vendor_id, items=items) for result in batch]
        for row, result in zip(newest.values(), told, strict=True):
            if result.state == NOT_INVITED and result.refusal is not None and result.refusal.field == "email":
                yield row.line, "the e-mail address is none: the order was taken without it"

    def _report(self, rows: Sequence[Row], good: Sequence[Row], results: Sequence[Result]) -> Report:
        bad = [(row.line, row.wrong) for row in rows if row.wrong is not None]
        counts = dict.fromkeys((CREATED, UPDATED, UNCHANGED), 0)
        for row, result in zip(good, results, strict=True):
            if result.refusal is not None:
                bad.append((row.line, row.about + self._said(result)))
            else:
                is_moved = result.outcome == UNCHANGED and result.number in self._moved
                counts[UPDATED if is_moved else result.outcome] += 1
        passed = sum(row.is_none for row in rows)
        return Report(counts[CREATED], counts[UPDATED], counts[UNCHANGED], tuple(sorted(bad)), passed=passed)

    def _said(self, result: Result) -> str:
        assert result.refusal is not None
        member = (result.refusal.field or "").partition(".")[0]
        said = self._names.get(member, member), result.refusal.detail or result.refusal.reason
        return ": ".join(part for part in said if part)


def _number(row: Row) -> str:
    return str((row.order or {}).get("number"))


def _vendor_id(unit: Any, name: str) -> bytes:
    try:
        return find_vendor(unit, name).id
    except NotFound:
        said = f"There is no company called {name}. `freehold vendor list` shows those there are."
        raise NotFound("not-found", said) from None
