"""The room's verbs: clients, the OAuth half of requests, tokens, repeated requests."""

from portal.oauth.service.authorization import issue_code, issue_code_again, open_authorization, refusal_url, waits
from portal.oauth.service.clients import block_client, make_client
from portal.oauth.service.tokens import end_family, end_tokens

__all__ = [
    "block_client",
    "end_family",
    "end_tokens",
    "issue_code",
    "issue_code_again",
    "make_client",
    "open_authorization",
    "refusal_url",
    "waits",
]
