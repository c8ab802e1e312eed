"""What was kept comes back whole, elsewhere, without whoever was erased since; what was stolen gives nothing away."""

import io
import json
import random
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import column, inspect, select, table

from portal.audit.verify import verify
from portal.customers import service as customers
from portal.customers.reads import customer_of, erasure_of
from portal.kernel import clock
from portal.kernel.errors import Conflict
from portal.kernel.house import House
from portal.kernel.keysets import from_base64url
from portal.kernel.sealed_file import SealedReader
from portal.kernel.unit import SYSTEM
from portal.oauth.service import make_client
from portal.vendors.service import admit
from tests import people
from tests.browsing import LiveServer
from tests.conftest import HouseMaker
from tests.customers.erased import everything, keys_of
from tests.databases import Databases
from tests.grants.cast import person
from tests.oauth.cast import BACK, Program
from tests.orders.cast import an_order
from tests.prove.sizes import size
from tests.roof.keeping import PASSPHRASE, Keeper, names_in, opened, with_keys_of

CANARY = {"given_name": "Wilhelmina", "family_name": "Quistgaard", "address": {
    "street": "Drumlanrig Mews 77", "postal_code": "17001", "city": "Ullapool", "country": "GB"}}  # fmt: skip
CANARIES = (b"Wilhelmina", b"Quistgaard", b"Drumlanrig", b"Ullapool", b"canary")


Elsewhere = Callable[[], tuple[Path, str]]


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(tmp_path)


@pytest.fixture
def house(make_house: HouseMaker, engine_name: str, keeper: Keeper) -> House:
    return make_house(engine_name, erasures=keeper.erasures)


@pytest.fixture
def elsewhere(databases: Callable[[str], Databases], engine_name: str, tmp_path: Path) -> Iterator[Elsewhere]:
    """Gives a folder that is not there and the URL of an empty database for it, again and again."""
    made: list[str] = []

    def empty() -> tuple[Path, str]:
        folder = tmp_path / f"elsewhere-{len(made)}"
        made.append(databases(engine_name).empty(folder))
        return folder, made[-1]

    yield empty
    for url in made:
        databases(engine_name).drop(url)


class Writers:
    """Companies that write orders to a running server, and what was answered to them."""

    def __init__(self, server: LiveServer, programs: list[Program], mark: str) -> None:
        self._server, self._mark = server, mark
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(program,)) for program in programs]
        self.acknowledged: set[str] = set()
        self.troubles: list[str] = []

    def __enter__(self) -> "Writers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def until(self, count: int) -> set[str]:
        """What is acknowledged, once there are so many."""
        deadline = time.monotonic() + 120
        while len(self.acknowledged) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return set(self.acknowledged)

    def _write(self, program: Program) -> None:
        url, mark = f"{self._server.url}/api/v1", f"{program.vendor_id.hex()[-6:]}-{self._mark}"
        told = {"grant_type": "client_credentials", "scope": "orders:write"}
        with requests.Session() as session:
            answer = session.post(f"{self._server.url}/oauth/token", data=told, auth=(program.client_id, program.secret))
            session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            number = 0
            while not self._ending.is_set():
                number += 1
                name = f"{mark}-{number}"
                answer = session.post(
                    f"{url}/orders", json={"orders": [an_order(name, f"C{number % 5}")]}, headers={"Idempotency-Key": name}
                )
                if answer.status_code == 200:
                    self.acknowledged.add(f"{program.vendor_id.hex()}/{name}")
                else:
                    self.troubles.append(answer.text)


def _programs(house: House) -> list[Program]:
    made = []
    with house.writing(SYSTEM) as unit:
        for name in ("Far", "Roca"):
            vendor = admit(unit, name=name)
            made.append(Program(vendor.id, *make_client(unit, vendor.id, name, redirect_uris=(BACK,))))
    return made


