"""How a withdrawal without an account stands beside what the machine of withdrawals says. Pure."""

from datetime import timedelta

SENT, ATTACHED = "sent", "attached"
"""A link is on its way to somebody; what was declared goes on as a demand about an order."""
LIFE = timedelta(hours=24)
"""For how long a link is good."""
KEPT_AFTER_END, KEPT_WITHOUT = timedelta(days=365), timedelta(days=3 * 365)
"""How long after the company said how it ends, and how long after the declaration where it never does."""
NAME, NUMBER, WORDS = 200, 64, 1000
"""Letters of each that a person may write."""
