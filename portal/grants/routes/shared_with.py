"""See what is shared with us: a company's customers as its API answers them, for its people, as tables and as files."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flask import g, render_template, request, url_for

from portal.audit.doors import Answer, context, disclose
from portal.audit.export import csv_row
from portal.audit.leading import led, streamed
from portal.audit.words import REASONS
from portal.grants.leases import NoLease
from portal.grants.reads.shared_with import paths_shared, purposes_shared, sub_by_number
from portal.grants.routes.looked_at import (
    ORDER_HEAD,
    Numbers,
    Table,
    in_order,
    numbers_in,
    order_lines,
    order_table,
    profile_head,
    profile_lines,
    profile_table,
)
from portal.grants.routes.looking import Look, Looking, Wanted, look_at_orders, look_at_profiles
from portal.grants.routes.room import blueprint
from portal.kernel.errors import Busy, NotFound
from portal.kernel.house import House, current_house
from portal.kernel.i18n import use_locale
from portal.kernel.log_queue import Disclosure
from portal.kernel.unit import Actor, Unit
from portal.vendors.purposes import normal
from portal.vendors.ranks import AGENT, OWNER
from portal.vendors.reads import Allowed, Staff, purposes_of, staff_of, stands_on

HTML, CSV = "text/html; charset=utf-8", "text/csv; charset=utf-8"
_TRIES = 3
_LONGEST = 120


@blueprint.get("/console/<slug>/shared")
@led
@disclose("console:see")
def shared_profiles_page(unit: Unit, slug: str) -> Answer:
    """Which purposes there are; with one, the profiles that customers share for it."""
    return _page(unit, slug, look_at_profiles, profile_table, "grants/shared_profiles.html")


@blueprint.get("/console/<slug>/shared/orders")
@led
@disclose("console:see")
def shared_orders_page(unit: Unit, slug: str) -> Answer:
    """The orders that customers share for a purpose."""
    return _page(unit, slug, look_at_orders, order_table, "grants/shared_orders.html")


def _page(unit: Unit, slug: str, looking: Looking, table: Callable[[Look, Numbers], Table], template: str) -> Answer:
    staff = staff_of(unit, slug, OWNER, AGENT)
    if not request.args.get("purpose"):
        return _purposes(unit, staff)
    wanted = _wanted(unit, staff)
    look = looking(unit, staff.vendor, wanted)
    page = render_template(
        template,
        staff=staff,
        wanted=wanted,
        table=table(look, numbers_in(unit, look)),
        look=look,
        older=_address(slug, wanted, look.next),
    )
    return Answer(page.encode(), look.facts, (*stands_on(unit, staff), *look.conditions), look.claims, content_type=HTML)


def _purposes(unit: Unit, staff: Staff) -> Answer:
    """What there is to choose from: no word about anybody, and so no entry."""
    shared, allowed = purposes_shared(unit, staff.vendor.id), purposes_of(unit, staff.vendor.id)
    known = sorted({*allowed, *shared})
    page = render_template(
        "grants/shared_with.html",
        staff=staff,
        purposes=known,
        shared=shared,
        of_orders={one for one in known if _is_of_orders(unit, staff, one, allowed.get(one))},
    )
    return Answer(page.encode(), (), content_type=HTML)


def _is_of_orders(unit: Unit, staff: Staff, purpose: str, allowed: Allowed | None) -> bool:
    """Whether orders belong to a purpose: the company may ask for them, or they are shared since it might."""
    names = {*(allowed.datatypes if allowed else ()), *paths_shared(unit, staff.vendor.id, purpose)}
    return any(name.startswith("orders.") for name in names)


def _wanted(unit: Unit, staff: Staff) -> Wanted:
    purpose, number = normal(request.args["purpose"]), request.args.get("number", "").strip()
    if not _is_plain(purpose) or not _is_plain(number):
        raise NotFound
    sub = sub_by_number(unit, staff.vendor.id, number) if number else request.args.get("sub") or None
    return Wanted(purpose, request.args.get("cursor") or None, sub)


def _is_plain(text: str) -> bool:
    # PostgreSQL takes not every character, and no purpose, number or id of ours has another.
    return len(text) <= _LONGEST and text.isascii() and (text.isprintable() or not text)


def _address(slug: str, wanted: Wanted, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    place: dict[str, Any] = {"purpose": wanted.purpose, "cursor": cursor, "sub": wanted.sub}
    return url_for(str(request.endpoint), slug=slug, **{name: value for name, value in place.items() if value})


@blueprint.errorhandler(NoLease)
def _no_lease(problem: NoLease) -> tuple[str, int]:
    """A look at one customer that was refused; it is on that customer's record, with the same reason."""
    slug = (request.view_args or {})["slug"]
    return render_template("grants/shared_not.html", why=REASONS.get(problem.reason, problem.reason), slug=slug), 403


