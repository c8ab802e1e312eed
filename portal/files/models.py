"""Tables of files. What a file is called and what is in it are sealed; size, kind, counts and days are clear."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base, Digest, Id, Sealed, UtcDateTime


class File(Base):
    """A file that is kept with something of a customer's: with an order they added, or a message."""

    __tablename__ = "files"
    __table_args__ = (Index("ix_files_customer_thing", "customer_id", "thing_kind", "thing_id"),)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"))
    thing_kind: Mapped[str] = mapped_column(String(16))
    thing_id: Mapped[bytes] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(8))
    size: Mapped[int] = mapped_column(Integer)
    chunks: Mapped[int] = mapped_column(Integer)
    has_preview: Mapped[bool] = mapped_column(Boolean)
    # What a PDF would do beside being read, as codes with a space between two.
    acts: Mapped[str] = mapped_column(String(60))
    # SHA-256 of its sealed pieces: whether they are whole can be told without any key.
    digest: Mapped[bytes] = mapped_column(Digest)
    name: Mapped[bytes] = mapped_column(Sealed)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FileChunk(Base):
    """A sealed piece of a file (part 0) or of its preview (part 1). It may be there before its file is, and after."""

    __tablename__ = "file_chunks"

    file_id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    part: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"))
    data: Mapped[bytes] = mapped_column(LargeBinary)


class LooseFile(Base):
    """Pieces that belong to no file: to none yet, or to none any more. From ``due_at`` on they are deleted."""

    __tablename__ = "loose_files"

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"), index=True)
    chunks: Mapped[int] = mapped_column(Integer)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
