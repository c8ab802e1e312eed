"""OAuth's own endpoints: pushed requests (RFC 9126), token, revocation (7009), introspection (7662), the public keys."""

from flask import Response, g, json

from portal.audit.doors import do, reading, record_refusal, see, writing
from portal.kernel.house import current_house
from portal.kernel.unit import Unit
from portal.oauth import engine
from portal.oauth.engine import OAuthAnswer, OAuthProblem, Proved
from portal.oauth.service.pushing import LIFE, push_request
from portal.oauth.service.rates import OWN, PUSHED, RENEWALS
from vendor_api.oauth_asking import changed, form_of, proved_of, response_of, sent_of, use_up, with_keys
from vendor_api.oauth_shapes import (
    ERRORS,
    Introspected,
    KeySet,
    Nothing,
    OneToken,
    PushedAnswer,
    PushedForm,
    TokenAnswer,
    TokenForm,
)
from vendor_api.operations import CLIENT, NOBODY, operation


@operation(
    name="token",
    method="POST",
    path="/oauth/token",
    summary="Exchange a code, a refresh token or the client's own secret for tokens.",
    token=CLIENT,
    form=TokenForm,
    answers={200: TokenAnswer, **ERRORS},
    quotas=(OWN, RENEWALS),
)
@do("oauth:token")
def token() -> Response:
    """The token endpoint. What it refuses is put on record once the unit is over."""
    form, proved = proved_of(bound=True)
    answer, refusal = changed(lambda unit: engine.token(unit, proved, form), proved)
    if refusal is not None:
        record_refusal(refusal)
    return response_of(answer)


@operation(
    name="push",
    method="POST",
    path="/oauth/par",
    summary="Send an authorization request yourself, and the browser with its request_uri alone (RFC 9126).",
    token=CLIENT,
    form=PushedForm,
    answers={201: PushedAnswer, **ERRORS},
    quotas=(PUSHED,),
)
@do("oauth:push")
def push() -> Response:
    """RFC 9126: what would be refused at ``/authorize`` is refused here, before anybody was sent anywhere."""
    form, sent = form_of(), sent_of()

    def look(fetched: bool) -> tuple[Proved, dict[str, str] | OAuthProblem]:
        with reading() as unit:
            proved = engine.authenticate_client(unit, form, sent, bound=sent.proof is not None, fetched=fetched)
            g.actor = unit.actor = engine.actor_of(proved.client)
            try:
                return proved, engine.check_pushed(unit, proved, form)
            except OAuthProblem as problem:
                return proved, problem

    proved, parameters = with_keys(look)
    if isinstance(parameters, OAuthProblem):
        use_up(proved)
        raise parameters
    with writing() as unit:
        proved.use_up(unit)
        uri, quota = push_request(unit, client_id=proved.client.id, parameters=parameters)
    return response_of(OAuthAnswer(201, {"request_uri": uri, "expires_in": int(LIFE.total_seconds())}, quota.headers))


@operation(
    name="revoke",
    method="POST",
    path="/oauth/revoke",
    summary="End a token and whatever came of the same code.",
    token=CLIENT,
    form=OneToken,
    answers={200: Nothing, **ERRORS},
)
@do("oauth:revoke")
def revoke() -> Response:
    """RFC 7009: 200 whether the token was the client's, another's or nobody's."""
    form, proved = proved_of()
    answer, _ = changed(lambda unit: (engine.revoke(unit, proved.client, form), None), proved)
    return response_of(answer)


@operation(
    name="introspect",
    method="POST",
    path="/oauth/introspect",
    summary="What one of your own tokens is good for.",
    token=CLIENT,
    form=OneToken,
    answers={200: Introspected, **ERRORS},
)
@do("oauth:introspect")
def introspect() -> Response:
    """RFC 7662, for the asking client's own tokens. Nothing changes but that an assertion is used up."""
    form, sent = form_of(), sent_of()

    def look(fetched: bool) -> tuple[Proved, OAuthAnswer]:
        with reading() as unit:
            proved = engine.authenticate_client(unit, form, sent, fetched=fetched)
            return proved, engine.introspect(unit, proved.client, form)

    proved, answer = with_keys(look)
    g.actor = engine.actor_of(proved.client)
    use_up(proved)
    return response_of(answer)


@operation(
    name="jwks",
    method="GET",
    path="/oauth/jwks",
    summary="The public keys that our records and statements are signed with.",
    token=NOBODY,
    answers={200: KeySet},
    media="application/jwk-set+json",
)
@see("metadata:see")
def jwks(unit: Unit) -> Response:
    """The JWK Set."""
    response = Response(json.dumps(current_house().keys.jwks()), content_type="application/jwk-set+json")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
