"""A customer whose files are kept and read as rooms do it."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from werkzeug.datastructures import FileStorage

from portal.files.checking import look_into
from portal.files.reads import About, FileView, files_of
from portal.files.service import Brought, bring, clear, keep, remove
from portal.files.shared import FileAnswer, shared_file, shared_preview
from portal.kernel.house import House
from portal.kernel.ids import new_id
from portal.kernel.unit import Actor, Unit
from tests.grants.cast import person

KIND = "added-order"


@dataclass
class Keeper:
    """Somebody with a thing that files can be kept with."""

    house: House
    actor: Actor
    about: About

    def reading(self) -> AbstractContextManager[Unit]:
        return self.house.reading(self.actor)

    def writing(self) -> AbstractContextManager[Unit]:
        return self.house.writing(self.actor)

    @property
    def mine(self) -> dict[str, bytes]:
        """Whose it is, as verbs are told."""
        assert self.actor.customer_id is not None and self.actor.holder_id is not None
        return {"customer_id": self.actor.customer_id, "holder_id": self.actor.holder_id}

    def brings(self, file: FileStorage) -> Brought:
        """Sends a file, which is looked into and sealed, and kept with nothing yet."""
        return bring(self.reading, self.writing, checked=look_into(file), **self.mine)

    def keeps(self, file: FileStorage) -> Brought:
        """Sends a file and keeps it with the thing."""
        brought = self.brings(file)
        with self.writing() as unit:
            keep(unit, brought=brought, about=self.about, **self.mine)
        return brought

    def removes(self, file_id: bytes) -> None:
        """Removes it, and clears its pieces away."""
        with self.writing() as unit:
            remove(unit, file_id=file_id, about=self.about, **self.mine)
        clear(self.writing, file_ids=[file_id])

    def sees(self) -> list[FileView]:
        """The files of the thing."""
        with self.reading() as unit:
            return files_of(unit, self.mine["customer_id"], self.about)

    def gets(self, file_id: bytes, *, preview: bool = False) -> FileAnswer:
        """A download."""
        with self.reading() as unit:
            shared = shared_preview if preview else shared_file
            return shared(unit, self.mine["customer_id"], self.about, file_id)


def keeper(house: House, email: str = "ana@example.org") -> Keeper:
    """A new customer."""
    return Keeper(house, person(house, email), About(KIND, new_id()))
