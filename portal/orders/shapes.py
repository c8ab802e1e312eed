"""What a company may send as an order: strict shapes, bounded, with a reason for each thing refused."""

import json
from functools import cached_property
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError, PydanticSerializationError, to_json

from portal.kernel.money import MOST
from portal.kernel.money import total as total_of
from portal.orders.fields import Channel, Currency, Minor, Moment, Name, Number, Past, Status, Strict, Tags, Words
from portal.orders.statuses import PROMISED_FOR
from portal.orders.step_shapes import STEPS, StepIn

AT_ONCE = 500
"""Orders one request may carry."""
LINES = 200
"""Lines one order may carry."""

class LineIn(Strict):
    """A line: its number within the order (else its place), what it is, how many, what it cost."""

    number: Number | None = Field(None, description="Your own number of the line, kept over updates; else its place.")
    name: Words | None = Field(None, description="What was bought. Kept sealed.")
    category: Words | None = Field(None, description="Your own word for the kind of thing. Kept sealed.")
    quantity: int = Field(1, ge=1, le=1_000_000)
    unit_price: Minor | None = Field(None, description="Minor units of the order's currency.")
    amount: Minor | None = Field(None, description="Minor units; where left out, quantity × unit_price.")
    status: Status | None = Field(None, description="schema.org OrderStatus; where left out, the order's.")
    currency: Currency | None = Field(None, description="Where given, the order's own: an order has one currency.")

    @property
    def cost(self) -> int | None:
        """What the line cost in all, where it is known."""
        if self.amount is not None or self.unit_price is None:
            return self.amount
        return self.quantity * self.unit_price


class Line(NamedTuple):
    """A line as it is taken in: with a number and a status of its own. ``cost`` is what it cost in all, where that is known."""

    number: str
    status: str
    name: str | None = None
    category: str | None = None
    quantity: int = 1
    unit_price: int | None = None
    cost: int | None = None


class OrderIn(Strict):
    """An order by the company's own order and customer numbers; sent again, it replaces what was told before."""

    number: Number = Field(description="Your own order number.")
    customer: Number = Field(description="Your own customer number.")
    status: Status | None = Field(None, description="schema.org OrderStatus, for every line that says none itself.")
    placed_at: Past
    approved_at: Moment | None = None
    shipped_at: Moment | None = None
    delivered_at: Moment | None = None
    promised_at: Moment | None = Field(None, description="When delivery was promised for.")
    currency: Currency | None = Field(None, description="ISO 4217; needed as soon as there is an amount.")
    total: Minor | None = Field(None, description="Minor units; with lines it must be their sum.")
    seller_of_record: Words | None = Field(None, description="Whose sale it is, where you sell for others.")
    channel: Channel | None = Field(None, description="By which way the order came to you.")
    return_until: Moment | None = Field(None, description="Until when you take it back.")
    guarantee_until: Moment | None = Field(None, description="Until when you stand by it.")
    lines: list[LineIn] = Field(
        default_factory=list,
        max_length=LINES,
        description="Where left out, a new order gets one line without a name, worth the total; a known one keeps its"
        " lines, and the status is that of every line not returned or cancelled.",
    )
    process: Name | None = Field(
        None, description="What it is, where it is no order of a shop: a short name. Kept sealed; left out, it stays as told."
    )
    steps: list[StepIn] = Field(
        default_factory=list,
        max_length=STEPS,
        description="The steps it goes through, in their order. Where left out, those that are known stay as they are;"
        " where there are any, send every step.",
    )

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        for rule in (self._statuses, self._numbers, self._sums, self._steps):
            if (problem := rule()) is not None:
                raise problem
        return self

    def _statuses(self) -> PydanticCustomError | None:
        if self.status is None and (not self.lines or any(line.status is None for line in self.lines)):
            return _wrong("status-needed", "status", "Give the order a status, or every line one.")
        return None

    def _numbers(self) -> PydanticCustomError | None:
        numbers = [line.number for line in self.all_lines()]
        if len(set(numbers)) < len(numbers):
            return _wrong("repeated-line", "lines", "Two lines of one order have the same number.")
        return None

    def _sums(self) -> PydanticCustomError | None:
        costs = [line.cost for line in self.all_lines()]
        known = [cost for cost in costs if cost is not None]
        if known and self.currency is None:
            return _wrong("currency-needed", "currency", "Amounts need a currency.")
        if known and len(known) < len(costs):
            return _wrong("amount-needed", "lines", "Give every line an amount, or none.")
        if any(line.currency not in (None, self.currency) for line in self.lines):
            return _wrong("mixed-currencies", "lines", "An order has one currency: tell each currency as an order of its own.")
        if any(abs(cost) > MOST for cost in known) or abs(sum(known)) > MOST:
            return _wrong("amount-too-large", "lines", "The amounts are too large.")
        if sum(known) < 0:
            return _wrong("total-negative", "total", "The lines come to less than nothing: tell a refund as a return.")
        if self.lines and self.total is not None and self.total != total_of(costs):
            return _wrong("total-differs", "total", "The total is not the sum of the lines.")
        return None

    def _steps(self) -> PydanticCustomError | None:
        if len({step.number for step in self.steps}) < len(self.steps):
            return _wrong("repeated-step", "steps", "Two steps of one order have the same number.")
        for at, step in enumerate(self.steps):
            # A promise is for a day, which counts to its end: that of the order may have begun before it was placed.
            if step.promised_at is not None and step.promised_at <= self.placed_at - PROMISED_FOR:
                sentence = "No step can be promised for a day before the order was placed."
                return _wrong("promised-before-placed", f"steps.{at}.promised_at", sentence)
        return None

    @cached_property
    def _whole(self) -> tuple[Line, ...]:
        status = self.status or ""
        if not self.lines:
            return (Line("1", status, cost=self.total),)
        return tuple(
            Line(
                line.number or str(place),
                line.status or status,
                line.name,
                line.category,
                line.quantity,
                line.unit_price,
                line.cost,
            )
            for place, line in enumerate(self.lines, 1)
        )

    def all_lines(self) -> tuple[Line, ...]:
        """Its lines, each with number and status; one without a name for an order told without lines."""
        return self._whole


