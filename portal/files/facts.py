"""What happens to files. Facts name kinds and sizes, never what a file is called."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact

_TABLES = frozenset({"files"})


@dataclass(frozen=True, kw_only=True)
class FileKept(Fact):
    """A file is kept with something of the customer's."""

    EVENT: ClassVar[str] = "file.kept"
    EXPLAINS: ClassVar[frozenset[str]] = _TABLES
    kind: str
    size: int
    thing: str


@dataclass(frozen=True, kw_only=True)
class FilesRemoved(Fact):
    """Files are kept no more, ``count`` of them."""

    EVENT: ClassVar[str] = "file.removed"
    EXPLAINS: ClassVar[frozenset[str]] = _TABLES


@dataclass(frozen=True, kw_only=True)
class FilesMoved(Fact):
    """What files went with became the customer's, and ``count`` files with it."""

    EVENT: ClassVar[str] = "file.moved"
    EXPLAINS: ClassVar[frozenset[str]] = _TABLES


@dataclass(frozen=True, kw_only=True)
class FilesForgotten(Fact):
    """An erased customer's files are gone, ``count`` of them: their keys were destroyed, and their pieces follow."""

    EVENT: ClassVar[str] = "file.forgotten"
    EXPLAINS: ClassVar[frozenset[str]] = _TABLES
