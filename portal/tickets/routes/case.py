"""One conversation before a company's people: what was said, what is known, what they noted, and their answer.

To open it is to read what a customer wrote: it is on their record before the page leaves.
"""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import Answer, Condition, disclose, do, reading, writing
from portal.files.checking import MOST_OF_A_FORM
from portal.files.words import gone
from portal.grants.lease import OWN
from portal.kernel.errors import BadRequest, Conflict, Gone, Invalid, Refused
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import lazy_gettext, zone
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.kernel.uploads import takes
from portal.tickets.facts import CARE, TicketsDisclosed
from portal.tickets.forms import AnswerForm, filled, fresh
from portal.tickets.machine import ANSWER, DEGREES, HAND_OVER, HOLD, NOTE, PROGRESS, RESOLVE, RESUME, TAKE, WEIGH
from portal.tickets.reads.attached import count_of_company, files_said
from portal.tickets.reads.desk import Case, case_of, replies_of
from portal.tickets.reads.guests import name_of_guest
from portal.tickets.reads.pack import Pack, pack_for
from portal.tickets.reads.rows import ticket_of_vendor
from portal.tickets.reads.threads import legal_in
from portal.tickets.routes.asking import asks_of_company
from portal.tickets.routes.attaching import attach, keep_with
from portal.tickets.routes.queue import PEOPLE
from portal.tickets.routes.room import blueprint, colleagues, plain_number, words_of_company
from portal.tickets.service import answer, hand_over, in_turn, note, weigh
from portal.tickets.shared import FILES
from portal.vendors.reads import Staff, staff_of, stands_on

_HTML = "text/html; charset=utf-8"
MOST_OF_COMPANY = 50
"""Files of a company's in one conversation: the room that they take is the customer's."""
WORDS = "ticket.words"
_SAYS = (ANSWER, PROGRESS, HOLD, RESOLVE)
_PRESSES = (TAKE, RESUME)


@blueprint.get("/console/<slug>/conversations/<number>")
@disclose("console:see")
def case(unit: Unit, slug: str, number: str) -> Answer:
    """The whole conversation; one entry for it in its customer's record, under the name of whoever looks."""
    staff = staff_of(unit, slug, *PEOPLE)
    found = case_of(unit, staff.vendor.id, plain_number(number))
    pack = pack_for(unit, found.row, found.holder_id, found.waiting.customer_number, stands=found.needs_link)
    files = files_said(unit, found.row.customer_id, [one.id for one in found.said])
    page = _page(unit, staff, found, pack, files)
    looked = look_at(staff, found, pack.given, has_files=bool(files))
    conditions = conditions_of(unit, staff, found)
    return Answer(page.encode(), [looked], conditions, content_type=_HTML, headers={"Cache-Control": "no-store"})


def conditions_of(unit: Unit, staff: Staff, found: Case) -> list[Condition]:
    """What a look of a company's people at a conversation stands on."""
    link = [Condition("link_live", (found.row.link_id,))] if found.needs_link else []
    return [*stands_on(unit, staff), *link]


def look_at(staff: Staff, found: Case, given: tuple[str, ...], *, has_files: bool) -> TicketsDisclosed:
    """The entry of such a look: what of the customer's was given."""
    return TicketsDisclosed(
        holder=found.holder_id,
        vendor=staff.vendor.id,
        link=found.row.link_id,
        basis=OWN,
        purpose=CARE,
        about=("ticket", found.row.id),
        asked=(WORDS,),
        given=(*given, *((FILES,) if has_files else ())),
        count=1,
        test=staff.vendor.mode == "test",
    )


def _page(unit: Unit, staff: Staff, found: Case, pack: Pack, files: Any) -> str:
    form = fresh(AnswerForm)
    form.offer(_saved(unit, staff))
    return render_template(
        "tickets/case.html",
        staff=staff,
        case=found,
        pack=pack,
        files=files,
        form=form,
        legal=legal_in(unit, found.holder_id, found.row),
        asks=asks_of_company(unit, staff.vendor.slug, found),
        guest=name_of_guest(unit, found.row.id, found.holder_id),
        people=colleagues(unit, staff),
        me=unit.actor.id,
        degrees=DEGREES,
        now=unit.at,
        zone=zone(),
        **words_of_company(),
    )


def _saved(unit: Unit, staff: Staff) -> list[tuple[str, str]]:
    return [(text_of(one.id), one.title) for one in replies_of(unit, staff.vendor.id)]


@blueprint.post("/console/<slug>/conversations/<number>")
@do("console:change")
@takes(MOST_OF_A_FORM)
def act_on_case(slug: str, number: str) -> ResponseReturnValue:
    """Answers, or does something with it. Where that cannot be done, a page says so and keeps the words."""
    action = request.form.get("action", "")
    verb = _VERBS.get(action)
    if verb is None:
        raise BadRequest("unknown-action")
    form = filled(AnswerForm, request.form)
    try:
        verb(slug, plain_number(number), action, form)
    except (Conflict, Gone, Invalid, Refused) as problem:
        if isinstance(problem, Refused) and problem.reason != "blocked":
            raise
        return _again(slug, number, action, form, problem), problem.status
    flash(str(_TOLD.get(action, _("Done."))))
    return redirect(url_for("tickets.case", slug=slug, number=number), 303)


