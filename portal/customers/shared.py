"""A profile's answer from a lease: the one place that makes it, for the API, the preview and every export.

Shape: ``{"sub", "purpose", "profile": {…}}``. Only paths of the lease that the customer holds are in it; what is not
held is absent, never null. Stored values that no path of the lease needs are not even opened.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select

from portal.customers.derive import answer_of, nested, plan
from portal.customers.models import Attribute
from portal.grants.lease import Lease
from portal.kernel.unit import Unit

_rows = select(Attribute.customer_id, Attribute.path, Attribute.id, Attribute.value)
_of_one = _rows.where(
    Attribute.customer_id == bindparam("customer"), Attribute.path.in_(bindparam("paths", expanding=True))
)
_of_many = _rows.where(
    Attribute.customer_id.in_(bindparam("customers", expanding=True)),
    Attribute.path.in_(bindparam("paths", expanding=True)),
)


def shared_profile(unit: Unit, lease: Lease) -> dict[str, Any]:
    """What the lease shows of one profile at this moment."""
    sources, wanted = plan(lease.datatypes)
    rows = unit.connection.execute(_of_one, {"customer": lease.customer_id, "paths": list(sources)}).all()
    held: dict[str, Any] = {}
    if rows:
        box = unit.box(lease.holder_id)
        for _customer, path, id_, sealed in rows:
            held[path] = json.loads(box.open("attributes", "value", id_, sealed))
    return _answer(unit, lease, wanted, held)


def shared_profiles(unit: Unit, leases: Sequence[Lease]) -> list[dict[str, Any]]:
    """What each lease shows, in their order, with one SELECT for the values and one for the keys."""
    plans = [plan(lease.datatypes) for lease in leases]
    asked = {"customers": [lease.customer_id for lease in leases], "paths": sorted({s for p, _ in plans for s in p})}
    found: dict[bytes, list[Any]] = {}
    for row in unit.connection.execute(_of_many, asked):
        found.setdefault(row[0], []).append(row)
    boxes = unit.boxes([lease.holder_id for lease in leases])
    answers = []
    for lease, (sources, wanted) in zip(leases, plans, strict=True):
        box = boxes.get(lease.holder_id)
        rows = found.get(lease.customer_id, ()) if box is not None else ()
        held = {
            path: json.loads(box.open("attributes", "value", id_, sealed))  # type: ignore[union-attr]
            for _customer, path, id_, sealed in rows
            if path in sources
        }
        answers.append(_answer(unit, lease, wanted, held))
    return answers


def _answer(unit: Unit, lease: Lease, wanted: Sequence[str], held: Mapping[str, Any]) -> dict[str, Any]:
    answers = ((path, answer_of(path, held, unit.at)) for path in wanted)
    profile = nested((path, answer) for path, answer in answers if answer is not None)
    return {"sub": lease.sub, "purpose": lease.purpose, "profile": profile}


def given(profile: Mapping[str, Any], datatypes: frozenset[str]) -> list[str]:
    """Which paths of the lease an answer holds: what the log names as given."""
    return [path for path in plan(datatypes)[1] if _holds(profile, path)]


def _holds(profile: Mapping[str, Any], path: str) -> bool:
    node: Any = profile
    for name in path.split(".")[1:]:
        if not isinstance(node, Mapping) or name not in node:
            return False
        node = node[name]
    return True
