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
from tests.fapi.stage import MODULES

__all__ = ["MODULES", "asking", "asserting", "binding", "coding", "happy", "metadata", "pushing", "refreshing"]
