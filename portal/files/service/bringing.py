"""A file's pieces brought in, sealed, a few to a commit: however large it is, nobody waits long for the gate.

They belong to no file yet. What was brought is told as a token that stands in the page of whoever sent it, so that a form
which is sent once more need not bear the file again; after a day nothing comes of it any more.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import IO, Any

from sqlalchemy import insert

from portal.files.checking import Checked
from portal.files.models import FileChunk, LooseFile
from portal.files.reads import CONTENT, PREVIEW, held_by, place_of
from portal.files.words import too_many
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.errors import BadRequest, Gone, Invalid
from portal.kernel.house import House
from portal.kernel.ids import id_from, new_id, text_of
from portal.kernel.unit import Unit

CHUNK = 256 * 1024
AT_ONCE = 2
"""Pieces to a commit."""
WAITS = timedelta(days=1)
MOST_FILES = 500
"""Of one person."""
MOST_CHUNKS = 1000
"""Of one person, 250 MB: what is kept, and what is on its way in or out."""
_TOKEN = "files.brought"

Units = Callable[[], AbstractContextManager[Unit]]


@dataclass(frozen=True, slots=True)
class Brought:
    """A file whose pieces are there, and that is kept with nothing yet."""

    id: bytes
    kind: str
    name: str = field(repr=False)
    size: int
    chunks: int
    has_preview: bool
    acts: tuple[str, ...]
    digest: bytes


def bring(reading: Units, writing: Units, *, checked: Checked, customer_id: bytes, holder_id: bytes) -> Brought:
    """Seals a file that was looked into and writes its pieces, a few to a unit. Invalid where the customer has too many.

    Whatever comes in between, the pieces are deleted in a day: they stand as loose from before the first.
    """
    file_id, digest = new_id(), hashlib.sha256()
    counts = {CONTENT: _count(checked.size), PREVIEW: _count(checked.preview) if checked.preview else 0}
    with reading() as unit:
        _see_room(unit, customer_id, sum(counts.values()))
    with writing() as unit:
        loose = {"id": file_id, "customer_id": customer_id, "chunks": sum(counts.values()), "due_at": unit.at + WAITS}
        unit.connection.execute(insert(LooseFile), loose)
    waiting = _pieces(checked, counts)
    while some := [piece for _, piece in zip(range(AT_ONCE), waiting, strict=False)]:
        with writing() as unit:
            box = unit.box(holder_id)
            rows: list[dict[str, Any]] = [
                {
                    "file_id": file_id,
                    "part": part,
                    "place": place,
                    "customer_id": customer_id,
                    "data": box.seal_bytes(
                        "file_chunks", "data", place_of(file_id, part, place, last=place == counts[part] - 1), data
                    ),
                }
                for part, place, data in some
            ]
            unit.connection.execute(insert(FileChunk), rows)
        for row in rows:
            digest.update(row["data"])
    return Brought(
        id=file_id,
        kind=checked.kind,
        name=checked.name,
        size=checked.size,
        chunks=sum(counts.values()),
        has_preview=bool(checked.preview),
        acts=tuple(checked.acts),
        digest=digest.digest(),
    )


def _count(size: int) -> int:
    return max(1, -(-size // CHUNK))


def _see_room(unit: Unit, customer_id: bytes, more: int) -> None:
    held = held_by(unit, customer_id)
    if held.files >= MOST_FILES or held.chunks + more > MOST_CHUNKS:
        raise Invalid("too-many", fields={"file": too_many()})


def _pieces(checked: Checked, counts: Mapping[int, int]) -> Iterator[tuple[int, int, bytes]]:
    checked.content.seek(0)
    for part, size in ((CONTENT, checked.size), (PREVIEW, checked.preview)):
        for place in range(counts[part]):
            yield part, place, _read(checked.content, min(CHUNK, size - place * CHUNK))


def _read(source: IO[bytes], size: int) -> bytes:
    """So many bytes: a file without a buffer may give fewer at a time."""
    parts, left = list[bytes](), size
    while left and (piece := source.read(left)):
        parts.append(piece)
        left -= len(piece)
    return b"".join(parts)


def token_of(house: House, customer_id: bytes, brought: Brought) -> str:
    """What stands in the page for a file that was brought; nobody else's page can use it, and nobody can change it."""
    told = asdict(brought) | {"id": text_of(brought.id), "digest": brought.digest.hex()}
    return seal_cursor(house, _TOKEN, text_of(customer_id), told)


def brought_from(house: House, customer_id: bytes, token: str) -> Brought:
    """The file behind such a token; Gone for any other text."""
    try:
        told: dict[str, Any] = open_cursor(house, _TOKEN, text_of(customer_id), token)
    except BadRequest:
        raise Gone("file-gone") from None
    told |= {"id": id_from(told["id"]), "digest": bytes.fromhex(told["digest"]), "acts": tuple(told["acts"])}
    return Brought(**told)
