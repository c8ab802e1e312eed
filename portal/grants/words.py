"""What pages call the states of permissions, the reasons of blocked attempts, and the kinds of records."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from portal.grants import decision
from portal.grants.details import Detail
from portal.grants.once import is_once
from portal.kernel.i18n import day, gettext, moment, ngettext, stamp
from portal.kernel.i18n import lazy_gettext as _

ENDS_SOON = timedelta(days=14)
"""From when on pages remind of an end."""

REASON_WORDS: dict[str, str] = {
    decision.REVOKED: _("You stopped sharing"),
    decision.REPLACED: _("A newer permission of yours had taken its place"),
    decision.EXPIRED: _("The permission was over"),
    decision.NARROWED: _("You had stopped sharing this part"),
    decision.PAUSED: _("You have paused sharing"),
    decision.BLOCKED: _("You blocked this company"),
    decision.NOT_YET: _("The permission had not begun yet"),
    decision.NO_GRANT: _("You never shared this with them"),
    decision.PURPOSE_NEEDED: _("They did not say what for"),
    decision.BUDGET: _("They had looked as often as agreed"),
}
"""Why a read was refused, in the words of the customer whose data it was about."""

BEGAN_WORDS: dict[str, str] = {
    "again": _("You wanted to share again with %(company)s. Your answer is missing."),
    "change": _("You wanted to change what you share with %(company)s. Your answer is missing."),
    "connect": _("You wanted to connect the site of %(company)s with what you share. Your answer is missing."),
    "before": _("You wanted to change what you share with %(company)s before you stopped. Your answer is missing."),
}
"""What somebody wanted who began a request themselves (portal.grants.reads.own_doing), while it waits for their answer."""

KIND_WORDS: dict[str, str] = {
    "given": _("You said yes"),
    "refused": _("You said no to a request"),
    "narrowed": _("You went on with less"),
    "withdrawn": _("You stopped sharing"),
    "replaced": _("Your newer choice took its place"),
    "taken over": _("Your newer choice took over a part"),
    "blocked": _("You blocked the company"),
    "link": _("You ended the connection"),
    "left": _("You left what you share as it was"),
}
"""What a record of a choice is about; from "taken over" on they tell apart what its kind does not."""

ENDED_WORDS: dict[str, str] = {
    "customer": _("You stopped it on %(day)s."),
    "replaced": _("A newer permission took its place on %(day)s."),
    "vendor": _("The company gave it back on %(day)s."),
    "blocked": _("It ended on %(day)s, when you blocked the company."),
    "link": _("It ended on %(day)s, when you ended the connection."),
}
"""How a permission ended; one that ran out says so itself."""

WAS_WORDS: dict[str, str] = {
    "customer": _("stopped on %(day)s."),
    "replaced": _("your newer choice took its place on %(day)s."),
    "vendor": _("the company gave it back on %(day)s."),
    "blocked": _("ended on %(day)s, when you blocked the company."),
    "link": _("ended on %(day)s, when you ended the connection."),
}
"""The same behind the end that it had."""


def until(ends_at: datetime, *, once: bool) -> str:
    """Until when something is shared, and whether for one look alone."""
    # One look lasts for a day from some hour on: its end is that hour, as the choice of it said.
    return gettext("Once, until %(moment)s", moment=moment(ends_at)) if once else gettext("Until %(day)s", day=day(ends_at))


def still_see_orders(count: int) -> str:
    """What an end, a pause or a narrower permission takes from nobody: the company's own orders, of which there are some."""
    return ngettext(
        "They still see the order that you placed with them, which they wrote themselves.",
        "They still see the %(num)s orders that you placed with them, which they wrote themselves.",
        count,
    )


def until_of(detail: Detail, since: datetime) -> str:
    """The same of one purpose of a permission that was given at ``since``."""
    return until(detail.ends_at, once=is_once(detail, since))


def given_on(moments: Mapping[bytes, datetime]) -> Mapping[bytes, str]:
    """When each permission was given, as exactly as it takes to tell them apart: its day, its minute, or its second."""
    said = dict.fromkeys(moments, "")
    for form in (day, moment, stamp):
        alike = Counter(said.values())
        said |= {id_: form(moments[id_]) for id_, words in said.items() if alike[words] > 1 or not words}
    return said
