"""Outgoing calls: Freehold calls addresses that companies wrote down, and lets none of them lead it inside.

An address is taken apart once, its name is looked up once, every address found is held against the special ranges, and
that very address is connected to. No redirect is followed, no proxy is used, and size and time of a call are bounded.
"""

from portal.kernel.outgoing.calling import Reply, Rules, check, get, host_of, post
from portal.kernel.outgoing.failing import REASONS, Failed

__all__ = ["REASONS", "Failed", "Reply", "Rules", "check", "get", "host_of", "post"]
