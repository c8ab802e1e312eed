"""What this room does beside its answers: it takes what happened from the log, and tells it at companies' endpoints."""

from portal.events.jobs.sending import Postman
from portal.events.jobs.taking import sweep, take_news

__all__ = ["Postman", "sweep", "take_news"]
