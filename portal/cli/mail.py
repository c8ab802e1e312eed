"""``freehold mail``: what did not go, and another round of tries. Never to whom, nor with which words."""

import click

from portal.cli.base import OPERATOR, opened
from portal.kernel.mail import Stuck


@click.group()
def mail() -> None:
    """Mails that did not go."""


@mail.command("list", short_help="List the mails that did not go, and why.")
def mail_list() -> None:
    """List the mails that did not go: since when, which, what it is, what became of it, and the next try.

    Exits with 1 if there is any. Addresses and words are nobody's to read here.
    """
    from portal.kernel.mail import stuck_mails

    with opened() as house, house.reading(OPERATOR) as unit:
        found = stuck_mails(unit.connection)
    for one in found:
        click.echo(_line(one))
    if not found:
        click.echo("No mail is held up.", err=True)
    raise SystemExit(1 if found else 0)


def _line(one: Stuck) -> str:
    from portal.kernel.ids import text_of

    code = f" {one.reply_code}" if one.reply_code else ""
    then = f"next try {one.next_at:%Y-%m-%dT%H:%M:%SZ}" if one.next_at else "not tried any more"
    return f"{one.since:%Y-%m-%dT%H:%M:%SZ}  {text_of(one.id)}  {one.template}  {one.state}{code}  {then}"


@mail.command("retry", short_help="Try a mail again, now.")
@click.argument("mail_id", metavar="ID")
def mail_retry(mail_id: str) -> None:
    """Try the mail ID, as `freehold mail list` names it, again now, with another round of tries."""
    from portal.kernel.errors import NotFound
    from portal.kernel.ids import id_from
    from portal.kernel.mail import retry_mail

    with opened() as house, house.writing(OPERATOR) as unit:
        try:
            retry_mail(unit, id_from(mail_id))
        except NotFound:
            raise click.ClickException(f"{mail_id}: no such mail is held up.") from None
    click.echo("Done. It goes as soon as the worker comes to it.")
