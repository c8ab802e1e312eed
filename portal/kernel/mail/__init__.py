"""Mail: composed in its reader's language when it is queued, sealed, sent by a job, and each one's fate is kept.

With SMTP settings a real conversation with the server; without, each message is an ``.eml`` file under the instance.
"""

from portal.kernel.mail.letters import Mail, MailView, compose, mail_of, newest_mails, prune, queue_mail
from portal.kernel.mail.sending import deliver, forget_files, message_of, open_server, send

__all__ = [
    "Mail",
    "MailView",
    "compose",
    "deliver",
    "forget_files",
    "mail_of",
    "message_of",
    "newest_mails",
    "open_server",
    "prune",
    "queue_mail",
    "send",
]
