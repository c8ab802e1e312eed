"""Who may call what: one line a permission. What is seen is decided by the lease, not here.

Seeing and changing never share a permission. A vendor's scopes stand among its roles as ``scope:…``.
"""

from collections.abc import Callable

from portal.kernel.errors import NeedsSignIn, Refused
from portal.kernel.unit import Actor

Clause = Callable[[Actor], bool]


def anyone(actor: Actor) -> bool:
    """Strangers too."""
    return True


def signed_in(actor: Actor) -> bool:
    """A person with a live session."""
    return actor.session_id is not None


def customer(actor: Actor) -> bool:
    """A person who has a customer's side."""
    return actor.session_id is not None and actor.customer_id is not None


def officer(actor: Actor) -> bool:
    """A compliance officer."""
    return actor.session_id is not None and "officer" in actor.roles


def lead(actor: Actor) -> bool:
    """The officer who leads."""
    return officer(actor) and "lead" in actor.roles


def at_the_desk(actor: Actor) -> bool:
    """An officer, or an auditor from outside; what an auditor sees is bounded by the role's scope."""
    return officer(actor) or (actor.session_id is not None and "auditor" in actor.roles)


def vendor(actor: Actor) -> bool:
    """A client of a company, by its token or its secret."""
    return actor.kind == "vendor"


def scope(name: str) -> Clause:
    """A company's token that carries the scope."""
    wanted = f"scope:{name}"

    def holds(actor: Actor) -> bool:
        return actor.kind == "vendor" and wanted in actor.roles

    return holds


PERMISSIONS: dict[str, Clause] = {
    # Coming in: the password, or the secret of a mailed link, is proved in the request itself.
    "accounts:enter": anyone,
    "accounts:register": anyone,
    "accounts:sign-in": anyone,
    "accounts:sign-out": anyone,
    "accounts:prove": anyone,
    "accounts:recover": anyone,
    "account:see": signed_in,
    "account:change": signed_in,
    "account:erase": customer,
    "account:prove": signed_in,
    # Registered in demonstrations alone.
    "demo:see": anyone,
    # At OAuth's own endpoints the client proves itself with its secret, in the request.
    "oauth:token": anyone,
    "oauth:push": anyone,
    "oauth:revoke": anyone,
    "oauth:introspect": anyone,
    "metadata:see": anyone,
    # A company's program sends its customer here; who that is, shows when the request is opened.
    "requests:ask": anyone,
    "requests:open": customer,
    "requests:see": customer,
    "requests:answer": customer,
    "sharing:see": customer,
    "sharing:stop": customer,
    "sharing:again": customer,
    "sharing:pause": customer,
    "sharing:block": customer,
    "records:see": customer,
    "profile:read": scope("profile:read"),
    "profiles:read": scope("profile:read"),
    "grants:read": scope("grants:read"),
    "data:see": customer,
    "data:change": customer,
    # Strangers are told that there is an invitation, and nothing about it.
    "invitations:see": anyone,
    "invitations:accept": customer,
    "earlier:see": customer,
    "earlier:part": customer,
    "home:see": anyone,
    "home:choose": anyone,
    "messages:see": customer,
    "messages:choose": customer,
    # The link in a mail: signed, for one person and one kind, and good without signing in.
    "messages:unsubscribe": anyone,
    "orders:see": customer,
    "orders:mark": customer,
    "orders:hide": customer,
    "orders:read": scope("orders:read"),
    "orders:write": scope("orders:write"),
    "activity:see": customer,
    "activity:write": customer,
    "desk:see": at_the_desk,
    "desk:export": at_the_desk,
    "desk:verify": officer,
    "cases:see": officer,
    "cases:open": officer,
    "cases:confirm": officer,
    "cases:close": officer,
    "people:find": officer,
    "people:see": officer,
}


def check(permission: str, actor: Actor) -> None:
    """Lets the actor through, or raises NeedsSignIn or Refused."""
    if PERMISSIONS[permission](actor):
        return
    if actor.kind == "stranger":
        raise NeedsSignIn
    raise Refused
