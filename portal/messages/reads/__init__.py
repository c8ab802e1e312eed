"""What a person was told and mailed, and what they chose; one's own alone. Nothing here writes."""

from portal.messages.reads.chosen import how_of, hows_of
from portal.messages.reads.inbox import (
    Notice,
    looked_through,
    new_by_thing,
    notice_for_mail,
    notices_of,
    open_notice,
    unseen_of,
)
from portal.messages.reads.mails import PAGE, Message, messages_of, without_links
from portal.messages.reads.watched import person_of_holder, untold_to

__all__ = [
    "PAGE",
    "Message",
    "Notice",
    "how_of",
    "hows_of",
    "looked_through",
    "messages_of",
    "new_by_thing",
    "notice_for_mail",
    "notices_of",
    "open_notice",
    "person_of_holder",
    "unseen_of",
    "untold_to",
    "without_links",
]
