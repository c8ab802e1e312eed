"""``freehold import`` and ``freehold audit``: what a company brings, and whether the log is whole."""

import sys
from pathlib import Path

import click

from portal.cli.base import OPERATOR, of_instance, opened


@click.group("import")
def import_() -> None:
    """Bring in what a company already has."""


@import_.command("orders")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--vendor", "name", required=True, help="The company whose orders these are.")
def import_orders(file: Path, name: str) -> None:
    """Load order timelines from a CSV FILE. Bad rows are listed; running it twice changes nothing."""
    from portal.orders.importing import import_file

    with opened() as house:
        code = import_file(house, OPERATOR, file, name)
    sys.exit(code)


@click.group()
def audit() -> None:
    """The access log."""


@audit.command("verify")
def audit_verify() -> None:
    """Recompute the whole access log and compare. Changes nothing.

    Exits with 0 if it is sound, 1 if something was changed (and says what), 2 if it could not be checked.
    """
    from portal.audit.verify import run

    sys.exit(run(of_instance()))
