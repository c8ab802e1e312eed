"""The fifty modules, one file for each subject."""

from tests.fapi.modules import (
    asking,
    asserting,
    binding,
    coding,
    happy,
    metadata,
    pushing,
    refreshing,
)

__all__ = ["asking", "asserting", "binding", "coding", "happy", "metadata", "pushing", "refreshing"]
