"""The room's verbs: endpoints and their secrets, and what is to be told at them."""

from portal.events.service.deliveries import (
    claim_endpoint,
    cut_short,
    drop,
    forget_deliveries,
    old_deliveries,
    queue_again,
    queue_news,
    record,
    release,
)
from portal.events.service.endpoints import (
    add_endpoint,
    disable_endpoint,
    enable_endpoint,
    replay,
    resend,
    rotate_secret,
    send_test,
)

__all__ = [
    "add_endpoint",
    "claim_endpoint",
    "cut_short",
    "disable_endpoint",
    "drop",
    "enable_endpoint",
    "forget_deliveries",
    "old_deliveries",
    "queue_again",
    "queue_news",
    "record",
    "release",
    "replay",
    "resend",
    "rotate_secret",
    "send_test",
]
