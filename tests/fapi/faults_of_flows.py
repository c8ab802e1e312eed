"""The faults on the way to a token: requests, pushed requests, codes and refresh tokens."""

from tests.fapi.faults import Change, Fault, one

ENGINE, FLOWS, KEPT = "portal.oauth.engine", "portal.oauth.engine.flows", "portal.oauth.engine.kept"
ANSWERS, CLIENTS = "portal.oauth.service.authorization", "portal.oauth.reads.clients"
METADATA, PUSHING = "vendor_api.metadata", "portal.oauth.service.pushing"
AUTHORIZE = "portal.grants.routes.authorize"
_METHOD = '    DEFAULT_CODE_CHALLENGE_METHOD = "S256"\n'
_VERIFIED = "\n    def validate_code_verifier(self, grant, result):\n"
_CHALLENGED = 'if not values.get("code_challenge") or values.get("code_challenge_method") != "S256":'

OF_REQUESTS = (
    one("requests in the address", FLOWS, "if grant.request.client.keyed and not grant.request.pushed:", "if False:",
        "ensure-unsigned-authorization-request-without-using-par-fails"),
    one("no PKCE", FLOWS, _CHALLENGED, "if False:", "par-ensure-pkce-required"),
    Fault(
        "plain PKCE",
        (
            Change(FLOWS, 'SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]', 'SUPPORTED_CODE_CHALLENGE_METHOD = ["S256", "plain"]'),
            Change(FLOWS, _CHALLENGED, 'if not values.get("code_challenge"):'),
        ),
        ("par-plain-pkce-rejected",),
    ),
    one("the state of the address", ENGINE, "values = _pushed(unit, pushed, values)",
        'values = {**_pushed(unit, pushed, values), **({"state": values["state"]} if "state" in values else {})}',
        "ensure-different-state-inside-and-outside-request-object", "state-only-outside-request-object-not-used"),
    one("a state that is cut", ANSWERS, '"state": row.state, "iss": origin', '"state": (row.state or "")[:512] or None, "iss": origin',
        "ensure-authorization-request-with-long-state"),
    one("a state for whoever sent none", ANSWERS, '"state": row.state, "iss": origin', '"state": row.state or "none", "iss": origin',
        "ensure-authorization-request-without-state-success"),
    one("no iss", ANSWERS, '"state": row.state, "iss": origin', '"state": row.state', "happy-flow", alive=False),
    one("another word for no", ANSWERS, 'error: str = "access_denied"', 'error: str = "invalid_request"',
        "user-rejects-authentication"),
    one("any response type", ENGINE, 'made = call(unit, "POST", PAR, {**form,', 'made = call(unit, "POST", PAR, {**form, "response_type": "code",',
        "ensure-response-type-code-idtoken-fails", "ensure-response-type-token-fails"),
    one("any redirect_uri", "portal.oauth.redirects", "return any(requested == known or _same_but_port(requested, known) for known in registered)",
        "return True", "plain-fapi-tolerate-unregistered-redirect-uri"),
    one("a redirect_uri for whoever sent none", KEPT, '"""None: every request says where its answer goes."""',
        "return self.redirect_uris[0]", "ensure-request-object-without-redirect-uri-fails"),
    one("forms that are sent on", AUTHORIZE, "request_id=text_of(kept)), 303)", "request_id=text_of(kept)), 307)", "happy-flow"),
    one("issuer of another house", METADATA, '"issuer": origin,', '"issuer": origin + "/",', "discovery-end-point-verification"),
    one("iss that is not announced", METADATA, '"authorization_response_iss_parameter_supported": True',
        '"authorization_response_iss_parameter_supported": False', "discovery-end-point-verification"),
)  # fmt: skip

