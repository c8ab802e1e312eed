"""Pages of the accounts room: coming in, proving an address, recovery, and one's account."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)

from portal.accounts.routes import account, cases, entering, erasing, factors, links, passkeys, proving, recovery  # noqa: E402

__all__ = ["account", "blueprint", "cases", "entering", "erasing", "factors", "links", "passkeys", "proving", "recovery"]
