"""From a line of who looked to the company: a letter to its privacy contact, with what it needs to find the matter."""

import re

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.addresses import local_path
from portal.accounts.limits import Rule, charge
from portal.accounts.reads import email_of
from portal.audit.doors import do, reading, see, writing
from portal.audit.forms import LetterForm
from portal.audit.leading import led
from portal.audit.reads import Judged, Line, look_of
from portal.audit.routes.room import blueprint, holder
from portal.audit.routes.subject import Subject, number_rows, subject_of
from portal.audit.routes.told import grant_of, rows_of
from portal.audit.service import write_to_company
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import zone
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.vendors.reads import VendorView, vendors_of

_ASKS_BEFORE = re.compile(r"/sharing/grants/[A-Za-z0-9_-]+/(stop|less)")
LETTERS = Rule("letters.account", 10, 86_400)


@blueprint.get("/activity/<int:entry>/write")
@led
@see("letters:see")
def letter(unit: Unit, entry: int) -> str:
    """The letter to the company's privacy contact, begun where a page says what it is for."""
    look = look_of(unit, holder(unit), zone(), entry)
    form = LetterForm()
    form.message.data = subject_of(unit, _addressee(unit, look.line)[0]).begins
    return _letter_page(unit, look, form)


def _letter_page(unit: Unit, look: Judged[Line], form: LetterForm) -> str:
    company, contact = _addressee(unit, look.line)
    subject = subject_of(unit, company)
    return render_template(
        "audit/letter.html",
        look=look,
        form=form,
        company=company,
        contact=contact,
        subject=subject,
        rows=_quoted(unit, look, company, subject),
        sender=_sender(unit),
        before=_begun_at(),
    )


def _begun_at() -> str | None:
    """The page that asks before something ends, where a reader came from one: they go back to it, and nothing has ended."""
    back = local_path(request.args.get("back"))
    return back if back is not None and _ASKS_BEFORE.fullmatch(back) else None


def _quoted(unit: Unit, look: Judged[Line], company: VendorView, subject: Subject) -> list[tuple[str, str]]:
    """What the company is told below the letter: who it is about, what it is about, and the line."""
    line = rows_of(unit, look, {company.id: company}, grant_of(unit, look.line))
    return [*number_rows(unit, look.line), *subject.rows, *line]


def _addressee(unit: Unit, line: Line) -> tuple[VendorView, str | None]:
    """The company and its privacy contact; None where it gave none, or a page instead of an address."""
    company = vendors_of(unit, {line.vendor}).get(line.vendor) if line.vendor else None
    if company is None:
        raise NotFound
    return company, company.card.get("privacy_contact")


def is_address(contact: str | None) -> bool:
    """Whether the contact takes mail."""
    return contact is not None and "@" in contact and not contact.startswith("http")


blueprint.add_app_template_test(is_address, "mail_address")


def _sender(unit: Unit) -> str:
    assert unit.actor.id is not None
    return email_of(unit, unit.actor.id)


@blueprint.post("/activity/<int:entry>/write")
@do("activity:write")
def send_letter(entry: int) -> ResponseReturnValue:
    """Sends it; the answer goes to the customer's own address."""
    form = LetterForm()
    valid = form.validate()
    with reading() as unit:
        look = look_of(unit, holder(unit), zone(), entry)
        company, contact = _addressee(unit, look.line)
        rows = _quoted(unit, look, company, subject_of(unit, company))
        if not valid:
            return _letter_page(unit, look, form), 422
    if contact is None or not is_address(contact):
        raise Invalid("no-address", _("This company takes no letters here."))
    quote = [*rows, (_("Entry in the record"), f"{entry}, {look.line.request}")]
    with writing() as unit:
        charge(unit, LETTERS, text_of(holder(unit)))
        write_to_company(
            unit,
            line=look.line,
            company=company.name,
            contact=contact,
            sender=_sender(unit),
            message=form.message.data or "",
            quote=quote,
        )
    flash(_("Sent to %(company)s. A copy is on its way to you.", company=company.name))
    return redirect(_begun_at() or url_for("audit.line", entry=entry), 303)
