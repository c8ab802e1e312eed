"""Codes of the log in the reader's words. Pure."""

from portal.audit.unusual import BUSY_WEEK, BY_ADDRESS, BY_NAME, BY_NUMBER, FIRST, NEW_FIELD, ODD_HOUR, REFUSED, SEEN
from portal.grants.words import REASON_WORDS
from portal.kernel.i18n import lazy_gettext as _

UNUSUAL: dict[str, str] = {
    SEEN: _("they saw who you are"),
    BY_NAME: _("they searched by the name that the record has for you"),
    BY_ADDRESS: _("they searched by your e-mail address"),
    BY_NUMBER: _("they searched by your phone number"),
    FIRST: _("the first time this company looked at your data"),
    NEW_FIELD: _("something this company had never looked at before"),
    REFUSED: _("we blocked it"),
    ODD_HOUR: _("outside the hours at which this company usually looks"),
    BUSY_WEEK: _("more than three times as often as in a usual week"),
}

# The same codes that the company got as the answer to its program.
REFUSALS: dict[str, str] = {
    **REASON_WORDS,
    "paused": _("You had paused sharing"),
    "budget": _("They had looked as often as agreed"),
    "token-unknown": _("Their access was not valid"),
    "token-expired": _("Their access had run out and was not renewed"),
    "code-expired": _("They did not finish connecting in time"),
    "token-revoked": _("Their access had been taken away"),
    "token-ended": _("Their access had been taken away"),
    **dict.fromkeys(
        ("proof-needed", "proof-wrong", "proof-used", "token-not-bound"),
        _("Whoever tried could not show that the access was theirs"),
    ),
    "scope-needed": _("Their program may not ask for this"),
    "step-up-needed": _("This is sensitive, and you had not proved who you are when they got their access"),
}
REFUSED_OTHERWISE: str = _("We did not let them")

OUTCOMES: dict[str, str] = {
    "done": _("Done"),
    "given": _("Given"),
    "refused": _("Blocked"),
}
REASONS: dict[str, str] = {
    "revoked": _("the customer had stopped this permission"),
    "replaced": _("a newer permission took its place"),
    "expired": _("the permission was over"),
    "narrowed": _("the customer had taken this part out"),
    "paused": _("the customer had paused sharing"),
    "blocked": _("the customer blocked the company"),
    "not-yet": _("the permission had not begun yet"),
    "no-grant": _("the customer never shared this"),
    "purpose-needed": _("no purpose was named"),
    "budget": _("the company had looked as often as agreed"),
    "token-needed": _("the program showed no key"),
    "token-unknown": _("the program's key is not known"),
    "token-expired": _("the program's key had run out"),
    "code-expired": _("the code had run out before the program used it"),
    "token-revoked": _("the program's key was taken away"),
    "token-ended": _("the program's key was taken away"),
    "proof-needed": _("the program's key came without the proof that it is the program's"),
    "proof-wrong": _("the proof that came with the program's key did not hold"),
    "proof-used": _("the proof that came with the program's key had been used before"),
    "token-not-bound": _("a proof came with a key that needs none"),
    "refresh-reused": _("a key was used a second time"),
    "code-replayed": _("a code was used a second time"),
    "client-blocked": _("the program was blocked"),
    "vendor-blocked": _("the operator blocked the company"),
    "invalid-client": _("the program did not prove who it is"),
    "scope-needed": _("the program may not ask for this"),
    "step-up-needed": _("this is sensitive, and the customer had not proved who they are"),
    "wrong-password": _("wrong password"),
    "unknown-account": _("nobody has this account"),
    "too-many": _("too many tries"),
    "asked": _("the person asked for it"),
    "address-changed": _("the e-mail address was changed"),
    "address-change-undone": _("the change of the e-mail address was undone"),
    "password-reset": _("a new password was set by a link"),
    "password-changed": _("the password was changed"),
    "erased": _("the person was erased"),
    "wrong-code": _("a wrong code for the second step"),
    "wrong-passkey": _("a passkey that proved nothing"),
    "factor-changed": _("the second step of sign-in was changed"),
    "factors-lost": _("the second step of sign-in was said to be lost, and was removed after seven days"),
    "factor-used": _("the second step was used after all"),
    "link": _("by the link in a mail"),
    "role-changed": _("a role was given or taken away"),
    "not-shared": _("it is not shared any more"),
    "by-hand": _("somebody wanted it so"),
    "gone": _("the receiver said that it is gone"),
    "failing": _("nothing arrived for days"),
    "restored": _("this portal was brought back from a backup"),
    "broken-off": _("broken off on the way"),
    "ended": _("the session or the role had ended"),
    "given-back": _("the delegate gave it back"),
    "over": _("the delegation was over"),
    "desk": _("the delegate went to a desk of their own"),
    "own-case": _("it was about the officer's own account"),
    "same-person": _("whoever asks cannot agree, too"),
    "approved": _("the operator approved it"),
    "turned-down": _("the operator turned it down"),
    "taken-back": _("the company took it back"),
    "proposed-anew": _("the company proposed something else"),
    "mail-from": _("it came from an address that is not known to be theirs"),
    "mail-empty": _("there were no words in it"),
    "mail-long": _("it was too long"),
    "mail-large": _("it was too large"),
    "mail-encrypted": _("it was encrypted"),
    "mail-over": _("the conversation was closed"),
    "mail-blocked": _("the customer had blocked the company"),
    **dict.fromkeys(("mail-broken", "mail-parts"), _("it could not be read")),
}
"""Why something was blocked or ended, for officers; a reason without words is shown as it stands."""

