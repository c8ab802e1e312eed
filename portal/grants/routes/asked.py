"""All that the page of a request shows, gathered in one reading unit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import render_template
from werkzeug.datastructures import MultiDict

from portal.customers.catalogue import ADDRESS_LABELS, fillable, find, label_of, whole_of
from portal.customers.derive import sources_of
from portal.customers.reads import values_of
from portal.customers.said import said
from portal.customers.values import gaps
from portal.grants import reads
from portal.grants.choices import Choice
from portal.grants.details import Detail
from portal.grants.forms import ChoiceForm, choice_form
from portal.grants.lease import Lease
from portal.grants.models import ANSWERED, WITHDRAWN, Grant, Request
from portal.grants.reads import Shown
from portal.grants.reads.amended import Amended, amended, questions_of
from portal.grants.reads.connected import is_connected
from portal.grants.reads.used import last_used
from portal.grants.routes.company import still_open
from portal.grants.routes.ended import how_it_ended
from portal.grants.routes.preview import Seen, trial_leases
from portal.grants.routes.room import me
from portal.grants.routes.sharing import Permission
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import month, ngettext
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.links.reads import Earlier, LinkView, earlier_of, last_denied, link_between
from portal.oauth.reads import redirect_origin
from portal.orders.reads import Filters, sums_of
from portal.orders.shared import count_shared
from portal.orders.shared.lent import TASTE
from portal.vendors.purposes import DELIVERY
from portal.vendors.reads import VendorView, vendor_of

NOTHING_WRITTEN: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Counted:
    """Orders that a reason would show, and those that it leaves out."""

    shown: int
    left_out: int
    taste: bool

    @property
    def why(self) -> str | None:
        """How many are left out for what the customer said of them."""
        if not self.left_out:
            return None
        if self.taste:
            return ngettext(
                "%(num)s is left out: you hid it, or said that it was a gift.",
                "%(num)s are left out: you hid them, or said that they were gifts.",
                self.left_out,
            )
        return ngettext(
            "%(num)s is left out: you hid it.", "%(num)s are left out: you hid them.", self.left_out
        )


@dataclass(frozen=True, slots=True)
class Said:
    """What the page of a request says beside its form: a press needs none of it."""

    shown: Shown
    values: dict[str, str]
    orders: dict[str, Counted]
    denied_at: datetime | None = None
    # What the customer wanted who began it (``again``, ``change``); None where the company did.
    began: str | None = None
    # The site to which the answer leads; None where no program waits for it.
    leads_to: str | None = None


@dataclass
class Asked:
    """A request as somebody stands before it: what they can choose, and, for its page, what that says (:func:`look_up`)."""

    request: Request
    vendor: VendorView
    details: tuple[Detail, ...]
    held: Mapping[str, Any]
    missing: list[str]
    # Of what a delivery needs, by path, the parts that are not in the customer's data.
    gaps: dict[str, list[str]]
    earlier: Earlier | None
    standing: list[Permission]
    now: dict[str, Choice]
    connects: bool
    link: str | None
    paused_at: datetime | None
    form: ChoiceForm
    said: Said | None = None
    # The permission that it would change; None where it asks for one of its own.
    amended: Amended | None = None
    unfilled: frozenset[str] = frozenset()
    seen: list[Seen] = field(default_factory=list)
    # Whether what they would get of the earlier orders is counted, and not shown.
    only_counted: bool = False

    @property
    def used_at(self) -> datetime | None:
        """When the last of the looks was taken that stood alone for a reason they ask for again."""
        asked = {detail.purpose for detail in self.details}
        looks = [one.used_at(detail) for one in self.standing for detail in one.details if detail.purpose in asked]
        return max((at for at in looks if at is not None), default=None)

    @property
    def since(self) -> datetime:
        """When what is shared now was chosen."""
        return max(one.grant.created_at for one in self.standing if not one.used)

    @property
    def page(self) -> Said:
        """What its page says, once it was looked up."""
        assert self.said is not None
        return self.said

    @property
    def denied_at(self) -> datetime | None:
        """When the customer said last that the earlier orders are not theirs."""
        return self.page.denied_at

    @property
    def own_doing(self) -> bool:
        """Whether the customer began it: prepared here, or at the company while sharing with it."""
        return self.page.began is not None

    @property
    def may_tell_offer(self) -> bool:
        """Whether the company can be told what the customer would share without something that it requires."""
        return self.request.source == "vendor" and any(detail.required for detail in self.details)

    @property
    def is_covered(self) -> bool:
        """Whether all that they ask for is shared at this moment."""
        return all(self.is_now(detail.purpose, name) for detail in self.details for name in detail.datatypes)

    def is_now(self, purpose: str, name: str) -> bool:
        """Whether an item is shared for this reason at this moment."""
        return purpose in self.now and name in self.now[purpose].datatypes

    @property
    def no(self) -> str:
        """What the answer is called that shares nothing: where something is shared already, that goes on."""
        return _("Leave it as it is") if self.now or self.amended else _("Don't share")

    @property
    def finds_earlier(self) -> bool:
        """Whether the customer said that the earlier orders are theirs."""
        return self.earlier is not None and self.form.earlier.data == "yes"

    @property
    def tries_earlier(self) -> bool:
        """Whether what is in them may be shown before the yes: an address was proven, a number was only named."""
        return self.finds_earlier and self.earlier is not None and self.earlier.number is None

    @property
    def why_earlier(self) -> str:
        """What makes earlier orders look like the customer's, and from when they are: nothing of what is in them."""
        return "" if self.earlier is None else f"{_led_to(self.earlier, self.vendor.name)} {_from_when(self.earlier)}"

    @property
    def text(self) -> dict[str, Any]:
        """The notice, as it is kept."""
        return self.page.shown.body

    def value(self, purpose: str, name: str) -> str | None:
        """What they would get of an item for this reason at this moment, in words."""
        if name in self.page.values:
            return self.page.values[name]
        counted = self.counted(purpose, name)
        if counted is None or not (counted.shown or counted.left_out):
            return None
        return ngettext("%(num)s order at all companies", "%(num)s orders at all companies", counted.shown)

    def counted(self, purpose: str, name: str) -> Counted | None:
        """The orders behind an item for this reason."""
        return self.page.orders.get(purpose) if name.startswith("orders.") else None

    def is_empty(self, name: str) -> bool:
        """Whether nothing of an item is known, nor was written into the page."""
        typed = self.form.typed()
        return name in self.missing and not typed.keys() & set(fillable(name, self._have(name)))

    def fills(self, path: str) -> list[Any]:
        """The fields in which what is missing of an item can be written, each shown once."""
        wanted = fillable(path, self._have(path)) if path in self.missing else self.gaps.get(path, [])
        found = [self.form.fill(fill) for fill in wanted if fill not in self._filled]
        self._filled.update(wanted)
        return [one for one in found if one is not None]

    def lacks(self, purpose: str, path: str) -> list[str]:
        """The labels of what an address or a name lacks for a delivery: said, and no hindrance.

        What was written into the page counts as there; of what is empty altogether something else is said.
        """
        if not self.has_gaps(purpose, path) or self.is_empty(path):
            return []
        return [label_of_part(part) for part in self.gaps[path] if part not in self.form.typed()]

    def has_gaps(self, purpose: str, path: str) -> bool:
        """Whether the customer's data lack something of an item that a delivery needs."""
        return purpose == DELIVERY and path in self.gaps

    def is_begun(self, path: str) -> bool:
        """Whether an item that was empty was begun in the page."""
        return path in self.missing and not self.is_empty(path)

    def needs_all(self, purpose: str, path: str) -> bool:
        """Whether a delivery needs all parts of an item that are not marked as optional."""
        attribute = find(path)
        return purpose == DELIVERY and attribute is not None and attribute.kind == "address"

    def is_extra(self, fill: Any) -> bool:
        """Whether a delivery can do without what is written in a field."""
        return self.form.path_of(fill).endswith(".region")

    def _have(self, path: str) -> set[str]:
        return {source for source in sources_of(path) if source not in self.missing}

    _filled: set[str] = field(default_factory=set)


