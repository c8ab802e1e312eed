"""What a company's program can do about a refusal, by the reason that its call log shows: the sentences of the problems.

In English, as programs get them.
"""

from portal.grants import remedies

_NEW_TOKEN = "Ask for a new access token at the token endpoint."
ASK_AGAIN = "Ask the customer again if you still need this."

REMEDIES: dict[str, str] = {
    **remedies.REMEDIES,
    "token-unknown": _NEW_TOKEN,
    "token-expired": _NEW_TOKEN,
    "code-expired": "A code is good for a minute. Send the customer to the authorization endpoint once more.",
    "step-up-needed": (
        "What is sensitive is read with a token for which the customer proved who they are. Send them to the authorization "
        "endpoint once more, with the acr_values and max_age of WWW-Authenticate and with the grant_id to merge into."
    ),
    **dict.fromkeys(("token-revoked", "code-replayed", "refresh-reused"), ASK_AGAIN),
    "client-blocked": "This program was blocked. Write to the operator.",
    "vendor-blocked": "This organisation was blocked. Write to the operator.",
    "token-not-bound": "This token is a bearer's: send it as Authorization: Bearer.",
    "proof-needed": "This token is bound to a key: send it as Authorization: DPoP, with a proof.",
    "proof-wrong": "Make the proof for this method, address and token, with the key that the token is bound to.",
    "proof-used": "This proof was used before: make one for each request.",
    "scope-needed": "Ask for a token with the scope that the answer named.",
    "too-many": "Wait as long as Retry-After says, and keep a token for its half hour.",
    "invalid-grant": "The code or refresh token is used up or over, or the verifier or address is another: connect again.",
    "invalid-scope": "Ask only for scopes that this program has.",
    "invalid-request": "Change the request as its error_description says.",
    "unauthorized-client": "This program may not use that grant_type.",
    "unsupported-grant-type": "Use authorization_code, refresh_token or client_credentials.",
    "invalid-dpop-proof": "Make the proof with the key that the code was bound to.",
}
"""A reason without a sentence here is explained in the answer itself."""