# Files: the whole walk, each page of it on record before it leaves.


@blueprint.get("/console/<slug>/shared.csv")
@led
@streamed
@disclose("console:see")
def shared_profiles_file(unit: Unit, slug: str) -> Answer:
    """All profiles that are shared for a purpose."""
    staff = staff_of(unit, slug, OWNER, AGENT)
    paths = in_order(
        path for path in paths_shared(unit, staff.vendor.id, _purpose()) if path.startswith("profile.")
    )

    def lines(look: Look, numbers: Numbers) -> list[list[Any]]:
        return profile_lines(look, numbers, paths)

    return _file(unit, staff, "profiles", look_at_profiles, profile_head(paths), lines)


@blueprint.get("/console/<slug>/shared/orders.csv")
@led
@streamed
@disclose("console:see")
def shared_orders_file(unit: Unit, slug: str) -> Answer:
    """All orders that are shared for a purpose, a line each."""
    staff = staff_of(unit, slug, OWNER, AGENT)
    return _file(unit, staff, "orders", look_at_orders, ORDER_HEAD, order_lines)


def _purpose() -> str:
    purpose = normal(request.args.get("purpose", ""))
    if not purpose or not _is_plain(purpose):
        raise NotFound
    return purpose


Lines = Callable[[Look, Numbers], list[list[Any]]]


def _file(unit: Unit, staff: Staff, name: str, looking: Looking, head: Sequence[str], lines: Lines) -> Answer:
    """The file's first page is on record by the door; the stream puts each further one there before it goes on."""
    wanted = Wanted(_purpose())
    look = looking(unit, staff.vendor, wanted)
    first = _rows([head, *lines(look, numbers_in(unit, look))])
    walk = _Walk(current_house(), unit, staff, looking, lines)
    g.stream = lambda: walk.pages(first, wanted, look.next)
    headers = {
        "Content-Disposition": f'attachment; filename="{staff.vendor.slug}-{name}.csv"',
        "Cache-Control": "no-store",
    }
    conditions = (*stands_on(unit, staff), *look.conditions)
    return Answer(b"", look.facts, conditions, look.claims, content_type=CSV, headers=headers)


def _rows(rows: Sequence[Sequence[Any]]) -> bytes:
    return "".join(map(csv_row, rows)).encode()


class _Walk:
    """A file that is under way: it outlives the unit and the request in which it began."""

    def __init__(self, house: House, unit: Unit, staff: Staff, looking: Looking, lines: Lines) -> None:
        self._house, self._slug, self._looking, self._lines = house, staff.vendor.slug, looking, lines
        self._actor: Actor = unit.actor
        self._about = context()

    def pages(self, first: bytes, wanted: Wanted, following: str | None) -> Iterator[bytes]:
        """Page by page. What may not be read any more ends the file without its last chunk: it is no whole file, then."""
        yield first
        while following is not None:
            rows, following = self._page(Wanted(wanted.purpose, following))
            yield rows

    def _page(self, wanted: Wanted) -> tuple[bytes, str | None]:
        for _ in range(_TRIES):
            with use_locale(self._about["locale"]), self._house.reading(self._actor, **self._about) as unit:
                staff = staff_of(unit, self._slug, OWNER, AGENT)
                look = self._looking(unit, staff.vendor, wanted)
                rows = _rows(self._lines(look, numbers_in(unit, look)))
                conditions, prepared = (*stands_on(unit, staff), *look.conditions), unit.prepare(look.facts)
            if not prepared or self._house.log.disclose(Disclosure(prepared, conditions, look.claims)):
                return rows, look.next
        raise Busy("changing")
