"""The modules by their names, and what each is given: the server, its two clients, and a watch that takes down what is seen."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any

import requests

from tests.fapi.answers import error_of, json_of
from tests.fapi.described import Described, Landed
from tests.fapi.program import Program
from tests.fapi.watching import Seen, Watch, seen
from tests.fapi.web import TIMEOUT

PREFIX = "fapi2-security-profile-final-"
MODULES: dict[str, "Callable[[Stage], None]"] = {}
"""The conformance suite's modules for private_key_jwt, DPoP, plain FAPI and no OpenID Connect, under its own names."""
OF_GRANTS: dict[str, "Callable[[Stage], None]"] = {}
"""The suite's modules for grant management, which not every server has."""
CLIENT_ERRORS = ("invalid_client", "invalid_request")
PROOF_ERRORS = ("invalid_dpop_proof", "invalid_request", "invalid_grant")


class Stage:
    """Where a module plays: it makes as many programs of the two clients as it needs."""

    def __init__(self, server: Described, watch: Watch) -> None:
        self.server, self.watch = server, watch

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """What the server says of itself (RFC 8414)."""
        answer = requests.get(self.server.issuer + self.server.metadata_path, timeout=TIMEOUT)
        self.watch.must(answer.status_code == 200, "the metadata are found")
        return json_of(answer)

    def first(self) -> Program:
        """A new process of the first client: it has a key of its own for DPoP and knows no nonce."""
        return Program(self.server, self.server.first, self.watch, self.metadata)

    def second(self) -> Program:
        """The same of the second client."""
        return Program(self.server, self.server.second, self.watch, self.metadata)

    def refused(self, answer: requests.Response, *errors: str) -> None:
        """An endpoint's refusal in the form of RFC 6749 section 5.2, by one of these codes."""
        must = self.watch.must
        must(answer.status_code in (400, 401), "it is refused with 400 or 401")
        must("application/json" in answer.headers.get("Content-Type", ""), "it is refused in JSON")
        must(error_of(answer) in errors, "it is refused by " + " or ".join(errors))
        must(answer.status_code == 400 or error_of(answer) == "invalid_client", "401 is for clients that are not known")
        told = str(json_of(answer).get("error_description", ""))
        must(all(" " <= sign <= "~" and sign not in '"\\' for sign in told), "error_description is of the characters of RFC 6749")

    def turned_away(self, program: Program, landed: Landed, *errors: str, state: str | None = None) -> None:
        """A request that leads nowhere: to a page that says so, or back with one of these codes.

        Both are allowed where the client cannot be told, or need not be; a page that asks the person for anything is neither.
        """
        if landed.address is None:
            self.watch.must(400 <= landed.status < 500, "whoever brings it is shown that it is not taken")
            return
        told = program.came_back(landed, state)
        self.watch.must("code" not in told, "no code is given")
        self.watch.must(told.get("error") in errors, "the client is told " + " or ".join(errors))

    def refused_somewhere(self, program: Program, *errors: str, told: tuple[str, ...] = (), **changes: Any) -> None:
        """A request that is refused when it is pushed, or when the browser brings it: the profile leaves open which."""
        answer = program.push(**changes)
        if answer.status_code == 201:
            landed = program.looked(program.address(json_of(answer)["request_uri"]))
            self.turned_away(program, landed, *(told or errors))
        else:
            self.refused(answer, *errors)


def module(name: str) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """Lists a module under its name."""

    def listed(function: Callable[[Stage], None]) -> Callable[[Stage], None]:
        MODULES[PREFIX + name] = function
        return function

    return listed


def grant_module(name: str) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """Lists a module of grant management under its name."""

    def listed(function: Callable[[Stage], None]) -> Callable[[Stage], None]:
        OF_GRANTS[f"{PREFIX}grant-management-{name}"] = function
        return function

    return listed


def run(name: str, server: Described) -> Seen:
    """What a module sees of a server."""
    return seen(name, partial(_played, (MODULES | OF_GRANTS)[name], server))


def _played(function: Callable[[Stage], None], server: Described, watch: Watch) -> None:
    function(Stage(server, watch))