EVENTS: dict[str, str] = {
    "account.": _("Accounts"),
    "attribute.": _("Changes of customers' data"),
    "case.": _("Cases"),
    "change.": _("Companies that follow what changes"),
    "client.": _("Companies' programs"),
    "code.": _("Keys of companies' programs"),
    "customer.": _("Customers"),
    "delegate.": _("Looks of delegates"),
    "delegation.": _("Delegates"),
    "demand.": _("What customers ask about orders"),
    "factor.": _("Second steps of sign-in"),
    "file.": _("Files"),
    "grant.": _("Permissions"),
    "identity.": _("Who somebody is"),
    "interaction.": _("Calls and visits elsewhere"),
    "invitation.": _("Invitations"),
    "key.": _("Keys of this portal"),
    "link.": _("Customers and companies"),
    "log.": _("Looks at this record"),
    "mail.": _("Choices of what comes by mail"),
    "notice.": _("Notices"),
    "order.": _("Changes of orders"),
    "orders.": _("Reads of orders"),
    "privacy.": _("Letters about privacy"),
    "profile.": _("Reads of customers' data"),
    "read.": _("Blocked reads"),
    "refresh.": _("Keys of companies' programs"),
    "refusal.": _("Blocked attempts, counted"),
    "request.": _("Requests of companies"),
    "role.": _("Roles"),
    "session.": _("Signing in and out"),
    "staff.": _("Who acts for a company"),
    "ticket.": _("Conversations"),
    "token.": _("Keys of companies' programs"),
    "vendor.": _("Companies"),
    "webhook.": _("Companies that are told what changes"),
    "withdrawal.": _("What people without an account declare about orders"),
}
"""What the events are about that begin alike."""

KINDS: dict[str, str] = {
    "customer": _("a customer"),
    "delegate": _("somebody who acts for a customer"),
    "staff": _("a company's staff"),
    "officer": _("an officer"),
    "auditor": _("an auditor from outside"),
    "operator": _("an operator"),
    "vendor": _("a company's program"),
    "system": _("the system"),
    "stranger": _("somebody not yet signed in"),
}

THROUGH_BROWSER: str = _("a company, through somebody's browser")
"""Who asks where a browser brought a company's request: the company, and not whoever sat before it."""


def refusal_sentence(reason: str | None) -> str:
    """Why an attempt was blocked, for the customer."""
    return str(REFUSALS.get(reason or "", REFUSED_OTHERWISE))
