"""``freehold vendor``: companies, their programs, what they may ask for, shutting them out, inviting their customers."""

import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from portal.cli.base import OPERATOR, WrongSetting, opened
from portal.cli.programs import KEY_FILE, proof_of
from portal.cli.purposes import purposes
from portal.cli.telling import naming, unknown
from portal.kernel.errors import NotFound
from portal.kernel.instance import known_origin
from portal.kernel.unit import Unit

if TYPE_CHECKING:
    from portal.kernel.house import House
    from portal.vendors.reads import VendorView


NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def vendor() -> None:
    """Companies: let in, list, shut out, invite a customer of theirs."""


_OPTIONS = {
    "name": "NAME",
    "web": "--web",
    "country": "--country",
    "privacy_contact": "--privacy-contact",
    "redirect_uris": "--redirect-uri",
    "keys": "--key",
}
"""By which option the members come that a service may find wrong."""


@vendor.command("add", short_help="Let a company in, and make its program.")
@click.argument("name")
@click.option("--web", help="The company's web address, shown to customers.")
@click.option("--country", help="Two letters, such as RO.")
@click.option("--privacy-contact", help="An e-mail address or a page for privacy matters.")
@click.option("--purpose", "purposes", multiple=True, help="What for it may ask, such as dpv#DeliveryOfGoods.")
@click.option("--may-ask", "datatypes", multiple=True, help="What it may ask for, such as profile.email.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Makes a program that may send people here.")
@click.option("--key", "key_file", type=KEY_FILE, help="Its public key, as a JWK or a set of them. Without: one is made.")
@click.option("--with-secret", is_flag=True, help="The simple profile, with a secret and bearer tokens, in place of keys.")
@click.option("--test", is_flag=True, help="A sandbox company, with the simple profile: its entries are marked as tests.")
def vendor_add(
    name: str,
    web: str | None,
    country: str | None,
    privacy_contact: str | None,
    purposes: tuple[str, ...],
    datatypes: tuple[str, ...],
    redirect_uris: tuple[str, ...],
    key_file: IO[bytes] | None,
    with_secret: bool,
    test: bool,
) -> None:
    """Let the company NAME in, and make its program.

    The program proves itself by a key (FAPI 2.0), and only the public half of it stays here. With --with-secret, and in the
    sandbox, by a secret. What is private is shown once.
    """
    from portal.vendors.service import admit, allow_purpose

    card = {"web": web, "country": country, "privacy_contact": privacy_contact}
    given = {member: value for member, value in card.items() if value}
    if bool(purposes) != bool(datatypes):
        raise click.ClickException("--purpose says what for it may ask and --may-ask what: give both, or neither.")
    _check_words(purposes, datatypes)
    proof = proof_of(key_file, with_secret=with_secret or (test and key_file is None))
    with opened() as house:
        with naming(**_OPTIONS), house.writing(OPERATOR) as unit:
            made = admit(unit, name=name, card=given, mode="test" if test else "live")
            for purpose in purposes:
                allow_purpose(unit, vendor_id=made.id, purpose=purpose, datatypes=datatypes)
            shown = proof.make(unit, made.id, made.name, redirect_uris)
        click.echo(f"{made.name} was let in.")
        proof.tell(shown)


def _check_words(purposes: tuple[str, ...], datatypes: tuple[str, ...]) -> None:
    from portal.customers import catalogue
    from portal.vendors.purposes import DPV, PURPOSES, find

    for purpose in purposes:
        if find(purpose) is None:
            short = [iri.replace(DPV, "dpv#") for iri in PURPOSES]
            raise unknown("--purpose", purpose, short, "dpv#DeliveryOfGoods and dpv#CustomerCare")
    for name in datatypes:
        if catalogue.find(name) is None:
            raise unknown("--may-ask", name, catalogue.CATALOGUE, "profile.name, profile.address and orders.line")


