"""Who may call what: one line a permission. What is seen is decided by the lease, not here.

Seeing and changing never share a permission. A vendor's scopes stand among its roles as ``scope:…``.
"""

from collections.abc import Callable, Collection

from portal.kernel.errors import NeedsFactor, NeedsSignIn, Refused
from portal.kernel.unit import Actor

Clause = Callable[[Actor], bool]
NOT_LENT = "not-lent"
"""Why a delegate is refused what the customer does not let them see or do."""


def anyone(actor: Actor) -> bool:
    """Strangers too."""
    return True


def signed_in(actor: Actor) -> bool:
    """A person with a live session."""
    return actor.session_id is not None and actor.delegation is None


def customer(actor: Actor) -> bool:
    """A person who has a customer's side."""
    return signed_in(actor) and actor.customer_id is not None


def officer(actor: Actor) -> bool:
    """A compliance officer."""
    return signed_in(actor) and "officer" in actor.roles


def at_the_desk(actor: Actor) -> bool:
    """An officer, or an auditor from outside; what an auditor sees is bounded by the role's scope."""
    return officer(actor) or (signed_in(actor) and "auditor" in actor.roles)


def staff(actor: Actor) -> bool:
    """Somebody who acts for a company; which one, and as what, is decided in the console."""
    return signed_in(actor) and "staff" in actor.roles


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
    # Letting somebody act for oneself, and acting for somebody. The link of an invitation reveals nothing to strangers.
    "delegates:see": customer,
    "delegates:change": customer,
    "delegations:see": anyone,
    "delegations:answer": customer,
    "acting:begin": customer,
    "acting:stop": signed_in,
    # Registered in demonstrations alone.
    "demo:see": anyone,
    "demo:answer": anyone,
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
    "grants:query": scope("grant_management_query"),
    "grants:revoke": scope("grant_management_revoke"),
    "changes:read": scope("grants:read"),
    "webhooks:read": scope("grants:read"),
    "customers:read": scope("customers:write"),
    "customers:write": scope("customers:write"),
    "requests:read": scope("requests:write"),
    "requests:write": scope("requests:write"),
    "tickets:read": scope("tickets:read"),
    "tickets:tell": scope("tickets:write"),
    "data:see": customer,
    "data:change": customer,
    # Strangers are told that there is an invitation, and nothing about it.
    "invitations:see": anyone,
    "invitations:accept": customer,
    # Whoever was sent a link, or has proved an address, says whether a company may ask them again.
    "invitations:decline": anyone,
    "questions:see": customer,
    "questions:answer": customer,
    "earlier:see": customer,
    "earlier:part": customer,
    "home:see": anyone,
    "home:choose": anyone,
    "messages:see": customer,
    "messages:choose": customer,
    "messages:follow": customer,
    # Mails hold links that are good without signing in; what comes by mail is how one learns what others do.
    "mails:see": customer,
    "mails:choose": customer,
    "tickets:see": customer,
    "tickets:write": customer,
    # Guests of a company: whoever holds the link of a conversation goes on with it.
    "talks:see": anyone,
    "talks:write": anyone,
    "talks:join": customer,
    # The link in a mail: signed, for one person and one kind, and good without signing in.
    "messages:unsubscribe": anyone,
    "orders:see": customer,
    "orders:mark": customer,
    "orders:hide": customer,
    # Asking a company for something binds: it is nobody's but the customer's own.
    "demands:see": customer,
    "demands:ask": customer,
    "demands:make": customer,
    # A letter to a company with what it did not answer: whoever may act about orders may hold it against them.
    "demands:write": customer,
    # The law's function for whoever bought without an account. The link in a mail is good once, and shows nothing of an order.
    "withdrawals:see": anyone,
    "withdrawals:declare": anyone,
    # Whether a receipt or a record is ours is anybody's to ask.
    "signed:see": anyone,
    "signed:check": anyone,
    "orders:add": customer,
    "orders:read": scope("orders:read"),
    "orders:write": scope("orders:write"),
    "activity:see": customer,
    "letters:see": customer,
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
    "console:see": staff,
    "console:change": staff,
    # The link by which somebody is asked to act for a company reveals nothing to strangers.
    "staff:see": anyone,
    "staff:answer": customer,
}

LENT: dict[str, str] = {
    "data:see": "data:see",
    "data:change": "data:act",
    "sharing:see": "sharing:see",
    "records:see": "sharing:see",
    "activity:see": "sharing:see",
    "requests:see": "sharing:see",
    "requests:ask": "sharing:act",
    "requests:open": "sharing:act",
    "requests:answer": "sharing:act",
    "sharing:stop": "sharing:act",
    "sharing:again": "sharing:act",
    "sharing:pause": "sharing:act",
    "sharing:block": "sharing:act",
    "orders:see": "orders:see",
    "orders:mark": "orders:act",
    "orders:hide": "orders:act",
    "demands:see": "orders:see",
    "demands:write": "orders:act",
    "messages:see": "messages:see",
    "messages:choose": "messages:act",
    "tickets:see": "messages:see",
    "tickets:write": "messages:act",
}
"""What a customer can lend to a delegate: which place it belongs to, and whether it takes seeing or acting there.

A permission that is not here is nobody's but the customer's own: account, erasing, delegates, letters, who one is.
"""

PLACES = ("data", "sharing", "orders", "messages")
"""What a customer can lend to a delegate."""


def first_place(areas: Collection[str]) -> str:
    """Where a delegate begins: the first place that is lent to them."""
    return "/" + next(place for place in PLACES if place in areas)


WHILE_ACTING = frozenset(
    {
        *("accounts:enter", "accounts:register", "accounts:sign-in", "accounts:sign-out", "accounts:prove"),
        *("accounts:recover", "acting:stop", "demo:see", "demo:answer", "home:see", "home:choose", "messages:unsubscribe"),
        *("withdrawals:see", "withdrawals:declare", "signed:see", "signed:check"),
        *("talks:see", "talks:write"),
    }
)
"""What whoever acts for somebody goes on doing as themselves: nothing in it belongs to a customer who is signed in."""


WAITS = "waits:"
"""Before the name of a role that somebody holds, and that is not in force while a second step at sign-in is missing."""


def is_lent(permission: str, actor: Actor) -> bool:
    """Whether a delegate may do this for the customer."""
    return LENT.get(permission) in actor.roles


def check(permission: str, actor: Actor) -> None:
    """Lets the actor through, or raises NeedsSignIn, NeedsFactor or Refused."""
    if actor.delegation is not None:
        if is_lent(permission, actor):
            return
        raise Refused(NOT_LENT)
    clause = PERMISSIONS[permission]
    if clause(actor):
        return
    if actor.kind == "stranger":
        raise NeedsSignIn
    if clause(actor._replace(roles=all_held(actor.roles))):
        raise NeedsFactor
    raise Refused


def all_held(roles: frozenset[str]) -> frozenset[str]:
    """The roles somebody holds, those that wait for a second step among them."""
    return frozenset(role.removeprefix(WAITS) for role in roles)
