"""The kinds of notices: what each is called, what comes by mail unless its reader chose otherwise, and what always does."""

from dataclasses import dataclass
from datetime import timedelta

from portal.kernel.i18n import lazy_gettext as _

INBOX, MAIL, DIGEST = "inbox", "mail", "digest"
NEWS, ALWAYS, NEVER = "news", "always", "never"

REQUEST, FIRST_LOOK, UNUSUAL_LOOK, BLOCKED, ENDING = "request", "first-look", "unusual-look", "blocked", "ending"
LATE, ANSWER, DEMAND, WITHDRAWN = "late", "answer", "demand", "withdrawn"
NEW_DEVICE, NEW_ADDRESS, TRIES, IDENTITY = "new-device", "new-address", "tries", "identity"
WEEK = "week"

_BY_LINK = _("Somebody declares something about a contract of yours by a link, without signing in")
_ALONE = _("Somebody here asks to see who you are, and nobody else is there to agree")

STALE = timedelta(days=2)
"""What is older is not mailed any more: after a long outage nobody needs the news of last week at once."""

HOWS = {INBOX: _("Here only"), MAIL: _("By mail at once"), DIGEST: _("In the weekly mail")}
WEEKLY = {
    NEWS: _("When there was something new or unusual"),
    ALWAYS: _("Every week in which somebody looked"),
    NEVER: _("Never"),
}


@dataclass(frozen=True)
class Kind:
    """One kind of notice as the page of choices names it, and how it is told unless its reader chose otherwise."""

    name: str
    label: str
    how: str
    icon: str
    is_security: bool = False


KINDS = {
    kind.name: kind
    for kind in (
        Kind(REQUEST, _("A company asks you to share"), MAIL, "sharing"),
        Kind(FIRST_LOOK, _("A company looks at your data for the first time"), DIGEST, "eye"),
        Kind(UNUSUAL_LOOK, _("A company looks in a way that is not usual"), MAIL, "eye"),
        Kind(BLOCKED, _("A company keeps asking, and we block it"), DIGEST, "blocked"),
        Kind(ENDING, _("A permission is about to end"), MAIL, "clock"),
        Kind(LATE, _("An order is late"), MAIL, "orders"),
        Kind(DEMAND, _("A company answers what you asked about an order"), MAIL, "orders"),
        Kind(WITHDRAWN, _BY_LINK, MAIL, "orders"),
        Kind(ANSWER, _("A company writes in a conversation"), MAIL, "messages"),
        Kind(NEW_DEVICE, _("Somebody signs in from a new device"), MAIL, "device", is_security=True),
        Kind(NEW_ADDRESS, _("Your account gets another e-mail address"), MAIL, "key", is_security=True),
        Kind(TRIES, _("Somebody tries passwords at your account"), MAIL, "key", is_security=True),
        Kind(IDENTITY, _ALONE, MAIL, "eye", is_security=True),
        Kind(WEEK, _("The weekly mail: who looked at your data"), NEWS, "eye"),
    )
}
ADJUSTABLE = tuple(kind for kind in KINDS.values() if not kind.is_security and kind.name != WEEK)
WRITTEN_BY_ACCOUNTS = (NEW_ADDRESS, TRIES, IDENTITY)
"""Kinds of which the accounts room writes letters of its own, with what is to be done."""
SECURITY = tuple(kind for kind in KINDS.values() if kind.is_security)


def choices_of(kind: str) -> dict[str, str]:
    """What may be chosen for a kind: nothing for security."""
    if kind == WEEK:
        return WEEKLY
    return HOWS if kind in KINDS and not KINDS[kind].is_security else {}


def turned_off(kind: str) -> str:
    """What one press in a mail chooses: no more of this kind by mail."""
    return NEVER if kind == WEEK else INBOX
