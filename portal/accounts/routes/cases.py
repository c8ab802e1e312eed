"""Cases at the desk: why an officer has to know who somebody is, who agreed, and the look itself."""

from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts import service
from portal.accounts.case_forms import CaseForm
from portal.accounts.facts.cases import CaseRead, CaseRefused, CasesListed, IdentityRead
from portal.accounts.reads import LEAD, email_of
from portal.accounts.reads.accounts import names_of
from portal.accounts.reads.cases import PAGE, CaseView, account_by_name, case_of, cases_of_others, reason_of
from portal.accounts.routes import blueprint
from portal.accounts.routes.desk import shown
from portal.accounts.service.sessions import holder_of
from portal.accounts.why import why
from portal.audit.doors import Answer, Condition, disclose, do, reading, see, writing
from portal.customers.reads import customer_of_account, value_of
from portal.kernel.errors import NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Actor, Unit


@blueprint.get("/desk/cases")
@disclose("cases:see")
def cases(unit: Unit) -> Answer:
    """The cases, the newest first; those about the reader are not among them."""
    found = cases_of_others(unit, _before())
    rows = found[:PAGE]
    ids = {id_ for case in rows for id_ in (case.account_id, case.opened_by, case.confirmed_by)}
    return shown(
        unit,
        "accounts/cases.html",
        CasesListed(count=len(rows)),
        cases=rows,
        older=f"/desk/cases?before={rows[-1].number}" if len(found) > PAGE else None,
        newer="/desk/cases" if "before" in request.args else None,
        names=names_of(unit, ids),
        **_words(unit),
    )


def _before() -> int | None:
    text = request.args.get("before", "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotFound
    return int(text)


def _words(unit: Unit) -> dict[str, Any]:
    return {"why": why, "now": unit.at, "me": unit.actor.id}


@blueprint.get("/desk/cases/new")
@see("cases:open")
def new_case_page(unit: Unit) -> ResponseReturnValue:
    """The form for a case; an entry's page fills in whose."""
    return _new_page(CaseForm(formdata=None, customer=request.args.get("customer", "")[:22]))


def _new_page(form: CaseForm) -> str:
    form.offer()
    return render_template("accounts/case_new.html", form=form)


@blueprint.post("/desk/cases")
@do("cases:open")
def open_case() -> ResponseReturnValue:
    """Opens a case; nothing is shown by it yet."""
    form = CaseForm()
    form.offer()
    if not form.validate():
        return _new_page(form), 422
    with reading() as unit:
        account_id = account_by_name(unit, form.customer.data)
    if account_id is None:
        form.refuse({"customer": _("Nobody signs in here who has this name in the record.")})
        return _new_page(form), 422
    with writing() as unit:
        number = service.open_case(unit, account_id=account_id, kind=form.kind.data, reason=form.reason.data)
    flash(_("The case is on record. It shows nothing yet."))
    return redirect(f"/desk/cases/{number}", 303)


@blueprint.get("/desk/cases/<int:number>")
@disclose("cases:see")
def case_page(unit: Unit, number: int) -> Answer:
    """One case, and what the reader may do with it."""
    case, holder_id = _case(unit, number)
    state, mine = case.state(unit.at), case.opened_by == unit.actor.id
    return shown(
        unit,
        "accounts/case.html",
        CaseRead(holder=holder_id, case=number),
        case=case,
        state=state,
        reason=reason_of(unit, case),
        names=names_of(unit, (case.account_id, case.opened_by, case.confirmed_by, case.closed_by)),
        mine=mine,
        may_confirm=state == "waits" and not mine,
        may_close=state != "closed" and (mine or LEAD in unit.actor.roles),
        **_words(unit),
    )


def _case(unit: Unit, number: int) -> tuple[CaseView, bytes | None]:
    """The case and whose it is. To whom it is about there is none, and that they tried is recorded."""
    case = case_of(unit, number)
    holder_id = None if case.account_id is None else holder_of(unit, case.account_id)
    if case.account_id is not None and case.account_id == unit.actor.id:
        raise NotFound(fact=CaseRefused(holder=holder_id, reason="own-case"))
    return case, holder_id


@blueprint.post("/desk/cases/<int:number>/confirm")
@do("cases:confirm")
def confirm_case(number: int) -> ResponseReturnValue:
    """Agrees to another officer's case."""
    with writing() as unit:
        service.confirm_case(unit, number=number)
    flash(_("You have agreed. For 24 hours the officer who asked can see who it is."))
    return redirect(f"/desk/cases/{number}", 303)


@blueprint.post("/desk/cases/<int:number>/close")
@do("cases:close")
def close_case(number: int) -> ResponseReturnValue:
    """Ends a case."""
    with writing() as unit:
        service.close_case(unit, number=number)
    flash(_("The case is closed. It shows nothing any more."))
    return redirect(f"/desk/cases/{number}", 303)


@blueprint.get("/desk/cases/<int:number>/identity")
@disclose("cases:see")
def identity(unit: Unit, number: int) -> Answer:
    """Who it is: to the officer who asked, while the case is open. Each look is an entry that the customer sees."""
    case, holder_id = _case(unit, number)
    if case.account_id is None or not case.shows(unit.actor.id, unit.at):
        raise NotFound
    customer = customer_of_account(unit, case.account_id)
    name = None if customer is None else value_of(unit, customer.id, "profile.name")
    if case.confirmed_by is not None:
        unit.second = Actor("officer", name=names_of(unit, [case.confirmed_by]).get(case.confirmed_by))
    given = ("profile.email", "profile.name") if name else ("profile.email",)
    fact = IdentityRead(
        holder=holder_id,
        case=number,
        kind=case.kind,
        mode="alone" if case.alone else "two",
        asked=("profile.email", "profile.name"),
        given=given,
    )
    condition = Condition("case_open", (case.id, unit.actor.id))
    words: dict[str, Any] = {"case": case, "name": name, "email": email_of(unit, case.account_id)}
    return shown(unit, "accounts/identity.html", fact, conditions=[condition], **words)
