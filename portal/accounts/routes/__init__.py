"""Pages of the accounts room: coming in, proving an address, recovery, one's account, and the desk's pages about people."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)

from portal.accounts.routes import (  # noqa: E402
    account,
    cases,
    delegations,
    entering,
    erasing,
    factors,
    finding,
    links,
    lost,
    passkeys,
    proving,
    recovery,
)

__all__ = [
    "account",
    "blueprint",
    "cases",
    "delegations",
    "entering",
    "erasing",
    "factors",
    "finding",
    "links",
    "lost",
    "passkeys",
    "proving",
    "recovery",
]
