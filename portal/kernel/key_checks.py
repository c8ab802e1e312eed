"""Whether an instance's keys are those that its database is sealed under.

The database keeps a fingerprint of each keyset. Wrong or lost keys would corrupt it without a word: what is sealed under
new ones cannot be read with the old, and nobody is found any more. So keys are made only for a database that holds
nothing sealed; any other is opened with its own keys or not at all. Whoever rotates keys keeps the old ones in their
files until nothing needs them. What others may read, or what is no key, opens nothing either.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import Engine, String, inspect, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base, Digest, dialect_insert
from portal.kernel.errors import Problem
from portal.kernel.key_files import KEYSETS, make_keys, openness, places
from portal.kernel.keysets import Keys
from portal.kernel.sealing import DataKey


class KeyCheck(Base):
    """The fingerprint of the key that a keyset began with or was last rotated to, as this database knows it."""

    __tablename__ = "key_checks"
    keyset: Mapped[str] = mapped_column(String(16), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(Digest)


class WrongKeys(Problem):
    """The keys are not those of the database; ``detail`` says which file, and what to do. Nothing was made or changed."""

    default_reason = "wrong-keys"

    def __str__(self) -> str:
        return self.detail or self.reason


def keys_of(engine: Engine, folder: Path, elsewhere: Mapping[str, Path] | None = None, *, make: bool = True) -> Keys:
    """The keys in a folder and in files ``elsewhere``, if they are those of the database; made where neither is sealed
    under any yet."""
    with engine.connect() as connection:
        known, data_key = _known(connection), _some_data_key(connection)
    if make and not known and data_key is None:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_keys(folder, elsewhere or {})
    keys = _loaded(folder, elsewhere or {}, engine)
    _compare(keys, known, engine)
    if not known and data_key is not None and not _opens(keys, data_key):
        raise _refusal([keys.files["seal"]], "not what it was made with", folder, engine)
    return keys


def marks_of(engine: Engine) -> dict[str, bytes]:
    """The fingerprints of the keys that a database is sealed under, by keyset."""
    with engine.connect() as connection:
        return _known(connection)


def hold(connection: Connection, keys: Keys) -> None:
    """Writes the fingerprints that the database lacks; WrongKeys where another process came first with other keys."""
    rows = [{"keyset": name, "fingerprint": next(iter(marks.values()))} for name, marks in keys.fingerprints().items()]
    connection.execute(dialect_insert(connection.dialect.name, KeyCheck).on_conflict_do_nothing(), rows)
    _compare(keys, _known(connection), connection.engine)


def is_held(connection: Connection, keys: Keys) -> bool:
    """Whether the database knows these keys, or has no place for them yet; WrongKeys where it knows others."""
    known = _known(connection)
    _compare(keys, known, connection.engine)
    return len(known) == len(KEYSETS) or not _has(connection, KeyCheck)


def hold_key(connection: Connection, keys: Keys, name: str, id_: str) -> None:
    """From here on the database opens with files that hold this key: older copies of them are refused."""
    mark = keys.fingerprints()[name][id_]
    connection.execute(update(KeyCheck).where(KeyCheck.keyset == name).values(fingerprint=mark))


def _has(connection: Connection, model: type[Base]) -> bool:
    return bool(inspect(connection).has_table(model.__tablename__))


def _known(connection: Connection) -> dict[str, bytes]:
    if not _has(connection, KeyCheck):
        return {}
    return {row.keyset: row.fingerprint for row in connection.execute(select(KeyCheck.keyset, KeyCheck.fingerprint))}


def _some_data_key(connection: Connection) -> Any:
    if not _has(connection, DataKey):
        return None
    return connection.execute(select(DataKey.id, DataKey.wrapped).limit(1)).first()


def _opens(keys: Keys, data_key: Any) -> bool:
    try:
        keys.unwrap(data_key.wrapped, data_key.id)
    except (InvalidTag, LookupError):
        return False
    return True


def _loaded(folder: Path, elsewhere: Mapping[str, Path], engine: Engine) -> Keys:
    files = places(folder, elsewhere)
    if missing := [path for path in files.values() if not path.is_file()]:
        raise _refusal(missing, "missing", folder, engine)
    for name, path in files.items():
        if why := openness(path, None if name in elsewhere else folder):
            raise WrongKeys(detail=f"{why} - whoever reads a key can open what is sealed. Nothing was started.")
    try:
        return Keys(folder, elsewhere)
    except ValueError as error:
        raise _refusal([], str(error), folder, engine) from None


def _compare(keys: Keys, known: Mapping[str, bytes], engine: Engine) -> None:
    marks = keys.fingerprints()
    if wrong := [keys.files[name] for name, mark in known.items() if mark not in marks.get(name, {}).values()]:
        raise _refusal(wrong, "not what it was made with", keys.folder, engine)


def _refusal(files: Iterable[Path], trouble: str, folder: Path, engine: Engine) -> WrongKeys:
    named = ", ".join(path.name if path.parent == folder else str(path) for path in files)
    database = engine.url.database if engine.dialect.name == "sqlite" else engine.url.render_as_string()
    return WrongKeys(
        detail=f"The keys in {folder} do not open the database {database}: {named} {trouble}. Put back the files of that "
        "folder from your backup, or name the database that they belong to in FREEHOLD_DATABASE_URL. "
        "Nothing was made or changed."
    )
