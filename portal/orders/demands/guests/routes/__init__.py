"""Pages of withdrawals without an account: those that anybody opens, and those of the company's console."""

from flask import Blueprint

blueprint = Blueprint("withdrawals", __name__)

from portal.orders.demands.guests.routes import asking, console, declaring  # noqa: E402

__all__ = ["asking", "blueprint", "console", "declaring"]
