"""Inviting many customers in one go: numbers become prospects, addresses lead to them, fifty to a commit.

Used alike by the API and by whoever reads a company's file. Nothing here looks at accounts, so that no answer, and no time
that one takes, depends on whether an address has one.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.kernel.errors import Busy
from portal.kernel.ids import digest, new_secret
from portal.kernel.unit import Unit
from portal.links.facts import InvitationMade
from portal.links.invited import LASTS
from portal.links.models import Invitation, Link, PairwiseId
from portal.links.reads import LinkView, links_by_number
from portal.links.reads.invitations import holders_of
from portal.links.service.addressees import Addressees, MovedError
from portal.links.service.making import prospects
from portal.links.shapes import LINK, MAIL, NONE, InvitationIn, Refusal, parse

IN_ONE_UNIT = 50
_TRIES = 12

INVITED, WAITS, LINKED, HELD, DECLINED, REFUSED = "invited", "waiting", "linked", "held", "declined", "refused"

SENDING = "links.send-invitations"
"""The job that mails what is due."""

_LEFT = Refusal(reason="left", detail="This customer ended the connection with you. Only they can begin it again.")
_WRITTEN_OFTEN = Refusal(
    reason="written-often",
    field="email",
    detail="We wrote to this address for you as often as we do in a year. Hand over a link yourself.",
)

Opening = Callable[[], AbstractContextManager[Unit]]
Note = Callable[[Unit, Sequence["Result"]], None]
"""Called within the unit that makes these invitations, before it commits."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one: invited, waiting (for an earlier one), linked, held, declined or refused, and then why."""

    number: str | None
    state: str
    sub: str | None = None
    # Whether its link is the company's to hand over.
    has_link: bool = False
    refusal: Refusal | None = None

    def as_json(self) -> dict[str, Any]:
        """As it is kept, and but for the link as the API says it."""
        why = {} if self.refusal is None else self.refusal.model_dump(exclude_none=True)
        sub = {} if self.sub is None else {"sub": self.sub}
        return {"number": self.number, "state": self.state, **sub, **({"link": True} if self.has_link else {}), **why}


def no_note(unit: Unit, results: Sequence[Result]) -> None:
    """For callers that keep no place."""


def invite_all(
    writing: Opening,
    *,
    vendor_id: bytes,
    items: Sequence[Any],
    before: Iterable[str] = (),
    test: bool = False,
    note: Note = no_note,
) -> Iterable[list[Result]]:
    """Takes raw invitations, fifty at a time, and gives what became of each fifty once they are committed.

    ``before`` are the numbers that came in the same request and were taken.
    """
    taken = set(before)
    for begin in range(0, len(items), IN_ONE_UNIT):
        sent = items[begin : begin + IN_ONE_UNIT]
        seen = set(taken)
        parsed = [_once(parse(item), seen) for item in sent]
        results = _put(writing, vendor_id, [_number_of(item) for item in sent], parsed, test, note)
        taken.update(result.number for result in results if result.number and result.state != REFUSED)
        yield results


def _once(item: InvitationIn | Refusal, seen: set[str]) -> InvitationIn | Refusal:
    if isinstance(item, Refusal):
        return item
    if item.number in seen:
        return Refusal(reason="repeated", field="number", detail="This customer stands twice in what was sent.")
    seen.add(item.number)
    return item


def _number_of(item: Any) -> str | None:
    number = item.get("number") if isinstance(item, dict) else None
    return number if isinstance(number, str) and len(number) <= 64 and number.isascii() and number.isprintable() else None


def _put(
    writing: Opening,
    vendor_id: bytes,
    numbers: Sequence[str | None],
    parsed: Sequence[InvitationIn | Refusal],
    test: bool,
    note: Note,
) -> list[Result]:
    for _ in range(_TRIES):
        try:
            with writing() as unit:
                made = iter(_Fifty(unit, vendor_id, test).invite([one for one in parsed if isinstance(one, InvitationIn)]))
                results = [
                    Result(number, REFUSED, refusal=one) if isinstance(one, Refusal) else next(made)
                    for number, one in zip(numbers, parsed, strict=True)
                ]
                note(unit, results)
                return results
        except (IntegrityError, MovedError):
            # Somebody else invited one of them, or gave an address to another number, a moment earlier: look again.
            continue
    raise Busy("changing", "These customers are being changed right now. Send the same again.")


