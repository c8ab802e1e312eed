"""A profile's answer from a lease: the one place that makes it, for the API, the preview and every export.

Shape: ``{"sub", "purpose", "profile": {…}}``, and ``same_as`` where further ids of the vendor lead to the same link.
Only paths of the lease that the customer holds are in it; what is not held is absent, never null. Stored values that
no path of the lease needs are not even opened.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select

from portal.customers.derive import answer_of, at_path, nested, plan
from portal.customers.models import Attribute
from portal.grants.lease import Lease
from portal.kernel.prepared import Prepared
from portal.kernel.sealing import Box
from portal.kernel.unit import Unit
from portal.links.models import PairwiseId

_columns = (Attribute.path, Attribute.id, Attribute.value)
# One statement for one customer: a further id of the link, which hardly any has, comes along on each row.
_of_one = Prepared(
    select(*_columns, PairwiseId.sub)
    .outerjoin(PairwiseId, (PairwiseId.link_id == bindparam("link")) & ~PairwiseId.own)
    .where(Attribute.customer_id == bindparam("customer"), Attribute.path.in_(bindparam("paths", expanding=True))),
    lists=("paths",),
)
_of_many = Prepared(
    select(*_columns, Attribute.customer_id).where(
        Attribute.customer_id.in_(bindparam("customers", expanding=True)),
        Attribute.path.in_(bindparam("paths", expanding=True)),
    ),
    lists=("customers", "paths"),
)
_further = Prepared(
    select(PairwiseId.link_id, PairwiseId.sub).where(
        PairwiseId.link_id.in_(bindparam("links", expanding=True)), ~PairwiseId.own
    ),
    lists=("links",),
)
_decode = json.JSONDecoder().raw_decode


def shared_profile(unit: Unit, lease: Lease) -> dict[str, Any]:
    """What the lease shows of one profile at this moment."""
    sources, wanted = plan(lease.datatypes)
    asked = {"customer": lease.customer_id, "link": lease.link_id, "paths": list(sources)}
    rows = _of_one.all(unit.connection, asked)
    if not rows:
        return _answer(unit, lease, wanted, {}, _further_ids(unit, [lease]).get(lease.link_id, ()))
    held = _opened(unit.box(lease.holder_id), rows, sources)
    return _answer(unit, lease, wanted, held, {row[3] for row in rows if row[3] is not None})


def shared_profiles(unit: Unit, leases: Sequence[Lease]) -> list[dict[str, Any]]:
    """What each lease shows, in their order; one SELECT each for values, keys and further ids."""
    plans = [plan(lease.datatypes) for lease in leases]
    asked = {"customers": [lease.customer_id for lease in leases], "paths": sorted({s for p, _ in plans for s in p})}
    found: dict[bytes, list[Any]] = {}
    for row in _of_many.all(unit.connection, asked):
        found.setdefault(row[3], []).append(row)
    boxes = unit.boxes([lease.holder_id for lease in leases])
    further = _further_ids(unit, leases)
    answers = []
    for lease, (sources, wanted) in zip(leases, plans, strict=True):
        # A customer whose keys are gone (erased between two pages) holds nothing any more.
        box = boxes.get(lease.holder_id)
        held = {} if box is None else _opened(box, found.get(lease.customer_id, ()), sources)
        answers.append(_answer(unit, lease, wanted, held, further.get(lease.link_id, ())))
    return answers


def _further_ids(unit: Unit, leases: Sequence[Lease]) -> dict[bytes, set[str]]:
    found: dict[bytes, set[str]] = {}
    for link_id, sub in _further.all(unit.connection, {"links": [lease.link_id for lease in leases]}):
        found.setdefault(link_id, set()).add(sub)
    return found


def _opened(box: Box, rows: Iterable[Any], sources: frozenset[str]) -> dict[str, Any]:
    held: dict[str, Any] = {}
    for path, id_, sealed, _ in rows:
        if path in sources and path not in held:
            held[path] = _decode(box.open("attributes", "value", id_, sealed))[0]
    return held


def _answer(
    unit: Unit, lease: Lease, wanted: Sequence[str], held: Mapping[str, Any], further: Iterable[str]
) -> dict[str, Any]:
    answers = ((path, answer_of(path, held, unit.at)) for path in wanted)
    profile = nested((path, answer) for path, answer in answers if answer is not None)
    answer = {"sub": lease.sub, "purpose": lease.purpose, "profile": profile}
    if same_as := sorted(further):
        answer["same_as"] = same_as
    return answer


def given(profile: Mapping[str, Any], datatypes: frozenset[str]) -> list[str]:
    """Which paths of the lease an answer holds: what the log names as given."""
    return [path for path in plan(datatypes)[1] if at_path(profile, path) is not None]
