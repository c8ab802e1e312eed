"""Pages of conversations: the customer's, and the queue of a company's console."""

from portal.tickets.routes import attaching, beginning, case, conversations, guests, live, queue
from portal.tickets.routes.room import blueprint

__all__ = ["attaching", "beginning", "blueprint", "case", "conversations", "guests", "live", "queue"]
