"""``freehold import`` and ``freehold audit``: what a company brings, and whether the log is whole."""

import sys
from pathlib import Path

import click

from portal.cli.base import OPERATOR, of_instance, opened


@click.group("import")
def import_() -> None:
    """Bring in what a company already has."""


@import_.command("orders", short_help="Load order timelines from a CSV file.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--vendor", "name", required=True, help="The company whose orders these are.")
def import_orders(file: Path, name: str) -> None:
    """Load order timelines from a CSV FILE. Bad rows are listed; running it twice changes nothing.

    \b
    Columns, named in the first line, in any order:
      order_id, customer_id         the company's own numbers
      order_status                  created, approved, invoiced, processing,
                                    shipped, delivered, unavailable, canceled
      order_purchase_timestamp      when it was ordered
    and, where they are known:
      order_approved_at, order_delivered_carrier_date,
      order_delivered_customer_date, order_estimated_delivery_date

    Times are ISO 8601 (2018-07-24T20:41+02:00), or month/day/year hour:minute (7/24/2018 20:41). Those that do not
    say their zone are read in that of America/Sao_Paulo.
    """
    from portal.orders.importing import import_file

    with opened() as house:
        code = import_file(house, OPERATOR, file, name)
    sys.exit(code)


@click.group()
def audit() -> None:
    """The access log."""


@audit.command("verify", short_help="Recompute the whole access log and compare.")
def audit_verify() -> None:
    """Recompute the whole access log and compare. Changes nothing.

    Exits with 0 if it is sound, 1 if something was changed (and says what), 2 if it could not be checked.
    """
    from portal.audit.verify.command import run

    sys.exit(run(of_instance()))
