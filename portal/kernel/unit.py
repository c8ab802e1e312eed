"""The unit: one transaction, its actor and its facts. It alone commits.

At the end of a writing unit: reactions answer facts until none is unanswered, the guard holds the tables written
against the tables explained, the facts go into the log queue, one COMMIT. An error anywhere rolls all of it back.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from portal.kernel import clock
from portal.kernel.canonical import check
from portal.kernel.errors import Busy, NotFound
from portal.kernel.facts import Fact, Prepared, canonical_personal, commitment, entry_of, new_salts
from portal.kernel.ids import new_id, text_of
from portal.kernel.log_queue import Condition
from portal.kernel.sealing import Box, KeyRow, box_of_current, load_box, load_boxes, month_holder

if TYPE_CHECKING:
    from portal.kernel.house import House

T = TypeVar("T")

UNEXPLAINED: dict[str, str] = {
    "holders": "made with the row they belong to",
    "data_keys": "made with their holder",
    "sessions": "when a browser was last seen; its beginning and end are facts",
    "limits": "counters of tries",
    "challenges": "what a browser is proving, for minutes; what comes of it is the fact",
    "jobs": "what is to be done later; the work itself notes its facts",
    "heartbeats": "when a worker was last there",
    "bring_ups": "how far what an older release left is done; the work itself notes its facts",
    "mails": "the outbox; what caused a mail is the fact",
    "mail_receipts": "how many mails came in, and what became of them; what was said by one is the fact",
    "inbox_notices": "what a person is told; what it tells of is the fact",
    "message_walks": "how far notices have read the log, and whose week was told",
    "log_queue": "the facts themselves",
    "log_entries": "the log",
    "log_personal": "the log",
    "log_fields": "the log",
    "log_counters": "the log",
    "log_state": "the log",
    "log_roots": "the log",
    "refusal_counts": "how many equal refusals a minute had; the refusals themselves are the facts",
    "authorization_requests": "the OAuth half of a request: the request's fact tells of it",
    "ends_told": "until when the ends of permissions are on record; the ends themselves are the facts",
    "read_claims": "which reads used up a permission's number of reads; the reads themselves are the facts",
    "used_proofs": "which assertions and proofs came before; what they were sent for is the fact",
    "read_proofs": "which proofs came with reads before; the reads themselves are the facts",
    "pushed_requests": "a request's parameters, for a minute and a half; the request's fact tells of it",
    "idempotency": "what was answered to a repeated request; the work itself notes its facts",
    "key_checks": "which keys the database is sealed under, from its first start on",
    "webhook_places": "how far in the log an endpoint has its events, and which worker is at it",
    "webhook_deliveries": "what an endpoint is still to be told; each telling, and what is dropped, is a fact",
    "webhook_attempts": "what came of each call to an endpoint; that somebody was told is the fact",
    "file_chunks": "pieces of a file; that it is kept or removed is the fact",
    "loose_files": "pieces on their way in or out; that a file is kept or removed is the fact",
    "alembic_version": "the schema's own mark",
}
"""Tables that no fact explains, each with the reason."""


class Actor(NamedTuple):
    """Who acts. ``name`` is what the log holds: a client id, or a person's log pseudonym; never an address."""

    kind: str
    id: bytes | None = None
    name: str | None = None
    vendor_id: bytes | None = None
    customer_id: bytes | None = None
    holder_id: bytes | None = None
    roles: frozenset[str] = frozenset()
    session_id: bytes | None = None
    # By which a delegate acts: then customer and holder are those of whoever lent it, id and name the delegate's own.
    delegation: bytes | None = None
    # A sandbox's program, or somebody made up for one: all that they do is marked as a test in the log.
    test: bool = False


SYSTEM = Actor("system", name="system")
STRANGER = Actor("stranger")


class Unexplained(RuntimeError):
    """A unit wrote a table that none of its facts explains. Nothing was committed."""


class Nested(RuntimeError):
    """A writing unit was opened within another one of the same thread. Let the verb take the unit that is there."""


