"""A company's card: what customers see of it before they decide. Checked on its way in."""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from babel import Locale
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from portal.kernel.characters import is_plain
from portal.kernel.errors import Invalid
from portal.kernel.i18n import LOCALES

ODD_CHARACTERS = "text without characters that are not seen or that turn round how it is read"


def _plain(value: str) -> str:
    if not is_plain(value):
        raise ValueError(ODD_CHARACTERS)
    return value


def _lines(value: str) -> str:
    _plain(value.replace("\n", " "))
    return value


def _web(value: str) -> str:
    parts = urlsplit(_plain(value))
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.password:
        raise ValueError("a web address that begins with https://")
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1"):
        raise ValueError("a web address that begins with https://")
    return value


def _contact(value: str) -> str:
    if value.startswith("http"):
        return _web(value)
    try:
        # Our letters go there by servers that know ASCII alone; a domain of other letters has an ASCII form.
        found = validate_email(value, allow_smtputf8=False, check_deliverability=False)
    except (EmailNotValidError, UnicodeError):
        raise ValueError("an e-mail address in plain letters, or a web page") from None
    if found.ascii_email is None:
        raise ValueError("an e-mail address in plain letters, or a web page")
    return found.ascii_email


def _country(value: str) -> str:
    if value not in Locale("en").territories or len(value) != 2:
        raise ValueError("a country's code of two letters")
    return value


def _languages(value: dict[str, str]) -> dict[str, str]:
    if not set(value) <= set(LOCALES):
        raise ValueError("texts by language: " + ", ".join(LOCALES))
    return value


Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]
Text = Annotated[str, Field(min_length=1, max_length=600), AfterValidator(_lines)]
Texts = Annotated[dict[str, Text], AfterValidator(_languages)]
Web = Annotated[str, Field(max_length=300), AfterValidator(_web)]


class Subcontractor(BaseModel):
    """Who works for a company with its customers' data: the name, where they are, what they do, in its own words."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: Line
    country: Annotated[str, AfterValidator(_country)]
    does: Line


class Card(BaseModel):
    """The members of a card; all may be left out. ``kind`` is company or organisation, for the pages' words."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kind: str = Field("company", pattern="^(company|organisation)$")
    web: Web | None = None
    country: Annotated[str, AfterValidator(_country)] | None = None
    city: Line | None = None
    legal_name: Line | None = None
    register_number: Line | None = None
    description: Texts = Field(default_factory=dict)
    privacy_contact: Annotated[str, Field(max_length=300), AfterValidator(_contact)] | None = None
    privacy_policy: Web | None = None
    phone: Line | None = None
    email: Annotated[str, Field(max_length=300), AfterValidator(_contact)] | None = None
    hours: Texts = Field(default_factory=dict)
    returns: Texts = Field(default_factory=dict)
    # By when the company answers what customers ask about orders, in hours, and what it takes of them there.
    answers_within: Annotated[int, Field(ge=1, le=720)] | None = None
    changes: list[Literal["address", "slot", "quantity"]] = Field(default_factory=list, max_length=3)
    reorders: Literal[True] | None = None
    subcontractors: list[Subcontractor] = Field(default_factory=list, max_length=30)


def checked(card: dict[str, Any]) -> dict[str, Any]:
    """The card in its one form, empty members left out; Invalid names the members that are not right."""
    try:
        found = Card.model_validate(card)
    except ValidationError as error:
        fields = {".".join(map(str, one["loc"])): one["msg"].removeprefix("Value error, ") for one in error.errors()}
        raise Invalid("invalid", fields=fields) from None
    return {name: value for name, value in found.model_dump(exclude_none=True).items() if value not in ({}, [])}


def in_language(texts: dict[str, str], locale: str) -> tuple[str, str] | None:
    """A company's text for a reader and its language: theirs, else English, else whichever there is."""
    for language in (locale, "en", *sorted(texts)):
        if language in texts:
            return texts[language], language
    return None
