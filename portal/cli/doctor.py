"""``freehold doctor``: what is not as it should be, and the fix."""

import json
import sys

import click

from portal.cli.base import of_instance
from portal.kernel.settings import Settings

_MARKS = {"well": "well ", "look": "LOOK ", "wrong": "WRONG"}


@click.command(short_help="Say what is not as it should be, and the fix.")
@click.option("--json", "as_json", is_flag=True, help="One object of JSON instead of lines.")
def doctor(as_json: bool) -> None:
    """Look at settings, files, clock, disk, database, log, queue, mail and proxies; say the fix for each. Changes nothing.

    Exits with 0 if nothing is wrong, 1 if something is, 2 if there is no instance to look at.
    """
    from portal.watch.doctor import examine

    found = list(examine(_as_served()))
    if as_json:
        click.echo(json.dumps({"findings": [one.as_dict() for one in found]}, indent=2))
    for one in () if as_json else found:
        click.echo(f"{_MARKS[one.state]}  {one.about:<9} {one.said}")
        if one.fix:
            click.echo(f"{'':<17}Fix: {one.fix}")
    sys.exit(1 if any(one.state == "wrong" for one in found) else 0)


def _as_served() -> Settings:
    """The settings of the instance; a demonstration's are its own, which no environment says."""
    from portal.demo.cast import SERVED_WITH
    from portal.demo.files import is_set_up

    found = of_instance()
    return found.model_copy(update=dict(SERVED_WITH)) if is_set_up(found) else found
