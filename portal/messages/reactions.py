"""What is told at once, in the transaction in which it happened; and what need not be told any more."""

from datetime import datetime, timedelta

from portal.accounts.facts.cases import CaseOpened
from portal.accounts.facts.credentials import AddressChanged
from portal.accounts.facts.sessions import OwnerWarned, SignedIn
from portal.customers.facts import CustomerErased
from portal.customers.reads import customer_of_holder
from portal.grants.facts import (
    GrantAmended,
    GrantGiven,
    GrantNarrowed,
    GrantRefused,
    GrantRequested,
    GrantRevoked,
    RequestOpened,
    RequestReplaced,
    RequestTurnedAway,
    RequestWithdrawn,
)
from portal.grants.reads import any_request, own_doings
from portal.kernel.facts import Fact
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.messages.kinds import ANSWER, DEMAND, IDENTITY, NEW_ADDRESS, NEW_DEVICE, REQUEST, TRIES, WITHDRAWN
from portal.messages.reads import person_of_holder
from portal.messages.service import Told, forget, settle, tell
from portal.orders.facts import DemandAnswered, WithdrawalAttached
from portal.tickets.facts import TicketAnswered, TicketCreated, TicketResolved

ANSWERING = timedelta(hours=1)
"""Whoever has just opened a request is answering it: a mail would come into the middle of that."""


def tell_of_request(unit: Unit, fact: GrantRequested) -> None:
    """A company asks somebody it knows. What customers begin themselves, or have not opened yet, waits for nobody."""
    if fact.source == "vendor":
        ends = any_request(unit, id_from(fact.request)).expires_at
        _tell_of(unit, fact, until=ends, wait=timedelta())


def tell_of_opened(unit: Unit, fact: RequestOpened) -> None:
    """A request that a program brought is somebody's now; who went to change what they share knows of it."""
    request = any_request(unit, id_from(fact.request))
    if not own_doings(unit, [request]):
        _tell_of(unit, fact, until=request.expires_at, wait=ANSWERING)


def _tell_of(unit: Unit, fact: GrantRequested | RequestOpened, until: datetime, wait: timedelta) -> None:
    customer_id = person_of_holder(unit, fact.holder)
    if customer_id is None or fact.holder is None:
        return
    told = Told(
        customer_id=customer_id,
        kind=REQUEST,
        mark=f"request:{fact.request}",
        vendor_id=fact.vendor,
        subject=id_from(fact.request),
        at=unit.at,
        until=until,
    )
    tell(unit, told, holder_id=fact.holder, wait=wait)


def settle_request(
    unit: Unit, fact: GrantAmended | GrantGiven | GrantRefused | RequestReplaced | RequestTurnedAway | RequestWithdrawn
) -> None:
    """A request was answered, or needs no answer any more."""
    settle(unit, id_from(fact.request))


def settle_grant(unit: Unit, fact: GrantAmended | GrantRevoked | GrantNarrowed) -> None:
    """A permission ended, or ends on another day: that it was about to end is no news."""
    if fact.grant is not None:
        settle(unit, fact.grant)


def tell_of_device(unit: Unit, fact: SignedIn) -> None:
    """A browser signed in that this account did not know."""
    customer_id = person_of_holder(unit, fact.holder)
    if fact.device != "new" or customer_id is None or fact.holder is None:
        return
    mark = f"device:{fact.session}"
    told = Told(customer_id=customer_id, kind=NEW_DEVICE, mark=mark, subject=id_from(fact.session), at=unit.at)
    tell(unit, told, holder_id=fact.holder)


def tell_of_address(unit: Unit, fact: AddressChanged) -> None:
    """Another address signs in from now on; the mails about it are the accounts room's."""
    _tell_once(unit, fact.holder, NEW_ADDRESS)


def tell_of_tries(unit: Unit, fact: OwnerWarned) -> None:
    """Somebody tries passwords; the letter about it is the accounts room's, and of wrong codes the letter says more."""
    if fact.of == "passwords":
        _tell_once(unit, fact.holder, TRIES)


def tell_of_case(unit: Unit, fact: CaseOpened) -> None:
    """An officer to whom nobody else can agree asks who somebody is: they are told, and have a day's time."""
    if fact.mode == "alone":
        _tell_once(unit, fact.holder, IDENTITY)


def tell_of_begun(unit: Unit, fact: TicketCreated) -> None:
    """A company began a conversation; what the customer begins themselves is no news to them."""
    if fact.by == "vendor":
        _tell_of_words(unit, fact)


def tell_of_answer(unit: Unit, fact: TicketAnswered | TicketResolved) -> None:
    """A company wrote in a conversation."""
    _tell_of_words(unit, fact)


def tell_of_demand(unit: Unit, fact: DemandAnswered) -> None:
    """A company answered what a customer asked about an order, or did something about it."""
    _tell_of_words(unit, fact, DEMAND)


def tell_of_withdrawal(unit: Unit, fact: WithdrawalAttached) -> None:
    """Somebody who did not sign in withdrew from a contract of this customer's: it may have been somebody else."""
    _tell_of_words(unit, fact, WITHDRAWN)


def _tell_of_words(unit: Unit, fact: Fact, kind: str = ANSWER) -> None:
    customer_id = person_of_holder(unit, fact.holder)
    if customer_id is None or fact.holder is None or fact.about is None:
        return
    mark = f"{kind}:{text_of(fact.about[1])}:{text_of(unit.request_id)}"
    told = Told(customer_id=customer_id, kind=kind, mark=mark, vendor_id=fact.vendor, subject=fact.about[1], at=unit.at)
    tell(unit, told, holder_id=fact.holder)


def _tell_once(unit: Unit, holder_id: bytes | None, kind: str) -> None:
    customer_id = person_of_holder(unit, holder_id)
    if customer_id is not None and holder_id is not None:
        told = Told(customer_id=customer_id, kind=kind, mark=f"{kind}:{text_of(unit.request_id)}", at=unit.at)
        tell(unit, told, holder_id=holder_id)


def forget_notices(unit: Unit, fact: CustomerErased) -> None:
    """Answers CustomerErased with :func:`portal.messages.service.forget`; notes NoticesForgotten."""
    assert fact.holder is not None
    forget(unit, customer_id=customer_of_holder(unit, fact.holder), holder_id=fact.holder)
