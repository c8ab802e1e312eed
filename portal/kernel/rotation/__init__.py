"""Keys made, rotated and retired while the house is open, each step on record.

A key is made and written into its file; every process knows it within a second. Then it becomes the primary one. What an
older key made is opened until that key is retired, which is refused while something needs it.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

from joserfc.jwk import ECKey

from portal.kernel import clock
from portal.kernel.errors import Conflict
from portal.kernel.house import House
from portal.kernel.key_checks import hold_key
from portal.kernel.key_files import CHAINED, Stored, new_key, write
from portal.kernel.keysets import LOOK_EVERY
from portal.kernel.rotation.facts import KeyMade, KeyRetired, KeyRotated
from portal.kernel.rotation.rewrapping import REWRAPPED, bring_over, drop_index, waiting
from portal.kernel.unit import Actor

KNOWN_AFTER = timedelta(seconds=2 * LOOK_EVERY)
"""When every process has taken up a file that changed."""
PUBLISHED_FOR = timedelta(hours=1)
"""How long others may keep our public keys (``/oauth/jwks``)."""
_BEGUN = (timedelta(seconds=30), "work that began before the rotation may need it")
STAYS: dict[str, tuple[timedelta, str]] = {
    "seal": _BEGUN,
    "index": _BEGUN,
    "sign": _BEGUN,
    "cookie": (timedelta(days=1), "forms of people who are not signed in may need it"),
    # Whoever comes later is told to begin again.
    "cursor": (timedelta(days=30), "companies may hold places that it sealed, to go on from"),
}
"""How long after a rotation the key from before stays, whatever is known to need it; and why."""

Needs = Callable[[], str | None]
"""Why the older keys of a keyset are still needed, as far as a room knows; None where they are not."""


@contextmanager
def alone(house: House) -> Iterator[None]:
    """Nobody else changes keys meanwhile; Conflict where somebody does."""
    folder = os.open(house.keys.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _no("keys-busy", "Another command is changing keys. Try again when it has ended.")
    else:
        house.keys.take_up()
        yield
    finally:
        os.close(folder)


def _no(reason: str, detail: str) -> NoReturn:
    raise Conflict(reason, detail)


def make(house: House, actor: Actor, name: str) -> int:
    """Adds a new key to a keyset, known everywhere before it makes anything; gives its number."""
    _not_vendor(name)
    with alone(house):
        stored = house.keys.stored(name)
        if stored.pending is not None:
            _no("key-waits", f"A new key of {name} is there already: freehold keys rotate {name}")
        number = max(stored.numbers.values()) + 1
        id_, key = new_key(name)
        made = replace(
            stored,
            keys={**stored.keys, id_: key},
            numbers={**stored.numbers, id_: number},
            made={**stored.made, id_: clock.now()},
        )
        path = _writable(house, name)
        with house.writing(actor) as unit:
            unit.note(KeyMade(keyset=name, number=number))
        _put(house, path, made)
        return number


def rotate(house: House, actor: Actor, name: str, *, at_once: bool = False) -> int:
    """Makes the new key of a keyset its primary one; waits until every process knows it. Gives its number.

    ``at_once`` does not wait for those who keep our public keys.
    """
    _not_vendor(name)
    with alone(house):
        stored = house.keys.stored(name)
        if stored.pending is None:
            _no("no-new-key", f"There is no new key of {name} yet: freehold keys make {name}")
        made = stored.made.get(stored.pending) or clock.now()
        if name == "sign" and not at_once:
            _not_before(made + PUBLISHED_FOR, "others may know our public keys of an hour ago and not the new one")
        path = _writable(house, name)
        # No longer than that, whatever a clock that was put back may say.
        time.sleep(min(max(made + KNOWN_AFTER - clock.now(), timedelta()), KNOWN_AFTER).total_seconds())
        number = stored.numbers[stored.pending]
        with house.writing(actor) as unit:
            hold_key(unit.connection, house.keys, name, stored.pending)
            unit.note(KeyRotated(keyset=name, number=number))
        _put(house, path, replace(stored, primary=stored.pending, since=clock.now()))
        return number


def retire(house: House, actor: Actor, name: str, needs: Needs | None = None) -> list[int]:
    """Takes out the keys before the primary one; Conflict while something needs them. Gives their numbers."""
    _not_vendor(name)
    with alone(house):
        stored = house.keys.stored(name)
        if not stored.older:
            if name == "index":
                drop_index(house)
            _no("no-older-key", f"No older key of {name} is in use.")
        stays, why = STAYS[name]
        _not_before((stored.since or clock.now()) + stays, why)
        if name == "index":
            # Once more: whoever began before the new key was known may have written under the old one alone.
            bring_over(house, name)
        if needed := _needed(house, name) or (needs and needs()):
            _no("key-needed", f"It is still needed: {needed}.")
        numbers = [stored.numbers[id_] for id_ in stored.older]
        path = _writable(house, name)
        with house.writing(actor) as unit:
            for number in numbers:
                unit.note(KeyRetired(keyset=name, number=number))
        _put(house, path, without_older(name, stored))
        if name == "index":
            time.sleep(KNOWN_AFTER.total_seconds())
            drop_index(house)
        return numbers


def _needed(house: House, name: str) -> str | None:
    many = sum(waiting(house, name).values()) if name in REWRAPPED else 0
    return f"{many:,} {REWRAPPED[name]} are under it alone; freehold keys rewrap brings them over" if many else None


def without_older(name: str, stored: Stored) -> Stored:
    """A keyset whose older keys are out. Of the blind index they stay as links, of signing keys their public halves."""
    if name in CHAINED:
        return replace(stored, links=stored.links | set(stored.older))
    if name == "sign":
        public = {id_: ECKey.import_key(stored.keys[id_]).as_dict(private=False) for id_ in stored.older}
        return replace(stored, keys={**stored.keys, **public})
    kept = [id_ for id_ in stored.keys if id_ not in stored.older]
    return replace(
        stored,
        keys={id_: stored.keys[id_] for id_ in kept},
        numbers={id_: stored.numbers[id_] for id_ in kept},
        made={id_: at for id_, at in stored.made.items() if id_ in kept},
    )


def _not_vendor(name: str) -> None:
    if name == "vendor":
        _no("ids-stay", "The vendor key stays: ids of orders and permissions that companies hold are made with it.")


def _not_before(at: datetime, why: str) -> None:
    if clock.now() < at:
        _no("too-early", f"Not before {at:%Y-%m-%d %H:%M:%S} UTC: {why}.")


def _writable(house: House, name: str) -> Path:
    """The keyset's file, before anything goes on record that could then not be done."""
    path = house.keys.files[name]
    if not os.access(path.resolve().parent, os.W_OK):
        _no("keys-kept-elsewhere", f"{path} cannot be changed from here: its folder is not ours to write in.")
    return path


def _put(house: House, path: Path, stored: Stored) -> None:
    write(path, stored)
    house.keys.take_up()
