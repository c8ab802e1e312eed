"""The fifty modules and those of grant management, one file for each subject."""

from tests.fapi.modules import (
    asking,
    asserting,
    binding,
    coding,
    granting,
    happy,
    metadata,
    pushing,
    refreshing,
)
from tests.fapi.stage import MODULES, OF_GRANTS

__all__ = [
    "MODULES",
    "OF_GRANTS",
    "asking",
    "asserting",
    "binding",
    "coding",
    "granting",
    "happy",
    "metadata",
    "pushing",
    "refreshing",
]
