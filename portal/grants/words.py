"""What pages call the states of permissions, the reasons of blocked attempts, and the kinds of records."""

from portal.grants import decision
from portal.kernel.i18n import lazy_gettext as _

REASON_WORDS: dict[str, str] = {
    decision.REVOKED: _("You stopped sharing"),
    decision.EXPIRED: _("The permission was over"),
    decision.NARROWED: _("You had stopped sharing this part"),
    decision.PAUSED: _("You have paused sharing"),
    decision.BLOCKED: _("You blocked this company"),
    decision.NOT_YET: _("The permission had not begun yet"),
    decision.NO_GRANT: _("You never shared this with them"),
    decision.PURPOSE_NEEDED: _("They did not say what for"),
}
"""Why a read was refused, in the words of the customer whose data it was about."""

KIND_WORDS: dict[str, str] = {
    "given": _("You said yes"),
    "refused": _("You said no"),
    "narrowed": _("You went on with less"),
    "withdrawn": _("You stopped sharing"),
    "replaced": _("A newer permission took its place"),
}
"""What a record of a choice is about."""

ENDED_WORDS: dict[str, str] = {
    "customer": _("You stopped it on %(day)s."),
    "replaced": _("A newer permission took its place on %(day)s."),
    "vendor": _("The company gave it back on %(day)s."),
    "link": _("It ended on %(day)s, when you blocked the company or ended the connection."),
}
"""How a permission ended; one that ran out says so itself."""
