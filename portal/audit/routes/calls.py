"""A company's own calls: what its programs did here in thirty days, why something was refused, and what to do about it."""

from typing import Any, NamedTuple

from flask import render_template, request, url_for

from portal.audit.doors import see
from portal.audit.forms import CallsForm
from portal.audit.leading import led
from portal.audit.reads.calls import Call, DayOfUse, calls_of, use_of
from portal.audit.routes.room import blueprint
from portal.audit.words import OUTCOMES, REASONS
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.oauth.reads import programs_by_vendor
from portal.oauth.remedies import REMEDIES
from portal.vendors.ranks import DEVELOPER, OWNER
from portal.vendors.reads import Staff, staff_of

_CURSOR = "calls"


class Bar(NamedTuple):
    """A day of the drawing: where it stands, and how high its parts are."""

    use: DayOfUse
    x: int
    answered: float
    refused: float


HIGH, WIDE = 120, 12


@blueprint.get("/console/<slug>/calls")
@led
@see("console:see")
def calls(unit: Unit, slug: str) -> str:
    """The newest calls that are sought, and how many there were on each day. Nobody's data is in it, and no customer."""
    staff = staff_of(unit, slug, OWNER, DEVELOPER)
    programs = programs_by_vendor(unit, staff.vendor.id)
    form = CallsForm(request.args)
    form.offer([(one.client_id, one.name) for one in programs])
    valid = form.validate()
    names = {one.client_id: one.name for one in programs}
    page = calls_of(unit, staff.vendor.id, names, form.sought(), below=_below(unit, staff)) if valid else None
    use, left_out = use_of(unit, staff.vendor.id, list(names))
    return render_template(
        "audit/calls.html",
        staff=staff,
        form=form,
        sought=any(form.data.values()),
        calls=page.calls if page else [],
        older=_address(unit, staff, page.older) if page and page.older is not None else None,
        newest=_address(unit, staff, None) if "after" in request.args else None,
        names=names,
        outcomes=OUTCOMES,
        reasons=REASONS,
        remedies=REMEDIES,
        what=what_of,
        use=use,
        left_out=left_out,
        bars=bars_of(use),
        highest=highest_of(use),
        high=HIGH,
        wide=WIDE,
    )


def _below(unit: Unit, staff: Staff) -> int | None:
    after = request.args.get("after")
    return open_cursor(unit.house, _CURSOR, text_of(staff.vendor.id), after)["i"] if after else None


def _address(unit: Unit, staff: Staff, below: int | None) -> str:
    chosen: dict[str, Any] = {name: value for name, value in request.args.items() if value and name != "after"}
    if below is not None:
        chosen["after"] = seal_cursor(unit.house, _CURSOR, text_of(staff.vendor.id), {"i": below})
    return url_for("audit.calls", slug=staff.vendor.slug, **chosen)


def what_of(call: Call) -> str:
    """The template of the address that was called; of what a program did without one, the kind of entry."""
    return call.route or call.event


def highest_of(use: list[DayOfUse]) -> list[DayOfUse]:
    """The days with the most calls, which may be several; none where nothing was called."""
    most = max((day.calls for day in use), default=0)
    return [day for day in use if day.calls == most > 0]


def bars_of(use: list[DayOfUse]) -> list[Bar]:
    """The drawing: the highest day fills it."""
    most = max((day.calls for day in use), default=0) or 1
    return [
        Bar(day, at * WIDE, round(HIGH * day.answered / most, 2), round(HIGH * day.refused / most, 2))
        for at, day in enumerate(use)
    ]
