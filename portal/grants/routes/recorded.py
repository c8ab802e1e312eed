"""What a record of a choice says on its page: what was so then as it was then, what has ended as past."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.customers.catalogue import label_of
from portal.grants import reads
from portal.grants.details import stored
from portal.grants.models import Grant, Record
from portal.grants.routes.ended import ended_by, how_it_ended, is_taken_over, kind_of
from portal.grants.routes.room import me
from portal.grants.routes.went_on import WentOn, went_on
from portal.grants.words import WAS_WORDS, given_on
from portal.kernel.i18n import day, listing, moment, within
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Unit
from portal.links.reads import LinkView, link_between, sub_of

ENDS = ("withdrawn", "replaced")
UNKNOWN = "urn:"


@dataclass(frozen=True, slots=True)
class Item:
    """Something that was asked for or shared."""

    name: str
    required: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One reason: what stands over its items, the items, and what is said under them."""

    purpose: str
    lead: str | None = None
    items: Sequence[Item] = ()
    said: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """All that the page says of the choice itself."""

    kind: str
    number: str | None
    # When the permission that it is about was given, as its company's page says it.
    permission: str | None
    law: str | None
    places: Sequence[str]
    since: str | None
    parts: Sequence[Part] = field(default_factory=list)
    went_on: Sequence[WentOn] = ()


@dataclass(frozen=True, slots=True)
class _Whole:
    """A record with all that it is about."""

    record: Record
    content: Mapping[str, Any]
    link: LinkView | None
    grant: Grant | None
    grants: Mapping[bytes, Grant]

    @property
    def processes(self) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self.content["dpv:hasProcess"]
        return found


def told(unit: Unit, record: Record, content: Mapping[str, Any]) -> Told:
    """What the page of one of the reader's records says."""
    link = link_between(unit, me(), record.vendor_id)
    grants = {} if link is None else {one.id: one for one in reads.grants_of(unit, link_id=link.id)}
    grant = None if record.grant_id is None else grants.get(record.grant_id)
    whole = _Whole(record, content["dpv:hasRecordOfActivity"], link, grant, grants)
    since = _since(unit, whole)
    stood = list(went_on(unit, link, record.made_at)) if link is not None and record.kind == "refused" else []
    return Told(
        kind=kind_of(record, grants, link),
        number=_number(unit, whole),
        permission=None if grant is None else given_on({one.id: one.created_at for one in grants.values()})[grant.id],
        law=_law(record.kind, over=since is not None),
        places=[] if since or record.kind in (*ENDS, "refused") else _places(whole),
        since=since,
        parts=list(_parts(unit, whole, more=bool(stood))),
        went_on=stood,
    )


def _number(unit: Unit, whole: _Whole) -> str | None:
    """What the company calls the customer; None where it did not know them."""
    said: str = whole.content["dpv:hasDataSubject"]["dct:identifier"]
    if not said.startswith(UNKNOWN):
        return said
    # A no over a connection that stood: older records did not look for its number.
    link = whole.link
    knew = link is not None and link.state == "active" and link.created_at < whole.record.made_at
    return sub_of(unit, link.id) if link is not None and knew else None


def _law(kind: str, *, over: bool) -> str | None:
    if kind == "refused":
        return None
    rests = _("Your consent: General Data Protection Regulation, article 6(1)(a).")
    if kind == "withdrawn":
        more = _("You took it back (article 7(3)).")
    elif kind == "replaced":
        more = _("Your newer choice has a record of its own.")
    else:
        more = "" if over else _("You can take it back (article 7(3)).")
    return f"{rests} {more}".strip()


def _places(whole: _Whole) -> list[str]:
    return [control["dpv:isExercisedAt"] for control in whole.content["dpv:hasConsentControl"]]


def _since(unit: Unit, whole: _Whole) -> str | None:
    """How what was chosen has ended since; None while it lasts, and where the record is of that end."""
    if whole.grant is None or whole.link is None or whole.record.kind in ENDS:
        return None
    (status,) = reads.statuses_of(unit, [whole.grant], {whole.link.id: whole.link})
    return None if status.live else how_it_ended(status, whole.link)


