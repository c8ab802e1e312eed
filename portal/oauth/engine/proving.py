"""How programs prove who they are: a secret by HTTP Basic, or a statement signed by a key of theirs (private_key_jwt)."""

import binascii
from base64 import b64decode
from dataclasses import dataclass

from authlib.oauth2.rfc6749 import OAuth2Error

from portal.kernel.errors import BadRequest, NeedsSignIn
from portal.kernel.unit import Unit
from portal.oauth import assertions, dpop
from portal.oauth.assertions import Assertion, BadAssertion
from portal.oauth.dpop import Nonces, Use
from portal.oauth.engine.kept import SECRET, KeptClient, client_by_id
from portal.oauth.engine.server import OAuthCall, Server
from portal.oauth.facts import TokenRefused
from portal.oauth.reads import published_keys
from portal.oauth.service.claiming import claim_uses

TOKEN = "/oauth/token"
PAR = "/oauth/par"


class OAuthProblem(BadRequest):
    """400 in OAuth's own form; ``reason`` is the error code."""

    default_reason = "invalid_request"


class UnknownClient(NeedsSignIn):
    """401 in OAuth's own form: the client did not prove who it is.

    What is wrong with a statement that it sent is told; which programs and keys there are, nobody finds out by trying.
    """

    default_reason = "invalid_client"

    def __init__(self, why: str = "") -> None:
        fact = TokenRefused(outcome="refused", reason="invalid-client")
        super().__init__(detail=why or _PROVE, fact=fact)


class KeysWanted(UnknownClient):
    """The client cannot be known by the keys that are here: they are to be read at its address, and it is asked once more."""

    def __init__(self, client_row: bytes, address: str) -> None:
        super().__init__()
        self.client_row, self.address = client_row, address


_PROVE = (
    "Prove who you are: by HTTP Basic with client id and secret, or by a client_assertion signed with your key "
    "(private_key_jwt). It is missing, or is not right."
)


@dataclass(frozen=True, slots=True, repr=False)
class Sent:
    """The headers by which a request to an OAuth endpoint proves itself, and the endpoint's path."""

    path: str
    authorization: str | None = None
    proof: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Proved:
    """A client that proved itself: what that used up, and the key that its tokens will be bound to, where it showed one."""

    client: KeptClient
    assertion: Use | None = None
    proof: dpop.Proof | None = None

    @property
    def jkt(self) -> bytes | None:
        """The thumbprint of the key that was shown."""
        return self.proof.thumbprint if self.proof is not None else None

    @property
    def uses(self) -> bool:
        """Whether there is something to use up."""
        return self.assertion is not None or self.proof is not None

    def use_up(self, unit: Unit) -> None:
        """Claims assertion and proof, which were good once and no more; the same errors as for wrong ones."""
        if not self.uses:
            return
        uses = [use for use in (self.assertion, self.proof and self.proof.use) if use is not None]
        fresh = claim_uses(unit, uses)
        if self.assertion is not None and self.assertion.hash not in fresh:
            raise UnknownClient("The client_assertion was used before: make a new one for each request.")
        if self.proof is not None and self.proof.use.hash not in fresh:
            raise dpop.BadProof(detail="The proof was used before: make a new one for each request.")


def call(
    unit: Unit,
    method: str,
    path: str,
    values: dict[str, str],
    authorization: str | None = None,
    *,
    pushed: bool = False,
) -> OAuthCall:
    """A request as Authlib wants to see it, to a path of ours."""
    return OAuthCall(method, unit.house.settings.origin + path, values, authorization, pushed)


def authenticate_client(
    unit: Unit, form: dict[str, str], sent: Sent, *, bound: bool = False, fetched: bool = False
) -> Proved:
    """The client that proves itself in the way of its profile; :class:`UnknownClient` for any other.

    :class:`KeysWanted` where it is worth reading its address before that is said; not once that was tried (``fetched``).
    ``bound`` where tokens are at stake: there a proof of a key (RFC 9449) is looked at, and asked of whoever works with keys.
    """
    if "client_secret" in form:
        raise OAuthProblem(detail="Send the secret with HTTP Basic, not in the body.")
    if "client_assertion" in form or "client_assertion_type" in form:
        client, assertion = _by_assertion(unit, form, sent, fetched=fetched)
    else:
        client, assertion = _by_secret(unit, form, sent), None
    if not bound or (sent.proof is None and not client.keyed):
        return Proved(client, assertion)
    if sent.proof is None:
        raise dpop.BadProof(detail="Send a proof of your key in the header DPoP (RFC 9449): tokens are bound to it.")
    return Proved(client, assertion, _proof(unit, sent))


def _by_secret(unit: Unit, form: dict[str, str], sent: Sent) -> KeptClient:
    if not _readable(sent.authorization):
        raise UnknownClient
    server = Server(unit)
    try:
        client = server.authenticate_client(call(unit, "POST", sent.path, form, sent.authorization), [SECRET])
    except OAuth2Error:
        raise UnknownClient from None
    if form.get("client_id", client.client_id) != client.client_id:
        raise OAuthProblem(detail="client_id is not the client that sent the request.")
    return client


def _by_assertion(unit: Unit, form: dict[str, str], sent: Sent, *, fetched: bool) -> tuple[KeptClient, Use]:
    if sent.authorization is not None:
        raise OAuthProblem(detail="Prove who you are in one way: by the header Authorization, or by a client_assertion.")
    if form.get("client_assertion_type") != assertions.TYPE or "client_assertion" not in form:
        raise UnknownClient(f"Send a client_assertion, with client_assertion_type={assertions.TYPE}.")
    try:
        assertion = Assertion(form["client_assertion"], issuer=unit.house.settings.origin, at=unit.at)
    except BadAssertion as bad:
        raise UnknownClient(f"The client_assertion {bad.why}.") from None
    client = client_by_id(unit, assertion.client_id)
    if client is None or not client.keyed:
        raise UnknownClient
    _check_signature(unit, client, assertion, fetched=fetched)
    if form.get("client_id", client.client_id) != client.client_id:
        raise UnknownClient("client_id is not the client that signed the client_assertion.")
    return client, assertion.use


def _check_signature(unit: Unit, client: KeptClient, assertion: Assertion, *, fetched: bool) -> None:
    if assertion.signed_by(client.keys):
        return
    if client.jwks_uri is None:
        raise UnknownClient
    published = published_keys(unit.connection, client.id, unit.at)
    known = assertion.signed_by(published.keys)
    if not fetched and not (known and published.is_fresh(unit.at)):
        raise KeysWanted(client.id, client.jwks_uri)
    if not known:
        raise UnknownClient


def _proof(unit: Unit, sent: Sent) -> dpop.Proof:
    url, nonces = unit.house.settings.origin + sent.path, Nonces(unit.house.keys.derive)
    assert sent.proof is not None
    return dpop.check(sent.proof, method="POST", url=url, at=unit.at, nonces=nonces)


def _readable(authorization: str | None) -> bool:
    scheme, _, credentials = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        return b64decode(credentials.strip(), validate=True).decode("ascii").isprintable()
    except (binascii.Error, ValueError):
        return False
