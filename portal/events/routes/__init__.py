"""A company's webhooks, in its console: where it is told what happens, and what became of each message."""

from flask import Blueprint

blueprint = Blueprint("events", __name__)

from portal.events.routes import messages, webhooks  # noqa: E402

__all__ = ["blueprint", "messages", "webhooks"]
