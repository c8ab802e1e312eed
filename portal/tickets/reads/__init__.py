"""What is known of conversations. Nothing here writes."""

from portal.tickets.reads.rows import (
    Held,
    clocks_by_ticket,
    happened_in,
    hours_of,
    is_over,
    my_ticket,
    newest_promise,
    ticket_of_vendor,
)
from portal.tickets.reads.threads import (
    PAGE,
    Place,
    Said,
    Thread,
    TicketView,
    said_in,
    thread_of,
    tickets_about,
    tickets_of,
)

__all__ = [
    "PAGE",
    "Held",
    "Place",
    "Said",
    "Thread",
    "TicketView",
    "clocks_by_ticket",
    "happened_in",
    "hours_of",
    "is_over",
    "my_ticket",
    "newest_promise",
    "said_in",
    "thread_of",
    "ticket_of_vendor",
    "tickets_about",
    "tickets_of",
]
