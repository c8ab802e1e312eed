"""Kinds of events, and which entry of the log makes which. Pure."""

GRANT_CREATED = "grant.created"
GRANT_WIDENED = "grant.widened"
GRANT_NARROWED = "grant.narrowed"
GRANT_ENDED = "grant.ended"
CUSTOMER_CHANGED = "customer.changed"
CUSTOMER_JOINED = "customer.joined"
CUSTOMER_PARTED = "customer.parted"
CUSTOMER_LEFT = "customer.left"
CUSTOMER_ERASED = "customer.erased"
ORDER_CHANGED = "order.changed"
TICKET_CREATED = "ticket.created"
TICKET_REPLIED = "ticket.replied"
TICKET_CALL_WANTED = "ticket.call_wanted"
TICKET_REOPENED = "ticket.reopened"
TICKET_CLOSED = "ticket.closed"
TICKET_RATED = "ticket.rated"
CANCELLATION_REQUESTED = "cancellation.requested"
RETURN_REQUESTED = "return.requested"
CLAIM_REQUESTED = "claim.requested"
WITHDRAWAL_SUBMITTED = "withdrawal.submitted"
CHANGE_REQUESTED = "change.requested"
REORDER_REQUESTED = "reorder.requested"
ORDER_DISPUTED = "order.disputed"
DEMAND_CANCELED = "demand.canceled"
DEMAND_REMINDED = "demand.reminded"

KINDS: dict[str, str] = {
    GRANT_CREATED: "A customer gave you a permission. Read what it shares.",
    GRANT_WIDENED: "A permission allows more from this version on, by your request to change it. Read what it shares.",
    GRANT_NARROWED: "A permission goes on with less, from this version on. Read again, and delete what is no longer shared.",
    GRANT_ENDED: "A permission, or one purpose of it, has ended; reason says why. Reads under it are refused.",
    CUSTOMER_CHANGED: "Attributes that a customer shares with you have new values, or are gone. Read them again.",
    CUSTOMER_JOINED: "Somebody whom you knew by the ids in same_as is this customer. All of the ids go on working.",
    CUSTOMER_PARTED: "The ids in same_as are not this customer after all: they stand for somebody else again.",
    CUSTOMER_LEFT: "A customer ended the connection with you, or wants no requests from you.",
    CUSTOMER_ERASED: "A customer was erased here at their own wish, and asks you to delete what you have of them.",
    CANCELLATION_REQUESTED: "A customer asks you to cancel an order of yours. Read the demand and answer it.",
    RETURN_REQUESTED: "A customer asks to send things back. Read the demand and answer it.",
    CLAIM_REQUESTED: "A customer says that something is wrong with what came. Read the demand and answer it.",
    WITHDRAWAL_SUBMITTED: (
        "A customer withdrew from a contract with you; without sub, somebody without an account. It counts from this moment: "
        "read the demand, or the withdrawal, and acknowledge it."
    ),
    CHANGE_REQUESTED: "A customer would like an order changed before you send it. Read the demand and answer it.",
    REORDER_REQUESTED: "A customer would like the same again. Read the demand; if you accept, tell us the new order.",
    ORDER_DISPUTED: "A customer says that an order is not theirs. Look into it, and answer the demand.",
    DEMAND_CANCELED: "A customer took back what they had asked for.",
    DEMAND_REMINDED: "You did not answer a demand by its day, and its customer reminds you.",
    ORDER_CHANGED: "Orders that a customer shares with you are new or have news: the one named, or any where none is.",
    TICKET_CREATED: "A customer began a conversation with you. Read it by its number, in ticket.",
    TICKET_REPLIED: "A customer wrote in a conversation.",
    TICKET_CALL_WANTED: "A customer asks to be called back; the number stands in the conversation.",
    TICKET_REOPENED: "A customer opened again what you had called solved.",
    TICKET_CLOSED: "A customer closed a conversation.",
    TICKET_RATED: "A customer said how they found the end of a conversation.",
}
"""Every kind with the sentence that documents it."""

TEST = "webhook.test"
"""The kind of a message that is about nobody, sent at somebody's wish to try an endpoint out."""

RESUMED = "link.resumed"
OF_CHANGES = ("attribute.changed", "attribute.removed", RESUMED)
"""Entries that concern whoever is granted the attributes: they name no company, or tell that reads go on after a pause."""
OF_COMPANY: dict[str, str] = {
    "grant.given": GRANT_CREATED,
    "grant.amended": GRANT_WIDENED,
    "grant.narrowed": GRANT_NARROWED,
    "grant.revoked": GRANT_ENDED,
    "grant.expired": GRANT_ENDED,
    "link.folded": CUSTOMER_JOINED,
    "link.parted": CUSTOMER_PARTED,
    "link.ended": CUSTOMER_LEFT,
    "link.blocked": CUSTOMER_LEFT,
    "ticket.created": TICKET_CREATED,
    "ticket.replied": TICKET_REPLIED,
    "ticket.call-wanted": TICKET_CALL_WANTED,
    "ticket.reopened": TICKET_REOPENED,
    "ticket.closed": TICKET_CLOSED,
    "ticket.rated": TICKET_RATED,
    "demand.made": RETURN_REQUESTED,
    "demand.taken-back": DEMAND_CANCELED,
    "demand.reminded": DEMAND_REMINDED,
    "withdrawal.declared": WITHDRAWAL_SUBMITTED,
}
"""Entries that name the company they concern, and what they are to it."""
OF_GUESTS = ("withdrawal.declared",)
"""Those of them that are about somebody whom the company has no id for, and no link with: they name what to read alone."""
PUT, MOVED = "order.put", "order.moved"
OF_ORDERS = (PUT, MOVED, "order.shown", "order.line-shown", "order.line-unmarked")
"""Entries that concern whoever is shown the order by a permission. That one is hidden or marked concerns nobody."""
OF_DEMANDS: dict[str, str] = {
    "cancellation": CANCELLATION_REQUESTED,
    "return": RETURN_REQUESTED,
    "claim": CLAIM_REQUESTED,
    "withdrawal": WITHDRAWAL_SUBMITTED,
    "change": CHANGE_REQUESTED,
    "reorder": REORDER_REQUESTED,
    "not-mine": ORDER_DISPUTED,
}
"""What a new demand is called, by what is asked for."""
