"""Pages of the links room: what invitations lead to, and where a company brings its customers."""

from flask import Blueprint

blueprint = Blueprint("links", __name__)

from portal.links.routes import customers, invited  # noqa: E402

__all__ = ["blueprint", "customers", "invited"]
