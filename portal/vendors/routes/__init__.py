"""Pages of the vendors room: the shell of a company's console, its overview, its card, what it may ask for, its staff, and
the link that asks them."""

from flask import Blueprint

blueprint = Blueprint("vendors", __name__)

from portal.vendors.routes import card, console, joining, purposes, sandbox, staff, trying  # noqa: E402

__all__ = ["blueprint", "card", "console", "joining", "purposes", "sandbox", "staff", "trying"]
