"""The room's pages: the way in from a company, the request, what one shares, the records of one's choices."""

from portal.grants.routes import answer, as_seen, asker, authorize, company, ending, records, shared_with, sharing
from portal.grants.routes.room import blueprint

__all__ = ["answer", "as_seen", "asker", "authorize", "blueprint", "company", "ending", "records", "shared_with", "sharing"]
