"""Address cards: whatever the file holds, the outcome is values that can be saved or a sentence."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.customers.catalogue import CATALOGUE
from portal.customers.values import clean
from portal.customers.vcard import read
from portal.kernel.errors import Invalid
from tests.processes import ROOT

WORDS = st.sampled_from(
    [
        "BEGIN:VCARD", "END:VCARD", "VERSION:2.1", "VERSION:4.0", "N:Pop;Ion;;;", "N:;;", "FN:Ion", "ADR:;;a;b;c;d;Spain",
        "ADR:x", "TEL;TYPE=CELL:+40721234567", "TEL:tel:+34600123456", "EMAIL;TYPE=WORK:a@b.org", "BDAY:--0503",
        "BDAY:1990-05-03T10:00:00Z", "BDAY;VALUE=text:circa", "GENDER:F", "ORG:Acme;Dept", "LANG:ro", "NICKNAME:I,J",
        "NOTE;ENCODING=QUOTED-PRINTABLE:=C3=", "PHOTO;ENCODING=b:////", "item1.EMAIL:c@d.org", " folded", "TITLE:",
        "NOTE;CHARSET=bogus;ENCODING=QUOTED-PRINTABLE:=E9", "N;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=C8=98;Ana",
    ]
)  # fmt: skip


def outcome(data: bytes) -> dict[str, object]:
    try:
        return dict(read(data).values)
    except Invalid as problem:
        assert set(problem.fields) == {"file"}  # noqa: PT017 - the other outcome, stated here once
        return {}


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(WORDS, st.text(max_size=30)), max_size=12), st.sampled_from(["\r\n", "\n", "\r", ";"]))
def test_attack_73_a_file_of_odd_lines_gives_good_values_or_a_sentence(lines: list[str], ending: str) -> None:
    data = ending.join(lines).encode("utf-8", "surrogatepass")
    for wrapped in (data, b"BEGIN:VCARD\r\n" + data + b"\r\nEND:VCARD\r\n"):
        for path, value in outcome(wrapped).items():
            assert clean(CATALOGUE[path], value) == value


@given(st.binary(max_size=400))
def test_attack_73_a_file_of_any_bytes_gives_good_values_or_a_sentence(data: bytes) -> None:
    assert all(path in CATALOGUE for path in outcome(data))
    assert all(path in CATALOGUE for path in outcome(b"BEGIN:VCARD\nN:" + data + b"\nEND:VCARD\n"))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("VERSION:2.1\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=C8=98erban;Ana", {"profile.family_name": "Șerban", "profile.given_name": "Ana"}),
        ("VERSION:4.0\nGENDER:F\nLANG:ro\nBDAY:1990-05-03", {"profile.gender": "female", "profile.language": "ro", "profile.birth_date": "1990-05-03"}),
        ("VERSION:3.0\nEMAIL;TYPE=WORK:a@b.org\nEMAIL:c@d.org", {"profile.email": "c@d.org", "profile.work_email": "a@b.org"}),
        ("VERSION:3.0\nTEL:+40 721 234 567\nTEL;TYPE=CELL:+34 600 123 456", {"profile.phone": "+34600123456", "profile.home_phone": "+40721234567"}),
        ("VERSION:3.0\nADR;TYPE=HOME:;;Strada 1;Cluj;;;Rom\u00e2nia\nTEL:0721 234 567", {"profile.address": {"street": "Strada 1", "city": "Cluj", "country": "RO"}, "profile.phone": "+40721234567"}),
        ("VERSION:3.0\nORG:Acme;Sales\nTITLE:Teacher\nNICKNAME:Ani,A", {"profile.employer": "Acme", "profile.occupation": "Teacher", "profile.nickname": "Ani"}),
    ],
)  # fmt: skip
def test_cards_of_every_version_are_read(lines: str, expected: dict[str, object]) -> None:
    assert outcome(f"BEGIN:VCARD\n{lines}\nEND:VCARD\n".encode()) == expected


def test_a_card_in_an_older_encoding_is_read() -> None:
    card = "BEGIN:VCARD\nVERSION:3.0\nN:Muñoz;José;;;\nEND:VCARD\n"
    expected = {"profile.given_name": "José", "profile.family_name": "Muñoz"}
    for encoding in ("cp1252", "utf-16", "utf-8-sig"):
        assert outcome(card.encode(encoding)) == expected


def test_what_cannot_be_read_is_named_and_the_rest_is_kept() -> None:
    found = read(b"BEGIN:VCARD\nVERSION:3.0\nN:Pop;Ion;;;\nTEL:12\nEND:VCARD\n")
    assert set(found.values) == {"profile.given_name", "profile.family_name"}
    assert set(found.unreadable) == {"profile.phone"}


def test_attack_73_a_card_that_was_written_to_keep_a_reader_busy_takes_no_more_work_than_another() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.customers.hostile_cards"], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("N:Pop;Ana\\, Maria;;;", {"profile.family_name": "Pop", "profile.given_name": "Ana, Maria"}),
        ("N:Po\n p;Ana", {"profile.family_name": "Pop", "profile.given_name": "Ana"}),
        ("N;QUOTED-PRINTABLE:P=\nop;A=C3=B1a", {"profile.family_name": "Pop", "profile.given_name": "Aña"}),
        ("N;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:=D1;Ana", {"profile.family_name": "Ñ", "profile.given_name": "Ana"}),
        ('TEL;TYPE="voice,cell":tel:+34600123456\nTEL:+34600123457', {"profile.phone": "+34600123456", "profile.home_phone": "+34600123457"}),
        ('item1.TEL;X="a:b;c";TYPE=CELL:+34 600 123 456', {"profile.phone": "+34600123456"}),
        ("TEL;CELL:+34 600 123 456\nhalf a line", {"profile.phone": "+34600123456"}),
        ("ADR;TYPE=HOME:;;Carrer Nou 5, 2n;Girona;;17001;ES", {"profile.address": {"street": "Carrer Nou 5, 2n", "city": "Girona", "postal_code": "17001", "country": "ES"}}),
        ("AGENT:\nBEGIN:VCARD\nTITLE:Agent\nEND:VCARD\nTITLE:Teacher", {"profile.occupation": "Teacher"}),
    ],
)  # fmt: skip
def test_folds_quotes_escapes_and_encodings_are_undone(lines: str, expected: dict[str, object]) -> None:
    assert outcome(f"BEGIN:VCARD\nVERSION:3.0\n{lines}\nEND:VCARD\n".encode()) == expected


@pytest.mark.parametrize("data", [b"", b"BEGIN:VCARD\nN:Pop;Ana\n", b"END:VCARD\n", b"N:Pop;Ana\n", b"BEGIN:VEVENT\nN:Pop\nEND:VEVENT"])
def test_what_is_no_whole_card_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read(data)
    assert "address card" in refused.value.fields["file"]
