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
}
"""Entries that name the company they concern, and what they are to it."""
PUT, MOVED = "order.put", "order.moved"
OF_ORDERS = (PUT, MOVED, "order.shown", "order.line-shown", "order.line-unmarked")
"""Entries that concern whoever is shown the order by a permission. That one is hidden or marked concerns nobody."""