def _kept_orders(house: House) -> set[str]:
    with house.reading() as unit:
        rows = unit.connection.execute(select(column("vendor_id"), column("number")).select_from(table("orders")))
        return {f"{row.vendor_id.hex()}/{row.number}" for row in rows}


def _canaries(house: House, count: int) -> list[bytes]:
    made = [person(house, f"canary{number}@example.org", **CANARY) for number in range(count)]
    return [one.customer_id for one in made if one.customer_id]


def test_a_backup_under_load_comes_back_with_all_that_was_acknowledged_and_without_whoever_was_erased_since(
    house: House,
    make_server: Callable[..., LiveServer],
    keeper: Keeper,
    elsewhere: Elsewhere,
    tmp_path: Path,
    figure: Callable[..., float],
) -> None:
    programs, missing, back = _programs(house), 0, 0
    server = make_server(house, FREEHOLD_ERASURES=str(keeper.erasures))
    rounds, each = size(test=2, prove=20), size(test=3, prove=50)
    for turn in range(rounds):
        erased = _canaries(house, each)
        holders = [_holder_of(house, one) for one in erased]
        file = tmp_path / f"round-{turn}.backup"
        with Writers(server, programs, str(turn)) as writers:
            before = writers.until(10)
            kept = keeper.keep(house, file)
            after = writers.until(len(writers.acknowledged) + 2)
        assert kept.returncode == 0, kept.stderr
        assert len(after) > len(before), "people went on writing while it was kept"
        assert writers.troubles == []
        for customer_id in erased:
            with house.writing(SYSTEM) as unit:
                customers.erase(unit, customer_id=customer_id)
        instance, url = elsewhere()
        with_keys_of(house, instance)
        filled = keeper.fill(instance, url, file)
        assert filled.returncode == 0, filled.stderr
        assert f"Erased again: {each}." in filled.stdout
        restored = opened(instance, url, keeper.erasures)
        missing += len(before - _kept_orders(restored))
        back += sum(bool(keys_of(restored, holder)) for holder in holders)
        report = verify(restored)
        assert (report.findings, report.could_not) == ([], None)
        assert not any(word in everything(restored) for word in CANARIES)
        restored.close()
        for path in [file, *instance.rglob("*"), *house.settings.instance.glob("*.log"), keeper.erasures]:
            if path.is_file():
                assert not any(word in path.read_bytes() for word in CANARIES), path.name
        assert not any(word in (kept.stdout + kept.stderr + filled.stdout + filled.stderr).encode() for word in CANARIES)
    figure("acknowledged before a backup and missing after its restore", missing, goal=0, better="equal")
    figure("erased since and there after a restore", back, goal=0, better="equal")
    assert (missing, back) == (0, 0)


def _holder_of(house: House, customer_id: bytes) -> bytes:
    with house.reading() as unit:
        return customer_of(unit, customer_id).holder_id


def test_attack_94_a_stolen_backup_without_its_keys_gives_away_nothing(
    house: House, keeper: Keeper, tmp_path: Path
) -> None:
    _canaries(house, 2)
    file = tmp_path / "stolen.backup"
    told = keeper.keep(house, file)
    assert "THE KEYS ARE NOT IN IT" in told.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    assert not any(word in file.read_bytes() for word in CANARIES)
    # Even with the passphrase: the keys are apart.
    with file.open("rb") as sealed:
        opened_file = SealedReader(sealed, PASSPHRASE.encode()).read()
    with tarfile.open(fileobj=io.BytesIO(opened_file)) as archive:
        names = set(archive.getnames())
    assert names <= {"manifest.json", "instance/origin", "database"}
    for keyset in (house.settings.instance / "keys").iterdir():
        for secret in _secrets(keyset.read_text()):
            assert secret not in opened_file
            assert secret.hex().encode() not in opened_file
    assert not any(word in opened_file for word in CANARIES)


def _secrets(text: str) -> list[bytes]:
    keys = json.loads(text)["keys"].values()
    return [from_base64url(key["d"]) if isinstance(key, dict) else bytes.fromhex(key) for key in keys]


