"""``freehold vendor purposes``: what companies would like to ask for, and the operator's answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from portal.cli.base import OPERATOR, opened
from portal.cli.holding import vendor_at
from portal.kernel.errors import Conflict, NotFound


@click.group()
def purposes() -> None:
    """What companies propose to ask for."""


@purposes.command("list")
def purposes_list() -> None:
    """List what companies propose, the oldest first."""
    from portal.vendors.purposes import DPV
    from portal.vendors.reads import vendors_of
    from portal.vendors.reads.proposals import proposals_of

    with opened() as house, house.reading(OPERATOR) as unit:
        waiting, companies = proposals_of(unit), vendors_of(unit)
        if not waiting:
            click.echo("Nothing waits for you.", err=True)
        for one in waiting:
            term = one.purpose.replace(DPV, "dpv#")
            click.echo(f"{one.proposed_at:%Y-%m-%d}  {companies[one.vendor_id].name}  {term}  {one.mark}")
            for name in one.datatypes:
                click.echo(f"            {name}{'  (required)' if name in one.may_require else ''}")
            for language, sentence in one.text.items():
                click.echo(f"            {language}: {sentence}")


@purposes.command("approve", short_help="Let a company ask for what it proposes.")
@click.argument("company")
@click.argument("purpose")
@click.argument("mark")
@click.option("--as-optional", is_flag=True, help="Let it call nothing of it required.")
def purposes_approve(company: str, purpose: str, mark: str, as_optional: bool) -> None:
    """Let COMPANY ask for what it proposes for PURPOSE, such as dpv#DeliveryOfGoods.

    MARK stands beside it in the list: what it proposes anew has another, and is looked at anew.
    """
    from portal.vendors.service import approve_purpose

    _answer(company, purpose, approve_purpose, as_optional=as_optional, mark=mark)
    click.echo("Approved: it may ask for this from now on.")


@purposes.command("refuse", short_help="Turn down what a company proposes.")
@click.argument("company")
@click.argument("purpose")
def purposes_refuse(company: str, purpose: str) -> None:
    """Turn down what COMPANY proposes for PURPOSE. What it may ask for already stays."""
    from portal.vendors.service import refuse_purpose

    _answer(company, purpose, refuse_purpose)
    click.echo("Turned down.")


def _answer(company: str, purpose: str, verb: Callable[..., Any], **how: Any) -> None:
    with opened() as house, house.writing(OPERATOR) as unit, _known(company, purpose):
        verb(unit, vendor_id=vendor_at(unit, company), purpose=purpose, **how)


@contextmanager
def _known(company: str, purpose: str) -> Iterator[None]:
    try:
        yield
    except Conflict:
        told = f"{company} proposed something else for {purpose} since you looked. See `freehold vendor purposes list`."
        raise click.ClickException(told) from None
    except NotFound:
        told = f"{company} proposes nothing for {purpose}. See `freehold vendor purposes list`."
        raise click.ClickException(told) from None
