"""The API described by itself: OpenAPI 3.1, made from the registry that also guards the routes."""

from functools import cache
from importlib import import_module
from typing import Any

from flask import Response, json
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

import portal
from portal.audit.doors import see
from portal.kernel.etags import LIST
from portal.kernel.unit import Unit
from portal.oauth.scopes import SCOPES
from vendor_api import errors
from vendor_api.deprecated import deprecation_of
from vendor_api.operations import CLIENT, NOBODY, OPERATIONS, Operation, operation

_JSON = "application/json"
_REF = "#/components/schemas/{model}"


class ProblemDocument(BaseModel):
    """RFC 9457. ``reason`` is a code that does not change; ``detail`` says what to do; quote ``request_id``."""

    type: str
    title: str
    status: int
    reason: str
    detail: str
    request_id: str
    fields: dict[str, str] | None = None
    allowed_actions: list[str] | None = None


@operation(
    name="openapi",
    method="GET",
    path="/api/v1/openapi.json",
    summary="This description.",
    token=NOBODY,
    answers={200: None},
)
@see("metadata:see")
def openapi(unit: Unit) -> Response:
    """The document."""
    response = Response(json.dumps(document(unit.house.settings.origin)), content_type="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@cache
def document(origin: str) -> dict[str, Any]:
    """The OpenAPI document of a portal at this origin."""
    paths: dict[str, dict[str, Any]] = {}
    for one in sorted(OPERATIONS.values(), key=lambda one: (one.path, one.method)):
        paths.setdefault(_path(one.path), {})[one.method.lower()] = _described(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Freehold",
            "version": portal.__version__,
            "summary": "What customers share with you, and what you tell them.",
            "description": "Every read is put on the customer's record before it is answered.",
        },
        "servers": [{"url": origin}],
        "paths": paths,
        "components": {"schemas": _schemas(), "securitySchemes": _security(origin)},
        "x-reasons": errors.TITLES,
    }


def _path(rule: str) -> str:
    return rule.replace("<path:", "{").replace("<", "{").replace(">", "}")


def _models() -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = [ProblemDocument]
    for one in OPERATIONS.values():
        found += [model for model in (one.body, one.form, *one.answers.values()) if model is not None]
        found += getattr(import_module(f"vendor_api.{one.module}"), "SCHEMAS", ())
    return list(dict.fromkeys(found))


def _schemas() -> dict[str, Any]:
    _, definitions = models_json_schema([(model, "validation") for model in _models()], ref_template=_REF)
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas


def _security(origin: str) -> dict[str, Any]:
    scopes = dict(SCOPES)
    return {
        "customer": {
            "type": "oauth2",
            "description": "A token that a customer's permission gave you.",
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": f"{origin}/authorize",
                    "tokenUrl": f"{origin}/oauth/token",
                    "refreshUrl": f"{origin}/oauth/token",
                    "scopes": scopes,
                }
            },
        },
        "own": {
            "type": "oauth2",
            "description": "A token of your own, over your live permissions and links.",
            "flows": {"clientCredentials": {"tokenUrl": f"{origin}/oauth/token", "scopes": scopes}},
        },
        "client": {"type": "http", "scheme": "basic", "description": "Client id and secret."},
    }


def _described(one: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "tags": [one.tag or one.module],
        "parameters": [*_in_path(one), *_in_query(one), *_in_headers(one)],
        "responses": _responses(one),
        "security": _needs(one),
    }
    if (deprecated := deprecation_of(one)) is not None:
        described |= {"deprecated": True, "description": deprecated.sentence}
    if one.body is not None:
        described["requestBody"] = _sent("application/json", one.body)
    if one.form is not None:
        described["requestBody"] = _sent("application/x-www-form-urlencoded", one.form)
    return described


def _sent(media: str, model: type[BaseModel]) -> dict[str, Any]:
    return {"required": True, "content": {media: {"schema": _ref(model)}}}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}