def test_a_backup_with_its_keys_fills_an_instance_by_itself_and_says_what_it_is(
    house: House, keeper: Keeper, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    account_id = people.register(house, "ana@example.org")
    told = keeper.keep(house, tmp_path / "all.backup", "--with-keys")
    assert "THE KEYS ARE IN IT" in told.stderr
    instance, url = elsewhere()
    filled = keeper.fill(instance, url, tmp_path / "all.backup")
    assert filled.returncode == 0, filled.stderr
    restored = opened(instance, url, keeper.erasures)
    assert people.actor(restored, account_id).customer_id
    restored.close()
    assert (instance / "keys" / "seal.json").stat().st_mode & 0o777 == 0o600


def test_whatever_is_wrong_is_one_line_and_leaves_nothing(
    house: House, make_house: HouseMaker, engine_name: str, keeper: Keeper, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    people.register(house, "ana@example.org")
    file, cut = tmp_path / "one.backup", tmp_path / "cut.backup"
    keeper.keep(house, file)
    cut.write_bytes(file.read_bytes()[:-40])
    instance, url = elsewhere()
    bare = keeper.fill(instance, url, file)
    assert (bare.returncode, "The backup holds no keys." in bare.stderr) == (1, True)
    assert not instance.exists()
    other = make_house(engine_name)
    with_keys_of(other, instance)
    before = names_in(instance)
    wrong = keeper.fill(instance, url, file)
    assert "are not those of this backup" in wrong.stderr
    _put_right(house, instance)
    cut_off, locked = keeper.fill(instance, url, cut), _with_other_words(keeper, instance, url, file)
    for told, word in ((cut_off, "changed or cut off"), (locked, "does not open")):
        assert (told.returncode, word in told.stderr, told.stderr.count("\n")) == (1, True, 1), told.stderr
        assert names_in(instance) == before
    assert keeper.fill(instance, url, file).returncode == 0
    again = keeper.fill(instance, url, file)
    assert again.returncode == 1
    assert "There is a database already" in again.stderr or "holds tables already" in again.stderr


def _put_right(house: House, instance: Path) -> None:
    for file in (house.settings.instance / "keys").iterdir():
        (instance / "keys" / file.name).write_bytes(file.read_bytes())


def _with_other_words(keeper: Keeper, instance: Path, url: str, file: Path) -> "subprocess.CompletedProcess[str]":
    keeper.passphrase.write_text("another harbour at dawn\n")
    try:
        return keeper.fill(instance, url, file)
    finally:
        keeper.passphrase.write_text(PASSPHRASE + "\n")


def test_without_the_file_of_erasures_nothing_is_restored_unless_it_is_said_to_be_lost(
    house: House, keeper: Keeper, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    (gone,) = _canaries(house, 1)
    with house.writing(SYSTEM) as unit:
        customers.erase(unit, customer_id=gone)
    keeper.keep(house, tmp_path / "one.backup")
    keeper.erasures.rename(tmp_path / "mislaid")
    instance, url = elsewhere()
    with_keys_of(house, instance)
    refused = keeper.fill(instance, url, tmp_path / "one.backup")
    assert refused.returncode == 1
    assert "1 erasures were written down" in refused.stderr
    assert names_in(instance) == {"keys", *(f"keys/{f.name}" for f in (instance / "keys").iterdir())}
    assert keeper.fill(instance, url, tmp_path / "one.backup", "--without-erasures").returncode == 0


def test_whoever_waits_to_be_erased_has_the_week_again_after_a_restore(
    house: House, keeper: Keeper, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    (ana,) = _canaries(house, 1)
    with house.writing(SYSTEM) as unit:
        due = customers.ask_to_erase(unit, customer_id=ana)
    keeper.keep(house, tmp_path / "one.backup")
    with house.writing(SYSTEM) as unit:
        assert customers.take_back(unit, customer_id=ana)
    instance, url = elsewhere()
    with_keys_of(house, instance)
    filled = keeper.fill(instance, url, tmp_path / "one.backup")
    assert "Erasures that wait anew: 1." in filled.stdout, filled.stderr
    restored = opened(instance, url, keeper.erasures)
    with restored.reading() as unit:
        waiting = erasure_of(unit, ana)
    assert waiting is not None
    assert waiting.due_at > due
    with clock.moved(timedelta(days=8)):
        people.do_jobs(restored)
    assert people.mails(restored) == [], "its letters went with it"
    assert not keys_of(restored, _holder_of(restored, ana))
    restored.close()


def test_a_backup_that_is_killed_leaves_the_old_one_or_nothing(house: House, keeper: Keeper, tmp_path: Path) -> None:
    _canaries(house, 3)
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    began = time.monotonic()
    assert keeper.keep(house, shelf / "kept.backup").returncode == 0
    took, old = time.monotonic() - began, (shelf / "kept.backup").read_bytes()
    chance, caught = random.Random(7), 0
    for _ in range(size(test=4, prove=40)):
        was_at_it = keeper.killed(
            house.settings.instance, house.settings.database_url, chance.uniform(0.2, 1.0) * took,
            "backup", str(shelf / "kept.backup"),
        )  # fmt: skip
        caught += was_at_it
        assert names_in(shelf) == {"kept.backup"}
        if was_at_it and (shelf / "kept.backup").read_bytes() == old:
            continue
        with (shelf / "kept.backup").open("rb") as sealed:
            reader = SealedReader(sealed, PASSPHRASE.encode())
            reader.read()
            reader.end()
        old = (shelf / "kept.backup").read_bytes()
    assert caught


def test_a_restore_that_is_killed_serves_nobody_and_is_begun_again(
    house: House, keeper: Keeper, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    erased = _canaries(house, 2)
    file = tmp_path / "one.backup"
    keeper.keep(house, file)
    for customer_id in erased:
        with house.writing(SYSTEM) as unit:
            customers.erase(unit, customer_id=customer_id)
    instance, url = elsewhere()
    with_keys_of(house, instance)
    began = time.monotonic()
    assert keeper.fill(instance, url, file).returncode == 0
    took = time.monotonic() - began
    chance = random.Random(7)
    for _ in range(size(test=3, prove=30)):
        instance, url = elsewhere()
        with_keys_of(house, instance)
        keeper.killed(instance, url, chance.uniform(0.3, 1.0) * took, "restore", str(file))
        _serves_nobody_who_was_erased(instance, url, keeper, [_holder_of(house, one) for one in erased])
        filled = keeper.fill(instance, url, file)
        assert filled.returncode == 0 or "already" in filled.stderr, filled.stderr
        restored = opened(instance, url, keeper.erasures)
        assert not any(keys_of(restored, _holder_of(house, one)) for one in erased)
        restored.close()


def _serves_nobody_who_was_erased(instance: Path, url: str, keeper: Keeper, holders: list[bytes]) -> None:
    """Either there is no house to open, or it is one without whoever was erased."""
    if url.startswith("sqlite") and not (instance / "freehold.db").exists():
        return
    try:
        half = opened(instance, url, keeper.erasures)
    except Conflict as conflict:
        if conflict.reason != "restoring":
            raise
        return
    with half.engine.connect() as connection:
        there = inspect(connection).has_table("data_keys")
    assert not there or not any(keys_of(half, holder) for holder in holders)
    half.close()


@pytest.mark.engines("sqlite")  # both are told by the same line
def test_a_short_passphrase_and_a_folder_that_is_not_there_are_told(house: House, keeper: Keeper, tmp_path: Path) -> None:
    assert "There is no folder" in keeper.keep(house, tmp_path / "none" / "one.backup").stderr
    keeper.passphrase.write_text("short\n")
    assert "shorter than 12 characters" in keeper.keep(house, tmp_path / "one.backup").stderr
    assert not (tmp_path / "one.backup").exists()
