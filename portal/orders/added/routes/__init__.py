"""Pages on which customers add orders of their own, look at them, and keep files with them."""

from portal.orders.added.routes import adding, files, looking, tables
from portal.orders.added.routes.room import blueprint

__all__ = ["adding", "blueprint", "files", "looking", "tables"]
