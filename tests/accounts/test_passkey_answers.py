"""What a browser sends for a passkey may be anything: of whatever shape it is, it is invalid and nothing else."""

import base64
import json
from random import Random

import pytest

from portal.accounts.passkeys import Passkey, Site, made, named, used
from portal.kernel.errors import Invalid
from tests.prove.sizes import size

SITE = Site("https://portal.example")


def _answer(told: object = None, **changes: object) -> str:
    data = base64.urlsafe_b64encode(json.dumps({} if told is None else told).encode()).decode().rstrip("=")
    return json.dumps({"rawId": "AAAA", "response": {"clientDataJSON": data}, **changes})


SHAPES = [
    "", "{", "null", "[]", "7", '"x"', "\x00", "[" * 9000, '{"rawId": "AAAA"}', '{"response": {}}', "{}" * 2, "x" * 20_001,
    _answer([]), _answer("x"), _answer(rawId=7), _answer(response=[]), _answer(response="x"),
    _answer(response=None), _answer(rawId="\u00e9\U0001f40c"), '{"response": {"clientDataJSON": "_w"}}', _answer({"crossOrigin": True}),
]  # fmt: skip


@pytest.mark.parametrize("answer", SHAPES, ids=range(len(SHAPES)))
def test_an_answer_of_any_shape_names_nobody(answer: str) -> None:
    with pytest.raises(Invalid):
        named(answer)


def test_an_answer_that_has_its_shape_is_read() -> None:
    assert named(_answer()) == (bytes(3), b"")


def test_an_answer_with_any_byte_changed_is_invalid_for_a_new_passkey_and_for_a_known_one() -> None:
    random, known = Random(7), Passkey(b"id", b"\xa1\x01\x02", 0)
    whole = _answer({"type": "webauthn.get", "challenge": "YQ", "origin": SITE.origin}, id="AAAA", type="public-key")
    for _ in range(size(test=200, prove=20_000)):
        place = random.randrange(len(whole))
        changed = whole[:place] + chr(random.randrange(1, 0x3000)) + whole[place + 1 :]
        for check in (lambda one: made(SITE, "a", one), lambda one: used(SITE, "a", one, known)):
            with pytest.raises(Invalid):
                check(changed)
