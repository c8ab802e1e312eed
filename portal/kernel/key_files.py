"""The files of keysets: read, checked and written. One a keyset, its owner's alone.

``{"primary": id, "keys": {id: key}, "numbers": {id: n}, "made": {id: time}, "since": time, "links": [id]}``: keys are
numbered as they were made, ``since`` says from when the primary one is it, and ``links`` are keys that nothing is made
or looked up with any more, through which others are reached (see :meth:`portal.kernel.keysets.Keys.index_digests`).
"""

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from portal.kernel import clock
from portal.kernel.key_strength import weakness

SYMMETRIC = ("seal", "index", "cookie", "cursor", "vendor")
KEYSETS = (*SYMMETRIC, "sign")
CHAINED = ("index",)
"""Keysets each of whose keys stands on the one before: their order is a part of them."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What one file holds. ``keys`` are in the order of their making; a signing key may be its public half alone."""

    keys: Mapping[str, Any] = field(repr=False)
    primary: str
    numbers: Mapping[str, int]
    made: Mapping[str, datetime] = field(default_factory=dict)
    since: datetime | None = None
    links: frozenset[str] = frozenset()

    @property
    def pending(self) -> str | None:
        """The key that was made and is not used yet."""
        newest = max(self.keys, key=lambda id_: self.numbers[id_])
        return newest if self.numbers[newest] > self.numbers[self.primary] else None

    @property
    def older(self) -> list[str]:
        """The keys from before the primary one that still open, find or could sign."""
        last = self.numbers[self.primary]
        gone = {*self.links, *(id_ for id_, key in self.keys.items() if isinstance(key, dict) and "d" not in key)}
        return [id_ for id_ in self.keys if self.numbers[id_] < last and id_ not in gone]


def places(folder: Path, elsewhere: Mapping[str, Path]) -> dict[str, Path]:
    """Where the file of each keyset lies: in the folder, but for those that a setting names."""
    return {name: elsewhere.get(name) or folder / f"{name}.json" for name in KEYSETS}


def make_keys(folder: Path, elsewhere: Iterable[str] = ()) -> None:
    """Makes the keysets that are not there yet, readable by their owner alone; but for those that lie elsewhere."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in KEYSETS:
        if name not in elsewhere and not (folder / f"{name}.json").exists():
            id_, key = new_key(name)
            now = clock.now()
            first = Stored(keys={id_: key}, primary=id_, numbers={id_: 1}, made={id_: now}, since=now)
            _write(folder / f"{name}.json", document(first), anew=True)


def new_key(name: str) -> tuple[str, Any]:
    """A key for a keyset, with its id."""
    if name in SYMMETRIC:
        return os.urandom(8).hex(), os.urandom(32).hex()
    key = ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True)
    return key.kid or "", key.as_dict(private=True)


def document(stored: Stored) -> dict[str, Any]:
    """What is written."""
    return {
        "primary": stored.primary,
        "keys": dict(stored.keys),
        "numbers": dict(stored.numbers),
        "made": {id_: at.isoformat() for id_, at in stored.made.items()},
        **({"since": stored.since.isoformat()} if stored.since else {}),
        **({"links": sorted(stored.links)} if stored.links else {}),
    }


def write(path: Path, stored: Stored) -> None:
    """Puts a file in the place of the one that is there, whole or not at all."""
    # Where a link leads: the file that it names is the one to be replaced.
    _write(path.resolve(), document(stored), anew=False)


def _write(path: Path, value: dict[str, Any], *, anew: bool) -> None:
    # Whoever else makes keys here, one of us comes first.
    half = path.with_name(f"{path.name}.{os.urandom(8).hex()}.new")
    try:
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(value, file)
            file.flush()
            os.fsync(file.fileno())
        if anew:
            with suppress(FileExistsError):
                os.link(half, path)
        else:
            half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(name: str, path: Path) -> Stored:
    """What a file holds; ValueError, with one line for whoever starts, where it is damaged or a key in it is weak."""
    try:
        found = _stored(name, json.loads(path.read_text()))
        if found.primary not in found.keys or found.primary in found.links:
            raise ValueError
        values = [secret_of(key) for key in found.keys.values()]
    except (ValueError, LookupError, TypeError, AttributeError, JoseError):
        raise ValueError(f"{path.name} is damaged") from None
    for value in values:
        if value is not None and (why := weakness(value)):
            raise ValueError(f"the key in {path.name} {why}")
    return found


def _stored(name: str, data: dict[str, Any]) -> Stored:
    if name not in SYMMETRIC:
        data = _signing(data)
    keys, primary = data["keys"], data["primary"]
    if name in CHAINED and len(keys) > 1:
        numbers = data["numbers"]
    else:
        # Files from before keys were numbered, and such as somebody wrote by hand: the primary key is the newest.
        ordered = [*(id_ for id_ in keys if id_ != primary), primary]
        numbers = data.get("numbers") or {id_: at for at, id_ in enumerate(ordered, 1)}
    made = {id_: datetime.fromisoformat(at) for id_, at in data.get("made", {}).items() if id_ in keys}
    since = datetime.fromisoformat(data["since"]) if data.get("since") else None
    ordered = sorted(keys, key=lambda id_: int(numbers[id_]))
    return Stored(
        keys={id_: keys[id_] for id_ in ordered},
        primary=primary,
        numbers={id_: int(numbers[id_]) for id_ in ordered},
        made=made,
        since=since,
        links=frozenset(data.get("links", ())) & frozenset(keys),
    )


def _signing(data: dict[str, Any]) -> dict[str, Any]:
    if "kty" in data:
        # One key alone, as it was written before there could be several.
        id_ = ECKey.import_key(data).kid or ECKey.import_key(data).thumbprint()
        data = {"primary": id_, "keys": {id_: data}}
    for id_, key in data["keys"].items():
        imported = ECKey.import_key(key)
        if imported.curve_name != "P-256" or (id_ == data["primary"] and not imported.is_private):
            raise ValueError
    return data


def secret_of(key: Any) -> bytes | None:
    """The secret bytes of a key as a file holds it; None where it is a public half alone."""
    if isinstance(key, str):
        return bytes.fromhex(key)
    private = ECKey.import_key(key).private_key
    return None if private is None else int.to_bytes(private.private_numbers().private_value, 32)


def openness(path: Path, folder: Path | None) -> str | None:
    """Which file or folder others may read or change, in a line with what to do; None where none is."""
    for place, right in ((folder, "700"), (path, "600")):
        if place is not None and place.exists() and (mode := place.stat().st_mode & 0o777) & 0o077:
            return f"{place} is open to other accounts (mode {mode:04o}): chmod {right} {place}"
    return None
