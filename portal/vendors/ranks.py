"""What somebody may be in a company, as its console shows it.

An owner may do everything there; a developer looks after what the company's machines need; an agent serves its customers;
a reader changes nothing.
"""

from portal.kernel.i18n import lazy_gettext as _

OWNER, DEVELOPER, AGENT, READER = RANKS = ("owner", "developer", "agent", "reader")

LABELS: dict[str, str] = {
    OWNER: _("Owner"),
    DEVELOPER: _("Developer"),
    AGENT: _("Agent"),
    READER: _("Reader"),
}
DUTIES: dict[str, str] = {
    OWNER: _("Owner: everything, the card, the staff and what may be asked for among it"),
    DEVELOPER: _("Developer: programs with their keys and addresses, webhooks, calls and the sandbox"),
    AGENT: _("Agent: sees what customers share with the company, and brings customers"),
    READER: _("Reader: sees how the company is set up, and changes nothing"),
}
"""What each may do, in a line."""
