"""How surely somebody was known when they said yes: levels by names under the issuer (``acr``, RFC 9470). Pure.

Both are proofs that were fresh at that moment. ``proved`` is by whatever the account has, the password where that is all;
``second-step`` is by an app's code, a code on paper or a passkey.
"""

PROVED = "proved"
SECOND = "second-step"
LEVELS = (PROVED, SECOND)
BEFORE = "before"
"""Of a yes that was said before levels were kept: what was given then goes on, and no level of it is told."""
_PLACE = "/acr/"


def name_of(origin: str, level: str) -> str:
    """A level as it is told: an address that nobody else has."""
    return f"{origin}{_PLACE}{level}"


def wanted_of(origin: str, acr_values: str) -> str | None:
    """The least level of those that are asked for, one of which is enough; None where we know none of them."""
    asked = acr_values.split()
    return next((level for level in LEVELS if name_of(origin, level) in asked), None)


def reaches(level: str | None, wanted: str) -> bool:
    """Whether a level is the one that is wanted, or surer; a yes of before stands for a proof, as it did."""
    if level == BEFORE:
        return wanted == PROVED
    return level is not None and LEVELS.index(level) >= LEVELS.index(wanted)
