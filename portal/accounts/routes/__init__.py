"""Pages of the accounts room: coming in, proving an address, recovery, and one's account."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)

from portal.accounts.routes import (  # noqa: E402
    account,
    delegations,
    entering,
    erasing,
    factors,
    links,
    lost,
    passkeys,
    proving,
    recovery,
)

__all__ = [
    "account",
    "blueprint",
    "delegations",
    "entering",
    "erasing",
    "factors",
    "links",
    "lost",
    "passkeys",
    "proving",
    "recovery",
]
