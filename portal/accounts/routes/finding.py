"""At the desk: under which name somebody stands in the record who says who they are, and who has power here."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from portal import access
from portal.accounts import limits
from portal.accounts.case_forms import FindForm
from portal.accounts.facts.cases import IdentitySought
from portal.accounts.facts.roles import RolesListed
from portal.accounts.reads.accounts import name_by_email
from portal.accounts.reads.power import holdings
from portal.accounts.routes import blueprint
from portal.accounts.routes.common import too_many
from portal.accounts.routes.desk import shown
from portal.accounts.waits import wait_sentence
from portal.audit.doors import Answer, current_actor, disclose, see, writing
from portal.audit.leading import led
from portal.customers.reads import names_by_telephone
from portal.kernel.errors import TooMany
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.vendors.reads import vendors_of

View = Callable[[], ResponseReturnValue]
_PAGE = "accounts/find.html"


def _form() -> FindForm:
    form = FindForm()
    form.offer()
    return form


@blueprint.get("/desk/find")
@see("people:find")
def find_page(unit: Unit) -> ResponseReturnValue:
    """The form: an address or a number, and a reason."""
    return render_template(_PAGE, form=_form(), asked=False)


def _within_limit(view: View) -> View:
    """What cannot be looked up is said, and a try is counted, before the door opens: a look writes nothing itself."""

    @wraps(view)
    def enter() -> ResponseReturnValue:
        access.check("people:find", current_actor())
        form = _form()
        if not form.validate():
            return render_template(_PAGE, form=form, asked=False), 422
        try:
            with writing() as unit:
                limits.charge(unit, limits.DESK_FIND, text_of(current_actor().id or b""))
        except TooMany as problem:
            form.refuse({"": wait_sentence(problem)})
            return too_many(render_template(_PAGE, form=form, asked=False), problem)
        return view()

    return enter


@blueprint.post("/desk/find")
@_within_limit
@disclose("people:find")
def find(unit: Unit) -> Answer:
    """The names in the record, and nothing else. The same page, and an entry, where nobody has the address or number."""
    form = _form()
    by, found = _found(unit, form)
    about: dict[str, Any] = {"kind": form.kind.data, "by": by, "count": len(found), "personal": {"sought": form.normal}}
    sought = [IdentitySought(holder=holder_id, **about) for holder_id, _ in found] or [IdentitySought(**about)]
    return shown(unit, _PAGE, *sought, form=form, asked=True, by=by, names=[name for _, name in found])


def _found(unit: Unit, form: FindForm) -> tuple[str, list[tuple[bytes, str]]]:
    """By what was asked, and who has it: an address is one person's, a number may be several people's."""
    if form.address is not None:
        found = name_by_email(unit, form.address)
        return "email", [found] if found else []
    return "telephone", names_by_telephone(unit, form.number or "")


@blueprint.get("/desk/people")
@led
@disclose("people:see")
def people_page(unit: Unit) -> Answer:
    """Everybody who has a role here."""
    held = holdings(unit)
    companies = {id_: vendor.name for id_, vendor in vendors_of(unit).items()}
    return shown(
        unit, "accounts/people.html", RolesListed(count=len(held)), held=held, companies=companies, me=unit.actor.id
    )
