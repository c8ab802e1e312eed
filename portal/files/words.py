"""What pages say of files. Pure."""

from collections.abc import Iterable
from typing import Any

from portal.files.pdfs import LOCKED, UNREAD
from portal.kernel.i18n import gettext, lazy_gettext, ngettext, number

ACT_WORDS: dict[str, str] = {
    "script": lazy_gettext("It holds a script, which may run when you open it."),
    "program": lazy_gettext("It may start a program when you open it."),
    "file": lazy_gettext("There are other files inside it."),
    "sends": lazy_gettext("It may send what you write into it to somebody."),
    "media": lazy_gettext("It may play films or sounds."),
    "form": lazy_gettext("It holds a form that may run scripts."),
    LOCKED: lazy_gettext("It is locked, so we could not look into it."),
    UNREAD: lazy_gettext("We could not look into all of it."),
}
"""What a PDF would do beside being read, in words for whoever is about to open it."""

KIND_WORDS: dict[str, str] = {
    "jpeg": lazy_gettext("Picture"),
    "png": lazy_gettext("Picture"),
    "pdf": "PDF",
    "text": lazy_gettext("Text"),
    "csv": lazy_gettext("Table (CSV)"),
    "mail": lazy_gettext("Saved mail"),
}


def said_of(acts: Iterable[str]) -> list[str]:
    """The sentences for what a file would do."""
    return [str(ACT_WORDS[act]) for act in acts if act in ACT_WORDS]


def size_in_words(size: int) -> str:
    """``12 KB`` or ``3.4 MB``, as the reader writes numbers."""
    if size < 1024 * 1024:
        return gettext("%(number)s KB", number=number(max(1, round(size / 1024))))
    return gettext("%(number)s MB", number=number(round(size / 1024 / 1024, 1)))


def words_of_files() -> dict[str, Any]:
    """What a page that lists files says of them (``templates/_parts/files.html``)."""
    return {"file_kinds": KIND_WORDS, "said_of": said_of, "size_in_words": size_in_words}


def gone() -> str:
    """Why a file that had come before does not go with a form."""
    return gettext("A file is not here any more. Choose it once more.")


def too_many() -> str:
    """Why a person's file is not taken who has as many as there is room for."""
    return gettext("You have as many files here as there is room for. Remove some that you no longer need.")


def too_many_with(most: int) -> str:
    """Why a thing's file is not taken that has as many as there may be."""
    return ngettext(
        "There can be %(num)s file here at most. Remove one first.",
        "There can be %(num)s files here at most. Remove one first.",
        most,
    )
