"""What pages call what customers ask for about their orders, how it stands, and why something cannot be asked for."""

from portal.kernel.i18n import gettext
from portal.kernel.i18n import lazy_gettext as _

KIND_WORDS: dict[str, str] = {
    "cancellation": _("Cancel the order"),
    "return": _("Send something back"),
    "claim": _("Something is wrong with it"),
    "withdrawal": _("Withdraw from contract here"),
    "change": _("Change it before it is sent"),
    "reorder": _("Order the same again"),
    "not-mine": _("This order is not mine"),
}
"""Each on the button that begins it."""
NAMES: dict[str, str] = {
    "cancellation": _("Cancellation"),
    "return": _("Return"),
    "claim": _("Guarantee claim"),
    "withdrawal": _("Withdrawal from the contract"),
    "change": _("Change"),
    "reorder": _("The same again"),
    "not-mine": _("Not my order"),
}
EFFECTS: dict[str, str] = {
    "cancellation": _("Before it is sent. The company says whether it can still stop it, and pays back what you paid."),
    "return": _("By the company's own rules for returns. Wait for its yes before you send anything."),
    "claim": _("It is broken, missing or not what you ordered: the law's guarantee, and the company's own."),
    "withdrawal": _(
        "Your right by law, mostly within 14 days after it came, without giving a reason. It counts from the moment you "
        "confirm it, whatever the company answers."
    ),
    "change": _("Another address, another time or another quantity, as long as it has not left."),
    "reorder": _("The company takes it as a new order once it says yes."),
    "not-mine": _("The company is told, and no other company sees this order until that is settled."),
}
"""What each gives, in a line."""
STATE_WORDS: dict[str, tuple[str, str]] = {
    "requested": (_("Waits for the company"), "notice"),
    "open": (_("Agreed, under way"), "brand"),
    "partially_received": (_("The company has a part back"), "brand"),
    "closed": (_("Done"), "good"),
    "declined": (_("The company said no"), "wrong"),
    "canceled": (_("Taken back by you"), "quiet"),
    "started": (_("Begun, not confirmed"), "quiet"),
    "submitted": (_("Declared"), "notice"),
    "receipt_sent": (_("Declared, receipt sent"), "notice"),
    "acknowledged_by_vendor": (_("The company knows of it"), "brand"),
    "settled": (_("Settled"), "good"),
    "disputed": (_("The company disputes it"), "wrong"),
}
STEP_WORDS: dict[str, str] = {
    "begin": _("You began it"),
    "ask": _("You asked for it"),
    "confirm": _("You confirmed it"),
    "declare": _("It was declared by a link in a mail to you, without signing in"),
    "send-receipt": _("Your receipt was signed and sent to you"),
    "accept": _("The company said yes"),
    "decline": _("The company said no"),
    "receive": _("The company got things back"),
    "close": _("The company closed it"),
    "take-back": _("You took it back"),
    "remind": _("You reminded the company"),
    "acknowledge": _("The company said that it knows of it"),
    "settle": _("The company settled it"),
    "dispute": _("The company disputes it"),
}
DESK_WORDS: dict[str, str] = {
    "begin": _("The customer began it"),
    "ask": _("The customer asked for it"),
    "confirm": _("The customer confirmed it"),
    "declare": _("The customer declared it by a link in a mail, without signing in"),
    "send-receipt": _("The customer got a signed receipt"),
    "accept": _("You said yes"),
    "decline": _("You said no"),
    "receive": _("You got things back"),
    "close": _("You closed it"),
    "take-back": _("The customer took it back"),
    "remind": _("The customer reminded you"),
    "acknowledge": _("You said that you know of it"),
    "settle": _("You settled it"),
    "dispute": _("You dispute it"),
}
"""The same steps, as a company's people read them."""
DESK_STATES: dict[str, str] = {
    "requested": _("Waits for you"),
    "receipt_sent": _("Waits for you"),
    "partially_received": _("You have a part back"),
    "declined": _("You said no"),
    "canceled": _("Taken back by the customer"),
    "acknowledged_by_vendor": _("You know of it"),
    "disputed": _("You dispute it"),
}
"""How it stands, where that is said otherwise to them."""
ANSWER_WORDS: dict[str, str] = {
    "accept": _("Say yes"),
    "decline": _("Say no"),
    "receive": _("Things came back"),
    "close": _("Close it"),
    "acknowledge": _("Say that you know of it"),
    "settle": _("It is settled"),
    "dispute": _("Dispute it"),
}
"""What a company's people press."""
_PIECES = _("Say how many pieces came back: whole numbers, and no more than were to come.")
NOT_SENT: dict[str, str] = {
    "changed": _("Something has happened since you opened it. Look at it before you send this."),
    "no-amount": _("Write what you pay back as an amount such as 12.50."),
    "no-refund": _("What you pay back is said with the answer that closes or settles it."),
    "too-large": _("You cannot pay back more than the order cost."),
    **dict.fromkeys(("no-number", "unknown-line", "too-many-pieces"), _PIECES),
}
"""Why an answer was not sent, and what to change."""
WHY_NOT: dict[str, str] = {
    "frozen": _("You said that this order is not yours. Take that back first."),
    "nothing-left": _("Nothing of it is left: it was cancelled or went back."),
    "not-here-yet": _("It is not there yet."),
    "came-already": _("It has come already."),
    "on-its-way": _("It is on its way already."),
    "return-time-over": _("The time in which the company takes it back is over."),
    "guarantee-over": _("The guarantee is over."),
    "not-offered": _("The company does not offer this here."),
    "already-asked": _("You asked for it, and the company has not answered."),
    "all-asked": _("You asked for every piece of it already."),
}
TYPES: dict[str, str] = {
    "replace": _("Send me another one"),
    "refund": _("Pay me back"),
    "address": _("The address"),
    "slot": _("The time at which it comes"),
    "quantity": _("How many"),
}
REASONS: dict[str, str] = {
    "missing_item": _("Something is missing"),
    "wrong_item": _("It is not what I ordered"),
    "production_failure": _("It is broken or faulty"),
    "other": _("Something else"),
}


def withdrawn_by_link(company: str) -> tuple[str, str]:
    """The sentence and the button of the notice that a contract was withdrawn from by somebody who had not signed in."""
    told = gettext("Somebody withdrew from a contract of yours with %(company)s without signing in, by a link.", company=company)
    return told, gettext("See the withdrawal")
