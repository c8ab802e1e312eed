"""What a company's program may send of conversations: strict shapes, bounded, with a reason for each thing refused."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from portal.kernel import clock
from portal.kernel.characters import is_plain

AT_ONCE = 100
"""Conversations, or doings, one request may carry."""
MOST_TOLD = 500
"""Calls and visits one request may carry."""
MOST = 5000
_LINES = str.maketrans("", "", "\r\n\t")

Kind = Literal["question", "fault", "complaint", "suggestion"]
State = Literal["open", "waiting_vendor", "waiting_customer", "waiting_third", "resolved", "closed"]
Doing = Literal["take", "answer", "progress", "hold", "resume", "resolve", "note", "weigh"]
Channel = Literal["phone", "visit", "email", "sms", "whatsapp", "chat", "post", "x"]


def _plain(value: str) -> str:
    if not is_plain(value.translate(_LINES)):
        raise PydanticCustomError("odd-character", "Leave out characters that are not seen or that turn text round.")
    if not value.strip():
        raise PydanticCustomError("words-needed", "Say it in words.")
    return value


def _past(value: datetime) -> datetime:
    if not 1970 <= value.year <= 2199:
        raise PydanticCustomError("date-out-of-range", "Give a date between 1970 and 2199.")
    if value > clock.now() + timedelta(days=1):
        raise PydanticCustomError("date-in-future", "It cannot have happened in the future.")
    return value.astimezone(UTC)


Number = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[!-~]([ -~]*[!-~])?$")]
Words = Annotated[str, Field(min_length=1, max_length=MOST), AfterValidator(_plain)]
Degree = Annotated[int, Field(ge=1, le=3)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class TicketIn(_Strict):
    """A conversation that you begin with a customer who is connected with you."""

    number: Number = Field(description="Your own number of it. Sent again, it changes nothing.")
    customer: Number = Field(description="Your own customer number.")
    kind: Kind = "question"
    words: Words = Field(description="What you say. Kept sealed.")
    impact: Degree = Field(2, description="How much it hinders the customer: 1 little, 3 much.")
    order: Number | None = Field(None, description="Your own number of the order that it is about.")


class TicketActionIn(_Strict):
    """Something that you do in a conversation: answer, take up, wait, go on, solve, note for yourself, or say how soon."""

    ticket: Number = Field(description="The number that both of you know it by.")
    action: Doing
    words: Words | None = Field(None, description="Needed for answer, progress, resolve and note; may go with hold.")
    urgency: Degree | None = Field(None, description="With weigh: 1 can wait, 3 soon.")
    version: int | None = Field(
        None, ge=1, le=2**31, description="The version that you saw: refused with `changed` where it has gone on since."
    )


class InteractionIn(_Strict):
    """A call, a visit or the like that happened elsewhere: it stands in the same history."""

    number: Number = Field(description="Your own number of it. Sent again, it changes nothing.")
    customer: Number = Field(description="Your own customer number.")
    channel: Channel
    initiated_by: Literal["customer", "agent", "script"] = "customer"
    at: Annotated[AwareDatetime, AfterValidator(_past)]
    words: Words | None = Field(None, description="What was said, as you wrote it down. Kept sealed; the customer reads it.")
    ticket: Number | None = Field(None, description="The number of the conversation that it belongs to.")


class Refusal(BaseModel):
    """Why one item of many was not taken: a code, the field, a sentence on what to change, and what may be done instead."""

    model_config = ConfigDict(frozen=True)

    reason: str
    field: str | None = None
    detail: str | None = None
    allowed_actions: list[str] | None = None


Shape = TypeVar("Shape", bound=_Strict)
# Reasons a program can act on, for pydantic's own types of error; anything else is "invalid".
_REASONS = {
    "missing": "missing",
    "extra_forbidden": "unknown-field",
    "literal_error": "unknown-word",
    "timezone_aware": "zone-needed",
    "string_too_long": "too-long",
    "odd-character": "odd-character",
    "words-needed": "words-needed",
    "date-out-of-range": "date-out-of-range",
    "date-in-future": "date-in-future",
}


def parse(model: type[Shape], item: Any) -> Shape | Refusal:
    """One item of a request, as JSON gave it, or why it is refused; never raises."""
    try:
        # Through JSON once more: only there do strict shapes read dates from text.
        return model.model_validate_json(json.dumps(item))
    except ValidationError as error:
        first: Any = error.errors(include_url=False, include_input=False)[0]
        named = str(first["loc"][0]) if first["loc"] else None
        field = named if named in model.model_fields else None
        return Refusal(reason=_REASONS.get(first["type"], "invalid"), field=field, detail=first["msg"])
