"""``freehold officer`` and ``freehold auditor``: who searches and exports the access log."""

from datetime import UTC, datetime, time, timedelta

import click

from portal.cli.base import OPERATOR, opened
from portal.cli.holding import end_roles, list_roles, proved, vendor_at
from portal.kernel.errors import Invalid

DAY = click.DateTime(["%Y-%m-%d"])
_LAST = datetime(2199, 12, 31)  # noqa: DTZ001 - a calendar day has no zone


@click.group()
def officer() -> None:
    """Officers, who search and export the access log."""


@officer.command("add")
@click.argument("email")
@click.option("--lead", is_flag=True, help="Who leads: may close any case, not only their own.")
def officer_add(email: str, lead: bool) -> None:
    """Let whoever has proved the address EMAIL act as an officer."""
    from portal.accounts.reads import LEAD
    from portal.accounts.service import grant_role

    with opened() as house:
        with house.writing(OPERATOR) as unit:
            grant_role(unit, account_id=proved(unit, email), role="officer", rank=LEAD if lead else None)
        click.echo("Done. They sign in once more, and are at the desk.")


@officer.command("remove", short_help="Take the role of an officer away again.")
@click.argument("email")
def officer_remove(email: str) -> None:
    """Take the role of an officer from whoever has the address EMAIL, and end their sessions."""
    end_roles(email, "officer", "an officer")


@officer.command("list")
def officer_list() -> None:
    """List the officers by their name in the log, and since when."""
    list_roles("officer", "There is no officer yet.")


@click.group()
def auditor() -> None:
    """Auditors from outside, who read a part of the log until a day."""


@auditor.command("add", short_help="Let an auditor from outside in until a day.")
@click.argument("email")
@click.option("--until", "last", required=True, type=DAY, help="The last day on which they are let in, as 2027-03-31.")
@click.option("--vendor", "names", multiple=True, help="A company whose entries they see; again for more. All without.")
@click.option("--from", "first", type=DAY, help="The first day whose entries they see. All without.")
def auditor_add(email: str, last: datetime, names: tuple[str, ...], first: datetime | None) -> None:
    """Let whoever has proved the address EMAIL read and export a part of the access log until a day.

    They open no identity, change nothing, and are shown nothing outside of their part.
    """
    from portal.accounts.reads import Scope
    from portal.accounts.service import grant_role

    with opened() as house:
        with house.writing(OPERATOR) as unit:
            scope = Scope(tuple(vendor_at(unit, name) for name in names) or None, None if first is None else _begin(first))
            ends = _begin(min(last, _LAST) + timedelta(days=1))
            try:
                grant_role(unit, account_id=proved(unit, email), role="auditor", scope=scope, expires_at=ends)
            except Invalid:
                raise click.ClickException("--until: this day is over. Name a later one.") from None
        click.echo("Done. They sign in once more, and are at the desk.")


@auditor.command("remove", short_help="Shut an auditor out before the day.")
@click.argument("email")
def auditor_remove(email: str) -> None:
    """Take the role of an auditor from whoever has the address EMAIL, and end their sessions."""
    end_roles(email, "auditor", "an auditor")


@auditor.command("list")
def auditor_list() -> None:
    """List the auditors by their name in the log, and until when."""
    list_roles("auditor", "There is no auditor.")


def _begin(day: datetime) -> datetime:
    """When a day begins where the house stands."""
    from portal.kernel.i18n import zone

    return datetime.combine(day.date(), time(), zone()).astimezone(UTC)
