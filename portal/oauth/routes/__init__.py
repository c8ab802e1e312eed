"""Pages of the oauth room: a company's programs, for its developers."""

from flask import Blueprint

blueprint = Blueprint("oauth", __name__)

from portal.oauth.routes import keys, programs  # noqa: E402

__all__ = ["blueprint", "keys", "programs"]
