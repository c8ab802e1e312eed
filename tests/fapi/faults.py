"""Faults that are planted in Freehold, each with what of the conformance client must see it.

A fault is a line of ours, changed as a hand that slips would change it. ``blocks`` and ``modules`` all have to see it;
``alive`` says that the way to a token still works with it, so that what is seen is this fault and no broken server.
"""

from typing import NamedTuple

from tests.fapi.planting import Change

ASSERTIONS, DPOP, JOSE = "portal.oauth.assertions", "portal.oauth.dpop", "portal.oauth.jose"
READS, CLAIMS = "portal.oauth.reads.tokens", "portal.oauth.service.claiming"


class Fault(NamedTuple):
    """One fault."""

    name: str
    changes: tuple[Change, ...]
    modules: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    alive: bool = True


def one(
    name: str, module: str, old: str, new: str, *modules: str, blocks: tuple[str, ...] = (), alive: bool = True
) -> Fault:
    """A fault of one line."""
    return Fault(name, (Change(module, old, new),), modules, blocks, alive)


_AUD = 'if claims.get("aud") != issuer:'

OF_ASSERTIONS = (
    one("any audience", ASSERTIONS, _AUD, "if False:", "ensure-client-assertion-with-wrong-aud-fails"),
    one(
        "the issuer among other audiences",
        ASSERTIONS,
        _AUD,
        'if issuer not in claims.get("aud", ()):',
        "par-test-array-as-audience-fails",
    ),
    one(
        "the PAR endpoint as audience",
        ASSERTIONS,
        _AUD,
        'if claims.get("aud") not in (issuer, issuer + "/oauth/par"):',
        "par-test-par-endpoint-url-as-audience-fails",
    ),
    one(
        "the token endpoint as audience",
        ASSERTIONS,
        _AUD,
        'if claims.get("aud") not in (issuer, issuer + "/oauth/token"):',
        "par-test-token-endpoint-url-as-audience-fails",
    ),
    one(
        "assertions that are over",
        ASSERTIONS,
        "if end <= at - SKEW:",
        "if False:",
        "ensure-client-assertion-with-exp-is-5-minutes-in-past-fails",
    ),
    one(
        "assertions from the future",
        ASSERTIONS,
        "is None or begin > at + SKEW)",
        "is None)",
        "par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails",
    ),
    one(
        "no patience with a client's clock",
        ASSERTIONS,
        "SKEW = timedelta(seconds=30)",
        "SKEW = timedelta(seconds=0)",
        "par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted",
    ),
    one(
        "the client by iss alone",
        ASSERTIONS,
        'self.client_id = self._text("sub")',
        'self.client_id = self._text("iss")',
        "ensure-client-assertion-with-no-sub-fails",
    ),
    one(
        "assertions that nobody verifies",
        ASSERTIONS,
        "return any(jose.verify(self._statement, key) for key in mine)",
        "return bool(keys)",
        "ensure-client-id-in-token-endpoint",
    ),
    Fault(
        "RS256",
        (
            Change(JOSE, 'ALGORITHMS = ("ES256",', 'ALGORITHMS = ("RS256", "ES256",'),
            Change(JOSE, '_KIND_OF = {"ES256":', '_KIND_OF = {"RS256": ("RSA", None), "ES256":'),
        ),
        ("ensure-signed-client-assertion-with-RS256-fails", "discovery-end-point-verification"),
        ("signed by RS256",),
    ),
    one(
        "clients that say who they are",
        "portal.oauth.engine.proving",
        "client, assertion = _by_secret(unit, form, sent), None",
        'client, assertion = client_by_id(unit, form.get("client_id", "")), None',
        "ensure-client-assertion-in-token-endpoint",
        "refresh-token",
    ),
)

