"""What a company may send of a shipment: strict, bounded, with a reason for each thing refused."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from portal.orders.fields import Number, Past, Words
from portal.orders.shapes import LINES

EVENTS = 100
"""Events one request may carry."""
SHIPMENTS = 50
"""Shipments one order may have."""
Kind = Literal[
    "announced",
    "handed-over",
    "in-transit",
    "out-for-delivery",
    "ready-to-collect",
    "attempted",
    "delivered",
    "returned",
    "problem",
]


def _web(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise PydanticCustomError("web-address-needed", "Give a web address that begins with https://.")
    return value


Link = Annotated[str, Field(max_length=500, pattern=r"^[!-~]+$"), AfterValidator(_web)]


class _Strict(BaseModel):
    # Dates come as text: the body was read as JSON before.
    model_config = ConfigDict(extra="forbid", frozen=True)


class ShipmentLine(_Strict):
    """Which line of the order is in it, and how many of it."""

    line: Number = Field(description="Your own number of the line.")
    quantity: int = Field(ge=1, le=1_000_000, strict=True)


class ShipmentEventIn(_Strict):
    """Something that happened to it. An event that was told is never changed; told again it is known already."""

    kind: Kind
    at: Past
    place: Words | None = Field(None, description="Where. Kept sealed.")


class ShipmentIn(_Strict):
    """A shipment by the company's own number. What is left out stays as it was told before."""

    number: Number = Field(description="Your own number of the shipment, one of a kind within the order.")
    carrier: Annotated[Words, Field(max_length=120)] | None = None
    tracking: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[!-~]+$")] | None = Field(
        None, description="The carrier's number. Kept sealed."
    )
    tracking_url: Link | None = Field(None, description="The carrier's page about it. Kept sealed.")
    lines: list[ShipmentLine] | None = Field(None, min_length=1, max_length=LINES, description="What is in it.")
    events: list[ShipmentEventIn] = Field(default_factory=list, max_length=EVENTS)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        lines = [one.line for one in self.lines or ()]
        if len(set(lines)) < len(lines):
            raise PydanticCustomError("repeated-line", "A line stands twice in this shipment.")
        return self
