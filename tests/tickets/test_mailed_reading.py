"""Whatever comes as a mail is read, or refused in words: broken, strange and hostile mails never end in a fault."""

import base64
import io
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.kernel.apart import work_apart
from portal.kernel.house import House
from portal.tickets.mailed.reading import MEMORY, MOST_BYTES, work
from portal.tickets.service.by_mail import AUTOMATIC, REFUSED, TAKEN
from tests.conftest import HouseMaker
from tests.files import corpus
from tests.prove.sizes import size
from tests.tickets.mailing import SETTINGS, Mailed, mailed

HEAD = b"From: Ana <ana@example.org>\r\nSubject: Re: hello\r\nMessage-ID: <m@example.org>\r\nMIME-Version: 1.0\r\n"
READER = "portal.tickets.mailed.reading"


def typed(kind: str, body: bytes, more: str = "") -> bytes:
    return HEAD + f"Content-Type: {kind}\r\n{more}\r\n".encode() + body


def told(mail: bytes) -> Mapping[str, Any]:
    """What is read of it, in this process."""
    return work(io.BytesIO(mail), io.BytesIO())


def nested(deep: int) -> bytes:
    head = "".join(f'Content-Type: multipart/mixed; boundary="b{at}"\r\n\r\n--b{at}\r\n' for at in range(deep))
    return HEAD + head.encode() + b"Content-Type: text/plain\r\n\r\nHello.\r\n"


def many_parts(count: int) -> bytes:
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    return typed('multipart/mixed; boundary="b"', part * count + b"--b--\r\n")