class Unit:
    """One transaction. Writing units are made by ``house.writing``, reading ones by ``house.reading``.

    ``seen`` is for rows that a statement brought along for another room: good for this snapshot and no longer.
    """

    def __init__(
        self,
        house: "House",
        connection: Connection,
        actor: Actor,
        *,
        writing: bool,
        request_id: bytes | None = None,
        cause: str | None = None,
        route: str | None = None,
        second: Actor | None = None,
        locale: str = "en",
        personal: Mapping[str, str] | None = None,
    ) -> None:
        self.house = house
        self.connection = connection
        self.actor = actor
        self.second = second
        self.writing = writing
        self.request_id = request_id or new_id()
        self.cause = cause
        self.route = route
        self.locale = locale
        self.at: datetime = clock.now()
        self.facts: list[Fact] = []
        self.rests: list[Condition] = []
        self._personal: dict[str, str] = dict(personal or {})
        self._boxes: dict[bytes, Box] = {}
        self.seen: dict[Any, Any] = {}

    @cached_property
    def session(self) -> Session:
        """The ORM session on this unit's connection; made when it is first used."""
        if not self.connection.in_transaction():
            self.connection.begin()  # the session joins what is there, and leaves its end to the house
        return Session(bind=self.connection, expire_on_commit=False, join_transaction_mode="rollback_only")

    def note(self, fact: Fact) -> None:
        """Declares what happened. Reactions answer it before the commit."""
        self.facts.append(fact)

    def rest_on(self, condition: Condition) -> None:
        """What must hold when the unit commits, and holds until it has: by whose right it was begun.

        A condition of :mod:`portal.wiring` that takes a lock on what it finds. NotFound, and nothing is changed, where it
        holds no longer.
        """
        self.rests.append(condition)

    def personal(self, **values: str) -> None:
        """Adds to the personal part of every fact of this unit (an address, an agent, search words)."""
        self._personal.update(values)

    def enqueue(
        self,
        kind: str,
        payload: dict[str, Any],
        *,
        holder_id: bytes | None = None,
        run_at: datetime | None = None,
    ) -> bytes:
        """A job in this transaction; see :mod:`portal.kernel.jobs`."""
        from portal.kernel.jobs import enqueue

        return enqueue(self, kind, payload, holder_id=holder_id, run_at=run_at)

    def box(self, holder_id: bytes) -> Box:
        """Opens and seals for a holder; NotFound when its keys are gone."""
        box = self._boxes.get(holder_id)
        if box is None:
            box = self._boxes[holder_id] = load_box(self, holder_id)
        return box

    def boxes(self, holder_ids: Iterable[bytes]) -> dict[bytes, Box]:
        """Boxes of many holders with one query."""
        wanted = set(holder_ids)
        missing = wanted - self._boxes.keys()
        if missing:
            self._boxes.update(load_boxes(self, missing))
        return {id_: self._boxes[id_] for id_ in wanted if id_ in self._boxes}

    def know_key(self, holder_id: bytes, row: KeyRow) -> None:
        """A holder's current key that came along with another statement: its box need not be asked for."""
        if holder_id not in self._boxes:
            self._boxes[holder_id] = box_of_current(self, holder_id, row)

    def once(self, key: tuple[Any, ...], look_up: Callable[[], T]) -> T:
        """What a reading unit looks up, asked once: its snapshot stays as it is. A writing unit asks each time."""
        if self.writing:
            return look_up()
        if key not in self.seen:
            self.seen[key] = look_up()
        found: T = self.seen[key]
        return found

    def forget_boxes(self) -> None:
        """After keys were re-pointed."""
        self._boxes.clear()

    def flush(self) -> None:
        """Sends what the ORM session holds back, if one was used."""
        if "session" in self.__dict__:
            self.session.flush()

    def prepare(self, facts: Iterable[Fact]) -> list[Prepared]:
        """Facts made ready for the log: who, where and why from this unit, the personal part sealed."""
        facts = list(facts)
        unknown = {fact.holder for fact in facts if fact.holder is not None} - self._boxes.keys()
        if unknown:
            self.boxes(unknown)
        about = self._about()
        check(about)
        # The many facts of a page share one personal part: it is put into bytes once.
        texts: dict[int, bytes] = {}
        salts = new_salts(len(facts))
        return [self._prepare(fact, about, texts, *salt) for fact, salt in zip(facts, salts, strict=True)]

    def _prepare(
        self, fact: Fact, about: dict[str, Any], texts: dict[int, bytes], salt: bytes, nonce: bytes
    ) -> Prepared:
        box = self._boxes.get(fact.holder) if fact.holder is not None else None
        entry, lists = entry_of(fact, about, box.pseudonym if box else None, test=self.actor.test)
        sealed = None
        if fact.personal or self._personal:
            text = texts.get(id(fact.personal))
            if text is None:
                text = texts[id(fact.personal)] = canonical_personal({**self._personal, **fact.personal})
            mark = commitment(salt, text)
            entry["commitment"] = mark.hex()
            value = salt.hex() + text.decode("ascii")
            sealed = (box or self._log_box()).seal("log_personal", "sealed", mark, value, nonce=nonce)
        return Prepared(entry, sealed, lists)

    def _log_box(self) -> Box:
        # What concerns no customer is sealed under the month's key. A reading unit cannot make that key: the house
        # makes it in a unit of its own, and this snapshot then looks past itself for it.
        if self.writing and self.house.log_holder(self.at) is None:
            return self.box(month_holder(self, "log"))
        return self.house.log_box(self.at)

    def _about(self) -> dict[str, Any]:
        about: dict[str, Any] = {
            "at": clock.micros(self.at),
            "actor": _named(self.actor),
            "request": text_of(self.request_id),
        }
        if self.second is not None:
            about["second"] = _named(self.second)
        for name in ("cause", "route"):
            if (value := getattr(self, name)) is not None:
                about[name] = value
        return about

    def settle(self) -> None:
        """Reactions, guard and queue: all that stands between the work and its commit."""
        self._react()
        self.flush()
        self._look_again()
        self._guard()
        if self.facts:
            prepared = self.prepare(self.facts)
            try:
                self.house.keep_facts(self.connection, prepared)
            except Exception as error:
                # Whatever keeps the facts out of queue and log: no fact, no change (and no answer but 503).
                raise Busy("log-unavailable", "Nothing was changed. Try again in a moment.") from error

    def _react(self) -> None:
        answered = 0
        while answered < len(self.facts):
            fact = self.facts[answered]
            answered += 1
            for verb in self.house.wiring.reactions.get(type(fact), ()):
                verb(self, fact)

    def _look_again(self) -> None:
        for name, args in self.rests:
            if self.house.wiring.conditions[name](self.connection, [args], self.at):
                raise NotFound

    def _guard(self) -> None:
        written: set[str] = self.connection.info.get("written", set())
        loose = written.difference(UNEXPLAINED, *(fact.EXPLAINS for fact in self.facts))
        if loose:
            raise Unexplained(", ".join(sorted(loose)))


def _named(actor: Actor) -> dict[str, str]:
    named = {"kind": actor.kind}
    if actor.name is not None:
        named["id"] = actor.name
    return named
