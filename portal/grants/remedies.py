"""What a company can do about a read that its permission did not allow: the sentence that each reason carries.

In English, as programs get it.
"""

from portal.grants import decision

USED_UP = "You have read as often as was agreed until the permission ends. Ask the customer again if you need to."
REMEDIES: dict[str, str] = {
    decision.REVOKED: "The customer stopped sharing. Ask again if you need to.",
    decision.REPLACED: (
        "A newer permission took the place of this one. Use the token that came with that one, or a token of your own "
        "(grant_type=client_credentials)."
    ),
    decision.EXPIRED: "The permission is over. Ask for a new one.",
    decision.NARROWED: "The customer took this purpose out of the permission.",
    decision.PAUSED: "The customer has paused sharing. Try again later; nothing was ended.",
    decision.BLOCKED: "The customer does not want requests from you.",
    decision.NOT_YET: "The permission has not begun yet.",
    decision.BUDGET: "You have read as often as was agreed. Retry-After says when you may read again.",
    decision.NO_GRANT: "No permission covers this. Ask the customer for one.",
}
