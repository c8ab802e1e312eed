"""In words: what a company promises with a purpose, and what of it an amended permission would change."""

from typing import Any

from portal.customers.catalogue import label_of
from portal.grants import durations
from portal.grants.amending import Amendment
from portal.grants.details import Detail, Frequency
from portal.grants.order import join
from portal.kernel.i18n import day, listing, ngettext, within
from portal.kernel.i18n import gettext as _
from portal.vendors.purposes import label_of as purpose_label
from portal.vendors.reads import VendorView


def said_of(to: Amendment) -> dict[str, Any]:
    """What of a permission stays without being asked about, and what would be shared no more."""
    stays = [_named(one.purpose, one.datatypes) for one in to.settled]
    goes = [_named(purpose, names) for purpose, names in to.gone.items()]
    return {name: said for name, said in (("stays", stays), ("goes", goes)) if said}


def _named(purpose: str, names: Any) -> str:
    return f"{purpose_label(purpose)}: {listing(within(label_of(name)) for name in names)}"


def promises(detail: Detail, vendor: VendorView) -> list[str]:
    """From when, how far back, how long kept, how often: where a company said so; and who else comes to have it."""
    found = []
    if detail.begins_at is not None:
        found.append(_begins(detail))
    if detail.lookback:
        found.append(_lookback(detail))
    if detail.retention:
        found.append(_retention(detail))
    if detail.frequency:
        found.append(_often(detail.frequency))
    return [*found, _passes_on(vendor)]


def _passes_on(vendor: VendorView) -> str:
    if names := [one["name"] for one in vendor.card.get("subcontractors", ())]:
        return _("They say that they pass it on to nobody but those who work for them: %(names)s.", names=listing(names))
    return _("They say that they pass it on to nobody else.")


def changes(before: Detail, after: Detail) -> list[dict[str, str]]:
    """What would hold more widely than now, each with what holds now; attributes apart."""
    wider = join(before, after)
    found = {
        "expires_at": (_until(after), _until(before)),
        "not_before": (_begins(after), _begins(before)),
        "lookback": (_lookback(after), _lookback(before)),
        "retention": (_retention(after), _retention(before)),
        "frequency": (_often(after.frequency), _often(before.frequency)),
        "terms": (_terms(after), _terms(before)),
    }
    moved = (name for name in found if getattr(wider, name) != getattr(before, name))
    return [{"new": found[name][0], "before": found[name][1]} for name in moved]


def _until(detail: Detail) -> str:
    return _("Until %(day)s.", day=day(detail.ends_at))


def _begins(detail: Detail) -> str:
    if detail.begins_at is None:
        return _("It begins at once.")
    return _("It begins on %(day)s.", day=day(detail.begins_at))


def _lookback(detail: Detail) -> str:
    if detail.lookback is None:
        return _("Of your orders, however old they are.")
    return _("Of your orders, only those of the last %(time)s.", time=length(detail.lookback))


def _retention(detail: Detail) -> str:
    if detail.retention is None:
        return _("They do not say how long they keep it.")
    return _("They say that they keep it for at most %(time)s.", time=length(detail.retention))


def _often(often: Frequency | None) -> str:
    if often is None:
        return _("They can look as often as they like.")
    return ngettext(
        "They can look at most %(num)s time in %(time)s.",
        "They can look at most %(num)s times in %(time)s.",
        often.max,
        time=length(often.period),
    )


def _terms(detail: Detail) -> str:
    if detail.terms is None:
        return _("No terms of yours hold for it.")
    return _("Your terms %(terms)s hold for it.", terms=detail.terms.rpartition("#")[2])


def length(text: str) -> str:
    """A duration in words: ``P395D`` is "1 year and 30 days"."""
    years, days = divmod(durations.parse(text).days, 365)
    parts = [
        ngettext("%(num)s year", "%(num)s years", years) if years else "",
        ngettext("%(num)s day", "%(num)s days", days) if days else "",
    ]
    return listing(part for part in parts if part)
