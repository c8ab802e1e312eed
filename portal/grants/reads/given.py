"""Permissions and their details: a customer's own, unless a function says otherwise."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, or_, select

from portal.grants import decision
from portal.grants.decision import Standing
from portal.grants.details import TYPE_PATH, Detail, stored
from portal.grants.models import Grant, GrantDetail, Request
from portal.grants.reads.replaced import Newest
from portal.kernel.errors import NotFound
from portal.kernel.prepared import Prepared, PreparedRows
from portal.kernel.unit import Unit
from portal.links.models import Link
from portal.links.reads import LinkView, link_of


def grant_of_request(unit: Unit, request_id: bytes) -> Grant | None:
    """The actor's permission that answered a request, was changed by it, or None."""
    return _of_request.one(unit.connection, {"request": request_id, "customer": unit.actor.customer_id})


_grants = select(*Grant.__table__.columns)
_changed = select(Request.amends_id).where(Request.id == bindparam("request"), Request.answer == "given")
_of_request = PreparedRows(
    Grant,
    _grants.where(
        or_(Grant.request_id == bindparam("request"), Grant.id.in_(_changed)), Grant.customer_id == bindparam("customer")
    ),
)


def live_of_company(unit: Unit, link_id: bytes) -> list[tuple[bytes, Detail]]:
    """What a company may read of a link now, by permission: whosever the link is."""
    found = _live.objects(unit.connection, {"link": link_id, "at": unit.at})
    details = last_details(unit, found)
    return [(grant.id, detail) for grant in found for detail in details[grant.id] if detail.ends_at > unit.at]


def grant_of(unit: Unit, grant_id: bytes, *, lock: bool = False) -> Grant:
    """One of the actor's permissions, live or ended; NotFound for another's."""
    mine = {"id": grant_id, "customer": unit.actor.customer_id}
    found = (_held if lock else _by_id).one(unit.connection, mine)
    if found is None:
        raise NotFound
    return found


_one = _grants.where(Grant.id == bindparam("id"), Grant.customer_id == bindparam("customer"))
_by_id, _held = PreparedRows(Grant, _one), PreparedRows(Grant, _one.with_for_update())


def grants_of(unit: Unit, *, link_id: bytes | None = None) -> Sequence[Grant]:
    """All of the actor's permissions, newest first; those of one link where it is given."""
    if link_id is None:
        return _mine.objects(unit.connection, {"customer": unit.actor.customer_id})
    return _mine_of_link.objects(unit.connection, {"customer": unit.actor.customer_id, "link": link_id})


_newest_first = _grants.where(Grant.customer_id == bindparam("customer")).order_by(Grant.created_at.desc(), Grant.id.desc())
_mine = PreparedRows(Grant, _newest_first)
_mine_of_link = PreparedRows(Grant, _newest_first.where(Grant.link_id == bindparam("link")))


class Stood(NamedTuple):
    """A permission in the version that it had at some moment, and what that version allowed."""

    grant: Grant
    version: int
    details: list[Detail]


def stood_at(unit: Unit, link_id: bytes, at: datetime) -> list[Stood]:
    """The actor's permissions of a link that stood at a moment, newest first; none that ended at that very moment."""
    then = select(func.max(GrantDetail.version)).where(GrantDetail.grant_id == Grant.id, GrantDetail.created_at <= at)
    statement = (
        select(Grant, then.scalar_subquery())
        .where(Grant.customer_id == unit.actor.customer_id, Grant.link_id == link_id, Grant.created_at <= at)
        .where(or_(Grant.ended_at.is_(None), Grant.ended_at > at))
        .order_by(Grant.created_at.desc(), Grant.id.desc())
    )
    found = [
        Stood(grant, version, details_of(unit, grant, version)) for grant, version in unit.session.execute(statement)
    ]
    return [stood for stood in found if any(detail.ends_at > at for detail in stood.details)]


def details_of(unit: Unit, grant: Grant, version: int | None = None) -> list[Detail]:
    """The details of a version of a permission (the present one), by purpose."""
    rows = _details.all(unit.connection, {"grant": grant.id, "version": version or grant.version})
    return [detail_from(row, unit.house.settings.origin) for row in rows]


_all_details = select(*GrantDetail.__table__.columns).order_by(GrantDetail.purpose)
_details = Prepared(
    _all_details.where(GrantDetail.grant_id == bindparam("grant"), GrantDetail.version == bindparam("version"))
)


def detail_from(row: Any, origin: str) -> Detail:
    """A row as the RFC 9396 detail it came from."""
    required = set(row.required)
    document: dict[str, Any] = {
        "type": origin + TYPE_PATH,
        "locations": [f"{origin}/api/v1"],
        "datatypes": row.datatypes,
        "necessity": {name: "required" if name in required else "optional" for name in row.datatypes},
        "purpose": row.purpose,
        "expires_at": int(row.expires_at.timestamp()),
        **({"not_before": int(row.not_before.timestamp())} if row.not_before else {}),
        **({"lookback": row.lookback} if row.lookback else {}),
        **({"retention": row.retention} if row.retention else {}),
        **({"frequency": {"max": row.most_reads, "period": row.read_span}} if row.most_reads else {}),
        **row.more,
    }
    return stored([document])[0]


