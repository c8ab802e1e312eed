"""Sealed values open where they were sealed and nowhere else; the blind index tells one owner and no value."""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update
from sqlalchemy.schema import CreateTable

from portal.kernel.blind_index import Identifier, claim_identifier, find_holder, release_identifier
from portal.kernel.db import WRITING
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.house import House, Wiring
from portal.kernel.ids import id_from, new_id, text_of
from portal.kernel.keysets import Keys, make_keys
from portal.kernel.sealing import DataKey, Holder, create_holder, fold_holder, month_holder, pseudonym_of
from portal.kernel.settings import Settings
from portal.kernel.unit import Unit
from tests.kernel.noted import Noted, Unrelated

ROW = b"r" * 16


def holders(house: House, count: int = 1) -> list[bytes]:
    """Key holders."""
    with house.writing() as unit:
        return [create_holder(unit, "person") for _ in range(count)]


@pytest.mark.parametrize("value", ["", "Ana", "Ștefan, 5è 2a", "\U0001f98a" * 100, "\ud800", "a\x00b", "x" * 100_000])
def test_any_text_comes_back_as_it_was(house: House, value: str) -> None:
    (ana,) = holders(house)
    with house.reading() as unit:
        sealed = unit.box(ana).seal("attributes", "value", ROW, value)
    with house.reading() as unit:
        assert unit.box(ana).open("attributes", "value", ROW, sealed) == value


def test_a_sealed_value_shows_neither_itself_nor_that_it_is_there_twice(house: House) -> None:
    (ana,) = holders(house)
    with house.reading() as unit:
        first, second = (unit.box(ana).seal("attributes", "value", ROW, "Girona") for _ in range(2))
    assert b"Girona" not in first
    assert first != second
    assert first[:17] == second[:17]  # the format and the key's id


@pytest.mark.parametrize(
    "place", [("mails", "value", ROW), ("attributes", "body", ROW), ("attributes", "value", b"s" * 16)]
)
def test_a_value_that_was_moved_does_not_open(house: House, place: tuple[str, str, bytes]) -> None:
    (ana,) = holders(house)
    with house.reading() as unit:
        sealed = unit.box(ana).seal("attributes", "value", ROW, "Girona")
        with pytest.raises(InvalidTag):
            unit.box(ana).open(*place, sealed)


def test_a_value_with_any_bit_changed_does_not_open(house: House) -> None:
    (ana,) = holders(house)
    with house.reading() as unit:
        box = unit.box(ana)
        sealed = box.seal("attributes", "value", ROW, "Girona")
        for at in range(1, len(sealed)):
            changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
            with pytest.raises((InvalidTag, KeyError)):
                box.open("attributes", "value", ROW, changed)


def test_one_holders_key_does_not_open_anothers_value(house: House) -> None:
    ana, joan = holders(house, 2)
    with house.reading() as unit:
        sealed = unit.box(ana).seal("attributes", "value", ROW, "Girona")
        with pytest.raises(KeyError):
            unit.box(joan).open("attributes", "value", ROW, sealed)


def test_boxes_of_many_holders_are_those_of_each(house: House) -> None:
    people = holders(house, 5)
    with house.reading() as unit:
        sealed = {holder: unit.box(holder).seal("t", "c", ROW, holder.hex()) for holder in people}
    with house.reading() as unit:
        boxes = unit.boxes([*people, new_id()])
        assert boxes.keys() == set(people)
        assert all(boxes[holder].open("t", "c", ROW, sealed[holder]) == holder.hex() for holder in people)


def test_a_data_key_is_kept_wrapped_and_bound_to_its_row(house: House) -> None:
    _ana, _joan = holders(house, 2)
    with house.reading() as unit:
        rows = unit.connection.execute(select(DataKey.id, DataKey.wrapped)).all()
        first, second = rows[0], rows[1]
        key = house.keys.unwrap(first.wrapped, first.id)
        assert len(key) == 32
        assert key not in first.wrapped
        with pytest.raises(InvalidTag):
            house.keys.unwrap(first.wrapped, second.id)


