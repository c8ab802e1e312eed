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
