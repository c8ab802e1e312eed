"""The shape of a checked authorization request, and of the two ways in which one is turned down."""

from dataclasses import dataclass
from typing import Any

from portal.kernel.errors import BadRequest


@dataclass(frozen=True, slots=True)
class AuthorizationAsk:
    """What a vendor's program asks at ``/authorize`` or pushed, checked: nothing of it needs a second look."""

    client_id: bytes
    client_name: str
    vendor_id: bytes
    redirect_uri: str
    state: str | None
    scope: str
    details: list[dict[str, Any]]
    code_challenge: str
    ui_locales: tuple[str, ...]
    # The key that the code will be bound to, where the program named one.
    jkt: bytes | None = None
    # How surely the customer has to be known (portal.oauth.levels), and since how many seconds at most.
    acr: str | None = None
    max_age: int | None = None
    # The permission of its own that it would change, and how (Grant Management for OAuth 2.0); None to create one.
    amends_id: bytes | None = None
    action: str | None = None
    # The hash by which it was pushed; None for one that stood in a browser's address.
    pushed: bytes | None = None


class PageError(BadRequest):
    """The request cannot be answered at all: a page for the person, no redirect."""

    default_reason = "authorization-request"


class RedirectError(Exception):
    """The request is turned down at an address that is known to be the program's: redirect (303) to ``url``."""

    def __init__(self, url: str, error: str) -> None:
        self.url = url
        self.error = error
        super().__init__(error)
