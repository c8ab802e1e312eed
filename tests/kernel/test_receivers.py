"""Receivers of outgoing calls: what is sent to them, what of them is believed, and that none can hold or fill us."""

import gzip
import ssl
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from portal.kernel.i18n import LOCALES, in_every_locale
from portal.kernel.outgoing import REASONS, Failed, Reply, Rules, get, post
from tests.browsing import free_port
from tests.kernel.receivers import Answer, Authority, endless, receiving, saying, silent, status
from tests.prove.sizes import PROVING

# Enough for a busy machine to connect; whoever trickles is cut off after it.
RULES = Rules(to_self=True, seconds=5.0 if PROVING else 3.0)
CANARY = "canary-8f31"


def failure(call: Callable[[], Reply]) -> Failed:
    """How a call failed."""
    with pytest.raises(Failed) as failed:
        call()
    return failed.value


def _get(answer: Answer, rules: Rules = RULES) -> Reply:
    with receiving(answer) as receiver:
        return get(f"http://127.0.0.1:{receiver.port}/{CANARY}", {"Authorization": CANARY}, rules)


def test_a_call_says_what_it_should_and_no_more() -> None:
    with receiving(status("202 Taken", "Retry-After: 7", body=b"thanks")) as receiver:
        url = f"http://localhost:{receiver.port}/hooks;a=1/%7Eb?c=d/e&f=@"
        reply = post(url, b'{"type":"x"}', {"Content-Type": "application/json", "webhook-id": "msg_1"}, RULES)
    assert (reply.status, reply.headers["retry-after"], reply.body) == (202, "7", b"thanks")
    head, _, body = receiver.heard[0].partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    assert (line, body) == ("POST /hooks;a=1/%7Eb?c=d/e&f=@ HTTP/1.1", b'{"type":"x"}')
    assert sorted(headers, key=str.lower) == [
        "Accept-Encoding: identity", "Connection: close", "Content-Length: 12", "Content-Type: application/json",
        f"Host: localhost:{receiver.port}", "User-Agent: Freehold", "webhook-id: msg_1",
    ]  # fmt: skip
    assert receiver.ended.wait(10), "the connection was left open"


@pytest.mark.parametrize("code", ["200 OK", "204 No Content", "400 Bad", "404 Not Found", "410 Gone", "429 Slow Down", "500 Oh", "503 Busy"])
def test_attack_79_whatever_a_receiver_answers_is_its_answer(code: str) -> None:
    assert _get(status(code, "Retry-After: 120")).status == int(code[:3])


_HEAD = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_A = b"a" * 65536
LARGE = {
    "a body that says it is large": (endless(_HEAD + b"Content-Length: 10000000000\r\n\r\n", _A), 200),
    "a body that does not end": (endless(_HEAD + b"\r\n", _A), 200),
    "chunks without end": (endless(_CHUNKED, b"10000\r\n" + _A + b"\r\n"), 200),
    "one byte too much": (status("200 OK", body=b"a" * 65537), 200),
    "many headers": (status("200 OK", *(f"X-{n}: {'a' * 1000}" for n in range(50))), 200),
    "large headers": (status("200 OK", *(f"X-{n}: {'a' * 65000}" for n in range(90))), 200),
    "a line of status without end": (endless(b"HTTP/1.1 200 ", _A), None),
    "a header without end": (endless(_HEAD + b"X: ", _A), None),
    "headers without end": (endless(_HEAD, b"X: a\r\n" * 1000), None),
    "a chunk's size without end": (endless(_CHUNKED, b"0" * 65536), 200),
}


@pytest.mark.parametrize("what", LARGE)
def test_attack_79_a_receiver_without_end_is_left(what: str) -> None:
    answer, code = LARGE[what]
    with receiving(answer) as receiver:
        failed = failure(lambda: get(f"http://127.0.0.1:{receiver.port}/", {}, replace(RULES, seconds=60.0)))
        assert receiver.ended.wait(30), "the connection was left open"
    assert (failed.reason in ("too-large", "broken"), failed.status, failed.was_made) == (True, code, True), failed.reason