def _led_to(earlier: Earlier, company: str) -> str:
    if earlier.number is not None:
        return _("%(company)s says that you are its customer %(number)s.", company=company, number=earlier.number)
    return ngettext(
        "%(company)s wrote it for somebody with your address %(address)s.",
        "%(company)s wrote them for somebody with your address %(address)s.",
        earlier.orders,
        company=company,
        address=earlier.address,
    )


def _from_when(earlier: Earlier) -> str:
    first, last = month(earlier.first), month(earlier.last)
    if first == last:
        return ngettext("It is from %(month)s.", "They are from %(month)s.", earlier.orders, month=first)
    return _("They are from the time between %(first)s and %(last)s.", first=first, last=last)


def over(unit: Unit, asked: Request) -> str | None:
    """The page of a request that cannot be answered any more."""
    vendor = vendor_of(unit, asked.vendor_id)
    link = link_between(unit, me(), vendor.id)
    goes_on, newer = False, None
    if asked.state == ANSWERED:
        grant = reads.grant_of_request(unit, asked.id)
        why = "refused" if grant is None else "given"
        if grant is None and (taken := reads.taken_up(unit, asked.id)) is not None:
            grant, why = reads.grant_of_request(unit, taken.id), "taken"
        goes_on = grant is None and is_shared(unit, asked)
    elif asked.state == WITHDRAWN and vendor.blocked_at is None:
        grant, why, newer = None, "replaced", reads.now_instead(unit, asked)
        if asked.withdrawn_by is not None:
            why = "withdrawn"
    elif not reads.is_waiting(asked, unit.at) or vendor.blocked_at is not None:
        grant, why = None, "over"
    elif link is not None and link.blocked_at is not None:
        grant, why = None, "blocked"
    else:
        return None
    link_id = None if link is None else text_of(link.id)
    return render_template(
        "grants/over.html",
        why=why,
        vendor=vendor,
        link_id=link_id,
        asked=asked,
        ended=_ended(unit, grant, link),
        goes_on=goes_on,
        newer=newer,
        on_their_way=0 if link is None else still_open(unit, link),
        offered=_offered(asked, unit.at),
    )


