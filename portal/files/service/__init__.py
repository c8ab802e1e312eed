"""What can be done with files: bring one in, keep it with something, remove it."""

from portal.files.service.attaching import attach, tell_gone
from portal.files.service.bringing import Brought, bring, brought_from, token_of
from portal.files.service.keeping import forget, keep, keep_all, move, remove, remove_all
from portal.files.service.sweeping import clear

__all__ = [
    "Brought",
    "attach",
    "bring",
    "brought_from",
    "clear",
    "forget",
    "keep",
    "keep_all",
    "move",
    "remove",
    "remove_all",
    "tell_gone",
    "token_of",
]
