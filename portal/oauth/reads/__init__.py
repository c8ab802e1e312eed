"""What the room can be asked: whose token this is, what a grant gives, and the log's conditions."""

from portal.oauth.reads.clients import (
    Published,
    address_of_program,
    client_row,
    client_with_keys,
    half_of,
    keys_of_program,
    programs_by_vendor,
    published_keys,
    pushed_parameters,
    redirect_origin,
)
from portal.oauth.reads.conditions import client_live, token_live
from portal.oauth.reads.sources import grant_of, grant_of_program, grant_text, hold_grant, is_live, why_dead
from portal.oauth.reads.tokens import authenticate_token, token_row

__all__ = [
    "Published",
    "address_of_program",
    "authenticate_token",
    "client_live",
    "client_row",
    "client_with_keys",
    "grant_of",
    "grant_of_program",
    "grant_text",
    "half_of",
    "hold_grant",
    "is_live",
    "keys_of_program",
    "programs_by_vendor",
    "published_keys",
    "pushed_parameters",
    "redirect_origin",
    "token_live",
    "token_row",
    "why_dead",
]
