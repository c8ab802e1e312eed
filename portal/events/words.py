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
NOT_SHARED = _("It is not shared with you any more.")
DISABLED: dict[str, str] = {
    "by-hand": _("Somebody of your company, or the operator, disabled it."),
    "gone": _("It answered that it is gone (410)."),
    "failing": _("It took nothing for three days."),
}
"""Why an endpoint is told nothing any more."""


def why_not(reason: str) -> str:
    """Why a call came to nothing, in a sentence."""
    return str(NOT_SHARED if reason == "not-shared" else REASONS[reason])
