"""What members of orders may be, each bounded, with a reason where it is refused."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from portal.kernel import clock
from portal.kernel.characters import is_plain
from portal.kernel.etags import LIST
from portal.kernel.money import MOST, is_currency

Status = Literal[
    "OrderPaymentDue",
    "OrderProcessing",
    "OrderPickupAvailable",
    "OrderInTransit",
    "OrderDelivered",
    "OrderProblem",
    "OrderReturned",
    "OrderCancelled",
]

Channel = Literal["online", "app", "marketplace", "store", "phone", "post"]
"""By which way an order came."""

_AHEAD = timedelta(days=1)
"""How far the clock of whoever tells something may be ahead of ours."""


def _utc(value: datetime) -> datetime:
    if not 1970 <= value.year <= 2199:
        raise PydanticCustomError("date-out-of-range", "Give a date between 1970 and 2199.")
    return value.astimezone(UTC)


def _past(value: datetime) -> datetime:
    if value > clock.now() + _AHEAD:
        raise PydanticCustomError("date-in-future", "An order cannot have been placed in the future.")
    return value


def _done(value: datetime) -> datetime:
    if value > clock.now() + _AHEAD:
        raise PydanticCustomError("date-in-future", "A step cannot have been done in the future: say when it is promised.")
    return value


def _currency(value: str) -> str:
    if not is_currency(value):
        raise PydanticCustomError("unknown-currency", "Give the three letters of an ISO 4217 currency, such as EUR.")
    return value


def _plain(value: str) -> str:
    if not is_plain(value):
        raise PydanticCustomError("odd-character", "Leave out characters that are not seen or that turn text round.")
    return value


Number = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[!-~]([ -~]*[!-~])?$")]
_TEXT = r"^[^\u0000-\u001f\u007f]+$"
Words = Annotated[str, Field(min_length=1, max_length=200, pattern=_TEXT), AfterValidator(_plain)]
Name = Annotated[str, Field(min_length=1, max_length=60, pattern=_TEXT), AfterValidator(_plain)]
Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Past = Annotated[AwareDatetime, AfterValidator(_utc), AfterValidator(_past)]
Done = Annotated[AwareDatetime, AfterValidator(_utc), AfterValidator(_done)]
Minor = Annotated[int, Field(ge=-MOST, le=MOST)]
Tags = Annotated[str, Field(min_length=1, max_length=1000, pattern=LIST)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$"), AfterValidator(_currency)]


class Strict(BaseModel):
    """A shape that takes what it names, as it names it, and nothing else."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
