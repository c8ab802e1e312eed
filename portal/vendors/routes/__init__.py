"""Pages of the vendors room: the shell of a company's console, its overview, its staff."""

from flask import Blueprint

blueprint = Blueprint("vendors", __name__)

from portal.vendors.routes import console, sandbox, staff, trying  # noqa: E402

__all__ = ["blueprint", "console", "sandbox", "staff", "trying"]
