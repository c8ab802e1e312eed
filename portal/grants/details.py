"""What a company asks, as RFC 9396 ``authorization_details`` of our one type: read strictly, in normal form.

Everything here is pure. Which detail allows no more than another is said in :mod:`portal.grants.order`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from portal.grants import durations
from portal.kernel.characters import is_plain
from portal.kernel.errors import BadRequest

TYPE_PATH = "/rar/customer-data/v1"
MOST_DETAILS = 10
MOST_CHARACTERS = 20_000
LONGEST = timedelta(days=5 * 366)
USUAL = timedelta(days=365)


class InvalidDetails(BadRequest):
    """The request's ``authorization_details`` cannot be granted as they stand (RFC 9396 section 5)."""

    default_reason = "invalid-authorization-details"
    oauth_error = "invalid_authorization_details"


def _duration(text: str) -> str:
    return str(durations.parse(text))


def _period(text: str) -> str:
    # Less than a day is left as it is until it is known how often: see `rate`.
    return text if durations.hours_alone(text) else _duration(text)


def _plain(text: str) -> str:
    if not is_plain(text):
        raise ValueError("characters that no sentence needs")
    return text


Path = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_-]*){1,5}$", max_length=80)]
Span = Annotated[str, StringConstraints(max_length=24), AfterValidator(_duration)]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=600), AfterValidator(_plain)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Terms = Annotated[str, StringConstraints(pattern=r"^https://w3id\.org/dpv/standards/ieee/7012#[A-Z0-9-]+$")]
Seconds = Annotated[int, Field(ge=0, le=253_402_300_799)]


class Frequency(BaseModel):
    """At most so many reads in a period: the company's promise."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    max: Annotated[int, Field(ge=1, le=1_000_000)]
    period: Annotated[str, StringConstraints(max_length=24), AfterValidator(_period)]


@lru_cache(maxsize=1024)
def rate(most: int, period: str) -> tuple[int, str]:
    """How often, in normal form: of a period that is less than a day, as many reads as that makes in a whole one."""
    hours = durations.hours_alone(period)
    return (most, _duration(period)) if hours is None else (most * durations.DAY // hours, str(durations.Duration(1)))


def _whole(often: Frequency | None) -> Frequency | None:
    if often is None:
        return None
    most, period = rate(often.max, often.period)
    return Frequency(max=most, period=period)


class Detail(BaseModel):
    """One purpose of a request or a grant. A detail in normal form names everything it leaves to us."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    type: str
    locations: tuple[str, ...] = Field(default=(), max_length=4)
    actions: tuple[Literal["read"], ...] = Field(default=("read",), min_length=1, max_length=4)
    datatypes: tuple[Path, ...] = Field(min_length=1, max_length=60)
    necessity: dict[Path, Literal["required", "optional"]] = Field(default_factory=dict, max_length=60)
    purpose: Annotated[str, StringConstraints(pattern=r"^https://[!-~]+$", max_length=120)]
    purpose_text: dict[Language, Sentence] = Field(default_factory=dict, max_length=12)
    not_before: Seconds | None = None
    expires_at: Seconds | None = None
    lookback: Span | None = None
    retention: Span | None = None
    frequency: Annotated[Frequency | None, AfterValidator(_whole)] = None
    onward_sharing: Literal["none"] = "none"
    terms: Terms | None = None
    # The company's own number for the customer; believed only where the company itself sent it to us.
    identifier: Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_plain)] | None = None

    @property
    def required(self) -> frozenset[str]:
        """The datatypes without which the company does not want this purpose."""
        return frozenset(name for name in self.datatypes if self.necessity.get(name) == "required")

    @property
    def optional(self) -> frozenset[str]:
        """The datatypes that the customer may leave out."""
        return frozenset(self.datatypes) - self.required

    @property
    def ends_at(self) -> datetime:
        """When it ends; a normal form always does."""
        assert self.expires_at is not None
        return datetime.fromtimestamp(self.expires_at, UTC)

    @property
    def begins_at(self) -> datetime | None:
        """When it begins, where that is not at once."""
        return None if self.not_before is None else datetime.fromtimestamp(self.not_before, UTC)

    def document(self) -> dict[str, Any]:
        """As JSON members, absent ones left out: what is stored, and what the company gets back."""
        return self.model_dump(mode="json", exclude_none=True, exclude_defaults=False)


_LIST = TypeAdapter(tuple[Detail, ...])


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a vendor may ask for one purpose, and which of it as required."""

    datatypes: frozenset[str]
    may_require: frozenset[str]


def parse(text: str | bytes, *, origin: str, at: datetime) -> tuple[Detail, ...]:
    """The details behind the parameter's JSON, in normal form; :class:`InvalidDetails` says what is wrong."""
    if len(text) > MOST_CHARACTERS:
        raise InvalidDetails(detail="authorization_details is too long.")
    try:
        found = _LIST.validate_json(text)
    except ValidationError as error:
        raise InvalidDetails(detail=_first_error(error)) from None
    except (ValueError, UnicodeError, RecursionError):
        raise InvalidDetails(detail="authorization_details is not JSON.") from None
    return normal(found, origin=origin, at=at)