SLOW = {
    "silence": (silent, None),
    "a line of status in drops": (endless(b"HTTP/1.1 200 ", b"a", 0.05), None),
    "headers in drops": (endless(_HEAD, b"X", 0.05), None),
    "a body in drops": (endless(_HEAD + b"Content-Length: 1000\r\n\r\n", b"a", 0.05), 200),
    "a body without length in drops": (endless(_HEAD + b"\r\n", b"a", 0.05), 200),
    "chunks in drops": (endless(_CHUNKED, b"1\r\na\r\n", 0.05), 200),
    "what follows the last chunk in drops": (endless(_CHUNKED + b"0\r\n", b"X: a\r\n", 0.05), 200),
    "go on, go on": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.05), None),
}


@pytest.mark.parametrize(
    ("what", "secure"),
    [(what, secure) for what in SLOW for secure in (False, True) if PROVING or not secure or what == "headers in drops"],
)
def test_attack_79_a_slow_receiver_is_left_when_the_time_is_over(what: str, secure: bool, tmp_path: Path) -> None:
    answer, code = SLOW[what]
    authority = Authority(tmp_path)
    rules = replace(RULES, roots=authority.roots)
    with receiving(answer, authority.server("localhost") if secure else None) as receiver:
        began = time.monotonic()
        failed = failure(lambda: get(f"http{'s' * secure}://localhost:{receiver.port}/", {}, rules))
        took = time.monotonic() - began
        assert receiver.ended.wait(30), "the connection was left open"
    assert (failed.reason, failed.status) == ("timed-out", code)
    if PROVING:
        assert took < rules.seconds + 1


def test_attack_79_tls_that_is_never_answered_is_left(tmp_path: Path) -> None:
    with receiving(silent) as receiver:
        rules = replace(RULES, roots=Authority(tmp_path).roots, connect_seconds=0.5)
        assert failure(lambda: get(f"https://localhost:{receiver.port}/", {}, rules)).reason == "timed-out"
        assert receiver.ended.wait(30), "the connection was left open"


