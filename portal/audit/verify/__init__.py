"""Holds the log against itself and changes nothing: `freehold audit verify`.

On one read-only snapshot, in slices of bounded size: every leaf is made again from its canonical body, every column
held against it, indexes and each customer's counter followed, every stored root recomputed, every commitment opened.
What stays unseen: a tail cut away together with its roots, counters and state, and a log made anew with roots that fit,
since nothing outside this database yet remembers how it was.
"""

from portal.audit.verify.walk import verify

__all__ = ["verify"]
