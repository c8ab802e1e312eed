"""What a database from before a release is brought up by, once: how far each such work came, and that it is done."""

from typing import TYPE_CHECKING

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import BY_KEY, Base, Id, dialect_insert

if TYPE_CHECKING:
    from portal.kernel.unit import Unit

BEGINNING = bytes(16)
"""Before every id."""


class BringUp(Base):
    """A work that goes once over rows in the order of their ids, and the last one that it has seen: None once done."""

    __tablename__ = "bring_ups"
    __table_args__ = BY_KEY

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    after: Mapped[bytes | None] = mapped_column(Id)


def goes_on_after(unit: "Unit", name: str) -> bytes | None:
    """The id after which a work goes on; None where it is done."""
    row = unit.connection.execute(select(BringUp.after).where(BringUp.name == name)).one_or_none()
    return BEGINNING if row is None else row.after


def came_to(unit: "Unit", name: str, after: bytes | None) -> None:
    """A work has seen all rows up to this id; None where it has seen all there are."""
    statement = dialect_insert(unit.connection.dialect.name, BringUp).values(name=name, after=after)
    unit.connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"after": after}))
