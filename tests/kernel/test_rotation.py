"""Keys are made, rotated and retired while the house is open: what older ones made goes on, and each step is on record."""

import itertools
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from joserfc import jws
from joserfc.jwk import KeySet
from sqlalchemy import func, select, update

from portal.audit.models import LogEntry
from portal.kernel import clock
from portal.kernel.blind_index import Identifier, claim_identifier, find_holder, release_identifier
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.errors import Conflict
from portal.kernel.house import House, Wiring
from portal.kernel.key_checks import WrongKeys
from portal.kernel.key_files import KEYSETS
from portal.kernel.keysets import Keys
from portal.kernel.parting import belongings_of, part_holder
from portal.kernel.rotation import alone, make, retire, rewrapping, rotate
from portal.kernel.rotation.rewrapping import rewrap, waiting
from portal.kernel.sealing import create_holder, create_holders, fold_holder
from portal.kernel.unit import Actor
from tests.kernel.noted import Noted

OPERATOR = Actor("operator", name="command-line")
LATER = timedelta(days=40)
ROTATED = [name for name in KEYSETS if name != "vendor"]


@pytest.fixture(autouse=True)
def _known_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One process alone needs no time in which others learn."""
    monkeypatch.setattr("portal.kernel.rotation.KNOWN_AFTER", timedelta())


def new_primary(house: House, name: str) -> None:
    """A new key that is used."""
    make(house, OPERATOR, name)
    rotate(house, OPERATOR, name, at_once=True)


def retired(house: House, name: str) -> list[int]:
    """The older keys are out, long after."""
    with clock.moved(LATER):
        return retire(house, OPERATOR, name)


def entries(house: House) -> list[dict[str, Any]]:
    """What the log says of keys."""
    house.lead()
    with house.reading() as unit:
        rows = unit.connection.scalars(select(LogEntry.body).order_by(LogEntry.idx))
        return [entry for entry in map(json.loads, rows) if entry["event"].startswith("key.")]


def opened_again(house: House) -> House:
    """The same house as another process has it."""
    return House.open(house.settings, Wiring())


@pytest.mark.parametrize("name", ROTATED)
def test_each_change_of_keys_is_an_entry_by_whoever_made_it(house: House, name: str) -> None:
    new_primary(house, name)
    retired(house, name)
    told = [(entry["event"], entry["detail"]["number"]) for entry in entries(house)]
    assert told == [("key.made", 2), ("key.rotated", 2), ("key.retired", 1)]
    assert all(entry["detail"]["keyset"] == name for entry in entries(house))
    assert all(entry["actor"] == {"kind": "operator", "id": "command-line"} for entry in entries(house))


@pytest.mark.parametrize("name", KEYSETS)
def test_no_entry_and_no_file_name_shows_a_key(house: House, name: str) -> None:
    if name != "vendor":
        new_primary(house, name)
    secrets = [text for text in house.keys.files[name].read_text().split('"') if len(text) >= 40]
    assert secrets
    assert not [secret for secret in secrets if secret in json.dumps(entries(house))]


def test_the_vendor_key_stays_and_says_why(house: House) -> None:
    for change in (make, rotate, retire):
        with pytest.raises(Conflict, match="ids-stay") as refusal:
            change(house, OPERATOR, "vendor")
        assert "ids" in (refusal.value.detail or "")
    assert entries(house) == []


@pytest.mark.parametrize("name", ROTATED)
def test_steps_out_of_their_order_are_refused_and_change_nothing(house: House, name: str) -> None:
    with pytest.raises(Conflict, match="no-new-key"):
        rotate(house, OPERATOR, name)
    with pytest.raises(Conflict, match="no-older-key"):
        retire(house, OPERATOR, name)
    make(house, OPERATOR, name)
    before = house.keys.files[name].read_bytes()
    with pytest.raises(Conflict, match="key-waits"):
        make(house, OPERATOR, name)
    with pytest.raises(Conflict, match="no-older-key"):
        retire(house, OPERATOR, name)
    assert house.keys.files[name].read_bytes() == before
    assert len(entries(house)) == 1


@pytest.mark.parametrize("name", ROTATED)
def test_an_older_key_is_not_retired_before_its_time(house: House, name: str) -> None:
    new_primary(house, name)
    with pytest.raises(Conflict, match="too-early"):
        retire(house, OPERATOR, name)
    assert retired(house, name) == [1]


def test_two_commands_do_not_change_keys_at_once(house: House) -> None:
    other = opened_again(house)
    with alone(house), pytest.raises(Conflict, match="keys-busy"):
        make(other, OPERATOR, "seal")
    assert make(other, OPERATOR, "seal") == 2
    other.close()


def test_new_keys_are_their_owners_alone(house: House) -> None:
    new_primary(house, "seal")
    assert all(path.stat().st_mode & 0o077 == 0 for path in (house.settings.instance / "keys").iterdir())
    assert len(list((house.settings.instance / "keys").iterdir())) == len(KEYSETS)


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_on_record(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A superuser may write everywhere, and tests may be run by one.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(Conflict, match="keys-kept-elsewhere"):
        make(house, OPERATOR, "seal")
    assert entries(house) == []


@pytest.mark.parametrize("name", ROTATED)
def test_after_a_rotation_the_files_of_before_open_the_database_no_more(house: House, name: str) -> None:
    path = house.keys.files[name]
    before = path.read_bytes()
    new_primary(house, name)
    after = path.read_bytes()
    opened_again(house).close()
    path.write_bytes(before)
    with pytest.raises(WrongKeys, match=rf"{name}\.json not what it was made with"):
        opened_again(house)
    path.write_bytes(after)
    retired(house, name)
    opened_again(house).close()


def test_a_process_takes_up_a_new_key_by_itself(house: House) -> None:
    other = opened_again(house)
    other.keys._look_at = 0
    new_primary(house, "seal")
    with other.reading():
        pass
    assert other.keys.stored("seal").primary == house.keys.stored("seal").primary
    other.close()


def test_a_process_looks_at_its_files_once_a_second_and_not_at_each_unit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    monkeypatch.setattr(Keys, "take_up", lambda self: looks.append(1))
    house.keys._look_at = 0
    for _ in range(50):
        with house.reading():
            pass
    assert len(looks) == 1


def test_what_a_key_wrapped_that_this_process_has_not_seen_opens_all_the_same(house: House) -> None:
    other = opened_again(house)
    other.keys._look_at = float("inf")
    new_primary(house, "seal")
    with house.writing() as unit:
        ana = create_holder(unit, "person")
        sealed = unit.box(ana).seal("t", "c", ana, "Girona")
    with other.reading() as unit:
        assert unit.box(ana).open("t", "c", ana, sealed) == "Girona"
    other.close()


@pytest.mark.parametrize("content", ["", "{", '{"primary": "00", "keys": {}}', None, "other"])
def test_files_that_cannot_be_taken_up_leave_a_running_process_as_it_is(
    house: House, tmp_path: Path, content: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    path, before = house.keys.files["cookie"], house.keys.cookie_secrets()
    whole = path.read_bytes()
    if content is None:
        path.unlink()
    elif content == "other":
        path.write_text(json.dumps({"primary": "00" * 8, "keys": {"00" * 8: os.urandom(32).hex()}}))
    else:
        path.write_text(content)
    assert house.keys.take_up() is False
    assert house.keys.cookie_secrets() == before
    assert "stay in use" in caplog.text
    path.write_bytes(whole)
    house.keys.take_up()
    assert house.keys.cookie_secrets() == before


def test_sealed_values_open_through_rotation_rewrapping_and_the_end_of_the_old_key(house: House) -> None:
    with house.writing() as unit:
        people = create_holders(unit, "person", 7)
        sealed = {ana: unit.box(ana).seal("t", "c", ana, ana.hex()) for ana in people}
    new_primary(house, "seal")
    assert waiting(house, "seal") == {1: 7}
    with clock.moved(LATER), pytest.raises(Conflict, match="key-needed") as refusal:
        retire(house, OPERATOR, "seal")
    assert "7 data keys" in (refusal.value.detail or "")
    assert rewrap(house, OPERATOR, "seal") == 7
    assert waiting(house, "seal") == {}
    assert retired(house, "seal") == [1]
    for one in (house, opened_again(house)):
        with one.reading() as unit:
            assert all(unit.box(ana).open("t", "c", ana, sealed[ana]) == ana.hex() for ana in people)
    assert [entry.get("count") for entry in entries(house)] == [None, None, 7, 7, None]
    assert rewrap(house, OPERATOR, "seal") == 0


def test_a_data_key_that_somebody_changed_stops_no_other_and_keeps_its_key(house: House) -> None:
    with house.writing() as unit:
        people = create_holders(unit, "person", 5)
    with house.writing() as unit:
        wrapped = unit.connection.execute(select(rewrapping.DataKey.wrapped).where(rewrapping.DataKey.holder_id == people[2])).scalar_one()
        changed = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
        unit.connection.execute(
            update(rewrapping.DataKey).where(rewrapping.DataKey.holder_id == people[2]).values(wrapped=changed)
        )
    new_primary(house, "seal")
    assert rewrap(house, OPERATOR, "seal") == 4
    assert waiting(house, "seal") == {1: 1}


def _claimed(house: House, many: int) -> dict[str, bytes]:
    with house.writing() as unit:
        people = dict(zip(map(str, range(many)), create_holders(unit, "person", many), strict=True))
        for value, holder in people.items():
            claim_identifier(unit, "test", value, holder)
        unit.note(Noted())
    return people


def _all_found(house: House, people: dict[str, bytes]) -> None:
    with house.reading() as unit:
        assert {value: find_holder(unit, "test", value) for value in people} == people
        assert find_holder(unit, "test", "nobody") is None


def _versions(house: House) -> dict[int, int]:
    with house.reading() as unit:
        rows = unit.connection.execute(select(Identifier.key_version, func.count()).group_by(Identifier.key_version))
        return {row[0]: row[1] for row in rows}


def test_everybody_is_found_through_two_rotations_of_the_blind_index(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewrapping, "BATCH", 3)
    people = _claimed(house, 10)
    for number in (2, 3):
        make(house, OPERATOR, "index")
        _all_found(house, people)
        rotate(house, OPERATOR, "index")
        _all_found(house, people)
        assert waiting(house, "index") == {number - 1: 10}
        assert rewrap(house, OPERATOR, "index") == 10
        assert _versions(house) == {number - 1: 10, number: 10}
        _all_found(house, people)
        assert retired(house, "index") == [number - 1]
        assert _versions(house) == {number: 10}
        _all_found(house, people)
        opened = opened_again(house)
        _all_found(opened, people)
        opened.close()


def test_while_two_keys_of_the_blind_index_live_everybody_stands_under_both_and_a_value_is_one_persons(house: House) -> None:
    people = _claimed(house, 1)
    make(house, OPERATOR, "index")
    later = _claimed_also(house, "later")
    assert _versions(house) == {1: 2, 2: 1}
    with house.writing() as unit:
        other = create_holder(unit, "person")
    for value in ("0", "later"):
        with pytest.raises(Conflict, match="taken"), house.writing() as unit:
            claim_identifier(unit, "test", value, other)
    rotate(house, OPERATOR, "index")
    rewrap(house, OPERATOR, "index")
    with house.writing() as unit:
        release_identifier(unit, "test", holder_id=people["0"])
        unit.note(Noted())
    with house.reading() as unit:
        assert find_holder(unit, "test", "0") is None
        assert find_holder(unit, "test", "later") == later
    assert _versions(house) == {1: 1, 2: 1}


def _claimed_also(house: House, value: str) -> bytes:
    with house.writing() as unit:
        holder = create_holder(unit, "person")
        claim_identifier(unit, "test", value, holder)
        unit.note(Noted())
    return holder


def test_a_value_claimed_under_the_old_key_alone_is_found_after_it_is_retired(house: House) -> None:
    other = opened_again(house)
    other.keys._look_at = float("inf")
    new_primary(house, "index")
    rewrap(house, OPERATOR, "index")
    late = _claimed_also(other, "late")
    assert retired(house, "index") == [1]
    with house.reading() as unit:
        assert find_holder(unit, "test", "late") == late
    other.close()


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_people_who_were_joined_are_parted_again_whatever_key_came_meanwhile(house: House, steps: int) -> None:
    ana, prospect = _claimed_also(house, "ana"), _claimed_also(house, "prospect")
    with house.writing() as unit:
        belongings = belongings_of(unit, prospect)
        fold_holder(unit, prospect, ana)
        unit.note(Noted())
    changes = [
        lambda: new_primary(house, "index"),
        lambda: rewrap(house, OPERATOR, "index"),
        lambda: retired(house, "index"),
    ]
    for change in itertools.islice(changes, steps):
        change()
    with house.writing() as unit:
        part_holder(unit, ana, prospect, belongings)
        unit.note(Noted())
    with house.reading() as unit:
        assert find_holder(unit, "test", "prospect") == prospect
        assert find_holder(unit, "test", "ana") == ana


def test_whoever_has_the_old_index_key_alone_can_test_no_guess_any_more(house: House) -> None:
    _claimed(house, 1)
    before = house.keys.index_digest("test", "0")
    new_primary(house, "index")
    rewrap(house, OPERATOR, "index")
    retired(house, "index")
    with house.reading() as unit:
        [kept] = unit.connection.scalars(select(Identifier.digest))
    assert kept != before
    assert kept == house.keys.index_digest("test", "0")


def test_cursors_from_before_a_rotation_go_on_until_their_key_is_retired(house: House) -> None:
    first = seal_cursor(house, "k", "a", {"i": 1})
    new_primary(house, "cursor")
    second = seal_cursor(house, "k", "a", {"i": 1})
    assert first != second
    assert [open_cursor(house, "k", "a", text) for text in (first, second)] == [{"i": 1}] * 2
    retired(house, "cursor")
    assert open_cursor(house, "k", "a", second) == {"i": 1}
    with pytest.raises(InvalidTag):
        house.keys.open_token(b"k\0a", b"x" * 48)


def test_records_signed_before_are_verified_for_good_and_new_ones_by_a_key_that_was_published_first(house: House) -> None:
    old = house.keys.sign_jws({"n": 1}, "test")
    make(house, OPERATOR, "sign")
    published = KeySet.import_key_set(house.keys.jwks())  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="too-early"):
        rotate(house, OPERATOR, "sign")
    with clock.moved(timedelta(hours=1, minutes=1)):
        rotate(house, OPERATOR, "sign")
    new = house.keys.sign_jws({"n": 2}, "test")
    retired(house, "sign")
    after = KeySet.import_key_set(house.keys.jwks())  # type: ignore[arg-type]
    for text in (old, new):
        for keys in (published, after):
            jws.deserialize_compact(text, keys, algorithms=["ES256"])
    assert "d" not in json.dumps([list(key) for key in house.keys.jwks()["keys"]]).replace("kid", "")
    assert house.keys.files["sign"].read_text().count('"d"') == 1
    opened_again(house).close()
