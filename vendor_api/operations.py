"""The one registry of what vendors' machines can call, from which OpenAPI is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any

from flask import Blueprint, Response, g, make_response
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from portal.kernel.house import current_house
from vendor_api.auth import authenticate, identify

blueprint = Blueprint("vendor_api", __name__)

View = Callable[..., ResponseReturnValue]

CUSTOMER = "customer"
OWN = "own"
EITHER = "either"
CLIENT = "client"
NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path, as it is checked and as it is documented."""

    name: str
    method: str
    path: str
    summary: str
    # Whose token it takes: a customer's, the vendor's own, either; the client's secret; nothing.
    token: str
    scope: str | None = None
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    form: type[BaseModel] | None = None
    answers: Mapping[int, type[BaseModel] | None] = field(default_factory=dict)
    media: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    optional_headers: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[int, ...] = ()
    # The names of limits of which its answers say how much is left.
    quotas: tuple[str, ...] = ()
    # The file of the resource, and under which name the description groups it, where that is another one.
    module: str = ""
    tag: str = ""
    # Whether the answer is read from the log, which then takes in what is queued first.
    reads_log: bool = False


OPERATIONS: dict[str, Operation] = {}


def operation(**members: Any) -> Callable[[View], View]:
    """Puts a view with its door under a path; lets in only tokens that carry the scope."""

    def register(view: View) -> View:
        made = Operation(**members, module=view.__module__.rpartition(".")[2])

        # A disclosure reads the token in its own snapshot; whatever does more, reads it first.
        discloses = getattr(view, "door", ("",))[0] == "disclose"

        @wraps(view)
        def enter(**values: Any) -> ResponseReturnValue:
            if made.scope is not None and discloses and not made.reads_log:
                g.identify = partial(identify, scope=made.scope)
            elif made.scope is not None:
                authenticate(made.scope, disclosing=discloses)
            if made.reads_log:
                current_house().lead()
            answer = view(**values)
            response = answer if isinstance(answer, Response) else make_response(answer)
            response.headers.add("Vary", "Authorization")
            return response

        OPERATIONS[made.name] = made
        blueprint.add_url_rule(
            made.path, made.name, enter, methods=[made.method], provide_automatic_options=False, strict_slashes=True
        )
        return enter

    return register
