"""The keys of a program: another one beside those that there are, and the end of one once it signs with the next."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import do, reading, writing
from portal.kernel.errors import Conflict, Invalid, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from
from portal.oauth.forms import KeyForm
from portal.oauth.routes import blueprint
from portal.oauth.routes.room import mine, program_page
from portal.oauth.service.clients import add_key, end_key


@blueprint.post("/console/<slug>/programs/<client_id>/keys")
@do("console:change")
def add_program_key(slug: str, client_id: str) -> ResponseReturnValue:
    """One more key; those of before stay good until they are ended."""
    with reading() as unit:
        staff, program = mine(unit, slug, client_id)
    form = KeyForm()
    keys = form.public_keys() if form.validate() else None
    if keys is None:
        return program_page(staff, program, keys=form), 422
    try:
        with writing() as unit:
            mine(unit, slug, client_id)
            for key in keys:
                add_key(unit, client_id=client_id, key=key)
    except Invalid as problem:
        form.refuse_members(problem.fields)
        return program_page(staff, program, keys=form), 422
    flash(_("Added. End the old key once your program signs with the new one."))
    return redirect(url_for("oauth.program", slug=slug, client_id=client_id), 303)


@blueprint.post("/console/<slug>/programs/<client_id>/keys/<key>/end")
@do("console:change")
def end_program_key(slug: str, client_id: str, key: str) -> ResponseReturnValue:
    """A key proves nothing any more. The last one stays."""
    wanted = id_from(key)
    try:
        with writing() as unit:
            _staff, program = mine(unit, slug, client_id)
            kid = next((one.kid for one in program.live_keys if one.id == wanted), None)
            if kid is None:
                raise NotFound
            end_key(unit, client_id=client_id, kid=kid)
    except Conflict:
        flash(_("This is the only key. Add another one first, or shut the program out."), "warning")
    else:
        flash(_("Ended: from now on nothing that it signs is believed."))
    return redirect(url_for("oauth.program", slug=slug, client_id=client_id), 303)
