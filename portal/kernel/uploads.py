"""What people send as files: how much a page takes, and where it lies meanwhile: in memory, never on a disk unsealed."""

from collections.abc import Callable
from io import BytesIO
from typing import IO, TypeVar

from flask import Request

View = TypeVar("View", bound=Callable[..., object])


def takes(most_bytes: int) -> Callable[[View], View]:
    """Marks a view whose form may be larger than others: it bears a file."""

    def mark(view: View) -> View:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]
        return view

    return mark


class InMemory(Request):
    """A request whose files lie in memory while it lasts; how large they can be is bounded by the form that bears them."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()
