"""Pages of the vendors room: the shell of a company's console, its overview, its card, its staff."""

from flask import Blueprint

blueprint = Blueprint("vendors", __name__)

from portal.vendors.routes import card, console, staff  # noqa: E402

__all__ = ["blueprint", "card", "console", "staff"]