def _offered(asked: Request, at: datetime) -> list[str]:
    """What the company may still take up in place of what it asked, in words."""
    if asked.offer_until is None or asked.offer_until <= at:
        return []
    return [label_of(name) for detail in reads.offer_of(asked) for name in detail.datatypes]


def _ended(unit: Unit, grant: Grant | None, link: LinkView | None) -> str | None:
    """How a permission that was given has ended; None while it lasts."""
    if grant is None or link is None:
        return None
    (status,) = reads.statuses_of(unit, [grant], {link.id: link})
    return None if status.live else how_it_ended(status, link)


def gather(
    unit: Unit, asked: Request, tried: MultiDict[str, str] | None = None, written: Mapping[str, str] = NOTHING_WRITTEN
) -> Asked:
    """The request with what the customer has of it, and the form for it.

    ``tried`` are this session's choices from the page's address, ``written`` what it wrote into the page before.
    """
    details, changing = questions_of(unit, asked), amended(unit, asked)
    names = sorted({name for detail in details for name in detail.datatypes})
    sources = {source for name in names if name.startswith("profile.") for source in sources_of(name)}
    held = values_of(unit, me(), [*names, *sources])
    missing = [name for name in {*names, *sources} if name not in held]
    lacking = gaps_of(details, held)
    fills = [fill for name in names if name in missing for fill in fillable(name, held)]
    fills += [fill for parts in lacking.values() for fill in parts]
    link = link_between(unit, me(), asked.vendor_id)
    standing = _standing(unit, asked)
    purposes = {detail.purpose for detail in details}
    now = {purpose: one for purpose, one in _shared_now(asked, standing, unit.at).items() if purpose in purposes}
    form = choice_form(
        details,
        unit.at,
        ticked=_ticked(asked),
        also={purpose: one.datatypes for purpose, one in now.items()},
        missing=fills,
        now=now,
        again=asked.source == "again",
        once=_only_looks(asked, standing),
        kept={} if changing is None else {purpose: changing.to.kept(purpose) for purpose in purposes},
        tried=tried,
        written=written,
    )
    return Asked(
        request=asked,
        vendor=vendor_of(unit, asked.vendor_id),
        details=details,
        held=held,
        missing=missing,
        gaps=lacking,
        earlier=_earlier(unit, asked) if form.earlier.data else None,
        standing=standing,
        now=now,
        connects=bool(now) and changing is None and _connects(unit, asked, standing),
        link=None if link is None else text_of(link.id),
        paused_at=None if link is None else link.paused_at,
        form=form,
        amended=changing,
    )


def _earlier(unit: Unit, asked: Request) -> Earlier | None:
    # Whether earlier orders are theirs is the customer's own to see and to say: no delegate is shown that there are any.
    if unit.actor.delegation is not None:
        return None
    return earlier_of(unit, asked.vendor_id, customer_id=me(), number=asked.customer_number)


def is_as_it_was(unit: Unit, asked: Asked) -> bool:
    """Whether what its form is for is still what is asked: the permission that it would change may be another by now."""
    if asked.amended is None:
        return True
    try:
        found = amended(unit, asked.request)
    except (Conflict, NotFound):
        return False
    return found is not None and found.to == asked.amended.to