OF_PUSHED = (
    one("another client's request", CLIENTS, 'Client.client_id == bindparam("client"),\n        PushedRequest.expires_at',
        'Client.client_id != bindparam("client") + "-",\n        PushedRequest.expires_at',
        "par-attempt-to-use-request_uri-for-different-client"),
    Fault(
        "requests that are over",
        (
            Change(CLIENTS, 'PushedRequest.expires_at > bindparam("at")', 'PushedRequest.expires_at != bindparam("at")'),
            Change(PUSHING, 'PushedRequest.hash == bindparam("hash"), PushedRequest.expires_at > bindparam("at")',
                'PushedRequest.hash == bindparam("hash"), PushedRequest.expires_at != bindparam("at")'),
        ),
        ("par-attempt-to-use-expired-request_uri",),
    ),
    one("requests that come again", PUSHING, 'delete(PushedRequest).where(PushedRequest.request_id == bindparam("request"))',
        'delete(PushedRequest).where(PushedRequest.request_id.is_(None), PushedRequest.request_id == bindparam("request"))',
        "par-attempt-reuse-request_uri"),
    one("requests used up by a look", AUTHORIZE, "return brought.request_id", "raise PageError(detail=engine.GONE)",
        "par-ensure-reused-request-uri-prior-to-auth-completion-succeeds"),
    Fault(
        "a request_uri among what is pushed",
        (
            Change(ENGINE, 'if "request_uri" in form:', "if False:"),
            Change(FLOWS, "        if name in values:", "        if False:"),
        ),
        ("par-authorization-request-containing-request_uri-form-param",),
    ),
    one("two keys", ENGINE, "if proved.jkt is not None and proved.jkt != jkt:", "if False:", "ensure-mismatched-dpop-jkt-fails"),
    one("a key that is shown for nothing", ENGINE, "    if named is None:\n        return proved.jkt", "    if named is None:\n        return None",
        "ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt"),
)  # fmt: skip

OF_CODES = (
    one("codes for any key", FLOWS, "if row.jkt is not None and row.jkt != self.server.jkt:", "if False:",
        "ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt", "ensure-token-endpoint-fails-with-mismatched-dpop-jkt"),
    one("tokens for nobody's key", "portal.oauth.engine.proving", "if not bound or (sent.proof is None and not client.keyed):",
        "if not bound or sent.proof is None:", "ensure-holder-of-key-required", "refresh-token"),
    one("codes without their verifier", FLOWS, _METHOD, _METHOD + _VERIFIED + "        pass\n\n",
        "ensure-pkce-code-verifier-required", "incorrect-pkce-code-verifier-rejected"),
    one("a verifier for whoever has one", FLOWS, _METHOD,
        _METHOD + _VERIFIED + '        if "code_verifier" in grant.request.payload.data:\n            super().validate_code_verifier(grant, result)\n\n',
        "ensure-pkce-code-verifier-required"),
    one("codes for any client", FLOWS, "return KeptCode(row) if row is not None and row.client_id == client.id else None",
        "return KeptCode(row) if row is not None else None", "ensure-authorization-code-is-bound-to-client"),
    one("codes for ten minutes", "portal.oauth.tokens", "CODE_LIFE = timedelta(seconds=60)", "CODE_LIFE = timedelta(minutes=10)",
        "ensure-token-endpoint-fails-with-expired-auth-code"),
    Fault(
        "codes that come again",
        (
            Change(FLOWS, "        if row.used_at is not None:", "        if False:"),
            Change(FLOWS, "        if not claim_code(unit, row.id):", "        if False:"),
        ),
        ("attempt-reuse-authorization-code-after-one-second",),
    ),
    one("tokens that outlive a replay", FLOWS, "ended = end_family(self.server.unit, row.id, because=BY_REPLAY)", "ended = ()",
        "attempt-reuse-authorization-code-after-one-second"),
    one("refresh tokens for any client", KEPT, "return bool(self.row.client_id == client.id)", "return True", "refresh-token"),
    one("refresh tokens that are spent", FLOWS, "        if self.request.client.keyed:\n", "        if False:\n", "refresh-token"),
)  # fmt: skip
