"""See what they will get: the very functions that answer the company, asked with a trial lease."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from portal.customers.catalogue import label_of
from portal.customers.said import said
from portal.customers.shared import shared_profile
from portal.grants import durations
from portal.grants.details import Detail
from portal.grants.lease import GRANT, Lease
from portal.grants.routes.looked_at import value_at
from portal.grants.routes.orders_in_words import Row, order_rows
from portal.grants.routes.room import me, my_holder
from portal.grants.words import until_of
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Unit
from portal.links.reads import link_between, sub_of
from portal.orders.shared import count_shared, shared_orders
from portal.vendors.purposes import sentence_of

_NOBODY = bytes(16)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a company gets for one purpose: labelled for people, and the exact answers behind."""

    purpose: str
    until: str
    rows: list[Row]
    empty: list[str]
    technical: str

    @property
    def nothing(self) -> bool:
        """Whether this reason was left out: there is no answer, then."""
        return not self.technical


def left_out(purpose: str) -> Seen:
    """A reason for which nothing is shared."""
    return Seen(sentence_of(purpose), "", [], [], "")


def seen_under(unit: Unit, leases: Iterable[tuple[Lease, str]]) -> list[Seen]:
    """What each lease shows at this moment; beside each, until when it does, in words."""
    return [_seen(unit, lease, until) for lease, until in leases]


def trial_leases(
    unit: Unit, vendor_id: bytes, details: Sequence[Detail], *, connected: bool = True
) -> list[tuple[Lease, str]]:
    """Leases as they would be under a permission with these details, before it is given.

    Not ``connected`` where the link itself is only tried out: what the company will call the customer is not known yet.
    """
    link = link_between(unit, me(), vendor_id)
    sub = _("(made when you say yes)") if link is None or not connected else sub_of(unit, link.id)
    link_id = None if link is None else link.id
    return [(_trial(unit, vendor_id, link_id, sub, detail), until_of(detail, unit.at)) for detail in details]


def _trial(unit: Unit, vendor_id: bytes, link_id: bytes | None, sub: str, detail: Detail) -> Lease:
    since = None if detail.lookback is None else durations.parse(detail.lookback).before(unit.at)
    return Lease(
        basis=GRANT,
        vendor_id=vendor_id,
        link_id=link_id or _NOBODY,
        customer_id=me(),
        holder_id=my_holder(unit),
        sub=sub,
        grant_id=None,
        version=None,
        purpose=detail.purpose,
        datatypes=frozenset(detail.datatypes),
        expires_at=detail.ends_at,
        sharing_version=0,
        since=since,
        # Further ids stand in the answer; where there are none, none are found.
        also_known=link_id is not None,
    )


def _seen(unit: Unit, lease: Lease, until: str) -> Seen:
    profile = shared_profile(unit, lease)
    paths = sorted(name for name in lease.datatypes if name.startswith("profile."))
    told = {path: value for path in paths if (value := value_at(profile["profile"], path)) is not None}
    rows = [(label_of(path), [said(path, value)]) for path, value in told.items()]
    empty = [label_of(path) for path in paths if path not in told]
    answers: list[Any] = [profile] if paths else []
    of_orders = sorted(name for name in lease.datatypes if name.startswith("orders."))
    if of_orders:
        orders = shared_orders(unit, [lease])
        answers.append(orders.value)
        rows += order_rows(orders.value["orders"], count_shared(unit, lease))
        empty += [] if orders.value["orders"] else [label_of(name) for name in of_orders]
    technical = "\n\n".join(json.dumps(answer, indent=2, ensure_ascii=False) for answer in answers)
    return Seen(sentence_of(lease.purpose), until, rows, empty, technical)
