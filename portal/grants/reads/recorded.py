"""Records of choices and the texts that were shown before them."""

from collections.abc import Sequence

from sqlalchemy import bindparam, or_, select

from portal.grants.models import Notice, Record
from portal.kernel.errors import NotFound
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit


def records_of(unit: Unit, *, grant_id: bytes | None = None, vendor_id: bytes | None = None) -> Sequence[Record]:
    """The records of the actor's choices, newest first; about one permission, or one company, where it is given."""
    statement = select(Record).where(Record.customer_id == unit.actor.customer_id)
    if grant_id is not None:
        statement = statement.where(Record.grant_id == grant_id)
    if vendor_id is not None:
        statement = statement.where(Record.vendor_id == vendor_id)
    return unit.session.scalars(statement.order_by(Record.made_at.desc(), Record.id.desc())).all()


def record_of(unit: Unit, record_id: bytes) -> Record:
    """One record of the actor's choices; NotFound for another's."""
    found = unit.session.get(Record, record_id)
    if found is None or found.customer_id != unit.actor.customer_id:
        raise NotFound
    return found


def open_record(unit: Unit, record: Record) -> str:
    """The signed record as it was made: a compact JWS."""
    assert unit.actor.holder_id is not None
    return unit.box(unit.actor.holder_id).open("records", "jws", record.id, record.jws)


def notice_of(unit: Unit, record: Record) -> bytes | None:
    """The text that was shown before the choice, in its canonical form."""
    return unit.session.scalar(select(Notice.body).where(Notice.version == record.notice))


def first_notice(unit: Unit, request_id: bytes) -> tuple[bytes | None, bytes | None]:
    """The text shown before the yes to a request, or before the offer that was made instead, and its version.

    It is what later choices about it cite.
    """
    row = _first.first(unit.connection, {"request": request_id})
    return (None, None) if row is None else (row.version, row.body)


_first = Prepared(
    select(Notice.version, Notice.body)
    .join(Record, Record.notice == Notice.version)
    .where(Record.request_id == bindparam("request"), or_(Record.kind == "given", Record.kind == "refused"))
)
