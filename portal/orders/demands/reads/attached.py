"""Photographs and papers that go with what was asked for: each is kept with its demand, under the customer's key."""

from portal.files.reads import About

KIND = "demand"
"""What files are kept with."""


def filed_with(demand_id: bytes) -> About:
    """A demand as files name it."""
    return About(KIND, demand_id)
