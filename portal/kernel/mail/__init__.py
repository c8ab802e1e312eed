"""Mail: composed in its reader's language when it is queued, sealed, sent by a job, and each one's fate is kept.

With SMTP settings a real conversation with the server; without, each message is an ``.eml`` file under the instance.
"""

from portal.kernel.mail.answers import About, token_in
from portal.kernel.mail.letters import (
    KEPT,
    NOBODYS,
    Mail,
    MailView,
    compose,
    mail_of,
    newest_mails,
    prune,
    queue_mail,
    suppress,
    suppress_topic,
)
from portal.kernel.mail.older import adopt_older
from portal.kernel.mail.reasons import REASONS, NoReason, because
from portal.kernel.mail.receipts import Came, count_mail, mails_that_came
from portal.kernel.mail.sending import deliver, forget_files, message_of, send
from portal.kernel.mail.smtp import open_server
from portal.kernel.mail.standing import Stuck, retry_mail, stuck_mails
from portal.kernel.mail.unsubscribe import NO_STOP, stop_address, whose

__all__ = [
    "KEPT",
    "NOBODYS",
    "NO_STOP",
    "REASONS",
    "About",
    "Came",
    "Mail",
    "MailView",
    "NoReason",
    "Stuck",
    "adopt_older",
    "because",
    "compose",
    "count_mail",
    "deliver",
    "forget_files",
    "mail_of",
    "mails_that_came",
    "message_of",
    "newest_mails",
    "open_server",
    "prune",
    "queue_mail",
    "retry_mail",
    "send",
    "stop_address",
    "stuck_mails",
    "suppress",
    "suppress_topic",
    "token_in",
    "whose",
]