def test_when_the_key_is_gone_nothing_opens_any_more(house: House) -> None:
    (ana,) = holders(house)
    with house.writing() as unit:
        unit.connection.execute(delete(DataKey).where(DataKey.holder_id == ana))
    with house.reading() as unit:
        with pytest.raises(NotFound):
            unit.box(ana)
        assert unit.boxes([ana]) == {}


def test_another_house_cannot_open_what_it_holds_no_keys_of(house: House, make_house: Callable[..., House]) -> None:
    other = make_house("sqlite")
    (_ana,) = holders(house)
    with house.reading() as unit:
        row = unit.connection.execute(select(DataKey.id, DataKey.wrapped)).one()
    with pytest.raises((InvalidTag, KeyError)):
        other.keys.unwrap(row.wrapped, row.id)


def test_a_person_who_was_a_prospect_opens_both_and_has_both_names(house: House) -> None:
    ana, prospect = holders(house, 2)
    with house.writing() as unit:
        theirs = unit.box(prospect).seal("orders", "name", ROW, "A book")
        names = [pseudonym_of(unit, ana), pseudonym_of(unit, prospect)]
        claim_identifier(unit, "verified.email", "ana@example.org", prospect)
        fold_holder(unit, prospect, ana)
        unit.note(Noted())
    with house.reading() as unit:
        box = unit.box(ana)
        assert box.open("orders", "name", ROW, theirs) == "A book"
        assert sorted(box.pseudonyms) == sorted(names)
        assert box.pseudonym == names[0]
        assert find_holder(unit, "verified.email", "ana@example.org") == ana
        with pytest.raises(NotFound):
            unit.box(prospect)
        new = box.seal("orders", "name", ROW, "Another")
        assert new[1:17] != theirs[1:17]


def test_a_pseudonym_is_random_and_says_nothing_of_its_holder(house: House) -> None:
    people = holders(house, 20)
    with house.reading() as unit:
        names = [pseudonym_of(unit, holder) for holder in people]
    assert len({*names, *map(text_of, people)}) == 40
    assert all(len(id_from(name)) == 16 for name in names)


def test_an_identifier_has_one_owner(house: House) -> None:
    ana, joan = holders(house, 2)
    with house.writing() as unit:
        claim_identifier(unit, "account.email", "ana@example.org", ana)
        claim_identifier(unit, "account.email", "ana@example.org", ana)
        claim_identifier(unit, "verified.email", "ana@example.org", joan)
        unit.note(Noted())
    with pytest.raises(Conflict, match="taken"), house.writing() as unit:
        claim_identifier(unit, "account.email", "ana@example.org", joan)
    with house.reading() as unit:
        assert find_holder(unit, "account.email", "ana@example.org") == ana
        assert find_holder(unit, "account.email", "nobody@example.org") is None


def test_a_released_identifier_is_free_again(house: House) -> None:
    ana, joan = holders(house, 2)
    with house.writing() as unit:
        claim_identifier(unit, "account.email", "ana@example.org", ana)
        release_identifier(unit, "account.email", holder_id=ana)
        claim_identifier(unit, "account.email", "ana@example.org", joan)
        unit.note(Noted())
    with house.reading() as unit:
        assert find_holder(unit, "account.email", "ana@example.org") == joan


def test_the_index_holds_no_value_and_another_house_gives_another_digest(
    house: House, make_house: Callable[..., House]
) -> None:
    (ana,) = holders(house)
    with house.writing() as unit:
        claim_identifier(unit, "account.email", "ana@example.org", ana)
        unit.note(Noted())
    with house.reading() as unit:
        row = unit.connection.execute(select(Identifier.digest)).one()
    assert b"ana" not in row.digest
    assert make_house("sqlite").keys.index_digest("account.email", "ana@example.org") != row.digest


def _at_once(house: House, work: Callable[[Unit], object], count: int = 6) -> tuple[list[object], list[Exception]]:
    done: list[object] = []
    failed: list[Exception] = []
    start = threading.Barrier(count)

    def run() -> None:
        start.wait()
        try:
            with house.writing() as unit:
                result = work(unit)
                unit.note(Noted())
            done.append(result)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done, failed


def test_of_several_who_claim_at_once_one_gets_it(house: House) -> None:
    people = holders(house, 6)

    def claim(unit: Unit) -> None:
        claim_identifier(unit, "account.email", "ana@example.org", people.pop())

    done, failed = _at_once(house, claim)
    assert len(done) == 1
    assert all(isinstance(error, Conflict) and error.reason == "taken" for error in failed)


