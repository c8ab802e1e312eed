"""``freehold report``: a company's figures, as CSV."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from portal.cli.base import OPERATOR, opened
from portal.cli.holding import vendor_at


@click.group()
def report() -> None:
    """Say what a company's orders show."""


@report.command("promises", short_help="Which orders came as promised, month by month.")
@click.option("--vendor", "name", required=True, help="The company whose orders these are.")
@click.option("--zone", "zone_name", default="America/Sao_Paulo", show_default=True, help="Whose days and months these are.")
def promises(name: str, zone_name: str) -> None:
    """Write CSV to standard output: one line for each month in which the company's orders were placed.

    \b
      month                 YYYY-MM
      orders                placed in it, whatever became of them
      delivered             of these, with a time of delivery
      delivered_by_promise  delivered before the promised day was over
      served_24h            handed to the carrier 0 to 24 hours after approval
    """
    from portal.insights.reads import csv_of, promises_kept

    try:
        zone = ZoneInfo(zone_name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.ClickException(f"--zone {zone_name}: write a name such as Europe/Madrid.") from None
    with opened() as house, house.reading(OPERATOR) as unit:
        months = promises_kept(unit, vendor_at(unit, name), zone)
    click.echo(csv_of(months), nl=False)