BROKEN = {
    "nothing": saying(b""),
    "no web": saying(b"220 mail.example.org ESMTP\r\n"),
    "rubbish": saying(bytes(range(256)) * 4),
    "an old web": saying(b"<html></html>"),
    "half a body": saying(_HEAD, b"Content-Length: 10\r\n\r\nhalf"),
    "half a chunk": saying(_CHUNKED, b"a\r\nhalf"),
    "no chunk": saying(_CHUNKED, b"zz\r\nhalf\r\n"),
    "another protocol": status("101 Switching", "Upgrade: x", "Connection: upgrade"),
    "early words alone": status("103 Early Hints"),
    "a status of its own": status("777 Luck"),
    "two lengths": saying(_HEAD, b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_an_answer_that_is_none_is_told_as_that(what: str) -> None:
    assert failure(lambda: _get(BROKEN[what])).reason in ("broken", "unreachable")


def test_a_body_is_never_unpacked() -> None:
    bomb = gzip.compress(bytes(10_000_000))
    reply = _get(status("200 OK", "Content-Encoding: gzip", body=bomb))
    assert reply.body == bomb


def test_the_bound_of_a_body_is_the_callers() -> None:
    rules = replace(RULES, largest=10)
    assert _get(status("200 OK", body=b"a" * 10), rules).body == b"a" * 10
    assert failure(lambda: _get(status("200 OK", body=b"a" * 11), rules)).reason == "too-large"
    assert _get(saying(_CHUNKED, b"5\r\naaaaa\r\n5\r\nbbbbb\r\n0\r\n\r\n"), rules).body == b"aaaaabbbbb"


def test_nobody_at_the_address_is_told_and_the_next_address_is_tried() -> None:
    nobody = f"http://127.0.0.1:{free_port()}/"
    assert failure(lambda: get(nobody, {}, RULES)).reason == "unreachable"
    with receiving(status("200 OK")) as receiver:
        rules = replace(RULES, resolve=lambda name: ["127.0.0.2", "127.0.0.3", "127.0.0.1"])
        assert get(f"http://hooks.example.com:{receiver.port}/", {}, rules).status == 200
        rules = replace(RULES, resolve=lambda name: [f"127.0.0.{n}" for n in (2, 3, 4, 5, 1)])
        assert failure(lambda: get(f"http://hooks.example.com:{receiver.port}/", {}, rules)).reason == "unreachable"


@pytest.mark.parametrize("error", [OSError, UnicodeError, TimeoutError])
def test_a_name_that_is_not_found_is_told(error: type[Exception]) -> None:
    def nowhere(name: str) -> list[str]:
        raise error(name)

    failed = failure(lambda: get("https://hooks.example.com/", {}, Rules(resolve=nowhere)))
    assert (failed.reason, failed.was_made) == ("unresolved", False)


def test_a_look_up_that_does_not_end_is_left() -> None:
    def slow(name: str) -> list[str]:
        time.sleep(5)
        return ["127.0.0.1"]

    rules = Rules(to_self=True, resolve=slow, seconds=0.2)
    assert failure(lambda: get("https://hooks.example.com/", {}, rules)).reason == "unresolved"


def test_a_certificate_of_the_name_is_asked_for_by_name_and_believed(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    rules = replace(RULES, roots=authority.roots, resolve=lambda name: ["127.0.0.1"])
    with receiving(status("200 OK"), authority.server("xn--bcher-kva.example.com")) as receiver:
        assert get(f"https://bücher.example.com:{receiver.port}/", {}, rules).status == 200
    assert receiver.names == ["xn--bcher-kva.example.com"]
    assert f"Host: xn--bcher-kva.example.com:{receiver.port}".encode() in receiver.heard[0]


@pytest.mark.parametrize("what", ["unknown", "another name", "no name", "its address alone", "over", "old TLS", "no TLS"])
def test_a_receiver_that_cannot_prove_its_name_hears_nothing(what: str, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    names = {"another name": ["hooks.example.org"], "no name": [], "its address alone": ["127.0.0.1"]}
    days = -1 if what == "over" else 1
    tls = authority.server(*names.get(what, ["hooks.example.com"]), common="hooks.example.com", days=days)
    if what == "old TLS":
        tls.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            tls.minimum_version = tls.maximum_version = ssl.TLSVersion.TLSv1_1
    rules = replace(RULES, roots=None if what == "unknown" else authority.roots, resolve=lambda name: ["127.0.0.1"])
    with receiving(saying(b"HTTP/1.1 200 OK\r\n\r\n"), None if what == "no TLS" else tls) as receiver:
        url = f"https://hooks.example.com:{receiver.port}/{CANARY}"
        failed = failure(lambda: post(url, CANARY.encode(), {"Authorization": CANARY}, rules))
        assert receiver.ended.wait(30)
    assert failed.reason in (("tls", "timed-out") if what == "no TLS" else ("tls",))
    assert not any(CANARY.encode() in heard for heard in receiver.heard)


def test_no_failure_tells_what_was_called_or_sent(caplog: pytest.LogCaptureFixture) -> None:
    said = [_told(failure(lambda answer=answer: _get(answer))) for answer in BROKEN.values()]
    said.append(_told(failure(lambda: _get(status("302 Found", f"Location: /{CANARY}")))))
    forms = ("https://a:{}@b.example/", "http://b.example/{}", "https://b.example/#{}", "https://{}", "https://b.example:1/{}", "https://10.0.0.1/{}")
    said += [_told(failure(lambda form=form: get(form.format(CANARY), {}, Rules()))) for form in forms]
    assert CANARY not in "".join(said)
    assert CANARY not in "".join(record.getMessage() for record in caplog.records)


def _told(failed: Failed) -> str:
    return f"{failed!r} {failed} {''.join(traceback.format_exception(failed))}"


def test_every_reason_is_a_sentence_in_every_language() -> None:
    for reason, sentence in REASONS.items():
        told = in_every_locale(sentence)
        assert set(told) == set(LOCALES)
        assert len(set(told.values())) == len(LOCALES), reason
        assert str(Failed(reason)) == told["en"]


def test_a_call_sets_its_own_headers_alone() -> None:
    for name in ("Host", "content-length", "Transfer-Encoding", "Accept-Encoding", "connection"):
        with pytest.raises(ValueError, match="sets itself"):
            get("https://hooks.example.com/", {name: "x"}, Rules())
