"""Every sentence that a person may read, gathered from code and templates, beside its translations.

``python -m tests.house.words [PART OF A PATH]`` prints what is still to be translated, as entries for a PO file.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from portal.kernel.i18n import LOCALES, PLURALS, TRANSLATIONS

ROOT = Path(__file__).parents[2]
LANGUAGES = tuple(locale for locale in LOCALES if locale != "en")
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "page_gettext": None,
    "ngettext": (1, 2),
    "page_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
_SOURCES = (("portal", "*.py"), ("vendor_api", "*.py"), ("templates", "*.html"), ("templates", "*.txt"))
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
_TAG = re.compile(r"</?[a-z][^>]*>")


@dataclass
class Sentence:
    """One message of the program: its English forms and where it stands."""

    forms: tuple[str, ...]
    places: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.forms[0]


def sentences(root: Path = ROOT) -> dict[str, Sentence]:
    """Every message under a root, by its (singular) English text."""
    found: dict[str, Sentence] = {}
    for folder, pattern in _SOURCES:
        for path in sorted((root / folder).rglob(pattern)):
            for line, message in _messages(path):
                forms = message if isinstance(message, tuple) else (message,)
                known = found.setdefault(forms[0], Sentence(forms))
                known.forms = max(known.forms, forms, key=len)
                known.places.append(f"{path.relative_to(root)}:{line}")
    return found


def _messages(path: Path) -> Iterator[tuple[int, Any]]:
    method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
    options = {} if path.suffix == ".py" else {"newstyle_gettext": "true", "silent": "false", "trimmed": "false"}
    with path.open("rb") as file:
        for line, message, _comments, _context in extract(method, file, KEYWORDS, (), options):
            yield line, message


def catalogs(locale: str, folder: Path = TRANSLATIONS) -> dict[str, Catalog]:
    """The PO files of one language, by file name."""
    found = {}
    for path in sorted((folder / locale).glob("*.po")):
        with path.open("rb") as file:
            found[path.name] = read_po(file, locale=locale)
    return found


@dataclass
class Entry:
    """One translated message and the file it stands in."""

    file: str
    english: tuple[str, ...]
    forms: tuple[str, ...]
    fuzzy: bool

    @property
    def key(self) -> str:
        return self.english[0]


def entries(locale: str, folder: Path = TRANSLATIONS) -> list[Entry]:
    """Every entry of a language's PO files."""
    return [
        Entry(name, _tuple(message.id), _tuple(message.string), message.fuzzy)
        for name, catalog in catalogs(locale, folder).items()
        for message in catalog
        if message.id
    ]


def _tuple(text: Any) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, (tuple, list)) else (text,)


def faults(locale: str, said: dict[str, Sentence], written: list[Entry]) -> list[str]:
    """What is wrong between the program's messages and one language's entries; empty when all is well."""
    wrong = []
    by_key: dict[str, Entry] = {}
    for entry in written:
        other = by_key.setdefault(entry.key, entry)
        if other.forms != entry.forms:
            wrong.append(f"two translations: {entry.key!r} in {other.file} and {entry.file}")
        if entry.key not in said:
            wrong.append(f"translated but said nowhere: {entry.key!r} in {entry.file}")
    for key, sentence in said.items():
        entry_or_none = by_key.get(key)
        if entry_or_none is None or not all(entry_or_none.forms) or entry_or_none.fuzzy:
            wrong.append(f"not translated: {key!r} ({sentence.places[0]})")
        else:
            wrong += _unlike(locale, sentence, entry_or_none)
    return wrong


def _unlike(locale: str, sentence: Sentence, entry: Entry) -> Iterator[str]:
    wanted = len(PLURALS[locale]) if len(sentence.forms) > 1 else 1
    if len(entry.forms) != wanted:
        yield f"{len(entry.forms)} forms instead of {wanted}: {entry.key!r}"
    whole = sentence.forms[-1]
    for form in entry.forms:
        named, given = set(_PLACEHOLDER.findall(whole)), set(_PLACEHOLDER.findall(form))
        # "One order" may leave its number out; any other name must be there, and none may be new.
        if given - named or (named - given) - ({"num"} if len(entry.forms) > 1 else set()):
            yield f"other placeholders: {entry.key!r} / {form!r}"
        if sorted(_TAG.findall(whole)) != sorted(_TAG.findall(form)):
            yield f"other tags: {entry.key!r} / {form!r}"
        if (whole[-1] in ".?!:…") != (form[-1] in ".?!:…"):
            yield f"ends otherwise: {entry.key!r} / {form!r}"


def _print_missing(part: str) -> None:
    said = {key: known for key, known in sentences().items() if any(part in place for place in known.places)}
    for locale in LANGUAGES:
        have = {entry.key for entry in entries(locale) if all(entry.forms)}
        missing = [sentence for key, sentence in said.items() if key not in have]
        print(f"# {locale}: {len(missing)} of {len(said)} to translate")
        for sentence in missing:
            print(f"#: {sentence.places[0]}\nmsgid {_quoted(sentence.forms[0])}")
            if len(sentence.forms) > 1:
                print(f"msgid_plural {_quoted(sentence.forms[1])}")
                print("\n".join(f'msgstr[{n}] ""' for n in range(len(PLURALS[locale]))), end="\n\n")
            else:
                print('msgstr ""\n')


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


if __name__ == "__main__":
    _print_missing("".join(sys.argv[1:2]))
