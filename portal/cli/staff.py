"""``freehold staff``: who acts for a company."""

import click

from portal.cli.base import OPERATOR, opened
from portal.cli.holding import end_roles, list_roles, proved, vendor_at

RANKS = ("owner", "developer", "agent", "reader")


@click.group()
def staff() -> None:
    """Staff: who acts for a company, and with which rank."""


@staff.command("add", short_help="Let somebody act for a company.")
@click.argument("email")
@click.option("--vendor", "name", required=True, help="The company.")
@click.option("--rank", required=True, type=click.Choice(RANKS), help="What they may do for it; a reader only reads.")
def staff_add(email: str, name: str, rank: str) -> None:
    """Let whoever has proved the address EMAIL act for a company."""
    from portal.accounts.service import grant_role

    with opened() as house:
        with house.writing(OPERATOR) as unit:
            grant_role(unit, account_id=proved(unit, email), role="staff", vendor_id=vendor_at(unit, name), rank=rank)
        click.echo("Done. They sign in once more.")


@staff.command("remove", short_help="Let somebody act for a company no more.")
@click.argument("email")
@click.option("--vendor", "name", help="The company; without it for every one.")
def staff_remove(email: str, name: str | None) -> None:
    """Take the role of staff from whoever has the address EMAIL, and end their sessions."""
    vendor_id = None
    if name is not None:
        with opened() as house, house.reading(OPERATOR) as unit:
            vendor_id = vendor_at(unit, name)
    end_roles(email, "staff", "staff" if name is None else f"staff of {name}", vendor_id)


@staff.command("list")
def staff_list() -> None:
    """List the staff by their name in the log, with rank."""
    list_roles("staff", "No company has staff yet.")
