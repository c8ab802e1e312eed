"""What is left of somebody in a database, looked for in every column of every table."""

from typing import Any

from sqlalchemy import select

from portal.kernel.blind_index import Identifier
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.sealing import DataKey
from portal.migrations.tables import all_tables


def keys_of(house: House, holder_id: bytes) -> list[Any]:
    """The data keys of a holder."""
    with house.reading() as unit:
        return list(unit.connection.execute(select(DataKey.__table__).where(DataKey.holder_id == holder_id)))


def places_of(house: House, holder_id: bytes) -> list[bytes]:
    """The digests under which the blind index finds a holder."""
    with house.reading() as unit:
        return list(unit.connection.execute(select(Identifier.digest).where(Identifier.holder_id == holder_id)).scalars())


def everything(house: House) -> bytes:
    """All values of all tables but the log's entries, as bytes: what they hold in clear, and what is sealed as it is."""
    found: list[bytes] = []
    with house.reading() as unit:
        for table in all_tables().sorted_tables:
            if table.name != "log_entries":
                for row in unit.connection.execute(select(table)):
                    found += [value if isinstance(value, bytes) else str(value).encode() for value in row]
    return b"\n".join(found)


def names_of(keys: list[Any]) -> list[str]:
    """The log pseudonyms of data keys."""
    return [text_of(key.pseudonym) for key in keys]
