"""What can be done with files: bring one in, keep it with something, remove it."""

from portal.files.service.bringing import Brought, bring, brought_from, token_of
from portal.files.service.keeping import forget, keep, move, remove, remove_all
from portal.files.service.sweeping import clear

__all__ = ["Brought", "bring", "brought_from", "clear", "forget", "keep", "move", "remove", "remove_all", "token_of"]
