"""What is sent is known by what is in it; what it should not say is gone; and what cannot be taken is told in a sentence."""

import io
import struct
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from portal.files import checking
from portal.files.checking import MOST_BYTES, Checked, look_into
from portal.files.kinds import KINDS, PDF
from portal.files.names import MOST, clean_name
from portal.files.words import ACT_WORDS, said_of, size_in_words
from portal.kernel.apart import Failed, work_apart
from portal.kernel.characters import is_plain
from portal.kernel.errors import Invalid
from tests.files import corpus
from tests.files.corpus import ACTIVE, NAMES, PLACE, SECRET, jpeg, points, refused, saved, sent, taken
from tests.prove.sizes import size

TEN_MB = 10 * 1024 * 1024


def content(checked: Checked) -> bytes:
    """All that would be kept of a file."""
    checked.content.seek(0)
    return checked.content.read()


def why(data: bytes, name: str = "x.jpg") -> str:
    """The sentence for a file that is not taken."""
    with pytest.raises(Invalid) as no:
        look_into(sent(data, name))
    return no.value.fields["file"]


@pytest.mark.parametrize("name", refused())
def test_attack_83_what_is_not_taken_is_told_in_a_sentence_whatever_it_is_called(name: str) -> None:
    for called in ("invoice.pdf", "photo.jpg", "note.txt"):
        assert why(refused()[name], called).endswith(".")


@pytest.mark.parametrize("name", taken())
def test_attack_82_a_file_is_what_is_in_it_whatever_it_is_called(name: str) -> None:
    data, kind = taken()[name]
    checked = look_into(sent(data, "x.html"))
    assert checked.kind == kind
    assert checked.name == f"x.html{KINDS[kind].endings[0]}"
    assert checked.size <= MOST_BYTES


