"""What makes a yes stop before it is given: nothing that could be shared, or something that may be an oversight."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from portal.customers.catalogue import label_of
from portal.grants.choices import Choice
from portal.grants.routes.asked import Asked
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import listing, ngettext, within
from portal.vendors.purposes import DELIVERY
from portal.vendors.purposes import label_of as purpose_label


def wait(asked: Asked, at: datetime) -> bool:
    """Whether the press does not count yet; the form then says why.

    Where nothing could be shared it never counts. Where a reason falls away for want of something required, or
    something required is still empty, it is said once: who presses again with the same choices means it.
    """
    chosen, lacking = asked.form.choices(at), asked.form.lacking(at)
    left = chosen.keys() - lacking.keys()
    if not left:
        asked.form.refuse({"": why_nothing(asked, at)})
        return True
    needed = {name for one in asked.details if one.purpose in left for name in one.required}
    empty = sorted(filter(asked.is_empty, needed))
    begun = _begun(asked, left, chosen)
    known = " ".join([*sorted(lacking), *empty, *begun])
    if not known or asked.form.sure.data == known:
        return False
    asked.form.sure.data = known
    asked.unfilled = frozenset([*empty, *begun])
    rest = any(not asked.is_empty(name) for purpose in left for name in chosen[purpose].datatypes)
    for sentence in [*_falling_away(asked, lacking), *_still_empty(asked, empty, rest), *_half_written(asked, begun)]:
        asked.form.refuse({"": sentence})
    return True


def why_nothing(asked: Asked, at: datetime) -> str:
    """Why a yes would share nothing as the form stands: what was refused, and where nothing is ticked or enough."""
    form, lacking = asked.form, asked.form.lacking(at)
    noes = [detail.purpose for index, detail in enumerate(asked.details) if form.refused(index).data]
    if len(asked.details) == 1:
        # A page with one reason has no such box.
        noes = []
    elif len(noes) == len(asked.details):
        return _("You said no to every reason. Take a no back and tick what you want to share, or press “%(no)s”.", no=asked.no)
    if lacking:
        refused = [_("You said no to %(reasons)s.", reasons=_reasons(noes))] if noes else []
        return " ".join([*refused, _without(asked, lacking)])
    if not noes:
        return _("Nothing is ticked. Tick what you want to share, or press “%(no)s”.", no=asked.no)
    return _(
        "You said no to %(reasons)s, and nothing is ticked under %(others)s. "
        "Tick what you want to share, or press “%(no)s”.",
        no=asked.no,
        reasons=_reasons(noes),
        others=_reasons(one.purpose for one in asked.details if one.purpose not in noes),
    )


def _without(asked: Asked, lacking: dict[str, list[str]]) -> str:
    names = sorted({name for found in lacking.values() for name in found})
    return _(
        "Without %(what)s nothing would be shared. Tick what is required, or press “%(no)s”.", what=_listed(names), no=asked.no
    )


def _reasons(purposes: Iterable[str]) -> str:
    return listing(within(purpose_label(purpose)) for purpose in purposes)


def _falling_away(asked: Asked, lacking: dict[str, list[str]]) -> list[str]:
    return [
        _(
            "Not ticked: %(what)s. So nothing is shared for this reason: %(why)s. "
            "To share the rest, press “Share with %(company)s” again.",
            what=_listed(names),
            why=within(purpose_label(purpose)),
            company=asked.vendor.name,
        )
        for purpose, names in lacking.items()
    ]


def _still_empty(asked: Asked, empty: list[str], rest: bool) -> list[str]:
    """What is asked about empty things; ``rest``: whether there is more in this yes, which they get at once."""
    if not empty:
        return []
    words = {"what": _listed(empty), "company": asked.vendor.name}
    if rest:
        return [
            ngettext(
                "Required and still empty: %(what)s. Fill it in below; or press “Share with %(company)s” again: "
                "the rest that is ticked is shared now, and this once you fill it in.",
                "Required and still empty: %(what)s. Fill them in below; or press “Share with %(company)s” again: "
                "the rest that is ticked is shared now, and these once you fill them in.",
                len(empty),
                **words,
            )
        ]
    return [
        ngettext(
            "Required and still empty: %(what)s. "
            "Fill it in below; or press “Share with %(company)s” again, and they get it once you fill it in.",
            "Required and still empty: %(what)s. "
            "Fill them in below; or press “Share with %(company)s” again, and they get them once you fill them in.",
            len(empty),
            **words,
        )
    ]


def _begun(asked: Asked, left: Iterable[str], chosen: Mapping[str, Choice]) -> list[str]:
    """What is shared for a delivery and was only begun in the page: nothing could have said before what it lacks."""
    names = {name for purpose in left for name in chosen[purpose].datatypes if asked.lacks(purpose, name)}
    return sorted(name for name in names if asked.is_begun(name))


def _half_written(asked: Asked, begun: list[str]) -> list[str]:
    return [
        _(
            "%(item)s: for a delivery this is still missing: %(what)s. "
            "Fill it in below; or press “Share with %(company)s” again, and they get what is there.",
            item=label_of(name),
            what=listing(within(part) for part in asked.lacks(DELIVERY, name)),
            company=asked.vendor.name,
        )
        for name in begun
    ]


def _listed(names: list[str]) -> str:
    return listing([within(label_of(name)) for name in names])
