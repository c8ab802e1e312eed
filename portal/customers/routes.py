"""My data: what one's own profile holds, and changing it."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import current_actor, do, reading, see, writing
from portal.customers import vcard
from portal.customers.catalogue import ADDRESS_LABELS, CATALOGUE, GROUPS, find, is_custom, is_stored, label_of
from portal.customers.derive import DERIVED, answer_of
from portal.customers.forms import CardForm, CustomForm, form_for, taken
from portal.customers.postal import postal_hint
from portal.customers.reads import Held, Reader, not_held, profile_of, readers_of, whole_and_less
from portal.customers.said import said
from portal.customers.service import add_custom, confirm_attribute, import_vcard, remove_attribute, set_attribute
from portal.customers.values import gaps
from portal.kernel import clock
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import listing, within
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit

blueprint = Blueprint("customers", __name__)
JUST_SAID = timedelta(days=1)
"""For so long nobody is asked whether a line is still right."""


def _me() -> bytes:
    customer_id = current_actor().customer_id
    assert customer_id is not None
    return customer_id


@blueprint.get("/data")
@see("data:see")
def data(unit: Unit) -> str:
    """Everything in the profile, group by group, and what could be added first."""
    held = profile_of(unit, _me())
    shown = [path for path in CATALOGUE if path in held or CATALOGUE[path].shown_first]
    shown += sorted((path for path in held if is_custom(path)), key=lambda path: held[path].label.casefold())
    groups: dict[str, list[dict[str, Any]]] = {}
    readers = readers_of(unit, _me())
    for path in shown:
        attribute = find(path)
        assert attribute is not None
        groups.setdefault(attribute.group, []).append(_line(path, held.get(path), readers))
    titles = [(group, title) for group, title in GROUPS.items() if group in groups]
    return render_template("customers/data.html", groups=groups, titles=titles, empty=len(held) < 2)


def _line(path: str, held: Held | None, readers: Mapping[str, list[Reader]]) -> dict[str, Any]:
    reading, less = whole_and_less(path, readers)
    return {
        "path": path,
        "label": held.label if held else label_of(path),
        "held": held,
        "words": said(path, held.value) if held else None,
        "readers": [one.name for one in reading],
        "to_readers": _page_of(reading),
        "less_readers": [([one.name for one in found], words, _page_of(found)) for words, found in less.items()],
        "gaps": _gaps(path, held),
        "hint": _hint(path, held),
        "just_said": held is not None and clock.now() - held.confirmed_at < JUST_SAID,
    }


def _page_of(reading: list[Reader]) -> str:
    """One company has a page of its own; several stand on the page of all."""
    if len(reading) == 1:
        return url_for("grants.company", link=text_of(reading[0].link_id))
    return url_for("grants.sharing")


def _gaps(path: str, held: Held | None) -> list[str]:
    """The labels of what an address still lacks."""
    attribute = find(path)
    if held is None or attribute is None or attribute.kind != "address":
        return []
    return [str(ADDRESS_LABELS[part]) for part in gaps(held.value)]


def _hint(path: str, held: Held | None) -> str | None:
    """What may be wrong with what an address says."""
    attribute = find(path)
    return postal_hint(held.value) if held is not None and attribute is not None and attribute.kind == "address" else None


@blueprint.get("/data/<path>")
@see("data:see")
def attribute(unit: Unit, path: str) -> str:
    """One line of the profile, to look at and to change."""
    held = _mine(unit, path)
    return _attribute_page(unit, path, held, form_for(_known(path), held.value if held else None, _country(unit)))


def _country(unit: Unit) -> str | None:
    """The country of the home address, as far as there is one."""
    home = profile_of(unit, _me(), ["profile.address"]).get("profile.address")
    return home.value.get("country") if home else None


def _known(path: str) -> Any:
    found = find(path)
    if found is None or not is_stored(path):
        raise NotFound
    return found


def _mine(unit: Unit, path: str) -> Held | None:
    _known(path)
    held = profile_of(unit, _me(), [path]).get(path)
    if held is None and is_custom(path):
        raise NotFound
    return held


def _attribute_page(unit: Unit, path: str, held: Held | None, form: Any) -> str:
    line = _line(path, held, readers_of(unit, _me()))
    return render_template(
        "customers/attribute.html",
        line=line,
        form=form,
        attribute=_known(path),
        less=_less(unit, path, held),
        following=_following(unit, path),
    )


def _following(unit: Unit, path: str) -> str | None:
    """The next of the lines shown first that says nothing yet, in the order of the page and round again."""
    first = [one for one in CATALOGUE if CATALOGUE[one].shown_first]
    at = first.index(path) if path in first else len(first)
    held = profile_of(unit, _me(), first)
    return next((one for one in first[at + 1 :] + first[:at] if one not in held), None)


def _less(unit: Unit, path: str, held: Held | None) -> list[tuple[str, str | None]]:
    """The answers that give away less than this attribute, with what they say now."""
    if held is None:
        return []
    values, found = {path: held.value}, []
    for derived, way in DERIVED.items():
        if way.sources == (path,):
            answer = answer_of(derived, values, unit.at)
            found.append((label_of(derived), None if answer is None else said(derived, answer)))
    return found


@blueprint.post("/data/<path>")
@do("data:change")
def save(path: str) -> ResponseReturnValue:
    """Saves what was typed, or shows it again with what to change."""
    with reading() as unit:
        form = form_for(_known(path), country=_country(unit))
    try:
        with writing() as unit:
            set_attribute(unit, customer_id=_me(), path=path, value=form.raw())
            following = _following(unit, path)
            held = profile_of(unit, _me(), [path]).get(path)
    except Invalid as problem:
        if is_custom(path) and path in problem.fields:
            raise NotFound from None
        form.refuse_path(problem)
        return _again(path, form), 422
    flash(" ".join(filter(None, (_saved(path, _gaps(path, held)), _hint(path, held)))), "done")
    if request.form.get("then") == "next" and following is not None:
        return redirect(url_for("customers.attribute", path=following), 303)
    return redirect(url_for("customers.data"), 303)


def _saved(path: str, missing: list[str]) -> str:
    if not missing:
        return _("Saved: %(what)s.", what=_label(path))
    parts = listing(within(part) for part in missing)
    return _("Saved: %(what)s. For a delivery this is still missing: %(parts)s.", what=_label(path), parts=parts)


def _again(path: str, form: Any) -> str:
    with reading() as unit:
        return _attribute_page(unit, path, _mine(unit, path), form)


def _label(path: str) -> str:
    return _("your own line") if is_custom(path) else label_of(path)


@blueprint.post("/data/<path>/confirm")
@do("data:change")
def confirm(path: str) -> ResponseReturnValue:
    """Still right: the date of the last confirmation is today."""
    with writing() as unit:
        confirm_attribute(unit, customer_id=_me(), path=path)
    flash(_("Noted as still right: %(what)s.", what=_label(path)), "done")
    return redirect(url_for("customers.data"), 303)


@blueprint.get("/data/<path>/remove")
@see("data:see")
def ask_to_remove(unit: Unit, path: str) -> str:
    """Asks before a line goes, and says who can read it now."""
    held = _mine(unit, path)
    if held is None:
        raise NotFound
    line = _line(path, held, readers_of(unit, _me()))
    return render_template("customers/remove.html", line=line)


@blueprint.post("/data/<path>/remove")
@do("data:change")
def remove(path: str) -> ResponseReturnValue:
    """Takes a line out."""
    with writing() as unit:
        remove_attribute(unit, customer_id=_me(), path=path)
    flash(_("Removed: %(what)s.", what=_label(path)), "done")
    return redirect(url_for("customers.data"), 303)


@blueprint.get("/data/add")
@see("data:see")
def add(unit: Unit) -> str:
    """What could be added: of the catalogue, or a line of one's own."""
    return _add_page(unit, CustomForm())


def _add_page(unit: Unit, form: CustomForm) -> str:
    groups: dict[str, list[tuple[str, str]]] = {}
    for path in not_held(profile_of(unit, _me())):
        groups.setdefault(CATALOGUE[path].group, []).append((path, label_of(path)))
    return render_template("customers/add.html", groups=groups, titles=GROUPS, form=form)


@blueprint.post("/data/add")
@do("data:change")
def add_own() -> ResponseReturnValue:
    """Adds a line of one's own."""
    form = CustomForm()
    try:
        with writing() as unit:
            add_custom(unit, customer_id=_me(), label=form.label.data or "", value=form.value.data or "")
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
        held = profile_of(unit, _me(), values)
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
        import_vcard(unit, customer_id=_me(), values=taken(request.form, ticked))
    flash(_("Saved from the address card."), "done")
    return redirect(url_for("customers.data"), 303)
