"""The feed of what happened, made from the log in its order, for one company."""

from portal.events.shared.feed import (
    KEPT,
    MOST,
    ChangesPage,
    Happened,
    change_at,
    first_since,
    happened_from,
    shared_changes,
)

__all__ = [
    "KEPT",
    "MOST",
    "ChangesPage",
    "Happened",
    "change_at",
    "first_since",
    "happened_from",
    "shared_changes",
]
