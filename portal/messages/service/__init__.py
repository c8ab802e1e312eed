"""The verbs of the messages room."""

from portal.messages.service.choosing import choose
from portal.messages.service.mailing import mail_notice, settle
from portal.messages.service.telling import Told, forget, forget_old, mark_looked_at, mark_seen, tell
from portal.messages.service.watching import tell_looks

__all__ = [
    "Told",
    "choose",
    "forget",
    "forget_old",
    "mail_notice",
    "mark_looked_at",
    "mark_seen",
    "settle",
    "tell",
    "tell_looks",
]
