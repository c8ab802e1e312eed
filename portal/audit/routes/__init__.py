"""Pages of the log: who looked at one's data, and the officers' desk."""

from portal.audit.routes import activity, calls, delegated, desk, export, letter, verifying
from portal.audit.routes.room import blueprint

__all__ = ["activity", "blueprint", "calls", "delegated", "desk", "export", "letter", "verifying"]
