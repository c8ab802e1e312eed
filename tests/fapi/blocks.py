"""The thirty-two blocks of ``dpop-negative-tests``: proofs beside one token, wrong in one way each, and right in odd ways."""

import secrets
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from tests.fapi import jws
from tests.fapi.jws import LEFT_OUT
from tests.fapi.program import Program
from tests.fapi.stage import PREFIX, Stage, module
from tests.fapi.watching import Seen, Watch, seen
from tests.fapi.web import TIMEOUT

HOUR = 3600


class Opened:
    """A token that is bound to an RSA key, and the program that has both."""

    def __init__(self, program: Program, token: str) -> None:
        self.program, self.token = program, token

    def proof(self, method: str, address: str, **changes: Any) -> str:
        """A proof for a read with the token."""
        return self.program.proof(method, address, self.token, **changes)

    def with_changes(self, taken: bool, **changes: Any) -> None:
        """A read whose proof has other members."""
        self.with_proof(taken, partial(self.proof, **changes))

    def with_proof(self, taken: bool, make: Callable[[str, str], str], **sending: Any) -> None:
        """A read with another proof."""
        self.told(taken, self.program.read(self.token, proof=make, **sending).status_code)

    def remade(self, change: Callable[[str], str]) -> None:
        """A read, to be refused, whose proof was changed after it was signed."""
        self.with_proof(False, lambda method, address: change(self.proof(method, address)))

    def told(self, taken: bool, status: int, recommended: bool = False) -> None:
        """Whether the answer is that of a read, or of one that is refused."""
        ask = self.program.watch.should if recommended else self.program.watch.must
        ask(status in ((200, 201) if taken else (400, 401)), "it is given" if taken else "it is refused with 400 or 401")


def opened(on: Stage) -> Opened:
    """The whole way to a token."""
    program = on.first()
    program.bound_to = jws.rsa_key()
    return Opened(program, program.connect()["access_token"])


def _two_proofs(by: Opened) -> None:
    # The library that sends everything else keeps each header once.
    by.program.must_read(by.token)
    parts = urlsplit(by.program.server.resource)
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect(parts.netloc, timeout=TIMEOUT)
    connection.putrequest("GET", f"{parts.path}?{parts.query}")
    connection.putheader("Authorization", f"DPoP {by.token}")
    for _ in range(2):
        connection.putheader("DPoP", by.proof("GET", by.program.server.resource))
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    by.program.watch.saw(f"GET with two proofs: {status}")
    by.told(False, status)


def _upper_header(by: Opened) -> None:
    by.program.must_read(by.token)
    proof = by.proof("GET", by.program.server.resource)
    by.told(True, by.program.read(by.token, bound=False, DPOP=proof).status_code, recommended=True)


def _none(by: Opened) -> None:
    by.with_changes(False, header={"alg": "none"})


def _far_off(by: Opened, seconds: int) -> None:
    """Refused; where proofs need a nonce of the server's, that says how old they are, and the suite takes either answer."""
    by.program.forget_nonces()
    status = by.program.read(by.token, proof=partial(by.proof, iat=by.program.now() + seconds)).status_code
    by.told(False, status, recommended=bool(by.program.nonces))


def _same_twice(by: Opened, *, again: bool) -> None:
    jti = secrets.token_urlsafe(16)
    by.program.must_read(by.token)
    by.with_changes(True, jti=jti)
    if again:
        status = by.program.read(by.token, proof=partial(by.proof, jti=jti)).status_code
        by.told(False, status, recommended=True)


def _place(by: Opened) -> str:
    return by.program.server.resource.partition("?")[0]


def _upper_place(by: Opened) -> None:
    parts = urlsplit(_place(by))
    by.with_changes(True, htu=f"{parts.scheme.upper()}://{parts.netloc.upper()}{parts.path}")


def _default_port(by: Opened) -> None:
    """Where the address says its port already, there is no shorter way to write it: the suite leaves it as it is then."""
    parts = urlsplit(_place(by))
    port = "" if parts.port else {"https": ":443", "http": ":80"}[parts.scheme]
    by.with_changes(True, htu=f"{parts.scheme}://{parts.netloc}{port}{parts.path}")


def _bearer(by: Opened) -> None:
    by.told(False, by.program.read(by.token, scheme="Bearer", bound=False).status_code)


Block = Callable[[Opened], None]


def _changed(taken: bool, **changes: Any) -> Block:
    return lambda by: by.with_changes(taken, **changes)


BLOCKS: dict[str, Block] = {
    "header name in upper case": _upper_header,
    "more than one proof": _two_proofs,
    "not a well-formed JWT": lambda by: by.remade(jws.without_signature),
    "typ missing": _changed(False, header={"typ": LEFT_OUT}),
    "alg missing": lambda by: by.remade(jws.with_renamed_algorithm),
    "jwk missing": _changed(False, header={"jwk": LEFT_OUT}),
    "jti missing": _changed(False, jti=LEFT_OUT),
    "htm missing": _changed(False, htm=LEFT_OUT),
    "htu missing": _changed(False, htu=LEFT_OUT),
    "iat missing": _changed(False, iat=LEFT_OUT),
    "ath missing": _changed(False, ath=LEFT_OUT),
    "typ wrong": _changed(False, header={"typ": "dpop+jwt+wrongyousee"}),
    "signed by RS256": _changed(False, header={"alg": "RS256"}),
    "alg none": _none,
    "signature wrong": lambda by: by.remade(jws.with_wrong_signature),
    "jwk is a private key": lambda by: by.with_changes(False, header={"jwk": by.program.bound_to.as_dict(private=True)}),
    "htm wrong": _changed(False, htm="PUT"),
    "htu with query and fragment": lambda by: by.with_changes(True, htu=by.program.server.resource + "&more=1#part"),
    "htu without query and fragment": lambda by: by.with_changes(True, htu=_place(by)),
    "htu of another address": _changed(False, htu="https://elsewhere.example/resource"),
    "iat an hour ahead": lambda by: _far_off(by, HOUR),
    "iat an hour ago": lambda by: _far_off(by, -HOUR),
    "jti for the first time": lambda by: _same_twice(by, again=False),
    "jti for the second time": lambda by: _same_twice(by, again=True),
    "ath wrong": _changed(False, ath=jws.sha256("another token")),
    "signed by another key": lambda by: by.with_changes(False, key=jws.rsa_key()),
    "unknown members": _changed(True, header={"tx_id": "1"}, tx_id_key="1"),
    "htu in upper case": _upper_place,
    "htu with the default port": _default_port,
    "no proof": lambda by: by.told(False, by.program.read(by.token, bound=False).status_code),
    "no proof and Bearer": _bearer,
    "a good proof still works": lambda by: by.program.must_read(by.token),
}


def run_block(name: str, by: Opened) -> Seen:
    """What a block sees, with a token that was opened before."""

    def played(watch: Watch) -> None:
        by.program.watch = watch
        BLOCKS[name](by)

    return seen(f"{PREFIX}dpop-negative-tests: {name}", played)


@module("dpop-negative-tests")
def dpop_negative_tests(on: Stage) -> None:
    """All blocks in the suite's order, with one token."""
    by = opened(on)
    for block in BLOCKS.values():
        block(by)
