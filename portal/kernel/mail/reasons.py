"""Why a person gets a mail: one line a reason. No mail is queued without one, and each mail says its own."""

from portal.kernel.i18n import lazy_gettext

REASONS = {
    "request": lazy_gettext("You get this because a company asked you for something, and your answer is missing."),
    "first-look": lazy_gettext("You get this because you want to know by mail when a company looks for the first time."),
    "unusual-look": lazy_gettext("You get this because a company looked at your data otherwise than it usually does."),
    "blocked": lazy_gettext("You get this because you want to know by mail when a company keeps asking."),
    "ending": lazy_gettext("You get this because you share something with this company, and that is about to end."),
    "late": lazy_gettext("You get this because an order of yours, or a step of one, is later than it was promised."),
    "answer": lazy_gettext("You get this because a company wrote to you in a conversation that you have with it."),
    "by-mail": lazy_gettext("You get this because an answer came to a mail that we sent to you."),
    "guest": lazy_gettext("You get this because you want the answers of this company by mail, in a conversation with it."),
    "demand": lazy_gettext("You get this because you asked a company for something about an order, and there is news."),
    "withdrawn": lazy_gettext(
        "You get this because somebody declared something about a contract of yours without having signed in."
    ),
    "week": lazy_gettext("You get this because companies looked at your data, or tried to, in the week before."),
    "new-device": lazy_gettext(
        "You get this because somebody got into your account from a device it did not know. Such messages keep your account "
        "safe and cannot be turned off."
    ),
    "account": lazy_gettext(
        "You get this because it is about the safety of your account. Such messages cannot be turned off."
    ),
    "colleague": lazy_gettext(
        "You get this because you see other people's data at the audit desk, and so may whoever this is about."
    ),
    "address": lazy_gettext("You get this because somebody wrote this address on a page of Freehold."),
    "invitation": lazy_gettext(
        "You get this because a company that has you as its customer gave us this address, to invite you. You are reminded "
        "of it once at most."
    ),
    "letter": lazy_gettext("You get this because you wrote this letter in Freehold."),
    "withdrawal": lazy_gettext(
        "You get this because of what you declared about a contract: the law wants you to have proof of it."
    ),
    "privacy": lazy_gettext(
        "You get this because your company named this address in Freehold for questions about personal data."
    ),
}
"""The sentence with which a mail says why it comes."""

_OF_TEMPLATES = {
    "accounts/verify": "address",
    "accounts/known": "address",
    "accounts/unknown": "address",
    "accounts/colleague": "colleague",
    "accounts/delegate_invited": "address",
    "vendors/staff_invited": "address",
    "audit/privacy": "privacy",
    "links/invitation": "invitation",
    "tickets/guest_confirm": "address",
    "tickets/guest_answer": "guest",
    "tickets/left_out": "by-mail",
    "tickets/not_taken": "by-mail",
    "audit/privacy_copy": "letter",
    "events/webhook_disabled": "privacy",
    "orders/withdrawal": "withdrawal",
    "orders/withdrawal_link": "address",
    "orders/withdrawal_guest": "withdrawal",
    "orders/withdrawal_answer": "withdrawal",
}
_OF_FOLDERS = {"accounts": "account", "customers": "account"}


class NoReason(LookupError):
    """A mail that could not say why it comes. It is not queued."""


def reason_of(template: str) -> str:
    """The reason that is plain from a template; :class:`NoReason` where none is."""
    found = _OF_TEMPLATES.get(template) or _OF_FOLDERS.get(template.partition("/")[0])
    if found is None:
        raise NoReason(template)
    return found


def because(reason: str) -> str:
    """The reason as a mail says it, in its reader's language."""
    if reason not in REASONS:
        raise NoReason(reason)
    return str(REASONS[reason])
