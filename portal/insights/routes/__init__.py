"""A company's own figures, in its console."""

from flask import Blueprint

blueprint = Blueprint("insights", __name__)

from portal.insights.routes import promises  # noqa: E402

__all__ = ["blueprint", "promises"]
