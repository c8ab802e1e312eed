"""A file is kept with one thing of one person, sealed in pieces, given back as it was, and gone when it is to be gone."""

import hashlib
import io
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from PIL import Image
from sqlalchemy import func, select, update

from portal.audit.models import LogEntry
from portal.audit.verify import verify
from portal.customers.service import erase
from portal.files import jobs
from portal.files.models import File, FileChunk, LooseFile
from portal.files.reads import About
from portal.files.service import bringing, brought_from, keeping, token_of
from portal.kernel import clock
from portal.kernel.errors import Gone, Invalid, NotFound
from portal.kernel.house import House
from portal.kernel.ids import new_id
from portal.kernel.unit import SYSTEM
from tests.customers.erased import everything
from tests.files import corpus
from tests.files.corpus import sent
from tests.files.keeper import KIND, Keeper, keeper

LONG = b"".join(b"line %07d of a long text\n" % n for n in range(30_000))
"""Three pieces and some."""


@pytest.fixture
def ana(house: House) -> Keeper:
    return keeper(house)


def rows(house: House, model: type[File] | type[FileChunk] | type[LooseFile]) -> int:
    with house.reading(SYSTEM) as unit:
        return unit.connection.execute(select(func.count()).select_from(model)).scalar_one()


def swept(house: House) -> int:
    return sum(jobs.sweep(house))


@pytest.mark.parametrize("data", [b"a", LONG, corpus.pdf(), corpus.MAIL, corpus.TABLE, b"x" * bringing.CHUNK, b"x" * 2 * bringing.CHUNK])
def test_what_is_kept_comes_back_byte_by_byte(house: House, ana: Keeper, data: bytes) -> None:
    kept = ana.keeps(sent(data, "a thing"))
    assert ana.gets(kept.id).body == data
    [seen] = ana.sees()
    assert (seen.size, seen.kind, seen.name) == (len(data), kept.kind, kept.name)
    with house.reading(SYSTEM) as unit:
        pieces = select(FileChunk.data).where(FileChunk.file_id == kept.id).order_by(FileChunk.part, FileChunk.place)
        sealed = b"".join(unit.connection.execute(pieces).scalars())
        digest = unit.connection.execute(select(File.digest)).scalar_one()
    assert hashlib.sha256(sealed).digest() == digest == kept.digest


def test_nothing_of_a_file_lies_unsealed_in_the_database(house: House, ana: Keeper) -> None:
    ana.keeps(sent(b"The heron atlas, second hand, for Marta", "present for Marta.txt"))
    left = everything(house)
    assert b"heron atlas" not in left
    assert b"Marta" not in left


def test_a_picture_has_a_small_one_and_another_file_none(ana: Keeper) -> None:
    photo = ana.keeps(sent(corpus.saved(corpus.points(1200, 900), "JPEG")))
    answer = ana.gets(photo.id, preview=True)
    assert max(Image.open(io.BytesIO(answer.body)).size) == 480
    assert Image.open(io.BytesIO(ana.gets(photo.id).body)).size == (1200, 900)
    text = ana.keeps(sent(corpus.TEXT))
    with pytest.raises(NotFound):
        ana.gets(text.id, preview=True)


@pytest.mark.parametrize("preview", [False, True])
def test_attack_82_a_download_is_saved_and_can_do_nothing(ana: Keeper, preview: bool) -> None:
    kept = ana.keeps(sent(corpus.jpeg(), "a\r\nb\u202egpj.exe"))
    headers = ana.gets(kept.id, preview=preview).headers
    assert headers["Content-Disposition"].startswith("attachment; filename=")
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["Content-Disposition"].isascii() and headers["Content-Disposition"].isprintable()


def test_a_file_is_its_customers_and_its_things_alone(house: House, ana: Keeper) -> None:
    kept = ana.keeps(sent(corpus.jpeg()))
    joan = keeper(house, "joan@example.org")
    elsewhere = Keeper(house, ana.actor, About(KIND, new_id()))
    other_kind = Keeper(house, ana.actor, About("message", ana.about.id))
    for who in (Keeper(house, joan.actor, ana.about), elsewhere, other_kind):
        for preview in (False, True):
            with pytest.raises(NotFound):
                who.gets(kept.id, preview=preview)
        with pytest.raises(NotFound):
            who.removes(kept.id)
        assert who.sees() == []
    assert len(ana.sees()) == 1


def test_pieces_that_were_moved_or_left_out_open_no_more(house: House, ana: Keeper) -> None:
    kept = ana.keeps(sent(LONG))
    with house.writing(SYSTEM) as unit:
        for place, new in ((0, 9), (1, 0), (9, 1)):
            here = (FileChunk.file_id == kept.id, FileChunk.place == place)
            unit.connection.execute(update(FileChunk).where(*here).values(place=new))
    with pytest.raises(InvalidTag):
        ana.gets(kept.id)


