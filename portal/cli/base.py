"""What every command stands on: the settings, an instance that is there, and its house."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click
from pydantic import ValidationError

from portal.cli.telling import wrong_setting
from portal.kernel.house import House, use_house
from portal.kernel.instance import absence, known_origin
from portal.kernel.settings import Settings
from portal.kernel.unit import Actor

OPERATOR = Actor("operator", name="command-line")


class WrongSetting(click.ClickException):
    """A setting that cannot be, or that names no instance: nothing was done. Verifying says so with the same code."""

    exit_code = 2


def settings(**changes: object) -> Settings:
    """The settings of the environment, with what the command line changes; a wrong one is named in a line.

    Changes go through the environment, where the server's and the worker's processes find them too.
    """
    os.environ.update({f"FREEHOLD_{name.upper()}": str(value) for name, value in changes.items() if value is not None})
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"FREEHOLD_{'_'.join(str(part) for part in first['loc']).upper() or 'SETTINGS'}"
        # A port comes by either name; the one that was set is the one that is wrong.
        name = "PORT" if name == "FREEHOLD_PORT" and name not in os.environ else name
        raise WrongSetting(f"{name}: {wrong_setting(first, _bounds(first['loc']))}") from None


def _bounds(place: tuple[int | str, ...]) -> dict[str, int]:
    """The least and the most that a setting may be, where it is a number that has them."""
    field = Settings.model_fields.get(str(place[0])) if place else None
    limits = field.metadata if field else []
    return {name: getattr(limit, name) for limit in limits for name in ("ge", "le") if hasattr(limit, name)}


@contextmanager
def of_new_instance(**changes: object) -> Iterator[Settings]:
    """The settings for a command that makes what is not there; that its folder cannot be made is said as such."""
    found = settings(**changes)
    try:
        yield found
    except OSError as trouble:
        if found.instance.is_dir():
            raise
        told = f"the folder {found.instance} cannot be made ({trouble.strerror})"
        raise WrongSetting(f"FREEHOLD_INSTANCE: {told}.") from None


def of_instance() -> Settings:
    """The settings of an instance that is there: a mistyped folder must not become a new, empty one.

    Links lead to where it is served, whatever port this command was called with.
    """
    found = settings()
    if why := absence(found):
        made = "`freehold demo` or `freehold serve` makes one there, and FREEHOLD_INSTANCE names another folder."
        raise WrongSetting(f"{why} {made}")
    return found.model_copy(update={"origin": known_origin(found) or found.origin})


@contextmanager
def opened(found: Settings | None = None) -> Iterator[House]:
    """The house of the instance, its tables brought up to date; its log is led when the command ends."""
    from portal.kernel.migrate import bring_up
    from portal.wiring import open_house

    house = open_house(found or of_instance())
    try:
        bring_up(house)
        with use_house(house):
            yield house
        house.lead()
    finally:
        house.close()
