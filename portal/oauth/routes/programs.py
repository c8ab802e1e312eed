"""A company's programs: the list, a new one, where it takes its answers, its secret in the sandbox, its end."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.reads import require_proof
from portal.audit.doors import do, reading, see, writing
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Unit
from portal.oauth import service
from portal.oauth.forms import AddressesForm, ProgramForm
from portal.oauth.jose import PublicKey
from portal.oauth.reads.programs import programs_of_company
from portal.oauth.routes import blueprint
from portal.oauth.routes.room import MAKERS, mine, program_page
from portal.oauth.service.clients import change_redirects
from portal.oauth.service.secrets import renew_secret
from portal.vendors.reads import Staff, staff_of
from portal.vendors.service import hold

MOST = 20
"""How many programs a company has at a time."""
TEST = "test"


@blueprint.get("/console/<slug>/programs")
@see("console:see")
def programs(unit: Unit, slug: str) -> ResponseReturnValue:
    """All programs of the company."""
    staff = staff_of(unit, slug, *MAKERS)
    return render_template("oauth/programs.html", staff=staff, programs=programs_of_company(unit, staff.vendor.id))


@blueprint.get("/console/<slug>/programs/new")
@see("console:see")
def new_program(unit: Unit, slug: str) -> ResponseReturnValue:
    """The form for one more."""
    staff = staff_of(unit, slug, *MAKERS)
    require_proof(unit)
    return _new_page(staff, ProgramForm())


def _new_page(staff: Staff, form: ProgramForm) -> str:
    return render_template("oauth/program_new.html", staff=staff, form=form, sandbox=staff.vendor.mode == TEST)


@blueprint.post("/console/<slug>/programs/new")
@do("console:change")
def make_program(slug: str) -> ResponseReturnValue:
    """Makes it. A secret is shown in the answer, once."""
    with reading() as unit:
        staff = staff_of(unit, slug, *MAKERS)
        require_proof(unit)
    form = ProgramForm()
    # Outside the sandbox a program proves itself by keys, whatever was sent.
    by_secret = form.proof.data == "secret" and staff.vendor.mode == TEST
    is_right = form.validate() and form.check()
    keys = None if by_secret else form.public_keys()
    if not is_right or (keys is None and not by_secret):
        return _new_page(staff, form), 422
    try:
        with writing() as unit:
            client_id, secret = _made(unit, staff_of(unit, slug, *MAKERS), form, keys)
    except Invalid as problem:
        form.refuse_members(problem.fields)
        return _new_page(staff, form), 422
    except Conflict:
        form.refuse({"": _("So many programs cannot be one company's at a time. Shut one of them out first.")})
        return _new_page(staff, form), 422
    if secret is not None:
        return _secret_page(staff, client_id, secret)
    flash(_("The program is made. Its client id stands here."))
    return redirect(url_for("oauth.program", slug=slug, client_id=client_id), 303)


def _made(unit: Unit, staff: Staff, form: ProgramForm, keys: Sequence[PublicKey] | None) -> tuple[str, str | None]:
    hold(unit, staff.vendor.id)
    if len(programs_of_company(unit, staff.vendor.id)) >= MOST:
        raise Conflict("too-many-programs")
    name, addresses = form.name.data.strip(), form.addresses()
    if keys is None:
        return service.make_client(unit, staff.vendor.id, name, redirect_uris=addresses)
    return service.make_keyed_client(unit, staff.vendor.id, name, keys, redirect_uris=addresses), None


def _secret_page(staff: Staff, client_id: str, secret: str) -> str:
    return render_template("oauth/secret.html", staff=staff, client_id=client_id, secret=secret)


@blueprint.get("/console/<slug>/programs/<client_id>")
@see("console:see")
def program(unit: Unit, slug: str, client_id: str) -> ResponseReturnValue:
    """One program: what it is called, its keys, where it takes its answers."""
    return program_page(*mine(unit, slug, client_id, proved=False))


@blueprint.post("/console/<slug>/programs/<client_id>/addresses")
@do("console:change")
def move_program(slug: str, client_id: str) -> ResponseReturnValue:
    """Other addresses in the place of those that there were, each looked at anew."""
    with reading() as unit:
        staff, found = mine(unit, slug, client_id)
    form = AddressesForm()
    if not form.validate() or not form.check():
        return program_page(staff, found, moves=form), 422
    try:
        with writing() as unit:
            mine(unit, slug, client_id)
            change_redirects(unit, client_id=client_id, redirect_uris=form.addresses())
    except Invalid as problem:
        form.refuse_members(problem.fields)
        return program_page(staff, found, moves=form), 422
    flash(_("Saved. Answers go to these addresses alone from now on."))
    return redirect(url_for("oauth.program", slug=slug, client_id=client_id), 303)


@blueprint.post("/console/<slug>/programs/<client_id>/secret")
@do("console:change")
def new_secret(slug: str, client_id: str) -> ResponseReturnValue:
    """A new secret in the place of the one of before, shown in the answer, once."""
    with writing() as unit:
        staff, _program = mine(unit, slug, client_id)
        secret = renew_secret(unit, client_id=client_id)
    return _secret_page(staff, client_id, secret)


@blueprint.get("/console/<slug>/programs/<client_id>/block")
@see("console:see")
def block_program_page(unit: Unit, slug: str, client_id: str) -> ResponseReturnValue:
    """Asks before a program is shut out."""
    staff, found = mine(unit, slug, client_id)
    return render_template("oauth/program_block.html", staff=staff, program=found)


@blueprint.post("/console/<slug>/programs/<client_id>/block")
@do("console:change")
def block_program(slug: str, client_id: str) -> ResponseReturnValue:
    """Shuts it out, at once, with whatever tokens it holds."""
    with writing() as unit:
        mine(unit, slug, client_id)
        service.block_client(unit, client_id=client_id)
    flash(_("It is shut out, and its tokens have ended."))
    return redirect(url_for("oauth.programs", slug=slug), 303)
