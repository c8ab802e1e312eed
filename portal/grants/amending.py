"""Merge and replace (Grant Management for OAuth 2.0, section 5.1): what a permission becomes, and what of it is a question.

Pure. What the permission allows already needs no question, and a no leaves it as it is. Only what would be more is asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.grants.choices import Choice, applied
from portal.grants.details import Detail
from portal.grants.order import all_at_most, is_covered, join, meet

CREATE = "create"
MERGE = "merge"
REPLACE = "replace"
ACTIONS = (CREATE, MERGE, REPLACE)

SAME = "same"
NARROWER = "narrower"
WIDER = "wider"


@dataclass(frozen=True, slots=True)
class Amendment:
    """A permission's details now, and as they would be with a yes to all; both by purpose."""

    action: str
    present: Mapping[str, Detail]
    proposed: Mapping[str, Detail]

    @property
    def questions(self) -> tuple[Detail, ...]:
        """What would be more than now, in the whole of its purpose."""
        return tuple(one for one in self.proposed.values() if not self._covers(one))

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to ask."""
        return not self.questions

    @property
    def settled(self) -> tuple[Detail, ...]:
        """What is allowed already and stays."""
        return tuple(one for one in self.proposed.values() if self._covers(one))

    @property
    def gone(self) -> dict[str, list[str]]:
        """What would be shared no more, by purpose."""
        left = {purpose: {*self._names(self.present, purpose)} - self.kept(purpose) for purpose in self.present}
        return {purpose: sorted(names) for purpose, names in left.items() if names}

    def kept(self, purpose: str) -> frozenset[str]:
        """The attributes that are shared for a purpose now and would stay."""
        return self._names(self.present, purpose) & self._names(self.proposed, purpose)

    def answered(self, choices: Mapping[str, Choice], at: datetime) -> tuple[Detail, ...]:
        """The permission's details after a choice for each question. Raises as :func:`portal.grants.choices.applied`.

        A question without a choice changes nothing: of a replaced purpose what both have in common stays.
        """
        chosen = {one.purpose: one for one in applied(self.questions, choices, at)}
        asked = {one.purpose for one in self.questions}
        return _sorted({**self._unasked(asked), **chosen})

    def unasked(self) -> tuple[Detail, ...]:
        """The permission's details where there is nothing to ask."""
        return _sorted(self.proposed)

    def change(self, details: Sequence[Detail]) -> str:
        """What these details are to the present ones, one of SAME, NARROWER and WIDER."""
        now = list(self.present.values())
        if not all_at_most(details, now):
            return WIDER
        return SAME if all_at_most(now, details) and {one.purpose for one in details} == {*self.present} else NARROWER

    def _covers(self, detail: Detail) -> bool:
        return is_covered(detail, self.present.values())

    def _unasked(self, asked: set[str]) -> dict[str, Detail]:
        found = {purpose: one for purpose, one in self.proposed.items() if purpose not in asked}
        for purpose in asked & self.present.keys():
            now = self.present[purpose]
            stays = now if self.action == MERGE else meet(now, self.proposed[purpose])
            if stays is not None:
                found[purpose] = stays
        return found

    @staticmethod
    def _names(details: Mapping[str, Detail], purpose: str) -> frozenset[str]:
        return frozenset(details[purpose].datatypes) if purpose in details else frozenset()


def amendment(action: str, present: Iterable[Detail], asked: Iterable[Detail], at: datetime) -> Amendment:
    """What merging ``asked`` into a permission, or putting it in place of what it allows, comes to at ``at``."""
    # A purpose whose time is over allows nothing: it neither covers a question nor comes back by a merge.
    now = {one.purpose: one for one in present if one.ends_at > at}
    wanted = {one.purpose: _under_terms(one, now.get(one.purpose)) for one in asked}
    if action == REPLACE:
        return Amendment(action, now, wanted)
    merged = {purpose: _merged(now, one) for purpose, one in wanted.items()}
    return Amendment(action, now, {**now, **merged})


def _under_terms(detail: Detail, now: Detail | None) -> Detail:
    # Whoever names no terms does not ask to be let off those that hold.
    if detail.terms is not None or now is None or now.terms is None:
        return detail
    return detail.model_copy(update={"terms": now.terms})


def _merged(now: Mapping[str, Detail], asked: Detail) -> Detail:
    present = now.get(asked.purpose)
    if present is None:
        return asked
    # What a wider purpose allows already changes nothing: joined with a narrower one it might come to more than either.
    return present if is_covered(asked, now.values()) else join(present, asked)


def _sorted(details: Mapping[str, Detail]) -> tuple[Detail, ...]:
    return tuple(details[purpose] for purpose in sorted(details))
