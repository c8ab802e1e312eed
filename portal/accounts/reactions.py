"""What the room answers to its own facts: whoever shows that a second step is not lost keeps it."""

from portal.accounts.facts.credentials import AddressChangeUndone
from portal.accounts.facts.sessions import Proved, SignedIn
from portal.accounts.reads import recovering_account
from portal.accounts.service import stop_recovery
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit


def stop_by_factor(unit: Unit, fact: SignedIn | Proved) -> None:
    """A second step was used, so it is not lost."""
    if fact.by in (None, "password") or fact.holder is None:
        return
    account_id = recovering_account(unit, fact.holder)
    if account_id is not None:
        stop_recovery(unit, account_id=account_id, reason="factor-used")


def stop_by_undo(unit: Unit, fact: AddressChangeUndone) -> None:
    """Whoever takes the account back from somebody else loses no second step because that somebody asked for it."""
    stop_recovery(unit, account_id=id_from(fact.account), reason="address-change-undone")
