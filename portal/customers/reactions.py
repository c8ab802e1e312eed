"""What the profile answers to facts of other rooms."""

from portal.accounts.facts.accounts import AccountVerified
from portal.accounts.facts.credentials import AddressChanged, AddressChangeUndone
from portal.accounts.facts.factors import RecoveryBegun, RecoveryDone, RecoveryNear, RecoveryStopped
from portal.accounts.reads import email_of, own_addresses
from portal.accounts.service import write_about
from portal.customers.reads import customer_of_account, profile_of, verified_addresses_of
from portal.customers.service import ensure, set_attribute, take_back
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit

_EMAIL = "profile.email"


def open_profile(unit: Unit, fact: AccountVerified) -> None:
    """Whoever proved an address has a profile, and that address in it."""
    assert fact.holder is not None
    account_id = id_from(fact.account)
    customer = ensure(unit, account_id=account_id, holder_id=fact.holder)
    if _EMAIL not in profile_of(unit, customer.id, [_EMAIL]):
        _take(unit, customer.id, account_id)


def follow_address(unit: Unit, fact: AddressChanged | AddressChangeUndone) -> None:
    """The sign-in address changed: the profile's follows while nobody has written another over it."""
    account_id = id_from(fact.account)
    customer = customer_of_account(unit, account_id)
    if customer is None:
        return
    held = profile_of(unit, customer.id, [_EMAIL]).get(_EMAIL)
    if held is not None and held.source == "account":
        _take(unit, customer.id, account_id)


def stay(unit: Unit, fact: AddressChangeUndone) -> None:
    """Whoever takes the account back from somebody else is not erased because that somebody asked for it."""
    customer = customer_of_account(unit, id_from(fact.account))
    if customer is not None:
        take_back(unit, customer_id=customer.id, reason="address-change-undone")


_LETTERS = {
    RecoveryBegun: "accounts/lost_begun",
    RecoveryNear: "accounts/lost_soon",
    RecoveryStopped: "accounts/lost_stopped",
    RecoveryDone: "accounts/lost_done",
}


def tell_of_recovery(unit: Unit, fact: RecoveryBegun | RecoveryNear | RecoveryStopped | RecoveryDone) -> None:
    """The addresses of the profile that were proved hear of a lost second step, too."""
    account_id = id_from(fact.account)
    customer = customer_of_account(unit, account_id)
    if customer is None:
        return
    told = own_addresses(unit, account_id)
    addresses = [one for one in verified_addresses_of(unit, customer.id) if one not in told]
    write_about(unit, account_id=account_id, template=_LETTERS[type(fact)], addresses=addresses)


def _take(unit: Unit, customer_id: bytes, account_id: bytes) -> None:
    address = email_of(unit, account_id)
    set_attribute(unit, customer_id=customer_id, path=_EMAIL, value=address, source="account", verified=True)
