"""``freehold officer``: who searches and exports the access log."""

import click

from portal.cli.base import OPERATOR, opened
from portal.kernel.unit import Unit


@click.group()
def officer() -> None:
    """Officers, who search and export the access log."""


@officer.command("add")
@click.argument("email")
def officer_add(email: str) -> None:
    """Let whoever has proved the address EMAIL act as an officer."""
    from portal.accounts.service import grant_role

    with opened() as house:
        with house.writing(OPERATOR) as unit:
            account_id = _account(unit, email)
            if account_id is None:
                where = f"{house.settings.origin}/register"
                raise click.ClickException(f"Nobody has proved this address yet. It is done at {where}")
            grant_role(unit, account_id=account_id, role="officer")
        click.echo("Done. They sign in once more, and are at the desk.")


@officer.command("remove", short_help="Take the role of an officer away again.")
@click.argument("email")
def officer_remove(email: str) -> None:
    """Take the role of an officer from whoever has the address EMAIL, and end their sessions."""
    from portal.accounts.reads import roles_of
    from portal.accounts.service import end_role

    with opened() as house:
        with house.writing(OPERATOR) as unit:
            account_id = _account(unit, email)
            held = [] if account_id is None else roles_of(unit, account_id)
            roles = [one for one in held if one.role == "officer"]
            if not roles:
                raise click.ClickException(f"Nobody with the address {email} is an officer.")
            for one in roles:
                end_role(unit, role_id=one.id)
        click.echo("Done. They are signed out, and no officer any more.")


def _account(unit: Unit, email: str) -> bytes | None:
    from portal.accounts.addresses import normal_address
    from portal.accounts.reads import account_by_email

    address = normal_address(email)
    if address is None:
        raise click.ClickException(f"{email} is no e-mail address.")
    return account_by_email(unit, address)


@officer.command("list")
def officer_list() -> None:
    """List the officers by their name in the log, and since when."""
    from portal.accounts.reads import holders_of_role

    with opened() as house, house.reading(OPERATOR) as unit:
        holders = holders_of_role(unit, "officer")
        if not holders:
            click.echo("There is no officer yet.", err=True)
        for since, name in holders:
            click.echo(f"{since:%Y-%m-%d}  {name}")
