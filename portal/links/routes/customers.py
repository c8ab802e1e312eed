"""Where a company's staff bring its customers: a file looked through before anything is sent, the links to hand over, and
how each invitation stands."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from portal.accounts.reads import require_proof
from portal.accounts.totp import picture_of
from portal.audit.doors import Answer, disclose, do, reading, writing
from portal.kernel.errors import Conflict, Invalid, NotFound, TooLarge
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import lazy_gettext, ngettext
from portal.kernel.unit import Unit
from portal.links.facts import InvitationsListed
from portal.links.forms import BringForm
from portal.links.invited import STATES, WAITING
from portal.links.routes import blueprint
from portal.links.service import invite_all, withdraw
from portal.links.service.inviting import DECLINED, HELD, INVITED, LINKED, REFUSED, WAITS, Result
from portal.links.shapes import AT_ONCE, LINK, MAIL
from portal.links.shared import shared_invitations, told_links
from portal.links.sheets import Sheet, read_sheet
from portal.vendors.ranks import AGENT, OWNER
from portal.vendors.reads import Staff, staff_of, stands_on

BRINGERS = (OWNER, AGENT)
"""Who brings a company's customers."""
MOST_BYTES = 256 * 1024
"""Of a file that travels in a page; the API and the operator's command take larger ones."""
MOST_FAULTS = 200
"""So many are told at once."""
MOST_NAMED = 20
"""Of those who could not be invited."""
_HTML = "text/html; charset=utf-8"

STATE_WORDS: dict[str, str] = {
    "joined": lazy_gettext("Connected"),
    "waiting": lazy_gettext("Invited"),
    "lapsed": lazy_gettext("Lapsed"),
    "declined": lazy_gettext("Does not want to be invited"),
    "unmatched": lazy_gettext("Held"),
}
RESULT_WORDS: dict[str, str] = {
    INVITED: lazy_gettext("invited"),
    WAITS: lazy_gettext("already invited"),
    LINKED: lazy_gettext("already connected"),
    HELD: lazy_gettext("held until they come"),
    DECLINED: lazy_gettext("do not want to be invited"),
    REFUSED: lazy_gettext("could not be invited"),
}

FAULT_WORDS: dict[str, str] = {
    "missing": lazy_gettext("there is no number"),
    "not-an-address": lazy_gettext("this is no e-mail address"),
    "email-needed": lazy_gettext("an invitation by mail needs an address"),
    "unknown-word": lazy_gettext("this word is not known here"),
    "repeated": lazy_gettext("this customer stands twice in the file"),
    "cells": lazy_gettext("it has more or fewer cells than the first line"),
    "long": lazy_gettext("a cell is far too long"),
    "bytes": lazy_gettext("this is not UTF-8"),
}
FAULT_OTHERWISE: str = lazy_gettext("this cannot be right")


@blueprint.get("/console/<slug>/customers")
@disclose("console:see")
def customers(unit: Unit, slug: str) -> Answer:
    """How the company's invitations stand; an entry for each customer on the page, under the name of whoever looks."""
    staff, state = staff_of(unit, slug, *BRINGERS), request.args.get("state") or None
    if state is not None and state not in STATES:
        raise NotFound
    page = shared_invitations(unit, staff.vendor.id, cursor=request.args.get("cursor"), state=state)
    return _shown(
        unit,
        staff,
        "links/customers.html",
        page.rows,
        rows=page.value["invitations"],
        older=page.value["next"],
        state=state,
        words=STATE_WORDS,
        form=BringForm(),
    )


def _shown(unit: Unit, staff: Staff, template: str, listed: Sequence[Any], **words: Any) -> Answer:
    test = staff.vendor.mode == "test"
    facts = [
        InvitationsListed(holder=row.holder_id, vendor=staff.vendor.id, link=row.link_id, count=1, test=test) for row in listed
    ]
    body = render_template(template, staff=staff, **words).encode()
    headers = {"Cache-Control": "no-store"}
    return Answer(body, facts, stands_on(unit, staff), content_type=_HTML, headers=headers)


@blueprint.get("/console/<slug>/customers/links")
@disclose("console:see")
def links_to_hand_over(unit: Unit, slug: str) -> Answer:
    """The links that the company hands over itself, with a picture of each: a sheet to print.

    Whoever has a link can take the customer's place, so that whoever wants to see them proves who they are.
    """
    staff = staff_of(unit, slug, *BRINGERS)
    require_proof(unit)
    page = shared_invitations(unit, staff.vendor.id, cursor=request.args.get("cursor"), state=WAITING)
    links = told_links(unit, staff.vendor.id, [row.number for row in page.rows])
    sheet = [(row.number, links[row.number]) for row in page.rows if row.number in links]
    title = _("QR code of the invitation")
    pictures = [(number, link, Markup(picture_of(link, title))) for number, link in sheet]
    return _shown(unit, staff, "links/handing_over.html", page.rows, sheet=pictures, older=page.value["next"])


