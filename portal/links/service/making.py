"""Links made, found again and numbered; prospects, for whom a vendor wrote before they came."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, insert, update
from sqlalchemy.exc import IntegrityError

from portal.customers.reads import customer_of
from portal.customers.service import make_prospects
from portal.kernel.blind_index import claim_identifier
from portal.kernel.db import dialect_insert
from portal.kernel.errors import Conflict, Invalid, NotFound
from portal.kernel.ids import new_id
from portal.kernel.prepared import Prepared, prepared_insert
from portal.kernel.unit import Unit
from portal.links.facts import LinkMade, LinkNumbered, ProspectMade
from portal.links.matching import ADDRESS, scoped
from portal.links.models import Link, PairwiseId
from portal.links.reads import LinkView, link_between, link_of, links_by_number
from portal.vendors.reads import keep_apart

_NUMBER = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,62}[\x21-\x7e])?\Z")


def is_number(text: str) -> bool:
    """Whether a company can call a customer so: 1 to 64 printable ASCII characters, no space at either end."""
    return _NUMBER.match(text) is not None


def ensure(unit: Unit, *, customer_id: bytes, vendor_id: bytes) -> LinkView:
    """The customer's live link with the vendor: found, opened again, or made.

    Conflict ``blocked`` when the customer wants nothing more from this vendor, NotFound where one of them alone is a
    sandbox's.
    """
    keep_apart(unit, customer_id, vendor_id)
    found = link_between(unit, customer_id, vendor_id) or make_once(unit, customer_id, vendor_id, "active")
    if found.blocked_at is not None:
        raise Conflict("blocked")
    return _open_again(unit, found) if found.state == "ended" else found


def make_once(unit: Unit, customer_id: bytes, vendor_id: bytes, state: str) -> LinkView:
    """The one link of a customer and a vendor, made now or by somebody who was faster."""
    made = _new(unit, customer_id, vendor_id, state)
    if not _put(unit.connection.dialect.name).changed(unit.connection, _row(made)):
        # Somebody was faster: one link for a customer and a vendor.
        return found_or_gone(link_between(unit, customer_id, vendor_id))
    _put_sub.run(unit.connection, _own_sub(made, unit.at))
    if state == "active":
        unit.note(LinkMade(holder=holder_of(unit, made), vendor=vendor_id, link=made.id))
    return made


def found_or_gone(found: LinkView | None) -> LinkView:
    """What somebody who was faster has made, or NotFound when it is gone again."""
    if found is None:
        raise NotFound
    return found


def holder_of(unit: Unit, link: LinkView) -> bytes:
    """The key holder of a link's customer: whose matter its facts are."""
    return customer_of(unit, link.customer_id).holder_id


def _new(unit: Unit, customer_id: bytes, vendor_id: bytes, state: str, number: str | None = None) -> LinkView:
    ended_at = unit.at if state == "ended" else None
    return LinkView(new_id(), customer_id, vendor_id, state, number, None, None, None, unit.at, ended_at)


def _insert(unit: Unit, links: Sequence[LinkView]) -> None:
    unit.connection.execute(insert(Link), list(map(_row, links)))
    unit.connection.execute(insert(PairwiseId), [_own_sub(link, unit.at) for link in links])


@cache
def _put(dialect: str) -> Prepared:
    columns: dict[str, Any] = {column.name: bindparam(column.name) for column in Link.__table__.columns}
    return Prepared(dialect_insert(dialect, Link).values(columns).on_conflict_do_nothing())


_put_sub = prepared_insert(PairwiseId)


def _row(link: LinkView) -> dict[str, Any]:
    return {name: getattr(link, name) for name in LinkView.__slots__}


def _own_sub(link: LinkView, at: datetime) -> dict[str, Any]:
    return {"sub": str(uuid4()), "link_id": link.id, "vendor_id": link.vendor_id, "own": True, "created_at": at}


