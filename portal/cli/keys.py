"""``freehold keys``: what keys there are, new ones, and the end of old ones. Nothing stops for any of it."""

from collections.abc import Iterator
from datetime import datetime

import click

from portal.cli.base import OPERATOR, opened
from portal.cli.progress import shown
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.key_files import KEYSETS, Stored
from portal.kernel.rotation import STAYS, alone, make, retire, rotate
from portal.kernel.rotation.rewrapping import REWRAPPED, rewrap, waiting

_NAME = click.argument("name", type=click.Choice(KEYSETS))


@click.group()
def keys() -> None:
    """The house's keys: show, make, rotate, retire.

    \b
    seal     wraps the data keys that personal values are sealed under
    index    finds an address without keeping it
    cookie   signs the cookies and forms of people
    cursor   seals the places at which companies and readers go on
    vendor   makes the ids that companies know things by; it stays
    sign     signs records; its public half is at /oauth/jwks

    A rotation is: make NAME, rotate NAME, rewrap (seal and index), and when nothing needs the older key, retire NAME.
    Servers and workers go on meanwhile. Keep a copy of the key files after each make.
    """


@keys.command("show", short_help="Say which keys there are and what needs the older ones.")
def keys_show() -> None:
    """Say how many keys each keyset has, which one is primary since when, and what still needs an older one."""
    with opened() as house:
        for name in KEYSETS:
            for at, line in enumerate(_told(house, name, house.keys.stored(name))):
                click.echo(f"{'' if at else name:<8} {line}")


def _told(house: House, name: str, stored: Stored) -> Iterator[str]:
    many = len(stored.keys) - len(stored.links)
    since = f" since {_minute(stored.since)}" if stored.since else ""
    yield f"{many} {'key' if many == 1 else 'keys'}, key {stored.numbers[stored.primary]} is primary{since}"
    if stored.pending is not None:
        yield f"key {stored.numbers[stored.pending]} is new and not used yet: freehold keys rotate {name}"
    needed = waiting(house, name) if name in REWRAPPED else {}
    for id_ in stored.older:
        number = stored.numbers[id_]
        yield f"key {number} {_need(house, name, stored, needed.get(number, 0))}"
    if name == "sign" and (public := len(stored.keys) - len(stored.older) - 1 - (stored.pending is not None)):
        yield f"{public} more in /oauth/jwks, for records that are signed already"


def _need(house: House, name: str, stored: Stored, waits: int) -> str:
    if waits:
        return f"is needed by {waits:,} {REWRAPPED[name]}: freehold keys rewrap"
    stays, why = STAYS[name]
    if (until := (stored.since or clock.now()) + stays) > clock.now():
        return f"stays until {_minute(until)}: {why}"
    if signed_in := _signed_in(house, name, stored):
        return f"is needed: {signed_in}"
    return f"is needed by nothing any more: freehold keys retire {name}"


def _signed_in(house: House, name: str, stored: Stored) -> str | None:
    from portal.accounts.reads import sessions_begun_before

    if name != "cookie" or stored.since is None:
        return None
    with house.reading(OPERATOR) as unit:
        many = sessions_begun_before(unit, stored.since)
    told = "1 browser has" if many == 1 else f"{many:,} browsers have"
    return f"{told} been signed in since before it was rotated" if many else None


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


@keys.command("make", short_help="Add a new key, which every process learns before it is used.")
@_NAME
def keys_make(name: str) -> None:
    """Add a new key to the keyset NAME. It makes nothing yet; every running process learns it within a second.

    Where several machines serve one database, copy the file to each of them before you rotate.
    """
    with opened() as house:
        number = make(house, OPERATOR, name)
        click.echo(f"Key {number} of {name} is made. Next: freehold keys rotate {name}")


@keys.command("rotate", short_help="Make the new key the one that is used.")
@click.option("--at-once", is_flag=True, help="sign: do not wait for those who keep our public keys for an hour.")
@_NAME
def keys_rotate(name: str, at_once: bool) -> None:
    """Make the new key of the keyset NAME its primary one. What the one before made is still opened."""
    with opened() as house:
        number = rotate(house, OPERATOR, name, at_once=at_once)
        after = "freehold keys rewrap" if name in REWRAPPED else f"in its time, freehold keys retire {name}"
        click.echo(f"Key {number} of {name} is primary. Next: {after}")


@keys.command("rewrap", short_help="Bring what older keys made under the primary ones.")
def keys_rewrap() -> None:
    """Wrap all data keys under the primary key, and find everybody by the primary key of the blind index.

    It says on stderr how far it is. It may be stopped at any moment, and goes on from there when it is called again.
    """
    with opened() as house, alone(house):
        for name, what in REWRAPPED.items():
            with shown(what) as tell:
                done = rewrap(house, OPERATOR, name, tell)
            click.echo(f"{done:,} {what} brought under the primary key of {name}.")


@keys.command("retire", short_help="Take out older keys that nothing needs any more.")
@_NAME
def keys_retire(name: str) -> None:
    """Take out the older keys of the keyset NAME; refused, with the reason, while something needs one.

    Of sign the public halves stay, for the records that they signed. Of index the older key stays in the file, as a link
    to the newer one: it finds nobody by itself.
    """
    with opened() as house:
        numbers = retire(house, OPERATOR, name, lambda: _signed_in(house, name, house.keys.stored(name)))
        named = " and ".join(map(str, numbers))
        click.echo(f"Key {named} of {name} {'is' if len(numbers) == 1 else 'are'} retired.")
