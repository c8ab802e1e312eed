"""The order of details: A is at most B when whatever A allows, B allows too, so that A needs no new question. Pure.

On normal forms it can be decided, and is a lattice within one purpose: :func:`join` is the least that allows what either
does, :func:`meet` the most that both allow. Words (``purpose_text``) and wishes (``necessity``, ``identifier``) have no
part in it. Section 6.1 of RFC 9396 leaves such an order to each type.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from portal.grants import durations
from portal.grants.details import Detail, Frequency, no_oftener

# Purposes of the Data Privacy Vocabulary that are narrower than another (skos:broader), among those we have words for.
_DPV = "https://w3id.org/dpv#"
BROADER: Mapping[str, frozenset[str]] = {
    _DPV + "CommunicationForCustomerCare": frozenset({_DPV + "CustomerCare"}),
}
_Most = Callable[..., Any]


def at_most(a: Detail, b: Detail) -> bool:
    """A <= B: B already allows all that A allows, so that A needs no new question."""
    return (
        a.type == b.type
        and set(a.actions) <= set(b.actions)
        and set(a.locations) <= set(b.locations)
        and set(a.datatypes) <= set(b.datatypes)
        and (a.purpose == b.purpose or _is_within(a.purpose, b))
        and (b.not_before is None or (a.not_before is not None and a.not_before >= b.not_before))
        and (b.expires_at is None or (a.expires_at is not None and a.expires_at <= b.expires_at))
        and _span_at_most(a.lookback, b.lookback)
        and _span_at_most(a.retention, b.retention)
        and no_oftener(a.frequency, b.frequency)
        and (b.terms is None or a.terms == b.terms)
    )


def _is_within(purpose: str, b: Detail) -> bool:
    # Looks are counted by purpose: beside one that allows so many, a narrower one would have as many of its own.
    return b.purpose in BROADER.get(purpose, ()) and b.frequency is None


def _span_at_most(a: str | None, b: str | None) -> bool:
    if a is None or b is None:
        return b is None
    return durations.parse(a) <= durations.parse(b)


def all_at_most(asked: Iterable[Detail], given: Sequence[Detail]) -> bool:
    """Whether each detail asked for is allowed by one that was given."""
    return all(is_covered(a, given) for a in asked)


def is_covered(asked: Detail, given: Iterable[Detail]) -> bool:
    """Whether a detail is allowed by one that was given."""
    return any(at_most(asked, one) for one in given)


def join(a: Detail, b: Detail) -> Detail:
    """The least that allows what either of two details of one purpose does; in words and wishes it goes by ``b``."""
    names = tuple(sorted({*a.datatypes, *b.datatypes}))
    wishes = {**a.necessity, **b.necessity}
    return b.model_copy(
        update={
            "datatypes": names,
            "necessity": {name: wishes.get(name, "optional") for name in names},
            "not_before": _open(min, a.not_before, b.not_before),
            "expires_at": _open(max, a.expires_at, b.expires_at),
            "lookback": _open(_longer, a.lookback, b.lookback),
            "retention": _open(_longer, a.retention, b.retention),
            "frequency": _open(_oftener, a.frequency, b.frequency),
            "terms": a.terms if a.terms == b.terms else None,
        }
    )


def meet(a: Detail, b: Detail) -> Detail | None:
    """The most that both of two details of one purpose allow; None where they have nothing in common."""
    names = tuple(sorted({*a.datatypes} & {*b.datatypes}))
    if not names or (a.terms is not None and b.terms is not None and a.terms != b.terms):
        return None
    found = b.model_copy(
        update={
            "datatypes": names,
            "necessity": {name: b.necessity.get(name, "optional") for name in names},
            "not_before": _bound(max, a.not_before, b.not_before),
            "expires_at": _bound(min, a.expires_at, b.expires_at),
            "lookback": _bound(_shorter, a.lookback, b.lookback),
            "retention": _bound(_shorter, a.retention, b.retention),
            "frequency": _bound(_rarer, a.frequency, b.frequency),
            "terms": a.terms or b.terms,
        }
    )
    begins, ends = found.not_before, found.expires_at
    return None if begins is not None and ends is not None and begins >= ends else found


# What is not said bounds nothing: it is the most that there is.


def _open(most: _Most, a: Any, b: Any) -> Any:
    return None if a is None or b is None else most(a, b)


def _bound(least: _Most, a: Any, b: Any) -> Any:
    return least(a, b) if a is not None and b is not None else b if a is None else a


def _longer(a: str, b: str) -> str:
    return max(a, b, key=durations.parse)


def _shorter(a: str, b: str) -> str:
    return min(a, b, key=durations.parse)


def _oftener(a: Frequency, b: Frequency) -> Frequency:
    return Frequency(max=max(a.max, b.max), period=_shorter(a.period, b.period))


def _rarer(a: Frequency, b: Frequency) -> Frequency:
    return Frequency(max=min(a.max, b.max), period=_longer(a.period, b.period))