def test_a_month_has_one_holder_whoever_needs_it_first(house: House) -> None:
    done, failed = _at_once(house, lambda unit: month_holder(unit, "log"))
    assert failed == []
    assert len(set(done)) == 1
    with house.reading() as unit:
        count = select(func.count()).select_from(Holder).where(Holder.kind == "month")
        assert unit.connection.execute(count).scalar_one() == 1


def test_a_reading_unit_can_seal_what_concerns_nobody(house: House) -> None:
    with house.reading(personal={"address": "203.0.113.7"}) as unit:
        (prepared,) = unit.prepare([Unrelated()])
    assert prepared.personal is not None
    assert len(prepared.entry["commitment"]) == 64


@given(st.binary(max_size=64), st.binary(max_size=40))
def test_a_token_opens_for_its_audience_alone(value: bytes, audience: bytes) -> None:
    sealed = KEYS.seal_token(audience, value)
    assert KEYS.open_token(audience, sealed) == value
    assert KEYS.seal_token(audience, value) == sealed
    with pytest.raises(InvalidTag):
        KEYS.open_token(audience + b"x", sealed)


@pytest.fixture(autouse=True, scope="module")
def _keys(tmp_path_factory: pytest.TempPathFactory) -> None:
    global KEYS
    folder = tmp_path_factory.mktemp("keys") / "keys"
    make_keys(folder)
    KEYS = Keys(folder)


KEYS: Keys


def test_key_files_are_readable_by_their_owner_alone_and_are_never_made_anew(house: House) -> None:
    folder = house.settings.instance / "keys"
    files = {path: path.read_bytes() for path in folder.iterdir()}
    assert len(files) >= 6
    assert all(path.stat().st_mode & 0o077 == 0 for path in [folder, *files])
    make_keys(folder)
    assert {path: path.read_bytes() for path in folder.iterdir()} == files


def test_the_database_is_readable_by_its_owner_alone_in_an_open_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    house = House.open(Settings(instance=tmp_path), Wiring())
    with house.transaction(WRITING) as connection:
        connection.execute(CreateTable(DataKey.__table__))  # type: ignore[arg-type]
        files = sorted(tmp_path.glob("freehold.db*"))
        assert len(files) == 3
        assert all(path.stat().st_mode & 0o077 == 0 for path in files)
    house.close()


def test_a_key_that_is_too_short_stops_the_house(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("short") / "keys"
    make_keys(folder)
    path = folder / "seal.json"
    path.write_text('{"primary": "00", "keys": {"00": "' + os.urandom(8).hex() + '"}}')
    with pytest.raises(ValueError, match="shorter"):
        Keys(folder)


def test_no_repr_holds_a_key(house: House) -> None:
    (ana,) = holders(house)
    secrets = [path.read_text()[40:80] for path in (house.settings.instance / "keys").iterdir()]
    with house.reading() as unit:
        shown = repr(house.keys) + repr(house) + repr(unit) + repr(unit.box(ana))
    assert not [secret for secret in secrets if secret in shown]


def test_a_wrapped_key_from_another_row_is_found_out(house: House) -> None:
    ana, joan = holders(house, 2)
    with house.reading() as unit:
        sealed = unit.box(ana).seal("t", "c", ROW, "Girona")
        other = unit.connection.execute(select(DataKey.wrapped).where(DataKey.holder_id == joan)).scalar_one()
    with house.writing() as unit:
        unit.connection.execute(update(DataKey).where(DataKey.holder_id == ana).values(wrapped=other))
    with house.reading() as unit, pytest.raises(InvalidTag):
        unit.box(ana).open("t", "c", ROW, sealed)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(value=_JSON)
def test_any_value_comes_back_from_its_json_as_it_was(make_module_house: Callable[[str], House], value: Any) -> None:
    house = make_module_house("sqlite")
    (ana,) = holders(house)
    with house.reading() as unit:
        sealed = unit.box(ana).seal("attributes", "value", ROW, json.dumps(value, ensure_ascii=False))
        assert unit.box(ana).open_values("attributes", "value", [("it", ROW, sealed)]) == {"it": value}
