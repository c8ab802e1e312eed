"""Why a call was not made, or came to nothing: one plain sentence a reason, and nothing of what was called or sent."""

from portal.kernel.i18n import lazy_gettext

REASONS = {
    "form": lazy_gettext("This is no web address that can be called: it takes https:// and a full name."),
    "scheme": lazy_gettext("Only addresses that begin with https:// are called."),
    "userinfo": lazy_gettext("No address with a user name or a password in it is called."),
    "fragment": lazy_gettext("No address with a # in it is called."),
    "port": lazy_gettext("Only the ports 443 and 8443 are called."),
    "inside": lazy_gettext("The name leads to an address that is not on the public internet, so it was not called."),
    "unresolved": lazy_gettext("The name of the address was not found."),
    "unreachable": lazy_gettext("Nobody answers at the address, or the connection broke."),
    "tls": lazy_gettext("The address has no certificate for its name that we trust, or no TLS that we speak."),
    "timed-out": lazy_gettext("The answer took too long."),
    "too-large": lazy_gettext("The answer was too large."),
    "redirect": lazy_gettext("The answer leads to another address, and no call is led on."),
    "broken": lazy_gettext("What came back was no whole answer of the web."),
}
"""The sentence of each reason, in its reader's language."""
NEVER_MADE = frozenset({"form", "scheme", "userinfo", "fragment", "port", "inside", "unresolved"})
"""The reasons for which nothing was connected to."""


class Failed(Exception):
    """A call that was not made or came to nothing: its reason, and the status where one had come already.

    Neither it nor what it says holds anything of the address, the headers or the bodies.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.status = reason, status

    def __str__(self) -> str:
        return str(REASONS[self.reason])

    @property
    def was_made(self) -> bool:
        """Whether anything was connected to; otherwise only another address or another look-up helps."""
        return self.reason not in NEVER_MADE
