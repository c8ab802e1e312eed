"""When a worker was last there: one row, whichever worker and machine it was. A server has one, too, when it is asked."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import String, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import BY_KEY, Base, UtcDateTime, dialect_insert

if TYPE_CHECKING:
    from portal.kernel.unit import Unit

EVERY = 10.0
"""Seconds from one sign of life to the next."""
WORKER, SERVER = "worker", "server"


class Heartbeat(Base):
    """The last sign of life of a kind of process."""

    __tablename__ = "heartbeats"
    __table_args__ = BY_KEY
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def beat(unit: "Unit", name: str = WORKER) -> None:
    """A worker says that it is there, or a server that it can write."""
    statement = dialect_insert(unit.connection.dialect.name, Heartbeat).values(name=name, at=unit.at)
    unit.connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"at": unit.at}))


def last_beat(connection: Connection) -> datetime | None:
    """When a worker last said that it is there; None where none ever did."""
    at: datetime | None = connection.execute(select(Heartbeat.at).where(Heartbeat.name == WORKER)).scalar()
    return at


def silence(connection: Connection, at: datetime) -> timedelta | None:
    """For how long no worker has said that it is there; None where none ever did."""
    last = last_beat(connection)
    return None if last is None else max(timedelta(0), at - last)
