"""The room's verbs: clients, the OAuth half of requests, tokens, repeated requests."""

from portal.oauth.service.ageing import age_tokens
from portal.oauth.service.authorization import issue_code, issue_code_again, open_authorization, refusal_url
from portal.oauth.service.clients import (
    add_key,
    block_client,
    change_redirects,
    end_key,
    make_client,
    make_keyed_client,
    set_key_address,
)
from portal.oauth.service.knowing import Known
from portal.oauth.service.pushing import bring_pushed, push_request, tie_pushed
from portal.oauth.service.restoring import forget_all
from portal.oauth.service.tokens import end_family, end_tokens

__all__ = [
    "Known",
    "add_key",
    "age_tokens",
    "block_client",
    "bring_pushed",
    "change_redirects",
    "end_family",
    "end_key",
    "end_tokens",
    "forget_all",
    "issue_code",
    "issue_code_again",
    "make_client",
    "make_keyed_client",
    "open_authorization",
    "push_request",
    "refusal_url",
    "set_key_address",
    "tie_pushed",
]
