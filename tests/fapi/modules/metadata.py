"""What the server says of itself."""

from typing import Any
from urllib.parse import urlsplit

import requests

from tests.fapi.answers import json_of
from tests.fapi.stage import Stage, module
from tests.fapi.web import TIMEOUT

ALLOWED = {"PS256", "ES256", "EdDSA", "Ed25519"}
"""FAPI 2.0 Security Profile section 5.4. Ed25519 is the name of RFC 9864 for what EdDSA means there."""
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k"}
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "pushed_authorization_request_endpoint")


@module("discovery-end-point-verification")
def discovery(on: Stage) -> None:
    """The metadata name the issuer and everything that the profile stands on."""
    told, must, should = on.metadata, on.watch.must, on.watch.should
    must(told.get("issuer") == on.server.issuer, "issuer is the one that the metadata were asked of, to the letter")
    for name in _ENDPOINTS:
        must(_guarded(told.get(name)), f"{name} is an https address")
    must("code" in told.get("response_types_supported", ()), "response_types_supported has code")
    must(told.get("authorization_response_iss_parameter_supported") is True, "iss is sent with answers (RFC 9207)")
    must(isinstance(told.get("require_pushed_authorization_requests", False), bool), "whether PAR is required is a boolean")
    must("private_key_jwt" in told.get("token_endpoint_auth_methods_supported", ()), "private_key_jwt is supported")
    must("S256" in told.get("code_challenge_methods_supported", ()), "S256 is supported")
    should("plain" not in told.get("code_challenge_methods_supported", ()), "plain is not offered for PKCE")
    for name in ("token_endpoint_auth_signing_alg_values_supported", "dpop_signing_alg_values_supported"):
        named = set(told.get(name, ()))
        must(bool(named & ALLOWED), f"{name} has an algorithm of the profile")
        # A server may have clients of other profiles: the suite asks for one of these, not for these alone.
        should(named <= ALLOWED, f"{name} has algorithms of the profile alone")
    _check_keys(on, told.get("jwks_uri"))


def _check_keys(on: Stage, address: Any) -> None:
    if address is None:
        return
    on.watch.must(_guarded(address), "jwks_uri is an https address")
    keys = json_of(requests.get(address, timeout=TIMEOUT)).get("keys")
    on.watch.must(isinstance(keys, list) and bool(keys), "jwks_uri leads to keys")
    on.watch.must(not any(_PRIVATE & key.keys() for key in keys), "none of them is private")


def _guarded(address: Any) -> bool:
    """Whether nobody on the way can listen. A server that is tried out on its own machine has no certificate."""
    parts = urlsplit(str(address))
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1"))
