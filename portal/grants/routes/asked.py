"""A request as somebody stands before it: what they can choose, and what its page says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.customers.catalogue import ADDRESS_LABELS, fillable, find, label_of, whole_of
from portal.customers.derive import sources_of
from portal.grants.choices import Choice
from portal.grants.details import Detail
from portal.grants.forms import ChoiceForm
from portal.grants.models import Request
from portal.grants.reads import Shown
from portal.grants.reads.amended import Amended
from portal.grants.routes.preview import Seen
from portal.grants.routes.sharing import Permission
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import month, ngettext
from portal.links.reads import Earlier
from portal.vendors.purposes import DELIVERY
from portal.vendors.reads import VendorView


@dataclass(frozen=True, slots=True)
class Counted:
    """Orders that a reason would show, and those that it leaves out."""

    shown: int
    left_out: int
    taste: bool
    # Whether the customer has orders besides that no company told of.
    added: bool

    @property
    def why(self) -> str | None:
        """What is not among them: what the customer said should not be, and what they added themselves."""
        own = _("Those that you added yourself no company sees.") if self.added else None
        return " ".join(part for part in (self._left_out, own) if part) or None

    @property
    def _left_out(self) -> str | None:
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
    # What the customer wanted who began it (``again``, ``change``, ``connect``, ``before``); None where the company did.
    began: str | None = None
    # Whether they have to come by its site once more before it gets what is shared again.
    comes_by: bool = False
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
    with_earlier: bool = False

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
    def first_to_fill(self) -> Any:
        """The field in which what is still empty begins, once somebody has pressed Share without it; None before."""
        named = (name for detail in self.details for name in detail.datatypes if name in self.unfilled)
        fields = (self.form.fill(path) for name in named for path in self._wanted(name))
        return next((one for one in fields if one is not None and not one.data), None)

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
        wanted = self._wanted(path)
        found = [self.form.fill(fill) for fill in wanted if fill not in self._filled]
        self._filled.update(wanted)
        return [one for one in found if one is not None]

    def _wanted(self, path: str) -> Sequence[str]:
        return fillable(path, self._have(path)) if path in self.missing else self.gaps.get(path, [])

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


def label_of_part(path: str) -> str:
    """What a part of an address, or of a name, is called."""
    part = whole_of(path)
    return str(ADDRESS_LABELS[part[1]]) if part else label_of(path)