def _parts(unit: Unit, whole: _Whole, *, more: bool) -> Iterator[Part]:
    if whole.record.kind == "refused":
        # Where something was shared already, "nothing" alone would be untrue of the same data.
        nothing = _("With this answer you shared nothing more.") if more else _("With this answer you shared nothing.")
        yield from (_part(one, _("They asked for:"), [nothing]) for one in whole.processes)
    elif whole.record.kind in ENDS:
        yield from (_part(one, _("They could see:"), [_was(one, whole)]) for one in whole.processes)
    elif whole.record.kind == "narrowed":
        yield from _less(unit, whole)
    else:
        yield from (_part(one, None, [f"{_until(one)} {_asked(one)}"]) for one in whole.processes)
        yield from _noes(unit, whole)


def _part(process: Mapping[str, Any], lead: str | None, said: Sequence[str]) -> Part:
    items = [
        Item(one["dct:identifier"], one["dpv:hasNecessity"] == "dpv:Required") for one in process["dpv:hasPersonalData"]
    ]
    return Part(process["dpv:hasPurpose"], lead, items, said)


def _end(process: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(process["dpv:hasDuration"]["schema:validThrough"])


def _once(process: Mapping[str, Any]) -> bool:
    return bool(process.get("dpv:hasFrequency", {}).get("@type") == "dpv:SingularFrequency")


def _until(process: Mapping[str, Any]) -> str:
    end = _end(process)
    return _("Once, until %(moment)s.", moment=moment(end)) if _once(process) else _("Until %(day)s.", day=day(end))


def _asked(process: Mapping[str, Any]) -> str:
    return _("They asked for: %(what)s.", what=_listed(process["freehold:asked"]["datatypes"]))


def _was(process: Mapping[str, Any], whole: _Whole) -> str:
    end, at = day(_end(process)), day(whole.record.made_at)
    by = "customer" if whole.grant is None or whole.link is None else ended_by(whole.grant, whole.link)
    how = str(WAS_WORDS[by]) % {"day": at}
    if _once(process):
        return _("Was for one look, until %(day)s; %(how)s", day=end, how=how)
    return _("Was until %(day)s; %(how)s", day=end, how=how)


def _noes(unit: Unit, whole: _Whole) -> Iterator[Part]:
    """The reasons that were asked for and got a no."""
    given = {one["dpv:hasPurpose"] for one in whole.processes}
    for detail in stored(reads.any_request(unit, whole.record.request_id).details):
        if detail.purpose not in given:
            said = [_("They asked for: %(what)s.", what=_listed(detail.datatypes)), _("You shared nothing of it.")]
            yield Part(detail.purpose, said=[" ".join(said)])


def _less(unit: Unit, whole: _Whole) -> Iterator[Part]:
    """What goes on, and beside it what was taken out of the version before."""
    assert whole.grant is not None
    assert whole.record.version is not None
    before = {one.purpose: one for one in reads.details_of(unit, whole.grant, whole.record.version - 1)}
    for process in whole.processes:
        was = before.pop(process["dpv:hasPurpose"])
        items = {one["dct:identifier"] for one in process["dpv:hasPersonalData"]}
        gone = [name for name in was.datatypes if name not in items]
        said = [f"{_until(process)} {_asked(process)}"]
        if gone:
            said.append(_("You took out: %(what)s.", what=_listed(gone)))
        if was.ends_at > _end(process):
            said.append(_("Before, it was until %(day)s.", day=day(was.ends_at)))
        yield _part(process, None, said)
    newer = is_taken_over(whole.record, whole.grants)
    for was in before.values():
        what = _listed(was.datatypes)
        gone_to = _("A newer permission has this reason now: %(what)s.", what=what)
        yield Part(was.purpose, said=[gone_to if newer else _("You took out this reason: %(what)s.", what=what)])


def _listed(names: Sequence[str]) -> str:
    return listing(within(label_of(name)) for name in names)