def _say(slug: str, number: str, action: str, form: AnswerForm) -> None:
    with reading() as unit:
        staff = staff_of(unit, slug, *PEOPLE)
        words = {text_of(one.id): one.words for one in replies_of(unit, staff.vendor.id)}
        form.offer(_saved(unit, staff))
    if not form.validate():
        raise Invalid("invalid")
    said = "\n\n".join(part for part in (words.get(form.saved.data or ""), (form.words.data or "").strip()) if part)
    once = form.made()
    if action == NOTE:
        if any(sent.filename for sent in request.files.getlist("files")):
            form.refuse({"files": _("Files go with an answer, not with a note.")})
            raise Invalid("files")
        _do(slug, lambda unit, vendor: note(unit, vendor_id=vendor, number=number, words=said, once=once))
    else:
        kept: dict[str, Any] = {"action": action, "words": said or None, "once": once, "seen": _seen()}
        _answer(slug, number, form, kept)


def _answer(slug: str, number: str, form: AnswerForm, kept: dict[str, Any]) -> None:
    """With the files that go with it; whoever may not answer brings none."""
    with reading() as unit:
        held = ticket_of_vendor(unit, staff_of(unit, slug, *PEOPLE).vendor.id, number)
        sent = count_of_company(unit, held.row.id)
    whose = {"customer_id": held.row.customer_id, "holder_id": held.holder_id}
    _see_room(form, sent + sum(bool(one.filename) for one in request.files.getlist("files")))
    brought = [] if held.is_blocked else attach(form, **whose)
    if form.errors:
        raise Invalid("files")

    def work(unit: Unit, vendor: bytes) -> None:
        keep_with(unit, answer(unit, vendor_id=vendor, number=number, **kept), brought, **whose)
        # Counted again: what was sent at the same moment is kept by now.
        if brought:
            _see_room(form, count_of_company(unit, held.row.id))

    _do(slug, work)


def _see_room(form: AnswerForm, files: int) -> None:
    """Invalid, beside the field, where a company's files in one conversation are more than there may be."""
    if files > MOST_OF_COMPANY:
        form.refuse({"files": _("In one conversation there is room for %(num)s files of yours.", num=MOST_OF_COMPANY)})
        raise Invalid("files")


def _press(slug: str, number: str, action: str, form: AnswerForm) -> None:
    kept: dict[str, Any] = {"action": action, "seen": _seen()}
    _do(slug, lambda unit, vendor: answer(unit, vendor_id=vendor, number=number, **kept))


def _give(slug: str, number: str, action: str, form: AnswerForm) -> None:
    to = id_from(request.form["to"]) if request.form.get("to") else None

    def give(unit: Unit, staff: Staff) -> None:
        hand_over(unit, vendor_id=staff.vendor.id, number=number, to=to, company_id=staff.company_id)

    in_turn(writing, lambda unit: give(unit, staff_of(unit, slug, *PEOPLE)))


def _weigh(slug: str, number: str, action: str, form: AnswerForm) -> None:
    text = request.form.get("urgency", "")
    urgency = int(text) if text in {str(degree) for degree in DEGREES} else 0
    _do(slug, lambda unit, vendor: weigh(unit, vendor_id=vendor, number=number, urgency=urgency))


_VERBS: dict[str, Callable[[str, str, str, AnswerForm], None]] = {
    **dict.fromkeys((*_SAYS, NOTE), _say),
    **dict.fromkeys(_PRESSES, _press),
    HAND_OVER: _give,
    WEIGH: _weigh,
}
_TOLD = {
    ANSWER: lazy_gettext("Sent."),
    PROGRESS: lazy_gettext("Sent."),
    RESOLVE: lazy_gettext("Sent. The customer is asked how it was."),
    NOTE: lazy_gettext("Noted."),
}


def _do(slug: str, work: Callable[[Unit, bytes], object]) -> None:
    """Whoever stopped acting for the company in between does nothing more."""
    in_turn(writing, lambda unit: work(unit, staff_of(unit, slug, *PEOPLE).vendor.id))


def _seen() -> int | None:
    text = request.form.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _again(slug: str, number: str, action: str, form: AnswerForm, problem: Conflict | Gone | Invalid | Refused) -> str:
    """The words that were not sent, and why: nothing else of the conversation, which is opened anew by whoever goes back."""
    if isinstance(problem, Gone):
        form.refuse({"files": gone()})
    if isinstance(problem, Invalid) and not form.errors:
        form.refuse({"words": _("Write what you want to say.")})
    with reading() as unit:
        staff = staff_of(unit, slug, *PEOPLE)
        form.offer(_saved(unit, staff))
    said = {
        "not-allowed-now": _("This cannot be done as the conversation stands now."),
        "changed": _("Something has happened in it since you opened it. Look at it before you send this."),
        "blocked": _("This customer has blocked your company, and is written to no more."),
    }
    return render_template(
        "tickets/again.html", staff=staff, number=number, action=action, form=form, why=said.get(problem.reason)
    )
