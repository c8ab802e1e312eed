"""What is known of the places that companies want to be told at, and of what became of each telling. Nothing here writes."""

from portal.events.reads.deliveries import (
    AttemptView,
    DeliveryView,
    attempts_of,
    deliveries_of,
    delivery_of,
    find_delivery,
    holder_of,
)
from portal.events.reads.due import Due, due_endpoints, endpoints_behind, next_of
from portal.events.reads.endpoints import EndpointView, SecretView, endpoint_of, endpoints_of, find_endpoint, secrets_of

__all__ = [
    "AttemptView",
    "DeliveryView",
    "Due",
    "EndpointView",
    "SecretView",
    "attempts_of",
    "deliveries_of",
    "delivery_of",
    "due_endpoints",
    "endpoint_of",
    "endpoints_behind",
    "endpoints_of",
    "find_delivery",
    "find_endpoint",
    "holder_of",
    "next_of",
    "secrets_of",
]
