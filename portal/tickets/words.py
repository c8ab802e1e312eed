"""What pages call the kinds, states and doings of conversations. Pure."""

from portal.kernel.i18n import lazy_gettext as _
from portal.tickets.clocks import (
    CLOSED,
    CUSTOMER,
    OPEN,
    RESOLVED,
    VENDOR,
    WAITING_CUSTOMER,
    WAITING_THIRD,
    WAITING_VENDOR,
    Name,
)
from portal.tickets.machine import COMPLAINT, FAULT, HIGH, LOW, MEDIUM, QUESTION, SUGGESTION

MOST = 5000
"""Characters of what is said at once."""
KIND_WORDS: dict[str, str] = {
    QUESTION: _("Question"),
    FAULT: _("Something is wrong"),
    COMPLAINT: _("Complaint"),
    SUGGESTION: _("Suggestion"),
}
IMPACT_WORDS: dict[int, str] = {
    LOW: _("Little: it can wait"),
    MEDIUM: _("Somewhat"),
    HIGH: _("Much: I cannot go on without it"),
}
URGENCY_WORDS: dict[int, str] = {LOW: _("Can wait"), MEDIUM: _("In its turn"), HIGH: _("Soon")}
STATE_WORDS: dict[str, str] = {
    OPEN: _("Sent"),
    WAITING_VENDOR: _("They are at it"),
    WAITING_CUSTOMER: _("Waits for you"),
    WAITING_THIRD: _("They wait for somebody else"),
    RESOLVED: _("Solved, they say"),
    CLOSED: _("Closed"),
}
STATE_KINDS: dict[str, str] = {
    OPEN: "brand",
    WAITING_VENDOR: "brand",
    WAITING_CUSTOMER: "notice",
    RESOLVED: "good",
}
"""The look of a state's badge; quiet where none is named."""
THEIR_STATE_WORDS: dict[str, str] = {
    OPEN: _("New"),
    WAITING_VENDOR: _("Waits for you"),
    WAITING_CUSTOMER: _("Waits for the customer"),
    WAITING_THIRD: _("Waits for somebody else"),
    RESOLVED: _("Solved"),
    CLOSED: _("Closed"),
}
"""The same, as a company's people read it."""
THEIR_STATE_KINDS: dict[str, str] = {OPEN: "brand", WAITING_VENDOR: "notice", RESOLVED: "good"}
CLOCK_WORDS: dict[Name, str] = {
    Name.FIRST_RESPONSE: _("First answer"),
    Name.NEXT_RESPONSE: _("Next answer"),
    Name.FIRST_RESOLUTION: _("First solution"),
    Name.TOTAL_RESOLUTION: _("Solution"),
}
SCORE_WORDS: dict[int, str] = {
    1: _("Very bad"),
    2: _("Bad"),
    3: _("Neither good nor bad"),
    4: _("Good"),
    5: _("Very good"),
}
DONE_WORDS: dict[tuple[str, str], str] = {
    (CUSTOMER, "open"): _("You wrote"),
    (CUSTOMER, "reply"): _("You wrote"),
    (CUSTOMER, "call"): _("You asked to be called back"),
    (CUSTOMER, "close"): _("You closed it"),
    (CUSTOMER, "reopen"): _("You opened it again"),
    (VENDOR, "open"): _("%(company)s wrote"),
    (VENDOR, "take"): _("%(company)s took it up"),
    (VENDOR, "answer"): _("%(company)s answered, and waits for you"),
    (VENDOR, "progress"): _("%(company)s wrote, and goes on with it"),
    (VENDOR, "hold"): _("%(company)s waits for somebody else"),
    (VENDOR, "resume"): _("%(company)s goes on with it"),
    (VENDOR, "resolve"): _("%(company)s says that it is solved"),
}
"""What each event was, as the customer reads it."""
THEIR_DONE_WORDS: dict[tuple[str, str], str] = {
    (CUSTOMER, "open"): _("The customer wrote"),
    (CUSTOMER, "reply"): _("The customer wrote"),
    (CUSTOMER, "call"): _("The customer wants to be called back"),
    (CUSTOMER, "close"): _("The customer closed it"),
    (CUSTOMER, "reopen"): _("The customer opened it again"),
    (VENDOR, "open"): _("You wrote"),
    (VENDOR, "take"): _("Taken up"),
    (VENDOR, "answer"): _("Answered"),
    (VENDOR, "progress"): _("Answered; it goes on"),
    (VENDOR, "hold"): _("Waits for somebody else"),
    (VENDOR, "resume"): _("Goes on"),
    (VENDOR, "resolve"): _("Called solved"),
}
"""The same, as a company's people read it."""
CHANNEL_WORDS: dict[str, str] = {
    "phone": _("Call"),
    "visit": _("Visit"),
    "email": _("E-mail"),
    "sms": _("Text message"),
    "whatsapp": _("WhatsApp"),
    "chat": _("Chat"),
    "post": _("Letter by post"),
    "x": _("X"),
}
"""By which way something elsewhere was said."""
LEFT_OUT_WORDS: dict[str, str] = {
    "empty": _("there is nothing in it"),
    "large": _("it is larger than 10 MB"),
    "together": _("the files are larger than 10 MB together"),
    "many": _("five files at most go with a message"),
    "heic": _("pictures of this kind (HEIC) cannot be taken"),
    "picture": _("pictures of this kind cannot be taken"),
    "animated": _("moving pictures cannot be taken"),
    "points": _("the picture is too large"),
    "broken": _("it cannot be read"),
    "archive": _("packed files cannot be taken"),
    "page": _("web pages and drawings cannot be taken"),
    "unknown": _("files of this kind cannot be taken"),
    "room": _("there is no room for more files"),
    "guest": _("files go with what is said from an account"),
}
"""Why a file of a mail does not stand in the conversation."""
NOT_TAKEN_WORDS: dict[str, str] = {
    "from": _("It did not come from an e-mail address that we know to be yours."),
    "empty": _("There were no words of yours in it."),
    "long": _("It was too long: 5,000 characters go with a message."),
    "large": _("It was larger than 16 MB."),
    "encrypted": _("It was encrypted, and we cannot read it."),
    "over": _("The conversation is closed."),
    "blocked": _("You have blocked this company."),
    "broken": _("It could not be read."),
}
"""Why an answer by mail was not taken."""