def _open_again(unit: Unit, link: LinkView) -> LinkView:
    ended = (Link.id == link.id, Link.state == "ended", Link.folded_into.is_(None), Link.blocked_at.is_(None))
    values = {"state": "active", "ended_at": None, "paused_at": None}
    if unit.connection.execute(update(Link).where(*ended).values(values)).rowcount == 1:
        unit.note(LinkMade(holder=holder_of(unit, link), vendor=link.vendor_id, link=link.id, again=1))
    return link_of(unit, link.id)


def prospect(unit: Unit, *, vendor_id: bytes, number: str, email: str | None = None) -> LinkView:
    """The link behind one of a vendor's own customer numbers; see :func:`prospects`."""
    return prospects(unit, vendor_id=vendor_id, numbers={number: email})[number]


def prospects(unit: Unit, *, vendor_id: bytes, numbers: Mapping[str, str | None]) -> dict[str, LinkView]:
    """The links behind a vendor's own customer numbers: whoever's they are by now, or new prospects.

    With each number an address that the vendor has verified, or None; it is indexed for this vendor alone and kept
    nowhere else.
    """
    if not all(map(is_number, numbers)):
        raise Invalid("invalid", fields={"number": "Use 1 to 64 printable ASCII characters."})
    found = links_by_number(unit, vendor_id, numbers)
    missing = [number for number in numbers if number not in found]
    try:
        with unit.connection.begin_nested():
            made = _insert_prospects(unit, vendor_id, missing)
    except IntegrityError:
        # Somebody else was writing about the same customers: now theirs can be seen.
        return prospects(unit, vendor_id=vendor_id, numbers=numbers)
    for link, holder_id in made:
        unit.note(ProspectMade(holder=holder_id, vendor=vendor_id, link=link.id))
        _index(unit, vendor_id, numbers[str(link.number)], holder_id)
    return found | {str(link.number): link for link, _ in made}


def welcome(unit: Unit, *, vendor_id: bytes) -> tuple[LinkView, bytes]:
    """Somebody who comes to a vendor as its guest: a prospect without a number. Gives the link, and whose keys seal for it."""
    [person] = make_prospects(unit, count=1)
    link = _new(unit, person.id, vendor_id, "prospect")
    _insert(unit, [link])
    unit.note(ProspectMade(holder=person.holder_id, vendor=vendor_id, link=link.id))
    return link, person.holder_id


def _insert_prospects(unit: Unit, vendor_id: bytes, numbers: Sequence[str]) -> list[tuple[LinkView, bytes]]:
    if not numbers:
        return []
    people = make_prospects(unit, count=len(numbers))
    made = [
        _new(unit, person.id, vendor_id, "prospect", number) for person, number in zip(people, numbers, strict=True)
    ]
    _insert(unit, made)
    return [(link, person.holder_id) for link, person in zip(made, people, strict=True)]


def _index(unit: Unit, vendor_id: bytes, email: str | None, holder_id: bytes) -> None:
    # One address may stand under two numbers of a vendor: the first is the one it leads to.
    if email is not None:
        with suppress(Conflict):
            claim_identifier(unit, ADDRESS, scoped(vendor_id, email), holder_id)


def set_number(unit: Unit, *, link_id: bytes, number: str) -> LinkView:
    """The vendor's own number for a linked customer; Conflict ``taken`` when it is another's."""
    if not is_number(number):
        raise Invalid("invalid", fields={"number": "Use 1 to 64 printable ASCII characters."})
    link = link_of(unit, link_id)
    if link.number == number:
        return link
    try:
        with unit.connection.begin_nested():
            unit.connection.execute(update(Link).where(Link.id == link_id).values(number=number))
    except IntegrityError:
        raise Conflict("taken") from None
    unit.note(LinkNumbered(holder=holder_of(unit, link), vendor=link.vendor_id, link=link_id))
    return link_of(unit, link_id)
