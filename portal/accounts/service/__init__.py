"""The verbs of the accounts room."""

from portal.accounts.service.address_change import (
    ask_to_change_address,
    change_address,
    release_former,
    undo_address_change,
)
from portal.accounts.service.closing import close
from portal.accounts.service.recovery import ask_for_reset, change_password, reset_password, send_reset
from portal.accounts.service.registration import (
    Registration,
    Verified,
    ask_to_register,
    lapse,
    register,
    verify_address,
)
from portal.accounts.service.roles import ROLES, choose_language, end_role, grant_role
from portal.accounts.service.sessions import (
    Candidate,
    begin_sign_in,
    end_session,
    end_sessions,
    forget_sessions,
    mark_seen,
    note_refused_sign_in,
    refuse_sign_in,
    sign_in,
    sign_out,
    start_session,
    upgrade_hash,
)
from portal.accounts.service.tokens import TokenView, claim_token, find_token, forget_tokens, issue_token, void_tokens

__all__ = [
    "ROLES",
    "Candidate",
    "Registration",
    "TokenView",
    "Verified",
    "ask_for_reset",
    "ask_to_change_address",
    "ask_to_register",
    "begin_sign_in",
    "change_address",
    "change_password",
    "choose_language",
    "claim_token",
    "close",
    "end_role",
    "end_session",
    "end_sessions",
    "find_token",
    "forget_sessions",
    "forget_tokens",
    "grant_role",
    "issue_token",
    "lapse",
    "mark_seen",
    "note_refused_sign_in",
    "refuse_sign_in",
    "register",
    "release_former",
    "reset_password",
    "send_reset",
    "sign_in",
    "sign_out",
    "start_session",
    "undo_address_change",
    "upgrade_hash",
    "verify_address",
    "void_tokens",
]
