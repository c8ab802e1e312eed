"""``freehold demo``: sets the demonstration up once, then serves it with its worker and the bookshop beside it."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask import Flask

from portal.app import create_app
from portal.demo import files
from portal.demo.cast import bookshop_url
from portal.demo.files import BOOKSHOP_CONFIG, is_set_up
from portal.demo.stage import Stage
from portal.demo.story import Scene, play, scenes
from portal.kernel import clock
from portal.kernel.errors import Conflict
from portal.kernel.house import House
from portal.kernel.migrate import bring_up
from portal.kernel.settings import Settings
from portal.oauth.service import change_redirects
from portal.serve import check_port, end_with_parent, is_open, serve
from portal.vendors.reads import vendors_of
from portal.wiring import open_house

__all__ = ["BOOKSHOP_CONFIG", "bookshop_url", "run", "set_up"]

Telling = Callable[[list[Scene]], Iterable[Scene]]


def run(settings: Settings, *, fresh: bool = False) -> None:
    """Sets up what is not there, prints who can sign in, and serves until told to end."""
    for port in (settings.port, settings.port + 1):
        check_port(port)
    with files.alone(settings):
        if fresh or not is_set_up(settings):
            _begin_anew(settings)
        elif files.is_elsewhere(settings):
            _move(settings)
        with _bookshop(settings):
            serve(settings, quiet=True, ready=lambda: _announce(settings))
        click.echo("Stopped.")


def _begin_anew(settings: Settings) -> None:
    files.begin(settings)
    house = open_house(settings)
    try:
        bring_up(house)
        with house.reading() as unit:
            if vendors_of(unit):
                raise Conflict("not-empty", "The database holds data already. Make it anew, empty, and try again.")
        set_up(house, create_app(house), _with_progress)
    finally:
        house.close()


def _with_progress(told: list[Scene]) -> Iterable[Scene]:
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True, highlight=False)
    return track(
        told, "Making half a year of demonstration data, once…", console=console, transient=True, show_speed=False
    )


def set_up(house: House, app: Flask, telling: Telling = iter) -> None:
    """Tells the story and writes who can sign in."""
    stage = Stage(house, app, opening=clock.now(), bookshop_url=bookshop_url(house.settings))
    for scene in telling(scenes()):
        play(stage, scene)
    files.keep(stage)


def _move(settings: Settings) -> None:
    """Another port than at the telling: the bookshop's program is told where it now takes its codes."""
    redirect = f"{bookshop_url(settings)}/connected"
    house = open_house(settings)
    try:
        bring_up(house)
        with house.writing() as unit:
            change_redirects(unit, client_id=files.bookshop_client(settings), redirect_uris=[redirect])
    finally:
        house.close()
    # Last, so that a move that was interrupted is made once more.
    files.move(settings, redirect)


@contextmanager
def _bookshop(settings: Settings) -> Iterator[None]:
    """The shop, in a process of its own. It ends with us, whatever ends us."""
    command = [sys.executable, "-m", "portal.demo.bookshop", str(settings.instance / BOOKSHOP_CONFIG)]
    with (settings.instance / "bookshop.log").open("ab") as log:
        # A session of its own: Ctrl-C is ours to answer, and the shop ends when we have ended.
        how: dict[str, Any] = {"stdout": log, "stderr": log, "start_new_session": True}
        shop = subprocess.Popen(command, preexec_fn=end_with_parent, **how)
    try:
        yield
    finally:
        shop.terminate()
        try:
            shop.wait(timeout=5)
        except subprocess.TimeoutExpired:
            shop.kill()
            shop.wait()


def _announce(settings: Settings) -> None:
    deadline = time.monotonic() + 10
    while not is_open(settings.port + 1) and time.monotonic() < deadline:
        time.sleep(0.02)
    click.echo(who_can_sign_in(settings))


def who_can_sign_in(settings: Settings) -> str:
    """The lines that the command prints."""
    cast = files.cast_of(settings)
    groups = {
        "Customers": cast["customers"],
        f"Officers, whose desk is {cast['origin']}/desk": cast["officers"],
        f"Companies' people, whose console is {cast['origin']}/console": cast["staff"],
    }
    [password] = {person["password"] for group in groups.values() for person in group}
    lines = [line for heading, group in groups.items() for line in (f"  {heading}", *map(_line, group))]
    return "\n".join(
        [
            "",
            f"Freehold        {cast['origin']}",
            f"The bookshop    {bookshop_url(settings)}",
            "",
            f"Who can sign in, in this demonstration alone, each with the password {password}",
            *lines,
            "Officers and companies' people need a second step at sign-in; these, whose passwords stand here, are let off.",
            "",
            f"A script finds the same in {settings.instance / files.CAST}",
            "Ctrl-C ends it. The next start keeps everything; make demo ARGS=--fresh makes it anew.",
        ]
    )


def _line(person: dict[str, str]) -> str:
    company = f", of {person['company']}" if "company" in person else ""
    return f"    {person['email']:<28}{person['name']}{company}"
