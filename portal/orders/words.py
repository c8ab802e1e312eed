"""What pages call the statuses of orders."""

from portal.kernel.i18n import lazy_gettext as _

STATUS_WORDS: dict[str, str] = {
    "OrderProblem": _("There is a problem"),
    "OrderPaymentDue": _("Waiting for payment"),
    "OrderProcessing": _("Being prepared"),
    "OrderPickupAvailable": _("Ready to collect"),
    "OrderInTransit": _("On its way"),
    "OrderDelivered": _("Delivered"),
    "OrderReturned": _("Returned"),
    "OrderCancelled": _("Cancelled"),
}
STATUS_KINDS: dict[str, str] = {
    "OrderProblem": "wrong",
    "OrderPaymentDue": "notice",
    "OrderPickupAvailable": "notice",
    "OrderInTransit": "brand",
    "OrderDelivered": "good",
}
"""The look of a status's badge; quiet where none is named."""

PROCESS_WORDS: dict[str, str] = STATUS_WORDS | {
    "OrderProcessing": _("Under way"),
    "OrderDelivered": _("Completed"),
    "OrderCancelled": _("Called off"),
}
"""The same of what its company calls by a name of its own: a claim, an application, a repair."""

MOMENTS: dict[str, str] = {
    "placed": _("Ordered"),
    "approved": _("Payment accepted"),
    "promised": _("Promised for %(day)s"),
    "promised-again": _("Now promised for %(day)s; the first promise still counts"),
    "sent": _("Handed to the carrier"),
    "came": _("Delivered"),
    "missed": _("Promised for this day, and not here"),
    "parcel-announced": _("The carrier was told about it"),
    "parcel-handed-over": _("The carrier has it"),
    "parcel-in-transit": _("On its way"),
    "parcel-out-for-delivery": _("Comes today"),
    "parcel-ready-to-collect": _("Ready to collect"),
    "parcel-attempted": _("The carrier came and could not leave it"),
    "parcel-delivered": _("The carrier delivered it"),
    "parcel-returned": _("Went back to whoever sent it"),
    "parcel-problem": _("The carrier has a problem with it"),
}
"""What happened, as a line of the order's timeline says it."""
PROCESS_MOMENTS: dict[str, str] = MOMENTS | {
    "placed": _("Begun"),
    "came": _("Completed"),
    "missed": _("Promised for this day, and not completed"),
}
"""The same of what its company calls by a name of its own."""
STANDINGS: dict[str, tuple[str, str]] = {
    "kept": (_("Promise kept"), "good"),
    "broken": (_("Promise broken"), "wrong"),
    "open": (_("Promised"), "quiet"),
    "void": (_("No longer waited for"), "quiet"),
}
"""How a promise stands, and how that looks."""
CHANNELS: dict[str, str] = {
    "online": _("On the internet"),
    "app": _("By an app"),
    "marketplace": _("On a marketplace"),
    "store": _("In a shop"),
    "phone": _("By telephone"),
    "post": _("By post"),
}
"""By which way an order came to its company."""
