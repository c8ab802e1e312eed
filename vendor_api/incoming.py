"""What a vendor's machine sends, read strictly: each thing once, nothing unknown, nothing that means two things."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, ValidationError

from portal.kernel.errors import BadRequest, Invalid, Problem
from portal.oauth import strict_json

_NAME = re.compile(r"[A-Za-z0-9_.\[\]-]{1,80}\Z")
_MOST_FIELDS = 50
Model = TypeVar("Model", bound=BaseModel)


class Shape(BaseModel):
    """Base of everything that is sent to us: unknown members are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class UnknownMedia(Problem):
    """415: not the kind of body that this address reads."""

    status = 415
    default_reason = "unsupported-media-type"


def read_query(model: type[Model]) -> Model:
    """The parameters of the address; BadRequest names the ones that are wrong."""
    sent = request.args
    if not sent:
        nothing: Model = _empty(model)
        return nothing
    values: dict[str, str] = {}
    for name, value in sent.items(multi=True):
        if name in values:
            raise BadRequest("bad-parameter", "Send each parameter once.", fields={_safe(name): "stands twice"})
        values[name] = value
    return _checked(model, values)


@cache
def _empty(model: type[BaseModel]) -> Any:
    # Frozen, as every shape is: what nobody can change may be given to all.
    return _checked(model, {})


def _checked(model: type[Model], values: Mapping[str, str]) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise BadRequest("bad-parameter", "Change the parameters that are named.", fields=fields_of(error)) from None


def read_body(model: type[Model], *, most_bytes: int) -> Model:
    """The JSON body; a problem names what is wrong with it, field by field."""
    request.max_content_length = most_bytes
    if request.mimetype != "application/json" or request.mimetype_params.get("charset", "utf-8").lower() != "utf-8":
        raise UnknownMedia(detail="Send the body as application/json in UTF-8.")
    data = request.get_data(cache=True)
    try:
        strict_json.parse(data)
    except strict_json.NotJson as why:
        raise BadRequest("not-json", f"The body cannot be read: {why}.") from None
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        told = "Change the fields that are named, then send it again."
        raise Invalid("invalid", told, fields=fields_of(error)) from None


def fields_of(error: ValidationError) -> dict[str, str]:
    """The fields that are wrong, each with why; never what was in them."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return {_place(item["loc"]): _why(item) for item in found[:_MOST_FIELDS]}


def _place(location: Iterable[Any]) -> str:
    return ".".join(_safe(str(part)) for part in location) or "body"


def _safe(name: str) -> str:
    return name if _NAME.match(name) else "?"


def _why(item: Mapping[str, Any]) -> str:
    if item["type"] == "extra_forbidden":
        return "is not known here"
    return str(item["msg"])