def _needs(one: Operation) -> list[dict[str, list[str]]]:
    if one.token == NOBODY:
        return []
    if one.token == CLIENT:
        return [{"client": []}]
    scopes = [one.scope] if one.scope else []
    names = ("customer", "own") if one.token == "either" else (one.token,)
    return [{name: scopes} for name in names]


def _in_path(one: Operation) -> list[dict[str, Any]]:
    names = [part.split(">")[0].split(":")[-1] for part in one.path.split("<")[1:]]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _in_query(one: Operation) -> list[dict[str, Any]]:
    if one.query is None:
        return []
    schema = one.query.model_json_schema(ref_template=_REF)
    required = set(schema.get("required", ()))
    return [_parameter(name, member, name in required) for name, member in schema["properties"].items()]


def _parameter(name: str, member: dict[str, Any], required: bool) -> dict[str, Any]:
    found = {"name": name, "in": "query", "required": required, "schema": _plain(member)}
    if description := member.get("description"):
        found["description"] = description
    return found


def _plain(member: dict[str, Any]) -> dict[str, Any]:
    """A parameter is there or it is not: the null of a model's optional member has no place in an address."""
    options = [option for option in member.get("anyOf", ()) if option.get("type") != "null"]
    kept = {name: value for name, value in member.items() if name not in ("anyOf", "default", "title")}
    if len(options) == 1:
        return {**kept, **options[0]}
    return {**kept, **({"anyOf": options} if options else {})}


def _in_headers(one: Operation) -> list[dict[str, Any]]:
    given = [_header(name, text, True) for name, text in one.headers.items()]
    given += [_header(name, text, False) for name, text in one.optional_headers.items()]
    if 304 in one.answers:
        given.append({"name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"}})
    return given


def _header(name: str, text: str, required: bool) -> dict[str, Any]:
    schema = _KEY if name == "Idempotency-Key" else {"type": "string", "pattern": LIST}
    return {"name": name, "in": "header", "required": required, "description": text, "schema": schema}


_KEY = {"type": "string", "pattern": r"^[!#-\[\]-~]{1,255}$"}


def _responses(one: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for status, model in one.answers.items():
        told[str(status)] = {"description": _said(status, model)}
        if model is not None:
            told[str(status)]["content"] = {_media(one, status): {"schema": _ref(model)}}
        elif status == 200:
            told[str(status)]["content"] = {one.media: {"schema": {"type": "object"}} if one.media == _JSON else {}}
    problem = {"application/problem+json": {"schema": _ref(ProblemDocument)}}
    for status in one.problems:
        told[str(status)] = {"description": errors.DETAILS[status], "content": problem}
    if one.token != CLIENT:
        told["default"] = {"description": "A problem; its reason says which.", "content": problem}
    for code, answer in told.items():
        if headers := _headers(one, code):
            answer["headers"] = headers
    return told


_SAID = {
    "Retry-After": "The seconds after which to ask again.",
    "RateLimit-Policy": 'The limit, `"name";q=most;w=seconds` (draft-ietf-httpapi-ratelimit-headers).',
    "RateLimit": 'What is left of it, `"name";r=left;t=seconds until there is more`.',
    "Deprecation": "Since when this is deprecated (RFC 9745).",
    "Sunset": "Until when it is answered at the least (RFC 8594).",
}


def _headers(one: Operation, status: str) -> dict[str, Any]:
    names = ["Deprecation", "Sunset"] if deprecation_of(one) is not None else []
    if one.quotas and status in ("200", "201", "304", "403", "429"):
        names += ["RateLimit-Policy", "RateLimit"]
    if status in ("429", "503") or (one.quotas and status == "403"):
        names.append("Retry-After")
    return {name: {"description": _SAID[name], "schema": {"type": "string"}} for name in names}


def _media(one: Operation, status: int) -> str:
    return one.media if status < 400 else "application/json"


def _said(status: int, model: type[BaseModel] | None) -> str:
    if status == 304:
        return "Nothing has changed since the ETag you named; this is a read like any other."
    return (model.__doc__ or "").strip().splitlines()[0] if model is not None else "The document."