@blueprint.post("/console/<slug>/customers")
@do("console:change")
def look_through(slug: str) -> ResponseReturnValue:
    """Says what is in a file. Nothing is kept of it, and nobody invited: what was found travels in the page."""
    with reading() as unit:
        staff = staff_of(unit, slug, *BRINGERS)
    form, upload = BringForm(), request.files.get("file")
    try:
        if upload is None or not upload.filename:
            raise Invalid("invalid", fields={"file": _("Choose a file first.")})
        data = upload.stream.read(MOST_BYTES + 1)
        return _preview(staff, form, _read(data, form.deliver.data), data)
    except Invalid as problem:
        unreadable = _("This is no CSV file in UTF-8 whose first line names the column number.")
        form.refuse(problem.fields or {"file": unreadable})
    except TooLarge:
        most = _(
            "Here a file may have %(rows)s customers. For more let a program of yours do it, or ask the operator.", rows=AT_ONCE
        )
        form.refuse({"file": most})
    return render_template("links/bringing.html", staff=staff, form=form), 422


def _read(data: bytes, deliver: str | None) -> Sheet:
    if len(data) > MOST_BYTES:
        raise TooLarge
    sheet = read_sheet(data, deliver=deliver if deliver in (MAIL, LINK) else None)
    if len(sheet.items) > AT_ONCE:
        raise TooLarge
    return sheet


def _preview(staff: Staff, form: BringForm, sheet: Sheet, data: bytes) -> ResponseReturnValue:
    how = Counter(item.get("deliver", "none") for item in sheet.items)
    is_right = not sheet.faults and bool(sheet.items)
    text = data.decode("utf-8-sig") if is_right else ""
    faults = [(one, FAULT_WORDS.get(one.code, FAULT_OTHERWISE)) for one in sheet.faults[:MOST_FAULTS]]
    page = render_template(
        "links/bringing.html", staff=staff, form=form, sheet=sheet, faults=faults, how=how, text=text
    )
    return page, 200 if is_right else 422


@blueprint.post("/console/<slug>/customers/send")
@do("console:change")
def send(slug: str) -> ResponseReturnValue:
    """Invites everybody in the file that was looked through; where it has changed on the way so that a line is wrong, nobody."""
    with reading() as unit:
        staff = staff_of(unit, slug, *BRINGERS)
    sheet = _read(request.form.get("text", "").encode("utf-8", "replace"), request.form.get("deliver"))
    if sheet.faults:
        raise Invalid("faults")
    results = _invited(slug, staff, sheet)
    flash(_told(results), "done")
    refused = [result.number for result in results if result.refusal is not None]
    for number in refused[:MOST_NAMED]:
        flash(_("%(number)s could not be invited.", number=number), "warning")
    if any(result.has_link for result in results):
        return redirect(url_for("links.links_to_hand_over", slug=slug), 303)
    return redirect(url_for("links.customers", slug=slug), 303)


def _invited(slug: str, staff: Staff, sheet: Sheet) -> list[Result]:
    def check(unit: Unit, results: Sequence[Result]) -> None:
        # Whoever stopped acting for the company in between invites nobody more.
        staff_of(unit, slug, *BRINGERS)

    test = staff.vendor.mode == "test"
    batches = invite_all(writing, vendor_id=staff.vendor.id, items=sheet.items, test=test, note=check)
    return [result for batch in batches for result in batch]


def _told(results: Sequence[Result]) -> str:
    counts = Counter(result.state for result in results)
    said = ", ".join(f"{count} {RESULT_WORDS[state]}" for state, count in counts.items())
    return ngettext("%(num)s customer: %(what)s.", "%(num)s customers: %(what)s.", len(results), what=said)


@blueprint.post("/console/<slug>/customers/withdraw")
@do("console:change")
def withdraw_one(slug: str) -> ResponseReturnValue:
    """Takes the invitation of one customer back."""
    number = request.form.get("number", "")
    try:
        with writing() as unit:
            staff = staff_of(unit, slug, *BRINGERS)
            withdraw(unit, vendor_id=staff.vendor.id, number=number)
        flash(_("Taken back: the invitation of %(number)s is good for nothing any more.", number=number), "done")
    except Conflict:
        flash(_("This customer is connected already. Only they can end that."), "warning")
    return redirect(url_for("links.customers", slug=slug), 303)
