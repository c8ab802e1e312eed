"""``freehold vendor webhook``: where companies want to be told what happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from portal.cli.base import OPERATOR, opened
from portal.cli.telling import naming, unknown
from portal.kernel.errors import NotFound
from portal.kernel.house import House
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit

if TYPE_CHECKING:
    from portal.events.reads import EndpointView

_OPTIONS = {"url": "ADDRESS", "kinds": "--kind", "hours": "--hours", "since": "--since"}


@click.group(short_help="Where a company wants to be told what happens.")
def webhook() -> None:
    """Companies' webhooks (Standard Webhooks): add, list, rotate, disable, enable, test, send again."""


@webhook.command("add", short_help="Tell a company at an address of its own.")
@click.argument("company")
@click.argument("address")
@click.option("--kind", "kinds", multiple=True, help="What it wants to be told, such as grant.ended. Without: everything.")
@click.option("--key-pair", is_flag=True, help="Sign with a key pair (v1a, Ed25519) in place of a shared secret (v1).")
def webhook_add(company: str, address: str, kinds: tuple[str, ...], key_pair: bool) -> None:
    """Tell COMPANY what happens at ADDRESS (https), from now on. A secret is shown once."""
    from portal.events.kinds import KINDS
    from portal.events.service import add_endpoint
    from portal.events.signing import PAIR, SHARED
    from portal.vendors.reads import find_vendor

    for kind in kinds:
        if kind not in KINDS:
            raise unknown("--kind", kind, KINDS, "grant.ended and customer.changed")
    with opened() as house:
        _look_up(house, address)
        nobody = f"No company is called {company}. See `freehold vendor list`."
        with _known(nobody), naming(**_OPTIONS), house.writing(OPERATOR) as unit:
            vendor = find_vendor(unit, company)
            algorithm = PAIR if key_pair else SHARED
            made, shown = add_endpoint(unit, vendor_id=vendor.id, url=address, kinds=kinds, algorithm=algorithm)
        click.echo(f"webhook: {text_of(made.id)}")
        _show(shown)


def _look_up(house: House, address: str) -> None:
    """Before anything is written, and outside any transaction: a look-up may take its time."""
    from portal.kernel.outgoing import Failed, Rules, check

    try:
        check(address, Rules.of(house.settings))
    except Failed as failed:
        raise click.ClickException(f"ADDRESS: {failed}") from None


def _show(shown: str) -> None:
    if shown.startswith("whpk_"):
        click.echo(f"public:  {shown}")
        return
    click.echo(f"secret:  {shown}")
    click.echo("The secret is not shown again: write it down now.", err=True)


@webhook.command("list", short_help="List a company's webhooks, and how they fare.")
@click.argument("company")
def webhook_list(company: str) -> None:
    """List COMPANY's webhooks: since when, how each fares, what it wants, where it is, and its public keys."""
    from portal.events.reads import endpoints_of, secrets_of
    from portal.vendors.reads import find_vendor

    nobody = f"No company is called {company}. See `freehold vendor list`."
    with opened() as house, _known(nobody), house.reading(OPERATOR) as unit:
        for one in endpoints_of(unit, find_vendor(unit, company).id):
            wants = " ".join(one.kinds) or "everything"
            click.echo(f"{one.created_at:%Y-%m-%d}  {_fares(one):<20} {text_of(one.id)}  {one.url}  {wants}")
            for secret in secrets_of(unit, one):
                if secret.public is not None:
                    ends = f"  until {secret.ends_at:%Y-%m-%dT%H:%MZ}" if secret.ends_at else ""
                    click.echo(f"{'public:':>19} {secret.public}{ends}")


def _fares(endpoint: "EndpointView") -> str:
    if endpoint.disabled_because is not None:
        return f"disabled ({endpoint.disabled_because})"
    return "failing" if endpoint.failing_since else endpoint.state


@webhook.command("rotate", short_help="Make a new secret.")
@click.argument("id")
@click.option("--hours", default=24, show_default=True, help="For how long messages are signed with the old one, too.")
def webhook_rotate(id: str, hours: int) -> None:
    """Make a new secret, or key pair, for the webhook ID."""
    from portal.events.service import rotate_secret

    with opened() as house:
        with naming(**_OPTIONS), _written(house, id) as (unit, endpoint):
            shown = rotate_secret(unit, vendor_id=endpoint.vendor_id, endpoint_id=endpoint.id, hours=hours)
        _show(shown)


@webhook.command("disable")
@click.argument("id")
def webhook_disable(id: str) -> None:
    """Send nothing to the webhook ID any more. What waits for it is kept for thirty days."""
    from portal.events.service import disable_endpoint

    with opened() as house:
        with _written(house, id) as (unit, endpoint):
            disable_endpoint(unit, vendor_id=endpoint.vendor_id, endpoint_id=endpoint.id)
        click.echo("Disabled.")


@webhook.command("enable")
@click.argument("id")
def webhook_enable(id: str) -> None:
    """Send to the webhook ID again: what waits, then what happened meanwhile."""
    from portal.events.service import enable_endpoint

    with opened() as house:
        with _written(house, id) as (unit, endpoint):
            enable_endpoint(unit, vendor_id=endpoint.vendor_id, endpoint_id=endpoint.id)
        click.echo("Enabled.")


@webhook.command("test")
@click.argument("id")
def webhook_test(id: str) -> None:
    """Send the webhook ID a message that is about nobody, once."""
    from portal.events.service import send_test

    with opened() as house:
        with _written(house, id) as (unit, endpoint):
            send_test(unit, vendor_id=endpoint.vendor_id, endpoint_id=endpoint.id)
        click.echo(_SOON)


@webhook.command("resend", short_help="Send one message again, or all of some days.")
@click.argument("id")
@click.argument("message", required=False)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="In place of MESSAGE: all from this day on (UTC).")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="With --since: the last of these days. Without: today.")
def webhook_resend(id: str, message: str | None, since: datetime | None, until: datetime | None) -> None:
    """Send the webhook ID one MESSAGE (its webhook-id) once more, or whatever happened on some days."""
    from portal.events.reads import find_delivery
    from portal.events.service import replay, resend

    if (message is None) == (since is None):
        raise click.ClickException("Name a MESSAGE, or days with --since: one of the two.")
    with opened() as house:
        with naming(**_OPTIONS), _written(house, id) as (unit, endpoint):
            mine = {"vendor_id": endpoint.vendor_id, "endpoint_id": endpoint.id}
            if since is not None:
                end = unit.at if until is None else until.replace(tzinfo=UTC) + timedelta(days=1)
                replay(unit, **mine, since=since.replace(tzinfo=UTC), until=end)
            else:
                with _known(f"The webhook {id} was sent no message {message}."):
                    found = find_delivery(unit, endpoint.id, message or "")
                resend(unit, **mine, delivery_id=found.id)
        click.echo(_SOON)


_SOON = "The worker sends it within seconds."


@contextmanager
def _written(house: House, id: str) -> Iterator[tuple[Unit, "EndpointView"]]:
    """A writing unit, and the webhook in it."""
    from portal.events.reads import find_endpoint

    with house.writing(OPERATOR) as unit:
        with _known(f"There is no webhook {id}. See `freehold vendor webhook list`."):
            found = find_endpoint(unit, id_from(id))
        yield unit, found


@contextmanager
def _known(told: str) -> Iterator[None]:
    """Within the block, what is not found is said in a sentence."""
    try:
        yield
    except NotFound:
        raise click.ClickException(told) from None