class OrderOfMany(OrderIn):
    """An order among several, which may say what must be so before it is taken: ETags as in the headers of those names."""

    if_match: Tags | None = Field(None, description="Taken only where it still has this ETag; `*`: where there is one.")
    if_none_match: Tags | None = Field(None, description="`*`: taken only where there is no such order yet.")

    @property
    def is_conditional(self) -> bool:
        """Whether its ETag is asked for."""
        return (self.if_match, self.if_none_match) != (None, None)


class Refusal(BaseModel):
    """Why one order of many was not taken: a code, the field, a sentence on what to change."""

    model_config = ConfigDict(frozen=True)

    reason: str
    field: str | None = None
    detail: str | None = None


def _wrong(reason: str, field: str, sentence: str) -> PydanticCustomError:
    return PydanticCustomError("order", "{sentence}", {"reason": reason, "field": field, "sentence": sentence})


# Reasons a program can act on, for pydantic's own types of error; anything else is "invalid".
_REASONS = {
    "missing": "missing",
    "extra_forbidden": "unknown-field",
    "literal_error": "unknown-status",
    "timezone_aware": "zone-needed",
    "too_long": "too-many-lines",
    "greater_than_equal": "too-small",
    "less_than_equal": "too-large",
    "date-out-of-range": "date-out-of-range",
    "date-in-future": "date-in-future",
    "unknown-currency": "unknown-currency",
    "odd-character": "odd-character",
}


def refusal_of(error: ValidationError) -> Refusal:
    """The first thing wrong with an order, in words of ours and without the value that was sent."""
    first: Any = error.errors(include_url=False, include_input=False)[0]
    context = first.get("ctx") or {}
    if first["type"] == "order":
        return Refusal(reason=context["reason"], field=context["field"], detail=context["sentence"])
    field = ".".join(str(part) for part in first["loc"]) or None
    if first["type"] == "literal_error" and first["loc"][-1] != "status":
        return Refusal(reason="unknown-word", field=field, detail=first["msg"])
    if first["type"] == "too_long" and field == "steps":
        return Refusal(reason="too-many-steps", field=field, detail=first["msg"])
    return Refusal(reason=_REASONS.get(first["type"], "invalid"), field=field, detail=first["msg"])


def _as_json(order: Any) -> bytes | str:
    try:
        return to_json(order, inf_nan_mode="constants")
    except (PydanticSerializationError, ValueError):
        # Half a character, which JSON can escape but UTF-8 cannot hold.
        return json.dumps(order)


def parse(order: Any, shape: type[OrderIn] = OrderOfMany) -> OrderIn | Refusal:
    """One order of a request, as JSON gave it, or why it is refused; never raises."""
    try:
        # Through JSON once more: only there do strict shapes read dates from text.
        return shape.model_validate_json(_as_json(order))
    except ValidationError as error:
        return refusal_of(error)
