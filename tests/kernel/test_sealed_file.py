"""A sealed file opens whole, with its own passphrase, or not at all."""

import io
import os
from collections.abc import Callable

import pytest

from portal.kernel.sealed_file import CHUNK, MAGIC, BadBackup, SealedReader, SealedWriter

WORDS, OTHERS = b"a quiet harbour at dusk", b"a loud harbour at dawn"
SEALED = CHUNK + 16


def sealed(data: bytes, passphrase: bytes = WORDS) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, passphrase)
    for start in range(0, len(data), 700_001):
        writer.write(data[start : start + 700_001])
    writer.finish()
    return file.getvalue()


def opened(file: bytes, passphrase: bytes = WORDS) -> bytes:
    reader = SealedReader(io.BytesIO(file), passphrase)
    data = reader.read()
    reader.end()
    return data


@pytest.fixture(scope="module")
def three() -> bytes:
    """Two whole chunks and a short one."""
    return sealed(os.urandom(2 * CHUNK + 1000))


def body_of(file: bytes) -> int:
    """Where the chunks begin."""
    return len(MAGIC) + 4 + int.from_bytes(file[len(MAGIC) : len(MAGIC) + 4], "big")


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_what_was_sealed_comes_back(size: int) -> None:
    data = os.urandom(size)
    assert opened(sealed(data)) == data


def test_another_passphrase_is_told_in_one_line(three: bytes) -> None:
    with pytest.raises(BadBackup, match=r"^This passphrase does not open the backup\.$"):
        opened(three, OTHERS)


def test_what_is_no_backup_is_told_as_such() -> None:
    for file in (b"", b"PK\x03\x04", MAGIC[:-1]):
        with pytest.raises(BadBackup, match="no backup of Freehold"):
            opened(file)


def _cut(at: Callable[[int], int]) -> Callable[[bytes], bytes]:
    return lambda file: file[: at(body_of(file))]


def _swapped(file: bytes) -> bytes:
    at = body_of(file)
    return file[:at] + file[at + SEALED : at + 2 * SEALED] + file[at : at + SEALED] + file[at + 2 * SEALED :]


def _flipped(place: int) -> Callable[[bytes], bytes]:
    def flip(file: bytes) -> bytes:
        changed = bytearray(file)
        changed[body_of(file) + place if place >= 0 else place] ^= 1
        return bytes(changed)

    return flip


FAULTS: dict[str, Callable[[bytes], bytes]] = {
    "nothing after the header": _cut(lambda at: at),
    "half the first chunk": _cut(lambda at: at + 1000),
    "one chunk": _cut(lambda at: at + SEALED),
    "two chunks": _cut(lambda at: at + 2 * SEALED),
    "all but the last byte": lambda file: file[:-1],
    "a byte more": lambda file: file + b"\0",
    "a chunk left out": lambda file: file[: body_of(file)] + file[body_of(file) + SEALED :],
    "a chunk twice": lambda file: file[: body_of(file) + SEALED] + file[body_of(file) :],
    "two chunks the other way round": _swapped,
    "a bit of the first chunk": _flipped(5),
    "a bit of the last chunk": _flipped(-20),
    "a bit of the last tag": _flipped(-1),
    "half the header": lambda file: file[: len(MAGIC) + 30],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_attack_94_whatever_was_cut_moved_or_changed_is_found(three: bytes, fault: str) -> None:
    with pytest.raises(BadBackup, match="changed or cut off"):
        opened(FAULTS[fault](three))


def test_a_chunk_of_another_backup_with_the_same_passphrase_is_found(three: bytes) -> None:
    other = sealed(os.urandom(2 * CHUNK + 1000))
    mixed = three[: body_of(three) + SEALED] + other[body_of(other) + SEALED :]
    with pytest.raises(BadBackup, match="changed or cut off"):
        opened(mixed)


def test_a_header_that_asks_for_more_than_a_backup_costs_is_not_followed(three: bytes) -> None:
    costly = three.replace(b'"n": 131072', b'"n": 524288', 1)
    assert costly != three
    with pytest.raises(BadBackup):
        opened(costly)
    wider = three.replace(b'"r": 8', b'"r":99', 1)
    with pytest.raises(BadBackup):
        opened(wider)


def test_nothing_of_what_was_sealed_stands_in_the_file() -> None:
    data = b"Anastasia Vila, Carrer Nou 5, Girona " * 40_000
    file = sealed(data)
    assert b"Girona" not in file
    assert WORDS not in file
