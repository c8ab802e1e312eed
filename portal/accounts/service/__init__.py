"""The verbs of the accounts room."""

from portal.accounts.service.address_change import (
    ask_to_change_address,
    change_address,
    release_former,
    undo_address_change,
)
from portal.accounts.service.challenges import Begun, find_challenge, forget_challenges
from portal.accounts.service.closing import close
from portal.accounts.service.factors import (
    Changed,
    add_app,
    address_for_app,
    begin_app,
    make_codes,
    name_factor,
    remove_factor,
)
from portal.accounts.service.proving import Entered, enter, finish, prove, try_code
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
    sign_out,
    start_session,
    upgrade_hash,
)
from portal.accounts.service.tokens import TokenView, claim_token, find_token, forget_tokens, issue_token, void_tokens

__all__ = [
    "ROLES",
    "Begun",
    "Candidate",
    "Changed",
    "Entered",
    "Registration",
    "TokenView",
    "Verified",
    "add_app",
    "address_for_app",
    "ask_for_reset",
    "ask_to_change_address",
    "ask_to_register",
    "begin_app",
    "begin_sign_in",
    "change_address",
    "change_password",
    "choose_language",
    "claim_token",
    "close",
    "end_role",
    "end_session",
    "end_sessions",
    "enter",
    "find_challenge",
    "find_token",
    "finish",
    "forget_challenges",
    "forget_sessions",
    "forget_tokens",
    "grant_role",
    "issue_token",
    "lapse",
    "make_codes",
    "mark_seen",
    "name_factor",
    "note_refused_sign_in",
    "prove",
    "refuse_sign_in",
    "register",
    "release_former",
    "remove_factor",
    "reset_password",
    "send_reset",
    "sign_out",
    "start_session",
    "try_code",
    "undo_address_change",
    "upgrade_hash",
    "verify_address",
    "void_tokens",
]