@vendor.command("list")
def vendor_list() -> None:
    """List the companies that were let in, with their client ids."""
    from portal.vendors.reads import programs_of, vendors_of

    with opened() as house, house.reading(OPERATOR) as unit:
        programs = programs_of(unit)
        companies = sorted(vendors_of(unit).values(), key=lambda vendor: vendor.name)
        if not companies:
            click.echo("No company was let in yet.", err=True)
        for one in companies:
            state = "blocked" if one.blocked_at else one.mode
            click.echo(f"{one.admitted_at:%Y-%m-%d}  {state:<8} {one.name}")
            for program in programs:
                if program.vendor_id == one.id:
                    blocked = "" if program.state == "live" else f"  ({program.state})"
                    click.echo(f"{'client_id:':>21} {program.client_id}{blocked}")


vendor.add_command(purposes)


@vendor.command("block")
@click.argument("name")
def vendor_block(name: str) -> None:
    """Shut the company NAME out, at once.

    It reads and asks nothing from then on; what customers gave it stays as it is, should it be let in again.
    """
    from portal.vendors.service import block

    with opened() as house:
        with house.writing(OPERATOR) as unit:
            company = _vendor(unit, name)
            block(unit, vendor_id=company.id)
        click.echo(f"{company.name} is shut out: it reads and asks nothing any more.")


@vendor.command("unblock")
@click.argument("name")
def vendor_unblock(name: str) -> None:
    """Let the company NAME, which was shut out, in again."""
    from portal.vendors.service import unblock

    with opened() as house:
        with house.writing(OPERATOR) as unit:
            company = _vendor(unit, name)
            unblock(unit, vendor_id=company.id)
        click.echo(f"{company.name} may read and ask again, where customers allow it.")


@vendor.command("invite", short_help="Invite a company's customers, by a file or one by its number.")
@click.argument("name")
@click.argument("customers", required=False, type=click.File("rb"))
@click.option("--number", help="The company's own number for one customer: a link for them is printed.")
@click.option("--links", type=NEW_FILE, help="Links in place of mails, written into this new CSV file.")
def vendor_invite(name: str, customers: IO[bytes] | None, number: str | None, links: Path | None) -> None:
    """Invite customers of company NAME: all those in the CSV file CUSTOMERS, or the one with --number.

    The file's first line names its columns: number, and as far as there are such email, language (en, ca, es, ro) and
    deliver (mail, link). Where a line is wrong nobody is invited, and each is named. With --links, whoever's line does
    not say otherwise gets a link, which you hand over; without, a mail. A link is good once and for thirty days, and
    reveals nothing until whoever opens it is signed in.
    """
    if (customers is None) == (number is None):
        raise click.ClickException("Name a file of customers, or one of them with --number.")
    with opened() as house:
        if known_origin(house.settings) is None:
            raise WrongSetting("This instance was never served: set FREEHOLD_ORIGIN to where people will reach it.")
        if number is not None:
            _invite_one(house, name, number)
        elif customers is not None:
            from portal.cli.bringing import invite_file

            with house.reading(OPERATOR) as unit:
                company = _vendor(unit, name)
            sys.exit(invite_file(house, company, customers.read(), links))


def _invite_one(house: "House", name: str, number: str) -> None:
    from portal.links.service import invite_number

    with house.writing(OPERATOR) as unit:
        company = _vendor(unit, name)
        try:
            token = invite_number(unit, vendor_id=company.id, number=number)
        except NotFound:
            told = f"{company.name} has written nothing yet for a customer number {number}."
            raise click.ClickException(told) from None
    click.echo(f"{house.settings.origin}/invitations/{token}")


def _vendor(unit: Unit, name: str) -> "VendorView":
    from portal.vendors.reads import find_vendor

    try:
        return find_vendor(unit, name)
    except NotFound:
        raise click.ClickException(f"No company is called {name}. See `freehold vendor list`.") from None