def test_a_removed_file_is_gone_with_its_pieces(house: House, ana: Keeper) -> None:
    kept, stays = ana.keeps(sent(LONG)), ana.keeps(sent(corpus.TEXT))
    ana.removes(kept.id)
    assert [file.id for file in ana.sees()] == [stays.id]
    assert (rows(house, FileChunk), rows(house, LooseFile)) == (1, 0)
    with pytest.raises(NotFound):
        ana.gets(kept.id)


def test_a_file_is_kept_once_and_with_one_thing(ana: Keeper) -> None:
    brought = ana.brings(sent(corpus.TEXT))
    for _ in range(2):
        with ana.writing() as unit:
            keeping.keep(unit, brought=brought, about=ana.about, **ana.mine)
            break
    for about in (ana.about, About(KIND, new_id())):
        with pytest.raises(Gone), ana.writing() as unit:
            keeping.keep(unit, brought=brought, about=about, **ana.mine)
    assert len(ana.sees()) == 1


def test_what_was_brought_is_told_by_a_token_that_is_good_for_its_own_person_and_for_a_day(house: House, ana: Keeper) -> None:
    brought = ana.brings(sent(corpus.TEXT, "présent.txt"))
    mine = ana.mine["customer_id"]
    token = token_of(house, mine, brought)
    assert brought_from(house, mine, token) == brought
    joan = keeper(house, "joan@example.org")
    for whose, text in ((joan.mine["customer_id"], token), (mine, "forged"), (mine, "")):
        with pytest.raises(Gone):
            brought_from(house, whose, text)
    with clock.moved(timedelta(days=1, minutes=1)), pytest.raises(Gone), ana.writing() as unit:
        keeping.keep(unit, brought=brought, about=ana.about, **ana.mine)


def test_what_nobody_kept_is_cleared_away_in_a_day_and_not_before(house: House, ana: Keeper) -> None:
    kept = ana.keeps(sent(corpus.TEXT))
    ana.brings(sent(LONG))
    assert swept(house) == 0
    assert rows(house, FileChunk) == 5
    with clock.moved(timedelta(days=1, minutes=1)):
        assert swept(house) == 1
        assert swept(house) == 0
    assert (rows(house, FileChunk), rows(house, LooseFile)) == (1, 0)
    assert ana.gets(kept.id).body == corpus.TEXT


def test_of_one_thing_and_of_one_person_there_are_only_so_many(ana: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_WITH_ONE", 2)
    ana.keeps(sent(corpus.TEXT))
    ana.keeps(sent(corpus.TEXT))
    with pytest.raises(Invalid) as no:
        ana.keeps(sent(corpus.TEXT))
    assert no.value.fields == {"file": "There can be 2 files here at most. Remove one first."}
    monkeypatch.setattr(bringing, "MOST_CHUNKS", 5)
    with pytest.raises(Invalid):
        ana.brings(sent(LONG))
    ana.brings(sent(corpus.TEXT))
    monkeypatch.setattr(bringing, "MOST_FILES", 2)
    with pytest.raises(Invalid) as no:
        ana.brings(sent(corpus.TEXT))
    assert "as many files" in no.value.fields["file"]


def test_what_waits_to_be_kept_counts_as_well(ana: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bringing, "MOST_CHUNKS", 8)
    ana.brings(sent(LONG))
    ana.brings(sent(LONG))
    with pytest.raises(Invalid):
        ana.brings(sent(LONG))


def test_of_an_erased_customer_no_file_opens_and_every_piece_is_cleared_away(house: House, ana: Keeper) -> None:
    ana.keeps(sent(LONG, "Marta.txt"))
    ana.keeps(sent(corpus.jpeg()))
    ana.brings(sent(corpus.TEXT))
    with house.writing(SYSTEM) as unit:
        erase(unit, customer_id=ana.mine["customer_id"])
    house.lead()
    assert rows(house, File) == 0
    with house.reading(SYSTEM) as unit, pytest.raises(NotFound):
        unit.box(ana.mine["holder_id"])
    with clock.moved(timedelta(days=1, minutes=1)):
        assert swept(house) == 3
    assert (rows(house, FileChunk), rows(house, LooseFile)) == (0, 0)
    report = verify(house)
    assert (report.findings, report.could_not) == ([], None)


def test_the_record_says_that_a_file_is_kept_and_removed_and_not_what_it_is_called(house: House, ana: Keeper) -> None:
    kept = ana.keeps(sent(corpus.TEXT, "present for Marta.txt"))
    ana.removes(kept.id)
    house.lead()
    with house.reading(SYSTEM) as unit:
        events = unit.connection.execute(select(LogEntry.event).where(LogEntry.event.startswith("file."))).scalars().all()
    assert events == ["file.kept", "file.removed"]
    assert b"Marta" not in everything(house)
    report = verify(house)
    assert (report.findings, report.could_not) == ([], None)