OF_PROOFS = (
    one("any typ", DPOP, 'if statement.header.get("typ") != TYPE:', "if False:", blocks=("typ missing", "typ wrong")),
    one("any method", DPOP, 'if _text(claims, "htm") != method:', "if False:", blocks=("htm missing", "htm wrong")),
    one(
        "any address",
        DPOP,
        'htu = _text(claims, "htu")\n    if htu != url and _place(htu) != _place(url):',
        "if False:",
        blocks=("htu missing", "htu of another address"),
    ),
    one(
        "addresses to the letter",
        DPOP,
        'if htu != url and _place(htu) != _place(url):',
        'if _text(claims, "htu") != url:',
        blocks=("htu with query and fragment", "htu in upper case"),
    ),
    one("proofs of any age", DPOP, "made is None or not at - PAST <= made <= at + AHEAD", "made is None",
        blocks=("iat an hour ahead", "iat an hour ago")),
    one("no iat", DPOP, 'made = moment(claims.get("iat"))', 'made = moment(claims.get("iat", at.timestamp()))',
        blocks=("iat missing",)),
    one(
        "no patience with a late clock",
        DPOP,
        "PAST = timedelta(seconds=60)",
        "PAST = timedelta(seconds=9)",
        "ensure-dpopproof-with-iat-10seconds-before-succeeds",
        alive=False,  # where a machine is busy, nine seconds may be over on the way
    ),
    one(
        "no patience with an early clock",
        DPOP,
        "AHEAD = timedelta(seconds=30)",
        "AHEAD = timedelta(seconds=0)",
        "ensure-dpopproof-with-iat-10seconds-after-succeeds",
    ),
    one(
        "no nbf in proofs",
        DPOP,
        "if begins is not None and ((begin := moment(begins)) is None or begin > at + AHEAD):",
        "if begins is not None:",
        "check-dpop-proof-nbf-exp",
    ),
    one("any ath", DPOP, 'if token is not None and _text(claims, "ath") != _hash_of(token):', "if False:",
        blocks=("ath missing", "ath wrong")),
    one("no jti", DPOP, 'jti = _text(claims, "jti")', 'jti = str(claims.get("jti", at))', blocks=("jti missing",)),
    one("proofs that nobody verifies", DPOP, "if not jose.verify(statement, key):", "if False:", blocks=("signature wrong",)),
    one("private keys", JOSE, "if _PRIVATE & document.keys():", "if False:", blocks=("jwk is a private key",)),
    Fault(
        "proofs without a signature",
        (
            Change(JOSE, 'if header.get("alg") not in ALGORITHMS:', 'if header.get("alg") not in (*ALGORITHMS, "none"):'),
            Change(JOSE, "_bytes(segments[2])", '_bytes(segments[2] or "AA")'),
            Change(JOSE, "_KIND_OF[algorithm]", '_KIND_OF.get(algorithm, ("RSA", None))'),
            Change(JOSE, "if not key.fits(statement.algorithm):", 'if statement.algorithm == "none":\n        return True\n    if False:'),
        ),
        blocks=("alg none",),
    ),
    Fault(
        "proofs that come again",
        (
            Change(CLAIMS, "return {row.hash for", "return {use.hash for use in uses} | {row.hash for"),
            Change(CLAIMS, "return bool(_of_read(", "return True or bool(_of_read("),
            Change(READS, "if _came_before.first(unit.connection, {\"hash\": proof.use.hash}) is not None:", "if False:"),
        ),
        blocks=("jti for the second time",),
    ),
    one("the first of two proofs", "vendor_api.auth", 'environ.get("HTTP_DPOP"),',
        '(environ.get("HTTP_DPOP") or "").partition(",")[0].strip() or None,', blocks=("more than one proof",)),
    one("no member unknown", JOSE, "sorted(_NOT_TAKEN & header.keys())", 'sorted(header.keys() - {"alg", "typ", "jwk", "kid"})',
        blocks=("unknown members",)),
    one("parts that nobody counts", JOSE, "if len(segments) != 3:", "if False:", blocks=("not a well-formed JWT",)),
    one("keys that nobody looks at", JOSE, "if not isinstance(document, dict):", "if False:", blocks=("jwk missing",)),
    one("bound tokens as a bearer's", READS, 'if rows[0].jkt is None and scheme.lower() == "bearer":',
        'if scheme.lower() == "bearer":', blocks=("no proof and Bearer",)),
    one("bound tokens without a proof", READS,
        'raise BadToken("proof-needed", REMEDIES["proof-needed"], view)',
        "return None", blocks=("no proof",)),
    one("anybody's proof", READS, "if proof.thumbprint != jkt:", "if False:", "happy-flow", blocks=("signed by another key",)),
    one("schemes to the letter", READS, 'if scheme.lower() not in ("bearer", "dpop") or not secret:',
        'if scheme not in ("Bearer", "DPoP") or not secret:', "access-token-type-header-case-sensitivity"),
)  # fmt: skip
