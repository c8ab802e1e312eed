"""The command line, for operators and officers. Part of the roof: commands call services and print; nothing else."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import ValidationError

from portal import __version__
from portal.kernel.errors import NotFound, Problem
from portal.kernel.house import House, use_house
from portal.kernel.instance import absence, known_origin
from portal.kernel.settings import Settings
from portal.kernel.unit import Actor, Unit

if TYPE_CHECKING:
    from portal.vendors.reads import VendorView

OPERATOR = Actor("operator", name="command-line")
HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class WrongSetting(click.ClickException):
    """A setting that cannot be, or that names no instance: nothing was done. Verifying says so with the same code."""

    exit_code = 2


def settings(**changes: object) -> Settings:
    """The settings of the environment, with what the command line changes; a wrong one is named in a line.

    Changes go through the environment, where the server's and the worker's processes find them too.
    """
    os.environ.update({f"FREEHOLD_{name.upper()}": str(value) for name, value in changes.items() if value is not None})
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"FREEHOLD_{'_'.join(str(part) for part in first['loc']).upper() or 'SETTINGS'}"
        # A port comes by either name; the one that was set is the one that is wrong.
        name = "PORT" if name == "FREEHOLD_PORT" and name not in os.environ else name
        raise WrongSetting(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None


def of_instance() -> Settings:
    """The settings of an instance that is there: a mistyped folder must not become a new, empty one.

    Links lead to where it is served, whatever port this command was called with.
    """
    found = settings()
    if why := absence(found):
        made = "`freehold serve` makes one there, and FREEHOLD_INSTANCE names another folder."
        raise WrongSetting(f"{why} {made}")
    return found.model_copy(update={"origin": known_origin(found) or found.origin})


@contextmanager
def opened(found: Settings | None = None) -> Iterator[House]:
    """The house of the instance, its tables brought up to date; its log is led when the command ends."""
    from portal.kernel.migrate import upgrade
    from portal.wiring import open_house

    house = open_house(found or of_instance())
    try:
        upgrade(house.engine)
        with use_house(house):
            yield house
        house.lead()
    finally:
        house.close()


def _vendor(unit: Unit, name: str) -> "VendorView":
    from portal.vendors.reads import find_vendor

    try:
        return find_vendor(unit, name)
    except NotFound:
        raise click.ClickException(f"No company is called {name}. See `freehold vendor list`.") from None


@click.group(context_settings=HELP)
@click.version_option(__version__, prog_name="freehold")
def cli() -> None:
    """Freehold: a portal in which customers hold their own side of every relationship with a company.

    Settings come from the environment: FREEHOLD_INSTANCE names the folder of database and keys (./instance),
    PORT the port (8000), FREEHOLD_ORIGIN the address people type, FREEHOLD_DATABASE_URL another database.
    """


@cli.command()
@click.option("--fresh", is_flag=True, help="Throw the demonstration's data away and make it anew.")
def demo(fresh: bool) -> None:
    """Run a lived-in demonstration, and a bookshop beside it."""
    from portal.demo.run import run

    # Whatever is set: no letter of a demonstration leaves the machine.
    run(settings(demo=True, smtp_host=""), fresh=fresh)


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on.  [default: $PORT or 8000]")
@click.option("--no-worker", is_flag=True, help="Do not start a worker; `freehold worker` runs elsewhere.")
def serve(host: str, port: int | None, no_worker: bool) -> None:
    """Serve pages and API until told to end, with a worker beside it."""
    from portal.serve import serve as run

    run(settings(port=port), host=host, with_worker=not no_worker)


@cli.command()
def worker() -> None:
    """Send mail, run what is due, keep the access log going."""
    from portal.worker import main as run

    run(of_instance())


@cli.command()
def migrate() -> None:
    """Bring the database to the newest tables, or make it. Doing it twice changes nothing."""
    with opened(settings()):
        click.echo("The tables are up to date.")


@cli.command()
@click.option("--engine", "engines", multiple=True, type=click.Choice(["sqlite", "postgresql"]), help="One only.")
@click.option("--turns", default=5, show_default=True, type=click.IntRange(1, 50), help="Alternating turns.")
@click.option("--seconds", default=2.0, show_default=True, type=click.FloatRange(0.2, 60), help="Length of a turn.")
def bench(engines: tuple[str, ...], turns: int, seconds: float) -> None:
    """Measure speed, each figure as a ratio to a bare Flask view in the same run.

    Exits with 1 when a goal was missed. Needs two cores: one for the server and its database, one for the load.
    """
    from portal.bench.run import run

    figures = run(engines or ("sqlite", "postgresql"), turns=turns, seconds=seconds)
    sys.exit(0 if all(figure.met for figure in figures) else 1)


@cli.group()
def vendor() -> None:
    """Companies: let in, list, invite a customer of theirs."""


@vendor.command("add")
@click.argument("name")
@click.option("--web", help="The company's web address, shown to customers.")
@click.option("--country", help="Two letters, such as RO.")
@click.option("--privacy-contact", help="An e-mail address or a page for privacy matters.")
@click.option("--purpose", "purposes", multiple=True, help="What for it may ask, such as dpv#DeliveryOfGoods.")
@click.option("--may-ask", "datatypes", multiple=True, help="What it may ask for, such as profile.email.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Makes a program that may send people here.")
@click.option("--test", is_flag=True, help="A sandbox company: its entries are marked as tests.")
def vendor_add(
    name: str,
    web: str | None,
    country: str | None,
    privacy_contact: str | None,
    purposes: tuple[str, ...],
    datatypes: tuple[str, ...],
    redirect_uris: tuple[str, ...],
    test: bool,
) -> None:
    """Let the company NAME in, and make its program. The secret is shown once."""
    from portal.oauth.service.clients import make_client
    from portal.vendors.service import admit, allow_purpose

    card = {"web": web, "country": country, "privacy_contact": privacy_contact}
    given = {member: value for member, value in card.items() if value}
    if bool(purposes) != bool(datatypes):
        raise click.ClickException("--purpose says what for it may ask and --may-ask what: give both, or neither.")
    with opened() as house:
        with house.writing(OPERATOR) as unit:
            made = admit(unit, name=name, card=given, mode="test" if test else "live")
            for purpose in purposes:
                allow_purpose(unit, vendor_id=made.id, purpose=purpose, datatypes=datatypes)
            client_id, secret = make_client(unit, made.id, made.name, redirect_uris=redirect_uris)
        click.echo(f"{made.name} was let in.\nclient_id:     {client_id}\nclient_secret: {secret}")
        click.echo("The secret is kept as a hash only: write it down now.", err=True)


@vendor.command("list")
def vendor_list() -> None:
    """List the companies that were let in, with their client ids."""
    from portal.vendors.reads import programs_of, vendors_of

    with opened() as house, house.reading(OPERATOR) as unit:
        programs = programs_of(unit)
        for one in sorted(vendors_of(unit).values(), key=lambda vendor: vendor.name):
            state = "blocked" if one.blocked_at else one.mode
            click.echo(f"{one.admitted_at:%Y-%m-%d}  {state:<8} {one.name}")
            for program in programs:
                if program.vendor_id == one.id:
                    blocked = "" if program.state == "live" else f"  ({program.state})"
                    click.echo(f"{'client_id:':>21} {program.client_id}{blocked}")


@vendor.command("invite")
@click.argument("name")
@click.option("--number", required=True, help="The company's own number for this customer.")
def vendor_invite(name: str, number: str) -> None:
    """Make a one-time link by which customer NUMBER of company NAME finds earlier orders.

    It reveals nothing until whoever opens it is signed in.
    """
    from portal.links.service import invite_number

    with opened() as house:
        if known_origin(house.settings) is None:
            raise WrongSetting("This instance was never served: set FREEHOLD_ORIGIN to where people will reach it.")
        with house.writing(OPERATOR) as unit:
            company = _vendor(unit, name)
            try:
                token = invite_number(unit, vendor_id=company.id, number=number)
            except NotFound:
                told = f"{company.name} has written nothing yet for a customer number {number}."
                raise click.ClickException(told) from None
        click.echo(f"{house.settings.origin}/invitations/{token}")


@cli.group()
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


@cli.group("import")
def import_() -> None:
    """Bring in what a company already has."""


@import_.command("orders")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--vendor", "name", required=True, help="The company whose orders these are.")
def import_orders(file: Path, name: str) -> None:
    """Load order timelines from a CSV FILE. Bad rows are listed; running it twice changes nothing."""
    from portal.orders.importing import import_file

    with opened() as house:
        code = import_file(house, OPERATOR, file, name)
    sys.exit(code)


@cli.group()
def audit() -> None:
    """The access log."""


@audit.command("verify")
def audit_verify() -> None:
    """Recompute the whole access log and compare. Changes nothing.

    Exits with 0 if it is sound, 1 if something was changed (and says what), 2 if it could not be checked.
    """
    from portal.audit.verify import run

    sys.exit(run(of_instance()))


def main() -> None:
    """The console script: every expected trouble is one line and an exit code."""
    # Databases, letters and files that are made here are for their owner alone.
    os.umask(0o077)
    try:
        cli.main(prog_name="freehold", standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except Problem as problem:
        told = "; ".join(f"{name}: {why}" for name, why in problem.fields.items()) or problem.detail or problem.reason
        click.echo(f"Error: {told}", err=True)
        sys.exit(1)
    except OSError as trouble:
        click.echo(f"Error: {trouble.strerror or trouble}: {trouble.filename or ''}".rstrip(": "), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
