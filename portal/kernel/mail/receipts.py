"""What became of the mails that came in: counted, and nothing of any of them."""

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import BigInteger, String, bindparam, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import BY_KEY, Base, UtcDateTime, dialect_insert
from portal.kernel.prepared import Prepared

if TYPE_CHECKING:
    from portal.kernel.unit import Unit


class MailReceipt(Base):
    """How many mails came to one outcome, and when the last of them did."""

    __tablename__ = "mail_receipts"
    __table_args__ = BY_KEY

    outcome: Mapped[str] = mapped_column(String(16), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Came(NamedTuple):
    """How many mails came to one outcome, and when the last of them did."""

    outcome: str
    times: int
    last_at: datetime


def count_mail(unit: "Unit", outcome: str) -> None:
    """One more."""
    _adding(unit.connection.dialect.name).run(unit.connection, {"outcome": outcome, "count": 1, "last_at": unit.at, "more": 1})


@cache
def _adding(dialect: str) -> Prepared:
    values: dict[str, Any] = {column.name: bindparam(column.name) for column in MailReceipt.__table__.columns}
    more = {"count": MailReceipt.count + bindparam("more"), "last_at": bindparam("last_at")}
    statement = dialect_insert(dialect, MailReceipt).values(values)
    return Prepared(statement.on_conflict_do_update(index_elements=["outcome"], set_=more))


def mails_that_came(connection: Connection) -> list[Came]:
    """All outcomes so far."""
    rows = connection.execute(select(MailReceipt.outcome, MailReceipt.count, MailReceipt.last_at).order_by(MailReceipt.outcome))
    return [Came(*row) for row in rows]