@dataclass
class _Fifty:
    """One unit's worth: what is known of the numbers, gathered with one question each, and what is to be written."""

    unit: Unit
    vendor_id: bytes
    test: bool
    # By link: the prospect's key holder, and its current invitation.
    holders: Mapping[bytes, bytes] = field(default_factory=dict)
    current: Mapping[bytes, Any] = field(default_factory=dict)
    subs: Mapping[bytes, str] = field(default_factory=dict)
    addressees: Addressees = field(init=False)
    rows: list[dict[str, Any]] = field(default_factory=list)
    replaced: list[bytes] = field(default_factory=list)

    def invite(self, items: Sequence[InvitationIn]) -> list[Result]:
        """Makes the invitations, and gives what became of each."""
        self.addressees = Addressees(self.unit, self.vendor_id, items)
        links = self._links([item.number for item in items])
        self._look([link for link in links.values() if link.state == "prospect"])
        self.addressees.look(self.holders)
        self.subs = _subs(self.unit, [link.id for link in links.values()])
        results = [self._one(item, links[item.number]) for item in items]
        self._write()
        return results

    def _links(self, numbers: Sequence[str]) -> dict[str, LinkView]:
        """The links behind the numbers, held until the commit: two who invite one number come one after the other."""
        found = prospects(self.unit, vendor_id=self.vendor_id, numbers=dict.fromkeys(sorted(numbers)))
        held = [link.id for link in found.values()]
        if held:
            self.unit.connection.execute(select(Link.id).where(Link.id.in_(held)).order_by(Link.id).with_for_update())
        return links_by_number(self.unit, self.vendor_id, numbers)

    def _look(self, links: Sequence[LinkView]) -> None:
        self.holders = holders_of(self.unit, links)
        columns = (Invitation.link_id, Invitation.deliver, Invitation.addressee_id, Invitation.expires_at)
        mine = Invitation.link_id.in_(self.holders), Invitation.is_current
        newest = select(*columns, Invitation.declined_at).where(*mine)
        self.current = {row.link_id: row for row in self.unit.connection.execute(newest)}

    def _one(self, item: InvitationIn, link: LinkView) -> Result:
        sub = self.subs.get(link.id)
        if link.state == "active":
            return Result(item.number, LINKED, sub)
        if link.state == "ended":
            return Result(item.number, REFUSED, sub, refusal=_LEFT)
        current, addressee = self.current.get(link.id), self.addressees.of(item, link.id)
        if self.addressees.said_no(addressee) or (current is not None and current.declined_at is not None):
            return Result(item.number, DECLINED, sub)
        if current is not None and self._stands(current, addressee, item):
            return Result(item.number, HELD if current.deliver == NONE else WAITS, sub)
        if item.deliver == MAIL and self.addressees.is_written_often(item, addressee):
            return Result(item.number, REFUSED, sub, refusal=_WRITTEN_OFTEN)
        self._make(item, link, addressee)
        return Result(item.number, INVITED if item.deliver else HELD, sub, has_link=item.deliver == LINK)

    def _stands(self, current: Any, addressee: bytes | None, item: InvitationIn) -> bool:
        """Whether the invitation that there is does what is asked; a link is always made anew, whoever lost one."""
        if item.deliver == LINK or self.addressees.is_new(item) or (addressee is not None and addressee != current.addressee_id):
            return False
        if current.deliver == NONE:
            return item.deliver is None
        return bool(current.expires_at > self.unit.at)

    def _make(self, item: InvitationIn, link: LinkView, addressee: bytes | None) -> None:
        secret, holder_id, deliver = new_secret(), self.holders[link.id], item.deliver or NONE
        if link.id in self.current:
            self.replaced.append(link.id)
        self.addressees.take(item, link.id, self.current.get(link.id), self.rows)
        self.rows.append(
            {
                "hash": digest(secret),
                "link_id": link.id,
                "vendor_id": self.vendor_id,
                "is_current": True,
                "deliver": deliver,
                "locale": item.language,
                "words": None if deliver == NONE else (holder_id, said_of(secret, item.email)),
                "addressee_id": addressee,
                "mails": 0,
                "mail_at": self.unit.at if deliver == MAIL else None,
                "created_at": self.unit.at,
                "expires_at": self.unit.at + LASTS,
            }
        )
        fact = InvitationMade(holder=holder_id, vendor=self.vendor_id, link=link.id, deliver=deliver, test=self.test)
        self.unit.note(fact)

    def _write(self) -> None:
        self.addressees.write()
        if self.replaced:
            former = update(Invitation).where(Invitation.link_id.in_(self.replaced), Invitation.is_current)
            self.unit.connection.execute(former.values(is_current=False, mail_at=None, words=None))
        if self.rows:
            self._seal()
            self.unit.connection.execute(insert(Invitation), self.rows)
        if any(row["mail_at"] for row in self.rows):
            self.unit.enqueue(SENDING, {})

    def _seal(self) -> None:
        boxes = self.unit.boxes(self.holders.values())
        for row in self.rows:
            if row["words"] is not None:
                holder_id, said = row["words"]
                row["words"] = boxes[holder_id].seal("invitations", "words", row["hash"], said)


def said_of(secret: str, to: str | None) -> str:
    """What is sealed of an invitation."""
    return json.dumps({"secret": secret, "to": to})


def _subs(unit: Unit, link_ids: Sequence[bytes]) -> dict[bytes, str]:
    wanted = select(PairwiseId.link_id, PairwiseId.sub).where(PairwiseId.link_id.in_(link_ids), PairwiseId.own)
    return {row.link_id: row.sub for row in unit.connection.execute(wanted)}
