"""A mark in a database that is being restored: nobody opens its house before everything is as it must be.

A file takes its name only when it is ready. On a server the tables are there at once, and whoever was erased since the
backup is erased again only after that: until then, and where a restore was broken off, the mark keeps everybody out.
"""

from sqlalchemy import Column, Engine, Integer, MetaData, Table, inspect

from portal.kernel.errors import Conflict

_MARK = Table("restoring", MetaData(), Column("id", Integer, primary_key=True))


def refuse_half(engine: Engine) -> None:
    """Conflict for a database that is being restored, or whose restore was broken off."""
    if engine.dialect.name == "postgresql" and is_marked(engine):
        told = "This database is being restored, or its restore was broken off: `freehold restore` begins it again."
        raise Conflict("restoring", told)


def is_marked(engine: Engine) -> bool:
    """Whether the mark is there."""
    with engine.connect() as connection:
        return bool(inspect(connection).has_table(_MARK.name))


def mark(engine: Engine) -> None:
    """Sets the mark, in an empty database."""
    _MARK.create(engine)


def unmark(engine: Engine) -> None:
    """Takes it away: from here on the house opens."""
    _MARK.drop(engine)


def clear(engine: Engine) -> None:
    """Empties a marked database: all that is in it came by the restore."""
    if is_marked(engine):
        there = MetaData()
        there.reflect(engine)
        # The mark goes last.
        there.remove(there.tables[_MARK.name])
        there.drop_all(engine)
        unmark(engine)
