"""The steps of an order: compared with those that are known, and written with what is promised anew of each.

A step is never removed, as no line is: its customer may have been promised it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from portal.kernel.ids import new_id
from portal.kernel.prepared import Prepared as Statement
from portal.kernel.prepared import prepared_insert
from portal.kernel.unit import Unit
from portal.orders.models import OrderStep, OrderStepPromise
from portal.orders.reads import Opener, Told
from portal.orders.shapes import Refusal
from portal.orders.step_shapes import StepIn

_NEWS = ("position", "name", "promised_at", "done_at")


@dataclass(frozen=True, slots=True)
class Steps:
    """What is told anew of an order's steps: rows with their names sealed, and the days that were not promised before."""

    new: Sequence[Mapping[str, Any]] = field(repr=False, default=())
    changed: Sequence[Mapping[str, Any]] = field(repr=False, default=())
    promised: Mapping[bytes, datetime] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.new or self.changed)


def sealed_process(unit: Unit, link: Told, order_id: bytes, process: str | None) -> bytes | None:
    """What an order is called, sealed for its customer."""
    return None if process is None else unit.box(link.holder_id).seal("orders", "process", order_id, process)


def steps_told(
    unit: Unit, link: Told, order_id: bytes, steps: Sequence[StepIn], known: Sequence[Any], opened: Opener
) -> Steps | Refusal:
    """Compares steps with those that are known; none told, those stay as they are."""
    if not steps:
        return Steps()
    by_number = {row.number: row for row in known}
    if not set(by_number) <= {step.number for step in steps}:
        return Refusal(reason="step-missing", field="steps", detail="Send every step: one that was told is not taken away.")
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    promised: dict[bytes, datetime] = {}
    for place, step in enumerate(steps, 1):
        row = by_number.get(step.number)
        values = _values(unit, link, place, step, row, opened)
        if row is None:
            ours = {"order_id": order_id, "vendor_id": link.vendor_id, "number": step.number}
            new.append({**ours, **values})
        elif any(getattr(row, name) != values[name] for name in _NEWS):
            changed.append({"row": row.id, **{f"new_{name}": values[name] for name in _NEWS}})
        if step.promised_at is not None and (row is None or row.promised_at != step.promised_at):
            promised[values["id"]] = step.promised_at
    return Steps(new, changed, promised)


def _values(unit: Unit, link: Told, place: int, step: StepIn, row: Any, opened: Opener) -> dict[str, Any]:
    id_ = new_id() if row is None else row.id
    if row is not None and opened(row, "name", "order_steps") == step.name:
        name = row.name
    else:
        name = unit.box(link.holder_id).seal("order_steps", "name", id_, step.name)
    return {"id": id_, "position": place, "name": name, "promised_at": step.promised_at, "done_at": step.done_at}


def put_steps(unit: Unit, told: Sequence[tuple[bytes, bytes, Steps]]) -> None:
    """Writes what is new in the steps of orders: (order, its customer, steps). The orders' rows are held by now."""
    _NEW.many(unit.connection, [{**row, "customer_id": customer} for _, customer, steps in told for row in steps.new])
    _CHANGE.many(unit.connection, [row for _, _, steps in told for row in steps.changed])
    promised = [(step, order, customer, day) for order, customer, steps in told for step, day in steps.promised.items()]
    _promise(unit, promised)


def _promise(unit: Unit, promised: Sequence[tuple[bytes, bytes, bytes, datetime]]) -> None:
    """Adds to the ledger; a day that was left out for a while and is named again is no other promise."""
    last = _last_promises(unit, [step for step, *_ in promised])
    rows = [
        {
            "step_id": step,
            "turn": last[step].turn + 1 if step in last else 1,
            "order_id": order,
            "customer_id": customer,
            "promised_at": day,
            "told_at": unit.at,
        }
        for step, order, customer, day in promised
        if step not in last or last[step].promised_at != day
    ]
    if rows:
        unit.connection.execute(insert(OrderStepPromise), rows)


def _last_promises(unit: Unit, step_ids: Sequence[bytes]) -> dict[bytes, Any]:
    found: dict[bytes, Any] = {}
    wanted = select(OrderStepPromise.step_id, OrderStepPromise.turn, OrderStepPromise.promised_at)
    for begin in range(0, len(step_ids), _AT_ONCE):
        theirs = OrderStepPromise.step_id.in_(step_ids[begin : begin + _AT_ONCE])
        found |= {row.step_id: row for row in unit.connection.execute(wanted.where(theirs).order_by(OrderStepPromise.turn))}
    return found


_AT_ONCE = 500
_NEW = prepared_insert(OrderStep)
_CHANGE = Statement(
    update(OrderStep.__table__)  # type: ignore[arg-type]
    .where(OrderStep.id == bindparam("row"))
    .values({name: bindparam(f"new_{name}") for name in _NEWS})
)
