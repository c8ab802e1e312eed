"""``freehold import`` and ``freehold audit``: what a company brings, and whether the log is whole."""

import sys
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from portal.cli.base import OPERATOR, of_instance, opened
from portal.orders.maps.names import FORMATS, ODOO, TIMELINES
from portal.orders.statuses import STATUSES


@click.group("import")
def import_() -> None:
    """Bring in what a company already has."""


@import_.command("orders", short_help="Load orders from a file: timelines, WooCommerce, Odoo.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--vendor", "name", required=True, help="The company whose orders these are.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default=TIMELINES, show_default=True, help="What the file is.")
@click.option(
    "--status",
    "statuses",
    multiple=True,
    metavar="WORD=STATUS",
    help="A state that only your shop has, or has in another language, and what it is to us: shipped=OrderInTransit.",
)
@click.option("--zone", metavar="ZONE", help="With odoo: the time zone of its times, such as Europe/Madrid. Else UTC.")
def import_orders(file: Path, name: str, format_: str, statuses: tuple[str, ...], zone: str | None) -> None:
    """Load orders from a FILE. Bad rows are listed; running it twice changes nothing.

    \b
    woocommerce   what /wp-json/wc/v3/orders answers, as an array or an order
                  a line
    odoo          sale.order with its lines, as the API's JSON, or as the CSV
                  that the list of orders exports to be imported again
    timelines     a CSV of when orders went through their stages

    docs/shops.md says of the first two which field becomes what.

    \b
    Columns of timelines, named in the first line, in any order:
      order_id, customer_id         the company's own numbers
      order_status                  created, approved, invoiced, processing,
                                    shipped, delivered, unavailable, canceled
      order_purchase_timestamp      when it was ordered
    and, where they are known:
      order_approved_at, order_delivered_carrier_date,
      order_delivered_customer_date, order_estimated_delivery_date

    Times there are ISO 8601 (2018-07-24T20:41+02:00), or month/day/year hour:minute (7/24/2018 20:41). Those that do not
    say their zone are read in that of America/Sao_Paulo.
    """
    from portal.orders.importing import import_file
    from portal.orders.maps.reading import Reading

    reading = Reading(format_, _statuses(format_, statuses), _zone(format_, zone))
    with opened() as house:
        code = import_file(house, OPERATOR, file, name, reading)
    sys.exit(code)


def _statuses(format_: str, told: tuple[str, ...]) -> dict[str, str]:
    if told and format_ == TIMELINES:
        raise click.UsageError("--status goes with --format woocommerce or odoo.")
    found = {}
    for one in told:
        word, sign, status = one.rpartition("=")
        if not sign or not word or status not in STATUSES:
            raise click.BadParameter(f"{one}: a word of the shop's, = and one of {', '.join(STATUSES)}.", param_hint="--status")
        found[word] = status
    return found


def _zone(format_: str, name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    if format_ != ODOO:
        raise click.UsageError("--zone goes with --format odoo: the times of the others say their zone.")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.BadParameter(f"{name}: this is no time zone, such as Europe/Madrid.", param_hint="--zone") from None


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
