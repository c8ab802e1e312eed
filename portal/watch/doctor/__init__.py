"""``freehold doctor``: what is not as it should be with an installation, and what to do about each."""

from portal.watch.doctor.examine import examine
from portal.watch.doctor.finding import Finding

__all__ = ["Finding", "examine"]