def look_up(unit: Unit, asked: Asked) -> None:
    """What the page says of it beside the form; what was looked up before stays."""
    if asked.said is not None:
        return
    request, names = asked.request, {name for detail in asked.details for name in detail.datatypes}
    asked.earlier = asked.earlier or _earlier(unit, request)
    asked.said = Said(
        shown=reads.compose(unit, request),
        values={name: said(name, asked.held[name]) for name in names if name in asked.held},
        orders=_orders(unit, request.vendor_id, asked.details),
        denied_at=None if asked.earlier is None else last_denied(unit, me(), asked.earlier.link_id),
        began=reads.own_doings(unit, [request]).get(request.id),
        leads_to=redirect_origin(unit, request.id),
    )


def gaps_of(details: tuple[Detail, ...], held: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the addresses and names that a delivery asks for still lack, by path, as paths of their parts."""
    wanted = sorted({name for detail in details if detail.purpose == DELIVERY for name in detail.datatypes})
    return {name: parts for name in wanted if (parts := _lacking(name, held))}


def _lacking(path: str, held: Mapping[str, Any]) -> list[str]:
    attribute = find(path)
    if attribute is not None and attribute.kind == "address":
        return [f"{path}.{part}" for part in gaps(held.get(path, {}))]
    return [source for source in sources_of(path) if source not in held] if path == "profile.name" else []


def label_of_part(path: str) -> str:
    """What a part of an address, or of a name, is called."""
    part = whole_of(path)
    return str(ADDRESS_LABELS[part[1]]) if part else label_of(path)


def _ticked(asked: Request) -> str:
    # What a customer shared before and wants to share again was chosen by them, as what they share now is; all else
    # starts without a tick.
    return "all" if asked.source == "again" else "required"


def _orders(unit: Unit, vendor_id: bytes, details: tuple[Detail, ...]) -> dict[str, Counted]:
    """How many orders each reason would show: without those that are hidden, or left out of this reason as gifts."""
    rows = [detail for detail in details if any(name.startswith("orders.") for name in detail.datatypes)]
    return {lease.purpose: _counted(unit, lease) for lease, _ in trial_leases(unit, vendor_id, rows)}


def _counted(unit: Unit, lease: Lease) -> Counted:
    shown = count_shared(unit, lease)
    mine = sum(one.orders for one in sums_of(unit, lease.customer_id, Filters(placed_from=lease.since)))
    return Counted(shown, mine - shown, lease.purpose in TASTE)


def _connects(unit: Unit, asked: Request, standing: list[Permission]) -> bool:
    """Whether the program that asks has nothing to read with yet, though something is shared with its company."""
    if asked.source != "authorize" or asked.client_id is None:
        return False
    return not is_connected(unit, asked.client_id, [one.grant.id for one in standing if not one.used])


def _shared_now(asked: Request, standing: list[Permission], at: datetime) -> dict[str, Choice]:
    """What is shared for the reasons they ask for, until when; nothing where the one look that was allowed is taken."""
    return {
        detail.purpose: Choice(frozenset(detail.datatypes), detail.ends_at, one.is_once(detail))
        for one in standing
        for detail in one.details
        if detail.purpose in _purposes(asked) and detail.ends_at > at and one.used_at(detail) is None
    }


def _only_looks(asked: Request, standing: list[Permission]) -> bool:
    """Whether all that stands for the reasons they ask for is one look each, taken or not."""
    purposes = _purposes(asked)
    looks = [one.is_once(detail) for one in standing for detail in one.details if detail.purpose in purposes]
    return bool(looks) and all(looks)


def _purposes(asked: Request) -> set[str]:
    return {detail["purpose"] for detail in asked.details}


def is_shared(unit: Unit, asked: Request) -> bool:
    """Whether something is shared that a yes would take the place of."""
    return bool(_shared_now(asked, _standing(unit, asked), unit.at))


def _standing(unit: Unit, asked: Request) -> list[Permission]:
    """Live permissions of this company that a yes would take the place of."""
    link = link_between(unit, me(), asked.vendor_id)
    if link is None:
        return []
    mine = [
        grant for grant in reads.grants_of(unit, link_id=link.id) if grant.state == "live" and grant.ends_at > unit.at
    ]
    details = reads.last_details(unit, mine)
    looked = last_used(unit, details)
    return [
        Permission(grant, details[grant.id], looked.get(grant.id, {}))
        for grant in mine
        if _purposes(asked) & {detail.purpose for detail in details[grant.id]}
    ]
