"""Attacks 23 to 25 at every place that takes a JWT: none proves a program, none binds a token, none is answered by a fault."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from portal.kernel.house import House
from tests.grants.cast import person
from tests.oauth.keyed import LEFT_OUT, Keyed, keyed, new_key

RSA = RSAKey.generate_key(2048)


def b64(value: bytes | str | Any) -> str:
    """base64url of bytes, of text, or of anything as JSON."""
    if not isinstance(value, bytes | str):
        value = json.dumps(value)
    data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def parts(text: str) -> list[str]:
    """The three parts of a JWT."""
    return text.split(".")


def opened(part: str) -> dict[str, Any]:
    """What a part says."""
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def with_header(text: str, key: Any, **changes: Any) -> str:
    """Signed anew with another header: whoever attacks with the key in hand."""
    header = {**opened(parts(text)[0]), **changes}
    header = {name: value for name, value in header.items() if value is not LEFT_OUT}
    signing = f"{b64(header)}.{parts(text)[1]}"
    signer: Any = jws.JWSRegistry.algorithms["ES256"]
    return f"{signing}.{b64(signer.sign(signing.encode(), key))}"


def resigned(text: str, header: str, body: str, key: Any) -> str:
    """Parts of any bytes, with a signature that is right."""
    signing = f"{header}.{body}"
    signer: Any = jws.JWSRegistry.algorithms["ES256"]
    return f"{signing}.{b64(signer.sign(signing.encode(), key))}"


def with_secret(text: str, secret: bytes, name: str = "HS256") -> str:
    """Signed by a secret, as one who takes a public key for one would check it."""
    header = {**opened(parts(text)[0]), "alg": name}
    signing = f"{b64(header)}.{parts(text)[1]}"
    return f"{signing}.{b64(hmac.new(secret, signing.encode(), hashlib.sha256).digest())}"


def claims(text: str, key: Any, **changes: Any) -> str:
    """Signed anew with other claims."""
    said = {**opened(parts(text)[1]), **changes}
    said = {name: value for name, value in said.items() if value is not LEFT_OUT}
    return resigned(text, parts(text)[0], b64(said), key)


Attack = Callable[[str, Any], str]
HEADERS: dict[str, dict[str, Any]] = {
    "alg none": {"alg": "none"},
    "alg None": {"alg": "None"},
    "alg NONE": {"alg": "nOnE"},
    "alg empty": {"alg": ""},
    "alg absent": {"alg": LEFT_OUT},
    "alg a number": {"alg": 256},
    "alg a list": {"alg": ["ES256"]},
    "alg null": {"alg": None},
    "alg RS256": {"alg": "RS256"},
    "alg ES384": {"alg": "ES384"},
    "alg ES256K": {"alg": "ES256K"},
    "alg PS256 on a curve": {"alg": "PS256"},
    "alg EdDSA on a curve": {"alg": "EdDSA"},
    "alg dir": {"alg": "dir", "enc": "A128GCM"},
    "crit": {"crit": ["exp"]},
    "crit empty": {"crit": []},
    "b64": {"b64": False, "crit": ["b64"]},
    "zip": {"zip": "DEF"},
    "jku": {"jku": "https://evil.example/jwks.json"},
    "x5u": {"x5u": "https://evil.example/cert.pem"},
    "x5c": {"x5c": ["MIIB"]},
    "x5t": {"x5t": "AAAA"},
    "enc": {"enc": "A128GCM"},
}
ATTACKS: dict[str, Attack] = {
    **{name: (lambda text, key, more=more: with_header(text, key, **more)) for name, more in HEADERS.items()},
    "no signature": lambda text, key: ".".join([*parts(text)[:2], ""]),
    "two parts": lambda text, key: ".".join(parts(text)[:2]),
    "four parts": lambda text, key: text + ".AAAA",
    "five parts": lambda text, key: text + ".AAAA.AAAA",
    "no dots": lambda text, key: text.replace(".", ""),
    "a zero signature": lambda text, key: ".".join([*parts(text)[:2], b64(bytes(64))]),
    "a short signature": lambda text, key: ".".join([*parts(text)[:2], b64(bytes(32))]),
    "a DER signature": lambda text, key: ".".join([*parts(text)[:2], b64(bytes.fromhex("3006020101020101"))]),
    "another's signature": lambda text, key: resigned(text, *parts(text)[:2], new_key()),
    "a changed body": lambda text, key: ".".join(
        [parts(text)[0], b64({**opened(parts(text)[1]), "jti": "other"}), parts(text)[2]]
    ),
    "a changed header": lambda text, key: ".".join(
        [b64({**opened(parts(text)[0]), "x": 1}), parts(text)[1], parts(text)[2]]
    ),
    "padding": lambda text, key: ".".join([parts(text)[0] + "==", *parts(text)[1:]]),
    "plain base64": lambda text, key: text.replace("-", "+").replace("_", "/") + "+",
    "white space": lambda text, key: text[:20] + " " + text[20:],
    "a line feed": lambda text, key: text.replace(".", "%0A.", 1),
    "loose last bits": lambda text, key: text[:-1] + chr(ord(text[-1]) + 1) if text[-1] in "AQgw" else text[:-1] + "B",
    "a secret that is the public key": lambda text, key: with_secret(text, key.as_pem(private=False)),
    "a secret that is the key as JSON": lambda text, key: with_secret(text, json.dumps(key.as_dict(private=False)).encode()),
    "an empty secret": lambda text, key: with_secret(text, b""),
    "a secret, HS512 by name": lambda text, key: with_secret(text, b"x", "HS512"),
    "header twice": lambda text, key: resigned(text, b64('{"alg":"none",' + json.dumps(opened(parts(text)[0]))[1:]), parts(text)[1], key),
    "a claim twice": lambda text, key: resigned(text, parts(text)[0], b64('{"jti":"a",' + json.dumps(opened(parts(text)[1]))[1:]), key),
    "header a list": lambda text, key: resigned(text, b64("[]"), parts(text)[1], key),
    "header a word": lambda text, key: resigned(text, b64('"ES256"'), parts(text)[1], key),
    "header not JSON": lambda text, key: resigned(text, b64("{alg:ES256}"), parts(text)[1], key),
    "body a list": lambda text, key: resigned(text, parts(text)[0], b64("[]"), key),
    "body not UTF-8": lambda text, key: resigned(text, parts(text)[0], b64(b'{"jti":"\xff"}'), key),
    "body with a mark": lambda text, key: resigned(text, parts(text)[0], b64(b"\xef\xbb\xbf" + json.dumps(opened(parts(text)[1])).encode()), key),
    "body with NaN": lambda text, key: resigned(text, parts(text)[0], b64(json.dumps(opened(parts(text)[1]))[:-1] + ',"x":NaN}'), key),
    "body nested deeply": lambda text, key: resigned(text, parts(text)[0], b64('{"x":' + "[" * 900 + "]" * 900 + "}"), key),
    "a lone surrogate": lambda text, key: resigned(text, parts(text)[0], b64('{"jti":"\\ud800"}'), key),
    "a header of 256 kB": lambda text, key: with_header(text, key, x="a" * 262_144),
    "an exponent": lambda text, key: resigned(text, parts(text)[0], b64(json.dumps(opened(parts(text)[1]))[:-1] + ',"iat":1e999}'), key),
    "empty": lambda text, key: "",
    "dots": lambda text, key: "..",
    "iat true": lambda text, key: claims(text, key, iat=True),
    "iat words": lambda text, key: claims(text, key, iat="now"),
    "iat far ahead": lambda text, key: claims(text, key, iat=int(time.time()) + 3600),
    "iat beyond every calendar": lambda text, key: claims(text, key, iat=10**16),
    "iat below zero": lambda text, key: claims(text, key, iat=-1),
    "jti absent": lambda text, key: claims(text, key, jti=LEFT_OUT),
    "jti a number": lambda text, key: claims(text, key, jti=7),
    "jti empty": lambda text, key: claims(text, key, jti=""),
    "nbf to come": lambda text, key: claims(text, key, nbf=int(time.time()) + 3600),
    "exp over": lambda text, key: claims(text, key, exp=int(time.time()) - 600),
}
OF_ASSERTIONS: dict[str, Attack] = {
    "aud of another": lambda text, key: claims(text, key, aud="https://evil.example"),
    "aud a list": lambda text, key: claims(text, key, aud=[opened(parts(text)[1])["aud"]]),
    "aud the token endpoint": lambda text, key: claims(text, key, aud=opened(parts(text)[1])["aud"] + "/oauth/token"),
    "aud with a slash": lambda text, key: claims(text, key, aud=opened(parts(text)[1])["aud"] + "/"),
    "aud absent": lambda text, key: claims(text, key, aud=LEFT_OUT),
    "sub absent": lambda text, key: claims(text, key, sub=LEFT_OUT),
    "iss absent": lambda text, key: claims(text, key, iss=LEFT_OUT),
    "iss of another": lambda text, key: claims(text, key, iss="somebody"),
    "exp absent": lambda text, key: claims(text, key, exp=LEFT_OUT),
    "exp next year": lambda text, key: claims(text, key, exp=int(time.time()) + 365 * 86400),
    "kid of nobody": lambda text, key: with_header(text, key, kid="nobody"),
    "kid a path": lambda text, key: with_header(text, key, kid="../../etc/passwd"),
    "kid a number": lambda text, key: with_header(text, key, kid=1),
    "a key of one's own": lambda text, key: _own_key(text),
    "typ of a proof": lambda text, key: with_header(text, key, typ="dpop+jwt"),
    "typ of an ID token": lambda text, key: with_header(text, key, typ="id+jwt"),
}
OF_PROOFS: dict[str, Attack] = {
    "typ absent": lambda text, key: with_header(text, key, typ=LEFT_OUT),
    "typ JWT": lambda text, key: with_header(text, key, typ="JWT"),
    "jwk absent": lambda text, key: with_header(text, key, jwk=LEFT_OUT),
    "jwk private": lambda text, key: with_header(text, key, jwk=key.as_dict(private=True)),
    "jwk of another": lambda text, key: with_header(text, key, jwk=new_key().as_dict(private=False)),
    "jwk symmetric": lambda text, key: with_header(text, key, jwk=OctKey.generate_key(256).as_dict()),
    "jwk weak": lambda text, key: with_header(text, key, jwk={"kty": "RSA", "e": "AQAB", "n": b64(b"\xff" * 128)}, alg="PS256"),
    "jwk RSA with ES256": lambda text, key: with_header(text, key, jwk=RSA.as_dict(private=False)),
    "jwk P-384": lambda text, key: with_header(text, key, jwk=ECKey.generate_key("P-384").as_dict(private=False)),
    "jwk off the curve": lambda text, key: with_header(text, key, jwk={"kty": "EC", "crv": "P-256", "x": b64(bytes(32)), "y": b64(bytes(32))}),
    "jwk a list": lambda text, key: with_header(text, key, jwk=[key.as_dict(private=False)]),
    "jwk of a kind that is a list": lambda text, key: with_header(text, key, jwk={**key.as_dict(private=False), "kty": ["EC"]}),
    "jwk of a kind that is an object": lambda text, key: with_header(text, key, jwk={**key.as_dict(private=False), "kty": {}}),
    "jwk of lists": lambda text, key: with_header(text, key, jwk={"kty": "EC", "crv": ["P-256"], "x": [], "y": {}}),
    "jwk null": lambda text, key: with_header(text, key, jwk=None),
    "jwk for encrypting": lambda text, key: with_header(text, key, jwk={**key.as_dict(private=False), "use": "enc"}),
    "htm GET": lambda text, key: claims(text, key, htm="GET"),
    "htm lower": lambda text, key: claims(text, key, htm="post"),
    "htm absent": lambda text, key: claims(text, key, htm=LEFT_OUT),
    "htu elsewhere": lambda text, key: claims(text, key, htu="https://evil.example/oauth/token"),
    "htu another path": lambda text, key: claims(text, key, htu=opened(parts(text)[1])["htu"] + "/x"),
    "htu absent": lambda text, key: claims(text, key, htu=LEFT_OUT),
    "htu with a name": lambda text, key: claims(text, key, htu=opened(parts(text)[1])["htu"].replace("//", "//a@")),
    "iat absent": lambda text, key: claims(text, key, iat=LEFT_OUT),
    "iat old": lambda text, key: claims(text, key, iat=int(time.time()) - 600),
    "nonce made up": lambda text, key: claims(text, key, nonce="made-up"),
    "nonce absent": lambda text, key: claims(text, key, nonce=LEFT_OUT),
    "two proofs": lambda text, key: f"{text}, {text}",
}


def _own_key(text: str) -> str:
    """Signed by a key that stands in the header."""
    mine = new_key()
    return with_header(text, mine, jwk=mine.as_dict(private=False))


@pytest.fixture
def chemist(house: House, client: FlaskClient) -> Keyed:
    """A program with a key, and its first nonce."""
    made = keyed(house)
    assert made.post(client, "/oauth/token", grant_type="client_credentials").status_code == 200
    return made


def test_there_are_enough_attacks() -> None:
    assert len(ATTACKS) >= 60


def test_attack_24_no_assertion_but_a_good_one_proves_a_program(client: FlaskClient, chemist: Keyed) -> None:
    taken = []
    for name, attack in {**ATTACKS, **OF_ASSERTIONS}.items():
        form = {**chemist.proving(client_assertion=attack(chemist.assertion(), chemist.key)), "token": "of nobody"}
        answer = client.post("/oauth/introspect", data=form)
        if answer.status_code not in (400, 401, 413) or answer.json["error"] not in ("invalid_client", "invalid_request"):
            taken.append((name, answer.status_code, answer.text[:80]))
    assert taken == []
    assert chemist.post(client, "/oauth/introspect", bound=False, token="of nobody").status_code == 200


def test_attack_25_no_proof_but_a_good_one_binds_a_token(client: FlaskClient, chemist: Keyed) -> None:
    taken = []
    for name, attack in {**ATTACKS, **OF_PROOFS}.items():
        proof = attack(chemist.proof("POST", "/oauth/token"), chemist.bound_to)
        form = {**chemist.proving(), "grant_type": "client_credentials"}
        answer = client.post("/oauth/token", data=form, headers={"DPoP": proof.replace("\n", "")})
        if answer.status_code != 400 or answer.json["error"] not in ("invalid_dpop_proof", "use_dpop_nonce", "invalid_request"):
            taken.append((name, answer.status_code, answer.text[:80]))
    assert taken == []
    assert chemist.post(client, "/oauth/token", grant_type="client_credentials").status_code == 200


def test_attack_25_no_proof_but_a_good_one_reads(app: Flask, client: FlaskClient, chemist: Keyed) -> None:
    token = chemist.connect(app, person(chemist.house))["access_token"]
    reads = {"ath absent": LEFT_OUT, "ath of another": "x", "ath padded": chemist.proof("GET", "/x")[:43] + "="}
    attacks: dict[str, str] = {
        **{name: attack(chemist.proof("GET", "/api/v1/profile", token), chemist.bound_to) for name, attack in ATTACKS.items()},
        **{name: chemist.proof("GET", "/api/v1/profile", token, ath=value) for name, value in reads.items()},
    }
    taken = []
    for name, proof in attacks.items():
        answer = client.get("/api/v1/profile", headers={"Authorization": f"DPoP {token}", "DPoP": proof})
        if answer.status_code != 401 or "profile" in answer.json:
            taken.append((name, answer.status_code, answer.text[:80]))
    assert taken == []
    assert chemist.get(client, "/api/v1/profile", token).status_code == 200


@pytest.mark.parametrize(
    "htu", ["{origin}/api/v1/profile?x=1", "{origin}/api/v1/profile#y", "{upper}/api/v1/profile"], ids=["query", "fragment", "host"]
)
def test_an_address_that_is_written_otherwise_is_the_same(app: Flask, client: FlaskClient, chemist: Keyed, htu: str) -> None:
    token = chemist.connect(app, person(chemist.house))["access_token"]
    scheme, _, host = chemist.issuer.partition("://")
    written = htu.format(origin=chemist.issuer, upper=f"{scheme}://{host.upper()}")
    proof = chemist.proof("GET", "/api/v1/profile", token, htu=written)
    answer = client.get("/api/v1/profile", headers={"Authorization": f"DPoP {token}", "DPoP": proof})
    assert answer.status_code == 200, answer.text
