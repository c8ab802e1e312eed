"""``freehold mail``: what did not go, another round of tries, and taking an answer in. Never whose, nor with which words."""

import os
import sys
from contextlib import suppress

import click

from portal.cli.base import OPERATOR, opened
from portal.kernel.mail import Stuck


@click.group()
def mail() -> None:
    """Mails that did not go, and answers that come in."""


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


# Exit codes by which a mail server knows what to do (sysexits.h): done, nobody is there, refused, again later.
_OK, _NO_USER, _REFUSED, _LATER = 0, 67, 77, 75
_CODES = {"ended": _REFUSED, "unknown": _NO_USER}
_TOLD = {
    "taken": "taken",
    "again": "taken before",
    "automatic": "written by a program: dropped",
    "refused": "not taken; whoever the conversation is with is told once a day",
    "ended": "this address takes nothing any more: answer on the page",
    "unknown": "no such address",
}


class _Receiving(click.Command):
    """Whatever is wrong with how it is called is ours to mend: the mail waits meanwhile, and is not sent back."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            click.echo(f"Not now: {error.format_message()}", err=True)
            sys.exit(_LATER)


@mail.command("receive", cls=_Receiving, short_help="Take in one answer, as a mail server hands it over.")
@click.argument("recipient", required=False)
@click.option("--sender", help="Who the envelope says it is from; empty for nobody.  [default: $SENDER, else its Return-Path]")
def mail_receive(recipient: str | None, sender: str | None) -> None:
    """Take in the mail on standard input, an answer to a mail about a conversation that was delivered to RECIPIENT.

    A mail server runs this for each mail to FREEHOLD_ANSWERS_TO (docs/answers.md). Without RECIPIENT it is $RECIPIENT, or what
    the server put before the mail as Delivered-To, X-Original-To or Envelope-To.

    Exits with 0 if nothing is left to do: taken, dropped, or refused and said so by mail; 67 if there is no such address, 77 if
    it takes nothing any more, and 75 if the mail is to be handed over again later, for whatever reason. Says which on stderr.
    """
    from portal.kernel.errors import Problem

    try:
        code, said = _received(recipient, sender)
    except Problem as problem:
        code, said = _LATER, f"Not now: {problem.reason}"
    except click.ClickException as error:
        code, said = _LATER, f"Not now: {error.format_message()}"
    except Exception as error:
        # Nothing was taken, or it is found to be at the next try. The class alone: a message may quote what was sent.
        code, said = _LATER, f"Not now: {type(error).__name__}"
    with suppress(OSError):
        click.echo(said, err=True)
    sys.exit(code)


def _received(recipient: str | None, sender: str | None) -> tuple[int, str]:
    from portal.tickets.mailed.envelope import Envelope, envelope_of, taken_from
    from portal.tickets.service.by_mail import take_in

    source = taken_from(sys.stdin.buffer)
    given = Envelope(recipient or os.environ.get("RECIPIENT"), os.environ.get("SENDER") if sender is None else sender)
    envelope = envelope_of(source, given)
    if envelope.recipient is None:
        return _NO_USER, "Nobody is named to whom it was delivered"
    with opened() as house:
        if not house.settings.answers_to:
            return _LATER, "Not now: FREEHOLD_ANSWERS_TO is not set"
        became = take_in(house, source, recipient=envelope.recipient, sender=envelope.sender)
    why = f" ({became.why})" if became.why else ""
    return _CODES.get(became.outcome, _OK), f"Answer by mail{why}: {_TOLD[became.outcome]}"
