"""The feed of what happened, made from the log in its order, for one company."""

from portal.events.shared.feed import MOST, ChangesPage, shared_changes

__all__ = ["MOST", "ChangesPage", "shared_changes"]
