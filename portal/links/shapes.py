"""What a company may send to invite a customer of its own: strict shapes, bounded, with a reason for each thing refused."""

import json
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from portal.accounts.addresses import normal_address

AT_ONCE = 1000
"""Invitations one request may carry."""
MAIL, LINK, NONE = "mail", "link", "none"


def _address(text: str) -> str:
    found = normal_address(text)
    if found is None:
        raise PydanticCustomError("not-an-address", "This is no e-mail address. Correct it, or leave it out.")
    return found


Number = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[!-~]([ -~]*[!-~])?$")]
Address = Annotated[str, Field(min_length=3, max_length=320), AfterValidator(_address)]


class InvitationIn(BaseModel):
    """One customer of yours. Without ``deliver`` nobody is written to: whoever proves the address here is asked."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    number: Number = Field(description="Your own customer number.")
    email: Address | None = Field(None, description="An address that you have verified. Kept sealed, until they answer.")
    language: Literal["en", "ca", "es", "ro"] = Field("en", description="The language of the mail.")
    deliver: Literal["mail", "link"] | None = Field(
        None, description="`mail`: we write to the address. `link`: you get a link, and hand it over yourself."
    )

    @model_validator(mode="after")
    def _has_where_to(self) -> Self:
        if self.deliver == MAIL and self.email is None:
            raise PydanticCustomError("email-needed", "Send the address that the mail is to go to.")
        return self


class Refusal(BaseModel):
    """Why an invitation was not made: a reason for programs, the field it is about, and what to do."""

    model_config = ConfigDict(frozen=True)

    reason: str
    field: str | None = None
    detail: str | None = None


# Reasons a program can act on, for pydantic's own types of error; anything else is "invalid".
_REASONS = {
    "missing": "missing",
    "extra_forbidden": "unknown-field",
    "literal_error": "unknown-word",
    "not-an-address": "not-an-address",
    "email-needed": "email-needed",
}
_FIELDS = frozenset(InvitationIn.model_fields)


def refusal_of(error: ValidationError) -> Refusal:
    """The first thing wrong with an invitation, in words of ours and without the value that was sent."""
    first: Any = error.errors(include_url=False, include_input=False)[0]
    named = str(first["loc"][0]) if first["loc"] else None
    field = "email" if first["type"] == "email-needed" else named if named in _FIELDS else None
    return Refusal(reason=_REASONS.get(first["type"], "invalid"), field=field, detail=first["msg"])


def parse(item: Any) -> InvitationIn | Refusal:
    """One invitation of a request, as JSON gave it, or why it is refused; never raises."""
    try:
        return InvitationIn.model_validate_json(json.dumps(item))
    except ValidationError as error:
        return refusal_of(error)