def _first_error(error: ValidationError) -> str:
    # Names of members and kinds of errors alone: what was sent is not repeated.
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"] if isinstance(part, int) or part in _MEMBERS)
    return f"authorization_details {place}: {first['type']}.".replace(" :", ":")


_MEMBERS = frozenset(Detail.model_fields) | frozenset(Frequency.model_fields)


def normal(details: Iterable[Detail], *, origin: str, at: datetime) -> tuple[Detail, ...]:
    """Sorted, nothing left unsaid, one detail a purpose, none that is over or ends beyond what we keep."""
    found = sorted((_normal(detail, origin, at) for detail in details), key=lambda detail: detail.purpose)
    if not 1 <= len(found) <= MOST_DETAILS:
        raise InvalidDetails(detail=f"Send 1 to {MOST_DETAILS} details.")
    if len({detail.purpose for detail in found}) < len(found):
        raise InvalidDetails(detail="Send one detail for each purpose.")
    return tuple(found)


def _normal(detail: Detail, origin: str, at: datetime) -> Detail:
    place = f"{origin}/api/v1"
    if detail.type != origin + TYPE_PATH:
        raise InvalidDetails(detail="This type of authorization_details is not known here.")
    if any(location != place for location in detail.locations):
        raise InvalidDetails(detail="A location is not this portal's API.")
    if not set(detail.necessity) <= set(detail.datatypes):
        raise InvalidDetails(detail="necessity names a datatype that is not asked for.")
    names = sorted(set(detail.datatypes))
    return detail.model_copy(
        update={
            "locations": (place,),
            "actions": ("read",),
            "datatypes": tuple(names),
            "necessity": {name: detail.necessity.get(name, "optional") for name in names},
            "expires_at": _end(detail, at),
        }
    )


def _end(detail: Detail, at: datetime) -> int:
    end = detail.expires_at
    if end is None:
        end = int((at + USUAL).timestamp())
    if end <= at.timestamp() or (detail.not_before is not None and detail.not_before >= end):
        raise InvalidDetails(detail="expires_at is over before it begins.")
    if end > (at + LONGEST).timestamp():
        raise InvalidDetails(detail="expires_at is more than five years away.")
    return end


def check_allowed(details: Iterable[Detail], allowances: Mapping[str, Allowance]) -> None:
    """Refuses what this vendor was not admitted to ask for, and items it may not call required."""
    for detail in details:
        allowed = allowances.get(detail.purpose)
        if allowed is None:
            raise InvalidDetails(detail="This purpose is not among those you were admitted for.")
        if not set(detail.datatypes) <= allowed.datatypes:
            raise InvalidDetails(detail="A datatype is not among those you may ask for with this purpose.")
        if not detail.required <= allowed.may_require:
            raise InvalidDetails(detail="A datatype is marked required that you may only ask for as optional.")


def stored(documents: Sequence[Mapping[str, Any]]) -> tuple[Detail, ...]:
    """Details as they come back from a row."""
    return _stored(orjson.dumps(list(documents)))


@lru_cache(maxsize=16)
def _stored(text: bytes) -> tuple[Detail, ...]:
    # One request is asked for its details in many places.
    return _LIST.validate_json(text)


def as_shown(details: Iterable[Detail]) -> tuple[Detail, ...]:
    """In the order of pages: reasons with something required first."""
    return tuple(sorted(details, key=lambda detail: (not detail.required, detail.purpose)))


# --- what is granted ---------------------------------------------------------------------------------------------


def narrowed(
    detail: Detail, datatypes: frozenset[str], ends_at: datetime, frequency: Frequency | None = None
) -> Detail | None:
    """The detail as the customer grants it; None where a required item is missing, so that the purpose drops out.

    Only removes optional datatypes, lowers the end and makes reads rarer: ValueError for whatever would widen it.
    ``frequency`` None leaves it as it was asked.
    """
    end = int(ends_at.timestamp())
    if not datatypes <= set(detail.datatypes):
        raise ValueError("datatypes")
    if detail.expires_at is None or end > detail.expires_at:
        raise ValueError("ends_at")
    if not datatypes or not detail.required <= datatypes:
        return None
    if frequency is not None and not no_oftener(frequency, detail.frequency):
        raise ValueError("frequency")
    names = tuple(sorted(datatypes))
    necessity = {name: detail.necessity.get(name, "optional") for name in names}
    rarer = {} if frequency is None else {"frequency": frequency}
    return detail.model_copy(update={"datatypes": names, "necessity": necessity, "expires_at": end, **rarer})


def no_oftener(a: Frequency | None, b: Frequency | None) -> bool:
    """Whether whoever keeps to ``a`` keeps to ``b``, too; None is as often as one likes."""
    if a is None or b is None:
        return b is None
    return a.max <= b.max and durations.parse(b.period) <= durations.parse(a.period)