def test_attack_83_a_picture_keeps_its_points_and_nothing_of_where_and_by_whom_it_was_taken() -> None:
    data = jpeg()
    before = Image.open(io.BytesIO(data)).getexif().get_ifd(0x8825)
    assert float(before[2][0]) == int(PLACE[0]), "the place stands in what is sent"
    for sent_one in (data, corpus.png_with_texts(), saved(points(), "WEBP", exif=corpus.exif())):
        kept = content(look_into(sent(sent_one)))
        assert SECRET.encode() in sent_one
        assert SECRET.encode() not in kept
        assert b"Exif" not in kept
        found = Image.open(io.BytesIO(kept))
        assert dict(found.getexif()) == {}
        assert not set(found.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def _colours(image: Image.Image) -> tuple[str, str, str, str]:
    """Red or blue, at the left, the right, the top and the bottom."""
    wide, high = image.size
    places = ((2, high // 2), (wide - 3, high // 2), (wide // 2, 2), (wide // 2, high - 3))
    points = image.convert("RGB").tobytes()
    left, right, top, bottom = (3 * (y * wide + x) for x, y in places)

    def colour(at: int) -> str:
        return "red" if points[at] > points[at + 2] else "blue"

    return colour(left), colour(right), colour(top), colour(bottom)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_the_way_up_that_it_was_held(orientation: int) -> None:
    data = jpeg(orientation)
    upright = Image.open(io.BytesIO(data))
    upright = upright.transpose(corpus_turns()[orientation]) if orientation > 1 else upright
    checked = look_into(sent(data))
    kept = content(checked)
    for part in (kept[: checked.size], kept[checked.size :]):
        found = Image.open(io.BytesIO(part))
        assert _colours(found)[: 2 if orientation < 5 else 4] == _colours(upright)[: 2 if orientation < 5 else 4]
        assert (found.width > found.height) is (orientation < 5)


def corpus_turns() -> dict[int, Image.Transpose]:
    """What undoes each way of holding a telephone, as the standard of EXIF has it."""
    way = Image.Transpose
    turns = (way.FLIP_LEFT_RIGHT, way.ROTATE_180, way.FLIP_TOP_BOTTOM, way.TRANSPOSE, way.ROTATE_270, way.TRANSVERSE, way.ROTATE_90)
    return dict(enumerate(turns, 2))


def test_of_a_file_of_two_faces_the_picture_alone_is_left() -> None:
    for name in ("photograph of a page", "photograph of a zip", "photograph with a page inside"):
        kept = content(look_into(sent(taken()[name][0])))
        assert b"<script" not in kept
        assert b"PK\x03\x04" not in kept


@pytest.mark.parametrize("name", ACTIVE)
def test_attack_83_what_a_pdf_would_do_is_named_and_the_pdf_kept_as_it_is(name: str) -> None:
    checked = look_into(sent(ACTIVE[name]))
    assert name.partition(",")[0] in checked.acts
    assert content(checked) == ACTIVE[name]
    assert all(sentence.endswith(".") for sentence in said_of(checked.acts))
    assert set(checked.acts) <= ACT_WORDS.keys()


def test_a_pdf_that_only_is_read_is_said_to_do_nothing() -> None:
    photograph = saved(Image.effect_noise((600, 600), 90), "JPEG")
    bears = b"<< /Type /XObject /Subtype /Image /Filter /DCTDecode /Length %d >>\nstream\n%s\nendstream" % (len(photograph), photograph)
    for data in (corpus.pdf(), corpus.pdf(bears), corpus.pdf(corpus.packed(b"9 0 << /Type /Font /BaseFont /Helvetica >>"))):
        assert look_into(sent(data)).acts == []


def test_a_file_that_is_too_large_is_told_so_at_its_first_byte_too_many() -> None:
    text = b"a line of a long text\n" * (TEN_MB // 22 + 1)
    assert look_into(sent(text[:TEN_MB])).size == TEN_MB
    assert "10 MB" in why(text[: TEN_MB + 1])


def test_a_photograph_with_more_points_than_are_kept_is_made_smaller_and_any_other_picture_told_so() -> None:
    large = Image.effect_noise((800, 600), 50).convert("RGB").resize((4000, 3000))
    kept = content(look_into(sent(saved(large, "JPEG", quality=60))))
    assert Image.open(io.BytesIO(kept)).size == (2000, 1500)
    assert "half its width" in why(saved(Image.new("RGB", (5000, 4000)), "PNG"))
    assert "half its width" in why(saved(large, "JPEG", quality=60, progressive=True)), "nobody could read what would be left"


def test_each_reason_has_its_own_sentence() -> None:
    names = ("nothing", "page", "zip", "gif", "moving png", "heic", "half a jpeg", "bomb", "program")
    said = [why(refused()[name]) for name in names]
    assert len(set(said)) == len(names)
    with pytest.raises(Invalid) as no:
        look_into(None)
    assert no.value.fields == {"file": "Choose a file first."}
    with pytest.raises(Invalid) as no:
        look_into(sent(corpus.TEXT), among=(PDF,), named="invoice")
    assert set(no.value.fields) == {"invoice"}


@pytest.mark.parametrize("called", NAMES)
def test_attack_86_a_name_is_a_name_and_no_way_to_anywhere(called: str) -> None:
    assert clean_name(called, "pdf") == NAMES[called]


@given(st.text(max_size=300), st.sampled_from(sorted(KINDS)))
def test_whatever_a_file_is_called_its_name_misleads_nobody(called: str, kind: str) -> None:
    name = clean_name(called, kind)
    assert is_plain(name)
    assert name.lower().endswith(KINDS[kind].endings)
    assert len(name) <= MOST
    assert not set(name) & set('/\\<>:"|?*\r\n')
    assert not name.startswith(".")
    assert clean_name(name, kind) == name


@given(st.binary(max_size=2000))
def test_any_bytes_are_taken_or_told_and_nothing_breaks(data: bytes) -> None:
    try:
        checked = checking.look_into(sent(data))
    except Invalid:
        return
    assert checked.kind in KINDS


BEGINNINGS: dict[str, Callable[[], bytes]] = {"jpeg": jpeg, "png": corpus.png_with_texts, "pdf": lambda: ACTIVE["script, packed"]}


@pytest.mark.slow
@pytest.mark.parametrize("kind", BEGINNINGS)
def test_a_file_with_any_byte_changed_is_taken_or_told(kind: str) -> None:
    whole = BEGINNINGS[kind]()
    step = max(1, len(whole) // size(test=12, prove=300))
    for at in range(10, len(whole), step):
        with suppress(Invalid):
            look_into(sent(whole[:at] + struct.pack("B", whole[at] ^ 0xFF) + whole[at + 1 :]))


def test_sizes_are_said_as_people_say_them() -> None:
    assert [size_in_words(number) for number in (1, 2048, 3_500_000)] == ["1 KB", "2 KB", "3.3 MB"]


def test_work_apart_that_breaks_or_wants_too_much_ends_without_an_answer() -> None:
    for module in ("tests.files.breaking", "nowhere.at.all"):
        with pytest.raises(Failed):
            work_apart(module, io.BytesIO(b"memory"))


def test_work_apart_knows_nothing_of_our_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREEHOLD_DATABASE_URL", "postgresql://secret")
    said = work_apart("tests.files.breaking", io.BytesIO(b"surroundings")).said
    assert said["environment"] <= ["LC_CTYPE"]
    assert said["open"] == [0, 1, 2]
    assert said["memory"] == 64 * 1024 * 1024
