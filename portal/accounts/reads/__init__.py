"""Who signs in, with which rights, from where; and what the log holds a disclosure by a person against."""

from portal.accounts.reads.accounts import (
    AccountView,
    account_by_email,
    account_of,
    email_of,
    former_email_of,
    locale_of,
    password_hash_of,
)
from portal.accounts.reads.factors import (
    FactorView,
    HeldPasskey,
    codes_left,
    factor_of,
    factors_of,
    has_factor,
    is_fresh,
    passkey_by_id,
    passkey_digest,
    passkeys_of,
    require_proof,
)
from portal.accounts.reads.lost import other_officers, own_addresses, recovering_account, recovery_due
from portal.accounts.reads.obliged import must_keep_a_factor, needs_factor
from portal.accounts.reads.people import Person, actor_for, actor_of_account, person_of
from portal.accounts.reads.roles import RoleView, holders_of_role, role_live, roles_of
from portal.accounts.reads.sessions import SessionView, session_live, sessions_begun_before, sessions_of

__all__ = [
    "AccountView",
    "FactorView",
    "HeldPasskey",
    "Person",
    "RoleView",
    "SessionView",
    "account_by_email",
    "account_of",
    "actor_for",
    "actor_of_account",
    "codes_left",
    "email_of",
    "factor_of",
    "factors_of",
    "former_email_of",
    "has_factor",
    "holders_of_role",
    "is_fresh",
    "locale_of",
    "must_keep_a_factor",
    "needs_factor",
    "other_officers",
    "own_addresses",
    "passkey_by_id",
    "passkey_digest",
    "passkeys_of",
    "password_hash_of",
    "person_of",
    "recovering_account",
    "recovery_due",
    "require_proof",
    "role_live",
    "roles_of",
    "session_live",
    "sessions_begun_before",
    "sessions_of",
]
