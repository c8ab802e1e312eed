"""More for the profile: from the catalogue, a line of one's own, or an address card."""

import json
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import do, reading, see, writing
from portal.customers import vcard
from portal.customers.catalogue import CATALOGUE, GROUPS, label_of
from portal.customers.forms import CardForm, CustomForm, taken
from portal.customers.reads import not_held, profile_of
from portal.customers.routes.room import blueprint, me
from portal.customers.said import said
from portal.customers.service import add_custom, import_vcard
from portal.kernel.errors import Invalid
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Unit


@blueprint.get("/data/add")
@see("data:see")
def add(unit: Unit) -> str:
    """What could be added: of the catalogue, or a line of one's own."""
    return _add_page(unit, CustomForm())


def _add_page(unit: Unit, form: CustomForm) -> str:
    groups: dict[str, list[tuple[str, str]]] = {}
    for path in not_held(profile_of(unit, me())):
        groups.setdefault(CATALOGUE[path].group, []).append((path, label_of(path)))
    return render_template("customers/add.html", groups=groups, titles=GROUPS, form=form)


@blueprint.post("/data/add")
@do("data:change")
def add_own() -> ResponseReturnValue:
    """Adds a line of one's own."""
    form = CustomForm()
    try:
        with writing() as unit:
            add_custom(unit, customer_id=me(), label=form.label.data or "", value=form.value.data or "")
    except Invalid as problem:
        form.refuse({name.removeprefix("custom."): sentence for name, sentence in problem.fields.items()})
        return _add_again(form), 422
    flash(_("Added."), "done")
    return redirect(url_for("customers.data"), 303)


def _add_again(form: CustomForm) -> str:
    with reading() as unit:
        return _add_page(unit, form)


@blueprint.get("/data/import")
@see("data:see")
def import_page(unit: Unit) -> str:
    """Asks for an address card."""
    return render_template("customers/import.html", form=CardForm())


@blueprint.post("/data/import")
@do("data:change")
def read_card() -> ResponseReturnValue:
    """Shows what a card holds. Nothing is kept of it yet: what was found travels in the page."""
    form = CardForm()
    upload = request.files.get("file")
    try:
        if upload is None or not upload.filename:
            raise Invalid("invalid", fields={"file": _("Choose a file first.")})
        found = vcard.read(upload.stream.read(vcard.LARGEST + 1))
    except Invalid as problem:
        form.refuse(problem.fields)
        return render_template("customers/import.html", form=form), 422
    return _found_page(found.values, {label_of(path): why for path, why in found.unreadable.items()})


def _found_page(values: Mapping[str, Any], unreadable: Mapping[str, str]) -> str:
    with reading() as unit:
        held = profile_of(unit, me(), values)
    now = {path: said(path, line.value) for path, line in held.items()}
    lines = [(path, label_of(path), said(path, one), json.dumps(one), now.get(path)) for path, one in values.items()]
    return render_template("customers/found.html", lines=lines, unreadable=unreadable)


@blueprint.post("/data/import/save")
@do("data:change")
def save_card() -> ResponseReturnValue:
    """Saves the ticked lines of a card."""
    ticked = request.form.getlist("take")
    if not ticked:
        flash(_("Nothing was ticked, so nothing was saved."), "warning")
        return redirect(url_for("customers.import_page"), 303)
    with writing() as unit:
        import_vcard(unit, customer_id=me(), values=taken(request.form, ticked))
    flash(_("Saved from the address card."), "done")
    return redirect(url_for("customers.data"), 303)
