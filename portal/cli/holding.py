"""Who is meant by an address, and a role given to them or taken away: what the commands about roles share."""

import click

from portal.cli.base import OPERATOR, opened
from portal.kernel.errors import NotFound
from portal.kernel.unit import Unit


def account_at(unit: Unit, email: str) -> bytes | None:
    """Whose proved address this is."""
    from portal.accounts.addresses import normal_address
    from portal.accounts.reads import account_by_email

    address = normal_address(email)
    if address is None:
        raise click.ClickException(f"{email} is no e-mail address.")
    return account_by_email(unit, address)


def proved(unit: Unit, email: str) -> bytes:
    """The same, or where the address can be proved."""
    account_id = account_at(unit, email)
    if account_id is None:
        where = f"{unit.house.settings.origin}/register"
        raise click.ClickException(f"Nobody has proved this address yet. It is done at {where}")
    return account_id


def vendor_at(unit: Unit, name: str) -> bytes:
    """The company of a name."""
    from portal.vendors.reads import find_vendor

    try:
        return find_vendor(unit, name).id
    except NotFound:
        raise click.ClickException(f"No company is called {name}. See `freehold vendor list`.") from None


def end_roles(email: str, role: str, said: str, vendor_id: bytes | None = None) -> None:
    """Ends what somebody holds of a role, and with it their sessions."""
    from portal.accounts.reads import roles_of
    from portal.accounts.service import end_role

    with opened() as house:
        with house.writing(OPERATOR) as unit:
            account_id = account_at(unit, email)
            held = [] if account_id is None else roles_of(unit, account_id)
            roles = [one for one in held if one.role == role and vendor_id in (None, one.vendor_id)]
            if not roles:
                raise click.ClickException(f"Nobody with the address {email} is {said}.")
            for one in roles:
                end_role(unit, role_id=one.id)
        click.echo(f"Done. They are signed out, and not {said} any more.")


def list_roles(role: str, none: str) -> None:
    """Lists who holds a role: since when, by which name in the log, with what it is bounded by."""
    from portal.accounts.reads import held_roles
    from portal.vendors.reads import vendors_of

    with opened() as house, house.reading(OPERATOR) as unit:
        companies = {id_: vendor.name for id_, vendor in vendors_of(unit).items()}
        held = [(view, name) for view, name in held_roles(unit) if view.role == role]
        if not held:
            click.echo(none, err=True)
        for view, name in held:
            of = ", ".join(companies.get(id_, "?") for id_ in (view.vendor_id, *(view.scope.vendors or ())) if id_)
            told: tuple[str | None, ...] = (
                view.rank,
                of,
                f"entries from {view.scope.since:%Y-%m-%d}" if view.scope.since else None,
                f"until {view.expires_at:%Y-%m-%d %H:%M} UTC" if view.expires_at else None,
            )
            click.echo("  ".join([f"{view.granted_at:%Y-%m-%d}", name, *(word for word in told if word)]))
