"""My data: what one's own profile holds, and changing it."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import do, reading, see, writing
from portal.customers.catalogue import CATALOGUE, GROUPS, find, is_custom, is_stored, label_of
from portal.customers.derive import DERIVED, answer_of
from portal.customers.forms import form_for
from portal.customers.reads import Held, profile_of, readers_of
from portal.customers.routes.lines import gaps_of, hint_of, line_of
from portal.customers.routes.room import blueprint, me
from portal.customers.said import said
from portal.customers.service import confirm_attribute, remove_attribute, set_attribute
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import listing, within
from portal.kernel.unit import Unit


@blueprint.get("/data")
@see("data:see")
def data(unit: Unit) -> str:
    """Everything in the profile, group by group, and what could be added first."""
    held = profile_of(unit, me())
    shown = [path for path in CATALOGUE if path in held or CATALOGUE[path].shown_first]
    shown += sorted((path for path in held if is_custom(path)), key=lambda path: held[path].label.casefold())
    groups: dict[str, list[dict[str, Any]]] = {}
    readers = readers_of(unit, me())
    for path in shown:
        attribute = find(path)
        assert attribute is not None
        groups.setdefault(attribute.group, []).append(line_of(path, held.get(path), readers))
    titles = [(group, title) for group, title in GROUPS.items() if group in groups]
    return render_template("customers/data.html", groups=groups, titles=titles, empty=len(held) < 2)


@blueprint.get("/data/<path>")
@see("data:see")
def attribute(unit: Unit, path: str) -> str:
    """One line of the profile, to look at and to change."""
    held = _mine(unit, path)
    return _attribute_page(unit, path, held, form_for(_known(path), held.value if held else None, _country(unit)))


def _country(unit: Unit) -> str | None:
    """The country of the home address, as far as there is one."""
    home = profile_of(unit, me(), ["profile.address"]).get("profile.address")
    return home.value.get("country") if home else None


def _known(path: str) -> Any:
    found = find(path)
    if found is None or not is_stored(path):
        raise NotFound
    return found


def _mine(unit: Unit, path: str) -> Held | None:
    _known(path)
    held = profile_of(unit, me(), [path]).get(path)
    if held is None and is_custom(path):
        raise NotFound
    return held


def _attribute_page(unit: Unit, path: str, held: Held | None, form: Any) -> str:
    line = line_of(path, held, readers_of(unit, me()))
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
    held = profile_of(unit, me(), first)
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
        was_empty = not profile_of(unit, me(), [path])
    try:
        with writing() as unit:
            set_attribute(unit, customer_id=me(), path=path, value=form.raw())
            following = _following(unit, path)
            held = profile_of(unit, me(), [path]).get(path)
            read = line_of(path, held, readers_of(unit, me()))["readers"] if was_empty else []
    except Invalid as problem:
        if is_custom(path) and path in problem.fields:
            raise NotFound from None
        form.refuse_path(problem)
        return _again(path, form), 422
    now_read = _("This can be read now by %(companies)s.", companies=listing(read)) if read else None
    flash(" ".join(filter(None, (_saved(path, gaps_of(path, held)), now_read, hint_of(path, held)))), "done")
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
        confirm_attribute(unit, customer_id=me(), path=path)
    flash(_("Noted as still right: %(what)s.", what=_label(path)), "done")
    return redirect(url_for("customers.data"), 303)


@blueprint.get("/data/<path>/remove")
@see("data:see")
def ask_to_remove(unit: Unit, path: str) -> str:
    """Asks before a line goes, and says who can read it now."""
    held = _mine(unit, path)
    if held is None:
        raise NotFound
    line = line_of(path, held, readers_of(unit, me()))
    return render_template("customers/remove.html", line=line)


@blueprint.post("/data/<path>/remove")
@do("data:change")
def remove(path: str) -> ResponseReturnValue:
    """Takes a line out."""
    with writing() as unit:
        remove_attribute(unit, customer_id=me(), path=path)
    flash(_("Removed: %(what)s.", what=_label(path)), "done")
    return redirect(url_for("customers.data"), 303)
