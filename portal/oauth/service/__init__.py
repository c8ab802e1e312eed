"""The room's verbs: clients, the OAuth half of requests, tokens, repeated requests."""

from portal.oauth.service.authorization import issue_code, issue_code_again, open_authorization, refusal_url
from portal.oauth.service.clients import block_client, change_redirects, make_client
from portal.oauth.service.pushing import push_request, spend_pushed
from portal.oauth.service.restoring import forget_all
from portal.oauth.service.tokens import end_family, end_tokens

__all__ = [
    "block_client",
    "change_redirects",
    "end_family",
    "end_tokens",
    "forget_all",
    "issue_code",
    "issue_code_again",
    "make_client",
    "open_authorization",
    "push_request",
    "refusal_url",
    "spend_pushed",
]
