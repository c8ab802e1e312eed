"""Steps of orders, opened, with the ledger of what was promised of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from portal.kernel.prepared import Prepared
from portal.kernel.sealing import Box
from portal.kernel.unit import Unit
from portal.orders.models import OrderStep, OrderStepPromise
from portal.orders.reads.shipments import PromiseView


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of an order, with all that was promised of it, the first promise first."""

    number: str
    name: str
    promised_at: datetime | None
    done_at: datetime | None
    promises: tuple[PromiseView, ...]


def steps_of(unit: Unit, order_ids: Sequence[bytes], box_of: Callable[[bytes], Box]) -> dict[bytes, list[StepView]]:
    """The steps of some orders in their order, each opened by its customer's box."""
    rows = step_rows(unit, order_ids)
    promises = _promises(unit, list(rows)) if rows else {}
    return {
        order_id: [_view(row, box_of(row.customer_id), promises.get(row.id, ())) for row in steps]
        for order_id, steps in rows.items()
    }


def step_rows(unit: Unit, order_ids: Sequence[bytes]) -> dict[bytes, list[Any]]:
    """The rows of the steps of some orders, in their order."""
    if not order_ids:
        return {}
    found: dict[bytes, list[Any]] = {}
    for row in _steps.all(unit.connection, {"orders": order_ids}):
        found.setdefault(row.order_id, []).append(row)
    return found


_steps = Prepared(
    select(*OrderStep.__table__.columns)
    .where(OrderStep.order_id.in_(bindparam("orders", expanding=True)))
    .order_by(OrderStep.order_id, OrderStep.position, OrderStep.id),
    lists=("orders",),
)


def _promises(unit: Unit, order_ids: Sequence[bytes]) -> dict[bytes, list[PromiseView]]:
    wanted = select(OrderStepPromise.step_id, OrderStepPromise.promised_at, OrderStepPromise.told_at)
    found: dict[bytes, list[PromiseView]] = {}
    theirs = wanted.where(OrderStepPromise.order_id.in_(order_ids)).order_by(OrderStepPromise.turn)
    for row in unit.connection.execute(theirs):
        found.setdefault(row.step_id, []).append(PromiseView(row.promised_at, row.told_at))
    return found


def _view(row: Any, box: Box, promises: Sequence[PromiseView]) -> StepView:
    name = box.open("order_steps", "name", row.id, row.name)
    return StepView(row.number, name, row.promised_at, row.done_at, tuple(promises))
