"""A profile's answer from a lease: the one place that makes it, for the API, the preview and every export.

Shape: ``{"sub", "purpose", "profile": {…}}``, and ``same_as`` where further ids of the vendor lead to the same link.
Only paths of the lease that the customer holds are in it; what is not held is absent, never null. Stored values that
no path of the lease needs are not even opened.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, select

from portal.customers.derive import Step, answers_of, is_in, plan
from portal.customers.facts import ProfileDisclosed
from portal.customers.models import Attribute
from portal.grants.lease import Lease
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.links.models import PairwiseId

_Row = tuple[str, bytes, bytes]

_columns = (Attribute.path, Attribute.id, Attribute.value)
_of_one = Prepared(select(*_columns).where(Attribute.customer_id == bindparam("customer")))
_of_many = Prepared(
    select(*_columns, Attribute.customer_id).where(
        Attribute.customer_id.in_(bindparam("customers", expanding=True)),
        # Rows of one customer lie side by side: walking over them is less than seeking each by its key.
        func.coalesce(Attribute.path, "").in_(bindparam("paths", expanding=True)),
    ),
    lists=("customers", "paths"),
)
_further = Prepared(
    select(PairwiseId.link_id, PairwiseId.sub).where(
        PairwiseId.link_id.in_(bindparam("links", expanding=True)), ~PairwiseId.own
    ),
    lists=("links",),
)


def shared_profile(unit: Unit, lease: Lease) -> dict[str, Any]:
    """What the lease shows of one profile at this moment."""
    sources, steps = plan(lease.datatypes)
    # All rows of one customer are few and lie side by side: choosing among them here is less than seeking each.
    rows = [row for row in _of_one.tuples(unit.connection, {"customer": lease.customer_id}) if row[0] in sources]
    held = unit.box(lease.holder_id).open_values("attributes", "value", rows) if rows else {}
    return _answer(unit, lease, steps, held, _further_ids(unit, [lease]).get(lease.link_id, ()))


def shared_profiles(unit: Unit, leases: Sequence[Lease]) -> list[dict[str, Any]]:
    """What each lease shows, in their order; one SELECT each for values, for keys, and for further ids."""
    plans = [plan(lease.datatypes) for lease in leases]
    asked = {"customers": [lease.customer_id for lease in leases], "paths": sorted({s for p, _ in plans for s in p})}
    found: dict[bytes, list[_Row]] = {}
    for path, id_, value, customer in _of_many.tuples(unit.connection, asked):
        found.setdefault(customer, []).append((path, id_, value))
    boxes = unit.boxes([lease.holder_id for lease in leases])
    further = _further_ids(unit, leases)
    answers = []
    for lease, (sources, steps) in zip(leases, plans, strict=True):
        # A customer whose keys are gone (erased between two pages) holds nothing any more.
        box = boxes.get(lease.holder_id)
        rows = [row for row in found.get(lease.customer_id, ()) if row[0] in sources]
        held = {} if box is None else box.open_values("attributes", "value", rows)
        answers.append(_answer(unit, lease, steps, held, further.get(lease.link_id, ())))
    return answers


def _further_ids(unit: Unit, leases: Sequence[Lease]) -> dict[bytes, set[str]]:
    found: dict[bytes, set[str]] = {}
    links = [lease.link_id for lease in leases if lease.also_known]
    for link_id, sub in _further.all(unit.connection, {"links": links}) if links else ():
        found.setdefault(link_id, set()).add(sub)
    return found


def _answer(
    unit: Unit, lease: Lease, steps: Iterable[Step], held: Mapping[str, Any], further: Iterable[str]
) -> dict[str, Any]:
    answer = {"sub": lease.sub, "purpose": lease.purpose, "profile": answers_of(steps, held, unit.at)}
    if same_as := sorted(further):
        answer["same_as"] = same_as
    return answer


def given(profile: Mapping[str, Any], datatypes: frozenset[str]) -> list[str]:
    """Which paths of the lease an answer holds: what the log names as given."""
    return [step.path for step in plan(datatypes)[1] if is_in(profile, step)]


@lru_cache(maxsize=1024)
def _asked(datatypes: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in datatypes if name.startswith("profile.")))


def profile_disclosed(
    lease: Lease, shared: Mapping[str, Any], *, token: str | None = None, test: bool, personal: Mapping[str, str]
) -> ProfileDisclosed:
    """The entry of one customer's profile that leaves: what was asked, what was there.

    ``token`` is the beginning of the program's token by which it leaves; None where a person of the company looks.
    """
    return ProfileDisclosed(
        holder=lease.holder_id,
        vendor=lease.vendor_id,
        link=lease.link_id,
        grant=lease.grant_id,
        version=lease.version,
        basis=lease.basis,
        purpose=lease.purpose,
        asked=_asked(lease.datatypes),
        given=given(shared["profile"], lease.datatypes),
        token=token,
        test=test,
        personal=personal,
    )
