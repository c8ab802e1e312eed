"""A stream in one encrypted file: AES-256-GCM in chunks, under a key that scrypt makes of a passphrase.

After the header each chunk is sealed for its place and for whether it is the last, as STREAM does (Hoang, Reyhanitabar,
Rogaway, Vizár 2015): nonce = 7 random bytes, a counter of 4, and 1 for the last chunk. The header is authenticated with
every chunk. So a chunk that was changed, left out, moved or taken from another file is found, and so is an end cut off.
"""

import hashlib
import hmac
import json
import os
from typing import Any, BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from portal.kernel.errors import Problem

MAGIC = b"Freehold backup 1\n"
CHUNK = 1 << 20
_TAG = 16
_LONGEST_HEADER = 4096
_COST = {"n": 1 << 17, "r": 8, "p": 1}
"""scrypt takes 128 MiB and some tenths of a second: a guess at the passphrase costs as much."""
_MOST_CHUNKS = 1 << 32


class BadBackup(Problem):
    """The file is no backup, or not as it was written, or another passphrase's; ``detail`` says which."""

    default_reason = "bad-backup"

    def __str__(self) -> str:
        return self.detail or self.reason


def _keys(passphrase: bytes, header: dict[str, Any]) -> tuple[AESGCM, str]:
    """The cipher, and a mark by which another passphrase is told from damage."""
    scrypt = Scrypt(salt=bytes.fromhex(header["salt"]), length=64, n=header["n"], r=header["r"], p=header["p"])
    made = scrypt.derive(passphrase)
    return AESGCM(made[:32]), hmac.digest(made[32:], b"passphrase", "sha256").hex()


class Into(Protocol):
    """Where a sealed file is written to: on and on, never back."""

    def write(self, data: bytes, /) -> int:
        """Takes the next bytes."""
        ...


class SealedWriter:
    """Takes bytes and seals them; :meth:`finish` writes the last chunk, without which nothing opens."""

    def __init__(self, file: Into, passphrase: bytes) -> None:
        salt, self._prefix = os.urandom(16), os.urandom(7)
        header: dict[str, Any] = {"salt": salt.hex(), "prefix": self._prefix.hex(), "chunk": CHUNK, **_COST}
        self._cipher, header["check"] = _keys(passphrase, header)
        text = json.dumps(header, sort_keys=True).encode("ascii")
        self._file, self._head = file, MAGIC + len(text).to_bytes(4, "big") + text
        self._about = hashlib.sha256(self._head).digest()
        self._waiting, self._count = bytearray(), 0
        file.write(self._head)

    def write(self, data: bytes) -> int:
        """Takes more. The last whole chunk is kept until it is known whether another follows."""
        self._waiting += data
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def finish(self) -> None:
        """Seals what is left as the last chunk."""
        self._seal(bytes(self._waiting), last=True)

    def _seal(self, data: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._prefix, self._count, last=last), data, self._about))
        self._count += 1


class SealedReader:
    """Opens what :class:`SealedWriter` sealed. What it gives is authentic; whether it is whole shows at :meth:`end`."""

    def __init__(self, file: BinaryIO, passphrase: bytes) -> None:
        self._file = file
        head, header = _read_head(file)
        self._about = hashlib.sha256(head).digest()
        self._prefix = bytes.fromhex(header["prefix"])
        self._cipher, check = _keys(passphrase, header)
        if not hmac.compare_digest(check, header["check"]):
            raise BadBackup(detail="This passphrase does not open the backup.")
        self._open, self._count, self._is_last = b"", 0, False
        self._next = file.read(CHUNK + _TAG)

    def read(self, size: int = -1) -> bytes:
        """The next bytes, as many as are wanted while there are any."""
        parts, left = [], size
        while left != 0:
            if not self._open and not self._fill():
                break
            part = self._open if left < 0 else self._open[:left]
            self._open = self._open[len(part) :]
            parts.append(part)
            left -= len(part) if left > 0 else 0
        return b"".join(parts)

    def end(self) -> None:
        """Reads what is left; BadBackup if the end was cut off."""
        self._open = b""
        while self._fill():
            self._open = b""

    def _fill(self) -> bool:
        if self._is_last:
            return False
        sealed, self._next = self._next, self._file.read(CHUNK + _TAG)
        last = not self._next
        try:
            nonce = _nonce(self._prefix, self._count, last=last)
            self._open = self._cipher.decrypt(nonce, sealed, self._about)
        except (InvalidTag, ValueError):
            raise BadBackup(detail="The backup was changed or cut off: it is not as it was written.") from None
        self._count, self._is_last = self._count + 1, last
        return bool(self._open)


def _nonce(prefix: bytes, count: int, *, last: bool) -> bytes:
    if count >= _MOST_CHUNKS:
        raise BadBackup(detail="This is more than one backup can hold.")
    return prefix + count.to_bytes(4, "big") + bytes([last])


def _read_head(file: BinaryIO) -> tuple[bytes, dict[str, Any]]:
    head = file.read(len(MAGIC) + 4)
    if head[: len(MAGIC)] != MAGIC:
        raise BadBackup(detail="This file is no backup of Freehold.")
    length = int.from_bytes(head[len(MAGIC) :], "big")
    text = file.read(min(length, _LONGEST_HEADER))
    try:
        header: dict[str, Any] = json.loads(text)
        # Whoever changed the header must not make us spend more than a backup of ours costs.
        if header["chunk"] != CHUNK or {name: header[name] for name in _COST} != _COST:
            raise ValueError
        if (len(bytes.fromhex(header["prefix"])), len(bytes.fromhex(header["salt"]))) != (7, 16):
            raise ValueError
        str(header["check"]).encode("ascii")
    except (ValueError, LookupError, TypeError):
        raise BadBackup(detail="The backup was changed or cut off: it is not as it was written.") from None
    return head + text, header
