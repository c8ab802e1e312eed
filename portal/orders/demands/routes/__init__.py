"""Pages about what is asked of companies: the customer's, and those of the company's console."""

from flask import Blueprint

blueprint = Blueprint("demands", __name__)

from portal.orders.demands.routes import asking, console, files, letters, pages  # noqa: E402

__all__ = ["asking", "blueprint", "console", "files", "letters", "pages"]
