"""Pages of one's own data."""

from portal.customers.routes import adding, data
from portal.customers.routes.room import blueprint

__all__ = ["adding", "blueprint", "data"]
