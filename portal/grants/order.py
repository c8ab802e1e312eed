"""The order of details: A is at most B when whatever A allows, B allows too, so that A needs no new question. Pure.

Words (``purpose_text``) and wishes (``necessity``, ``identifier``) have no part in it.
"""

from collections.abc import Iterable, Mapping, Sequence

from portal.grants import durations
from portal.grants.details import Detail, no_oftener

# Purposes of the Data Privacy Vocabulary that are narrower than another (skos:broader), among those we have words for.
_DPV = "https://w3id.org/dpv#"
BROADER: Mapping[str, frozenset[str]] = {
    _DPV + "CommunicationForCustomerCare": frozenset({_DPV + "CustomerCare"}),
}


def at_most(a: Detail, b: Detail) -> bool:
    """A <= B: B already allows all that A allows, so that A needs no new question."""
    return (
        a.type == b.type
        and set(a.actions) <= set(b.actions)
        and set(a.locations) <= set(b.locations)
        and set(a.datatypes) <= set(b.datatypes)
        and (a.purpose == b.purpose or b.purpose in BROADER.get(a.purpose, ()))
        and (b.not_before is None or (a.not_before is not None and a.not_before >= b.not_before))
        and (b.expires_at is None or (a.expires_at is not None and a.expires_at <= b.expires_at))
        and _span_at_most(a.lookback, b.lookback)
        and _span_at_most(a.retention, b.retention)
        and no_oftener(a.frequency, b.frequency)
        and (b.terms is None or a.terms == b.terms)
    )


def _span_at_most(a: str | None, b: str | None) -> bool:
    if a is None or b is None:
        return b is None
    return durations.parse(a) <= durations.parse(b)


def all_at_most(asked: Iterable[Detail], given: Sequence[Detail]) -> bool:
    """Whether each detail asked for is allowed by one that was given."""
    return all(any(at_most(a, b) for b in given) for a in asked)
