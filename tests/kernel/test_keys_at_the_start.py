"""Weak, lost or open keys stop the start with one line that says what to do; keys may lie where a setting names them."""

import json
import os
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from portal.app import create_app
from portal.kernel.house import House, Wiring
from portal.kernel.key_checks import WrongKeys
from portal.kernel.key_files import SYMMETRIC
from portal.kernel.key_strength import weakness
from portal.kernel.keysets import KEYSETS, Keys, make_keys
from portal.kernel.settings import Settings

SHORT, REPEATED, KNOWN, MADE_BY_HAND = (
    "is shorter than 256 bits",
    "is one byte again and again",
    "is one that everybody knows",
    "was not made at random",
)
WEAK = {
    "zeros": (bytes(32), REPEATED),
    "ones": (b"\xff" * 32, REPEATED),
    "short": (os.urandom(31), SHORT),
    "empty": (b"", SHORT),
    "counted": (bytes(range(32)), MADE_BY_HAND),
    "typed": (b"correct horse battery staple 123", MADE_BY_HAND),
    "a few bytes": (b"\x00\x01\xfe" * 11, MADE_BY_HAND),
    "a word's digest": (sha256(b"changeme").digest(), KNOWN),
    "the digest of nothing": (sha256(b"").digest(), KNOWN),
}
PRINTED = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
}
"""The key of RFC 7515, appendix A.3."""


def _stops(house: House, *words: str, **settings: object) -> None:
    told = Settings(instance=house.settings.instance, database_url=house.settings.database_url, **settings)  # type: ignore[arg-type]
    with pytest.raises(WrongKeys) as refusal:
        House.open(told, Wiring())
    said = refusal.value.detail or ""
    assert "\n" not in said
    for word in words:
        assert word in said


@pytest.mark.parametrize("weak", WEAK)
@pytest.mark.parametrize("name", ["seal", "cookie", "vendor"])
def test_attack_92_a_weak_key_stops_the_start(house: House, name: str, weak: str) -> None:
    path = house.settings.instance / "keys" / f"{name}.json"
    key, why = WEAK[weak]
    path.write_text(json.dumps({"primary": "00" * 8, "keys": {"00" * 8: key.hex()}}))
    _stops(house, f"the key in {name}.json {why}")


def test_attack_92_a_weak_older_key_stops_the_start_too(house: House) -> None:
    path = house.settings.instance / "keys" / "cookie.json"
    stored = json.loads(path.read_text())
    path.write_text(json.dumps({"primary": stored["primary"], "keys": {**stored["keys"], "00" * 8: "11" * 32}}))
    _stops(house, "cookie.json is one byte again and again")


def test_attack_92_a_signing_key_from_a_book_stops_the_start(house: House) -> None:
    (house.settings.instance / "keys" / "sign.json").write_text(json.dumps(PRINTED))
    _stops(house, "the key in sign.json is one that everybody knows")


@pytest.mark.parametrize("name", KEYSETS)
def test_attack_92_a_missing_key_stops_the_start(house: House, name: str) -> None:
    (house.settings.instance / "keys" / f"{name}.json").unlink()
    _stops(house, f"{name}.json missing")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
@pytest.mark.parametrize("name", ["seal", "sign"])
def test_attack_92_a_key_file_that_others_may_read_or_write_stops_the_start(house: House, name: str, mode: int) -> None:
    path = house.settings.instance / "keys" / f"{name}.json"
    path.chmod(mode)
    _stops(house, f"{path} is open to other accounts (mode {mode:04o}): chmod 600 {path}")
    path.chmod(0o600)
    House.open(house.settings, Wiring()).close()


@pytest.mark.parametrize("mode", [0o750, 0o701])
def test_attack_92_a_key_folder_that_others_may_enter_stops_the_start(house: House, mode: int) -> None:
    folder = house.settings.instance / "keys"
    folder.chmod(mode)
    _stops(house, f"{folder} is open to other accounts (mode {mode:04o}): chmod 700 {folder}")


def test_attack_92_debugging_stays_off_whatever_is_set_around_us(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    assert create_app(house).debug is False


def test_a_key_made_at_random_is_not_called_weak() -> None:
    assert [key for key in (os.urandom(32) for _ in range(20_000)) if weakness(key)] == []


@pytest.mark.parametrize("name", KEYSETS)
def test_a_key_may_lie_where_a_setting_names_it(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    elsewhere = tmp_path / "secret"
    shutil.move(house.settings.instance / "keys" / f"{name}.json", elsewhere)
    _stops(house, f"{name}.json missing")
    monkeypatch.setenv(f"FREEHOLD_KEYS_{name.upper()}_FILE", str(elsewhere))
    found = Settings(instance=house.settings.instance, database_url=house.settings.database_url)
    opened = House.open(found, Wiring())
    assert opened.keys.fingerprints() == house.keys.fingerprints()
    opened.close()
    elsewhere.chmod(0o644)
    _stops(house, f"{elsewhere} is open to other accounts")
    elsewhere.unlink()
    _stops(house, f"{elsewhere} missing")


def test_a_named_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    named = tmp_path / "elsewhere" / "seal"
    with pytest.raises(WrongKeys, match=r"elsewhere/seal missing"):
        House.open(Settings(instance=tmp_path / "instance", keys_seal_file=named), Wiring())
    assert not named.parent.exists()


@pytest.mark.parametrize("name", SYMMETRIC)
def test_a_file_from_before_keys_were_numbered_opens(tmp_path: Path, name: str) -> None:
    make_keys(tmp_path / "keys")
    path = tmp_path / "keys" / f"{name}.json"
    stored = json.loads(path.read_text())
    before = Keys(tmp_path / "keys").fingerprints()
    path.write_text(json.dumps({"primary": stored["primary"], "keys": stored["keys"]}))
    assert Keys(tmp_path / "keys").fingerprints() == before
    assert Keys(tmp_path / "keys").stored(name).numbers == {stored["primary"]: 1}


def test_a_signing_key_from_before_keys_were_numbered_opens_and_signs(tmp_path: Path) -> None:
    make_keys(tmp_path / "keys")
    path = tmp_path / "keys" / "sign.json"
    stored = json.loads(path.read_text())
    before = Keys(tmp_path / "keys").jwks()
    path.write_text(json.dumps(stored["keys"][stored["primary"]]))
    keys = Keys(tmp_path / "keys")
    assert keys.jwks() == before
    assert keys.sign_jws({}, "test").count(".") == 2


def test_older_keys_of_the_blind_index_without_their_order_are_not_guessed_at(house: House) -> None:
    path = house.settings.instance / "keys" / "index.json"
    stored = json.loads(path.read_text())
    del stored["numbers"]
    path.write_text(json.dumps({**stored, "keys": {**stored["keys"], "ab" * 8: os.urandom(32).hex()}}))
    _stops(house, "index.json is damaged")


