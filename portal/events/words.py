"""Codes of this room in the words of its pages. Pure."""

from portal.kernel.i18n import lazy_gettext as _
from portal.kernel.outgoing import REASONS

STATES: dict[str, tuple[str, str]] = {
    "waiting": (_("On its way"), "notice"),
    "delivered": (_("Delivered"), "good"),
    "given-up": (_("Given up"), "wrong"),
    "dropped": (_("Not sent"), "quiet"),
}
"""How a message stands, and how that looks."""
_OURS: dict[str, str] = {
    "not-shared": _("It is not shared with you any more."),
    "cut-short": _("Freehold was stopped before an answer came. It is sent again."),
}
DISABLED: dict[str, str] = {
    "by-hand": _("Somebody of your company, or the operator, disabled it."),
    "gone": _("It answered that it is gone (410)."),
    "failing": _("It took nothing for three days."),
}
"""Why an endpoint is told nothing any more."""


def why_not(reason: str) -> str:
    """Why a call came to nothing, in a sentence."""
    return str(_OURS.get(reason) or REASONS[reason])
