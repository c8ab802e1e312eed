"""``freehold officer``: who searches and exports the access log."""

import click

from portal.cli.base import OPERATOR, opened


@click.group()
def officer() -> None:
    """Officers, who search and export the access log."""


@officer.command("add")
@click.argument("email")
def officer_add(email: str) -> None:
    """Let whoever has proved the address EMAIL act as an officer."""
    from portal.accounts.addresses import normal_address
    from portal.accounts.reads import account_by_email
    from portal.accounts.service import grant_role

    with opened() as house:
        with house.writing(OPERATOR) as unit:
            account_id = account_by_email(unit, normal_address(email) or email)
            if account_id is None:
                where = f"{house.settings.origin}/register"
                raise click.ClickException(f"Nobody has proved this address yet. It is done at {where}")
            grant_role(unit, account_id=account_id, role="officer")
        click.echo("Done. They sign in once more, and are at the desk.")


@officer.command("list")
def officer_list() -> None:
    """List the officers by their name in the log, and since when."""
    from portal.accounts.reads import holders_of_role

    with opened() as house, house.reading(OPERATOR) as unit:
        for since, name in holders_of_role(unit, "officer"):
            click.echo(f"{since:%Y-%m-%d}  {name}")