READ: dict[str, tuple[bytes, str]] = {
    "latin": (typed("text/plain; charset=iso-8859-1", "Adéu".encode("latin-1")), "Adéu"),
    "romanian": (typed("text/plain; charset=iso-8859-16", "mulțumesc".encode("iso-8859-16")), "mulțumesc"),
    "no charset": (typed("text/plain", "Adéu, ș".encode()), "Adéu, ș"),
    "no type": (HEAD + b"\r\nHello.", "Hello."),
    "unknown charset": (typed("text/plain; charset=klingon", "Adéu".encode()), "Adéu"),
    "a codec that is none for text": (typed("text/plain; charset=zip", b"Hello."), "Hello."),
    "wrong charset": (typed("text/plain; charset=utf-8", "Adéu".encode("cp1252")), "Adéu"),
    "quoted": (typed("text/plain; charset=utf-8", b"Ad=C3=A9u =\r\nno", "Content-Transfer-Encoding: quoted-printable\r\n"), "Adéu no"),
    "base64": (typed("text/plain; charset=utf-8", base64.b64encode("Adéu".encode()), "Content-Transfer-Encoding: base64\r\n"), "Adéu"),
    "broken base64": (typed("text/plain", b"SGVsbG8u!!!", "Content-Transfer-Encoding: base64\r\n"), "Hello."),
    "unknown encoding": (typed("text/plain", b"Hello.", "Content-Transfer-Encoding: x-odd\r\n"), "Hello."),
    "flowed": (typed("text/plain; format=flowed", b"One long \r\nline.\r\n> quoted \r\n> too.\r\n"), "One long line.\n> quoted too."),
    "zero bytes": (typed("text/plain", b"Hel\0lo.\0"), "Hello."),
    "turned letters": (typed("text/plain; charset=utf-8", "Hel\u202elo.\u200b\ufeff".encode()), "Hello."),
    "old line ends": (typed("text/plain", b"a\rb\rc"), "a\nb\nc"),
    "a page alone": (typed("text/html", b"<p>Hello.</p><script>go()</script>"), "Hello."),
    "an unclosed part": (typed('multipart/mixed; boundary="b"', b"--b\r\nContent-Type: text/plain\r\n\r\nHello.\r\n"), "Hello."),
    "no boundary at all": (typed("multipart/mixed", b"Hello.\r\n"), ""),
    "an empty way to say it": (
        typed('multipart/alternative; boundary="b"',
              b"--b\r\nContent-Type: text/plain\r\n\r\n \r\n--b\r\nContent-Type: text/html\r\n\r\n<b>Hello.</b>\r\n--b--\r\n"),
        "Hello.",
    ),
    "words around a picture": (
        typed('multipart/mixed; boundary="b"',
              b"--b\r\nContent-Type: text/plain\r\n\r\nOne.\r\n--b\r\nContent-Type: image/png; name=x.png\r\n\r\nX\r\n"
              b"--b\r\nContent-Type: text/plain\r\n\r\nTwo.\r\n--b--\r\n"),
        "One.\n\nTwo.",
    ),
    "signed": (
        typed('multipart/signed; boundary="b"',
              b"--b\r\nContent-Type: text/plain\r\n\r\nHello.\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\nX\r\n--b--\r\n"),
        "Hello.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("mail", "text"), READ.values(), ids=READ)
def test_a_mail_is_read_however_it_is_written(mail: bytes, text: str) -> None:
    found = told(mail)
    assert found["text"] == text
    assert found["from"] == "ana@example.org"


def test_files_are_found_wherever_they_stand_and_signatures_are_none() -> None:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "ana@example.org"
    mail.set_content("Hello.")
    mail.add_alternative("<p>Hello.</p><img src=cid:a>", subtype="html")
    page = list(mail.iter_parts())[1]
    assert isinstance(page, EmailMessage)
    page.add_related(b"PNG", maintype="image", subtype="png", cid="<a>", filename="inside.png")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="fàctura.pdf")
    forwarded = EmailMessage()
    forwarded["Subject"] = "older"
    forwarded.set_content("x")
    mail.add_attachment(forwarded)
    out = io.BytesIO()
    found = work(io.BytesIO(mail.as_bytes()), out)
    assert found["text"] == "Hello."
    assert [one["name"] for one in found["files"]] == ["inside.png", "fàctura.pdf", "file.eml"]
    assert sum(one["size"] for one in found["files"]) == len(out.getvalue())
    assert out.getvalue().startswith(b"PNG%PDF")


def test_a_mail_that_is_delivered_twice_has_one_mark_and_two_mails_have_two() -> None:
    mail = typed("text/plain", b"Hello.\r\n")
    again = b"Delivered-To: x@y\r\nReceived: from a\r\n" + mail.replace(b"\r\n", b"\n")
    assert told(mail)["mark"] == told(again)["mark"]
    assert told(mail)["mark"] != told(mail.replace(b"<m@", b"<n@"))["mark"]
    assert told(mail)["mark"] != told(mail + b"!")["mark"]


FROM = {
    "Ana <ana@example.org>": "ana@example.org",
    "ana@example.org": "ana@example.org",
    '"Puig, Ana (at home)" <ana@example.org>': "ana@example.org",
    "=?utf-8?q?Ana=2C?= <ana@example.org>": "ana@example.org",
    "ana@example.org <ana@example.org>": "ana@example.org",
    "ana@example.org (Ana)": "ana@example.org",
    "ana@example.org <eve@example.org>": None,
    "Ana <ana@example.org> <eve@example.org>": None,
    "ana@example.org, eve@example.org": None,
    "Us: ana@example.org;": None,
    "Us: ana@example.org, eve@example.org;": None,
    '"ana@example.org" eve@example.org': None,
    "<>": None,
    "": None,
    "ana@example.org\r\n <eve@example.org>": None,
}


@pytest.mark.parametrize(("said", "address"), FROM.items(), ids=FROM)
def test_who_it_is_from_is_read_only_where_everybody_reads_the_same(said: str, address: str | None) -> None:
    mail = typed("text/plain", b"Hello.").replace(b"Ana <ana@example.org>", said.encode())
    assert told(mail)["from"] == address


@pytest.fixture(scope="module")
def ana(make_module_house: HouseMaker) -> Mailed:
    """Somebody who answers a letter; the same whatever the engine."""
    house: House = make_module_house("sqlite", **SETTINGS)
    return mailed(house)


HOSTILE: dict[str, tuple[bytes, tuple[str, str | None]]] = {
    "nothing": (b"", (REFUSED, "from")),
    "a page of zeros": (bytes(4096), (REFUSED, "from")),
    "no mail at all": (corpus.jpeg(), (REFUSED, "from")),
    "ten thousand parts": (many_parts(10_000), (REFUSED, "parts")),
    "a thousand deep": (nested(1_000), (REFUSED, "broken")),
    "thirty deep": (nested(30), (REFUSED, "parts")),
    "encrypted": (typed("application/pkcs7-mime; smime-type=enveloped-data", b"MII"), (REFUSED, "encrypted")),
    "encrypted otherwise": (typed('multipart/encrypted; boundary="b"', b"--b\r\n\r\nx\r\n--b--\r\n"), (REFUSED, "encrypted")),
    "nothing in it": (typed("text/plain", b""), (REFUSED, "empty")),
    "nothing to be seen": (typed("text/plain; charset=utf-8", "\u200b\ufeff\u2800\r\n".encode()), (REFUSED, "empty")),
    "two authors": (b"From: eve@example.org\r\n" + typed("text/plain", b"Hello."), (REFUSED, "from")),
    "a broken author": (typed("text/plain", b"Hello.").replace(b"Ana <ana@example.org>", b'"<@"@@<:;,>\xff'), (REFUSED, "from")),
    "an endless author": (typed("text/plain", b"Hello.").replace(b"Ana <", b"(" * 60_000 + b"<"), (REFUSED, None)),
    "an endless header": (b"X-A: " + b"a" * 1_000_000 + b"\r\n" + typed("text/plain", b""), (REFUSED, "empty")),
    "very many lines": (typed("text/plain", b"> a\r\n" * 300_000), (REFUSED, "long")),
    "a page of open tags": (typed("text/html", b"<div><a href='" * 100_000), (TAKEN, None)),
    "a page of quotes": (typed("text/html", b"<blockquote>" * 100_000 + b"x"), (TAKEN, None)),
    "a flood of entities": (typed("text/html", b"&" * 500_000), (REFUSED, None)),
    "a bounce": (typed("multipart/report; report-type=delivery-status; boundary=b", b"--b--"), (AUTOMATIC, None)),
}  # fmt: skip


@pytest.mark.parametrize(("mail", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_attack_hostile_mails_are_refused_in_words_and_never_a_fault(
    ana: Mailed, mail: bytes, expected: tuple[str, str | None]
) -> None:
    became = ana.sends(mail)
    assert became.outcome == expected[0], became
    assert expected[1] in (None, became.why), became


def test_the_largest_mail_is_read_within_its_memory() -> None:
    file = base64.encodebytes(bytes(range(256)) * 4 * 10 * 1024)
    part = b"--b\r\nContent-Type: application/pdf; name=x.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + file + b"\r\n--b--\r\n"
    mail = typed('multipart/mixed; boundary="b"', b"--b\r\nContent-Type: text/plain\r\n\r\nHello.\r\n" + part)
    assert 12 * 1024 * 1024 < len(mail) < MOST_BYTES
    said, out = work_apart(READER, io.BytesIO(mail), memory=MEMORY)
    assert (said["text"], said["files"]) == ("Hello.", [{"name": "x.pdf", "size": 10 * 1024 * 1024}])
    assert out.seek(0, 2) == 10 * 1024 * 1024


def test_what_is_larger_than_any_mail_is_not_read() -> None:
    assert told(bytes(MOST_BYTES + 1)) == {"no": "large"}


_pieces = st.sampled_from(
    [b"\r\n", b"\n", b"--b", b"--b--", b"--", b"Content-Type: ", b"multipart/mixed; boundary=b", b"text/plain", b"text/html",
     b"message/rfc822", b"From: ", b"<a@b>", b"=?utf-8?q?x?=", b"Content-Transfer-Encoding: base64", b"; charset=", b"utf-7",
     b"\xff", b"\0", b"Content-Disposition: attachment; filename*=utf-8''%ff", b'"', b"(", b":", b" ", b"<p>", b"AAAA"]
)  # fmt: skip


@settings(max_examples=size(test=80, prove=4000), deadline=None)
@given(st.lists(_pieces, max_size=40))
def test_whatever_is_put_together_is_read_or_counts_as_broken(pieces: list[bytes]) -> None:
    try:
        said = told(HEAD + b"".join(pieces))
    except Exception:
        return  # a process of its own ends so, and the mail counts as one that cannot be read
    else:
        assert said.keys() in ({"no"}, {"auto"}, {"from", "mark", "text", "files"})