def granted_details(unit: Unit, grant_id: bytes) -> list[dict[str, Any]]:
    """What a company gets back of a permission (RFC 9396 section 7): the details as they are granted now."""
    rows = _as_granted.all(unit.connection, {"grant_id": grant_id})
    if not rows:
        raise NotFound
    return [detail_from(row, unit.house.settings.origin).document() for row in rows]


_as_granted = Prepared(
    select(*GrantDetail.__table__.columns)
    .join(Grant, and_(Grant.id == GrantDetail.grant_id, Grant.version == GrantDetail.version))
    .where(Grant.id == bindparam("grant_id"))
    .order_by(GrantDetail.purpose)
)


@dataclass(frozen=True, slots=True)
class Status:
    """Where a permission stands for the customer's page; ``reason`` is what a company would be told."""

    grant: Grant
    details: list[Detail]
    reason: str | None

    @property
    def live(self) -> bool:
        """Neither stopped nor over; a pause does not end it."""
        return self.reason in (None, decision.PAUSED, decision.NOT_YET)


def why_ended(unit: Unit, grant_id: bytes) -> str:
    """Why a permission gives nothing that was ended: replaced only while a newer one stands for it."""
    grant = unit.session.get(Grant, grant_id)
    if grant is None or grant.ended_by != decision.REPLACED:
        return decision.REVOKED
    purposes = {detail.purpose for detail in details_of(unit, grant)}
    return Newest(unit, [grant.link_id]).why(grant.link_id, grant.id, purposes)


def statuses_of(unit: Unit, grants: Iterable[Grant], links: Mapping[bytes, LinkView]) -> list[Status]:
    """Permissions and the same verdict on each that the API and the log come to."""
    grants = list(grants)
    details = last_details(unit, grants)
    first = {grant.id: _verdict(grant, links[grant.link_id], unit.at) for grant in grants}
    reasons = told(unit, [(one.id, one.link_id, first[one.id], details[one.id]) for one in grants])
    return [Status(grant, details[grant.id], reasons[grant.id]) for grant in grants]


def grant_status(unit: Unit, grant_id: bytes) -> tuple[list[Detail], str | None]:
    """The present details of a permission, whosever it is, and why nothing is read under it; None where it is."""
    grant = unit.session.get(Grant, grant_id)
    if grant is None:
        raise NotFound
    return last_details(unit, [grant])[grant.id], verdict_on(unit, grant)


def verdict_on(unit: Unit, grant: Grant) -> str | None:
    """Why nothing is read under a permission at this moment; None where it is."""
    return _verdict(grant, link_of(unit, grant.link_id), unit.at)


def _verdict(grant: Grant, link: LinkView, at: datetime) -> str | None:
    standing = Standing(grant.state, link.state, link.blocked_at, link.paused_at, None, grant.ends_at, grant.ended_by)
    return decision.refusal_of(standing, at)


def told(
    unit: Unit, verdicts: Iterable[tuple[bytes, bytes, str | None, Sequence[Detail]]]
) -> dict[bytes, str | None]:
    """Verdicts on (permission, link, reason, details), with what became of those that newer ones replaced."""
    rows = list(verdicts)
    newest = Newest(unit, [link for _, link, reason, _ in rows if reason == decision.REPLACED])
    return {
        id_: newest.why(link, id_, {one.purpose for one in details}) if reason == decision.REPLACED else reason
        for id_, link, reason, details in rows
    }


def last_details(unit: Unit, grants: Iterable[Grant]) -> dict[bytes, list[Detail]]:
    """The present details of many permissions with one query."""
    versions = {grant.id: grant.version for grant in grants}
    found: dict[bytes, list[Detail]] = {id_: [] for id_ in versions}
    for row in _of_grants.all(unit.connection, {"grants": list(versions)}) if versions else ():
        if row.version == versions[row.grant_id]:
            found[row.grant_id].append(detail_from(row, unit.house.settings.origin))
    return found


_of_grants = Prepared(
    _all_details.where(GrantDetail.grant_id.in_(bindparam("grants", expanding=True))), lists=("grants",)
)


def live_of_link(unit: Unit, link_id: bytes) -> Sequence[Grant]:
    """The live permissions of a link, locked: for the verbs that end or narrow them."""
    return _live_held.objects(unit.connection, {"link": link_id, "at": unit.at})


_living = _grants.where(
    Grant.link_id == bindparam("link"), Grant.state == decision.LIVE, Grant.ends_at > bindparam("at")
).order_by(Grant.id)
_live, _live_held = PreparedRows(Grant, _living), PreparedRows(Grant, _living.with_for_update())


def take_turns(unit: Unit, link_id: bytes) -> None:
    """Two answers to one company at the same moment wait for each other, so that one permission a purpose remains."""
    _turn.run(unit.connection, {"link": link_id})


_turn = Prepared(select(Link.id).where(Link.id == bindparam("link")).with_for_update())
