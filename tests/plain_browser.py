"""A browser without a screen or script: reads a page's links, forms and labels, and uses them by their words."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Protocol
from urllib.parse import urljoin

Pair = tuple[str, str]


@dataclass
class Field:
    """A field of a form. A tick and a choice are on or off; a list offers values by their words."""

    name: str
    kind: str
    value: str = ""
    on: bool = True
    id: str = ""
    offers: list[Pair] = field(default_factory=list)

    @property
    def is_tick(self) -> bool:
        """Whether it is ticked rather than written."""
        return self.kind in ("checkbox", "radio")


@dataclass
class Button:
    """What sends a form."""

    words: str = ""
    name: str = ""
    value: str = ""
    action: str | None = None


@dataclass
class Form:
    """A form with its fields and buttons."""

    action: str
    method: str
    id: str = ""
    fields: list[Field] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)

    def sent(self, button: Button) -> list[Pair]:
        """What leaves when the button is pressed."""
        filled = [(one.name, one.value) for one in self.fields if one.name and (one.on or not one.is_tick)]
        return filled + ([(button.name, button.value)] if button.name else [])


def _button(has: dict[str, str]) -> Button:
    return Button("", has.get("name", ""), has.get("value", ""), has.get("formaction"))


def plain(words: str) -> str:
    """Words as they are read, without the spaces of the source."""
    return " ".join(words.split())


class Page(HTMLParser):
    """What a person finds on a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[Pair] = []
        self.labels: dict[str, str] = {}
        self._words: list[str] = []
        self._silent = 0
        self._open: dict[str, list[str]] = {}
        self._form: Form | None = None
        self._label = ""
        self._href = ""
        self.feed(source)
        self.text = plain("".join(self._words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens what is named; a field is complete at once."""
        has = {name: value or "" for name, value in attrs}
        self._silent += tag in ("script", "style", "head", "svg")
        if tag != "wbr":  # a place to break a word at, and no space
            self._words.append(" ")
        if tag in ("a", "label", "button", "option", "textarea"):
            self._open[tag] = []
        if tag == "a":
            self._href = has.get("href", "")
        elif tag == "label":
            self._label = has.get("for", "")
        elif tag == "form":
            self._form = Form(has.get("action", ""), has.get("method", "get"), has.get("id", ""))
            self.forms.append(self._form)
        elif tag == "button" and "form" in has:
            for form in (form for form in self.forms if form.id == has["form"]):
                form.buttons.append(_button(has))
        elif self._form is not None:
            self._in_form(self._form, tag, has)

    def _in_form(self, form: Form, tag: str, has: dict[str, str]) -> None:
        if tag == "button":
            form.buttons.append(_button(has))
        elif tag == "input":
            kind = has.get("type", "text")
            form.fields.append(
                Field(has.get("name", ""), kind, has.get("value", ""), "checked" in has, has.get("id", ""))
            )
        elif tag in ("select", "textarea"):
            form.fields.append(Field(has.get("name", ""), tag, id=has.get("id", "")))
        elif tag == "option":
            chosen = form.fields[-1]
            chosen.offers.append((has.get("value", ""), ""))
            if "selected" in has or len(chosen.offers) == 1:
                chosen.value = has.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """Closes what was opened, with the words in it."""
        self._silent -= tag in ("script", "style", "head", "svg")
        self._words.append(" ")
        written = "".join(self._open.pop(tag, ()))
        words = plain(written)
        if tag == "textarea" and self._form is not None:
            # Its lines stay as they are, but for a first one that is empty (HTML 13.2.3.5 and 13.2.6.4.7).
            self._form.fields[-1].value = written.replace("\r\n", "\n").removeprefix("\n")
        elif tag == "a" and self._href:
            self.links.append((words, self._href))
        elif tag == "label":
            self.labels[self._label] = words
        elif tag == "form":
            self._form = None
        elif self._form is not None:
            self._end_in_form(self._form, tag, words)

    def _end_in_form(self, form: Form, tag: str, words: str) -> None:
        if tag == "button":
            form.buttons[-1].words = words
        elif tag == "option":
            offers = form.fields[-1].offers
            offers[-1] = (offers[-1][0], words)

    def handle_data(self, data: str) -> None:
        """Words belong to the page and to whatever is open."""
        if not self._silent:
            self._words.append(data)
            for words in self._open.values():
                words.append(data)

    def each_field(self) -> Iterator[Field]:
        """Every field of every form."""
        return (one for form in self.forms for one in form.fields)


class Transport(Protocol):
    """What carries a request and follows where it leads."""

    def fetch(self, method: str, address: str, sent: list[Pair]) -> tuple[str, int, str]:
        """The address in the end, the status, the source."""
        ...


class Browser:
    """Somebody before a page."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.address = ""
        self.status = 0
        self.source = ""
        self.page = Page("")

    def open(self, address: str, method: str = "get", sent: list[Pair] | None = None) -> "Browser":
        """Goes to an address."""
        where = urljoin(self.address, address).partition("#")[0]
        self.address, self.status, self.source = self._transport.fetch(method, where, sent or [])
        self.page = Page(self.source)
        return self

    @property
    def text(self) -> str:
        """The page's words."""
        return self.page.text

    def follow(self, words: str) -> "Browser":
        """Follows the first link with these words."""
        found = [href for said, href in self.page.links if said == words]
        assert found, f"no link {words!r} on {self.address}: {[said for said, _ in self.page.links]}"
        return self.open(found[0])

    def press(self, words: str) -> "Browser":
        """Presses the first button with these words; its form goes as it is filled in."""
        found = [(form, one) for form in self.page.forms for one in form.buttons if one.words == words]
        assert found, f"no button {words!r} on {self.address}"
        form, button = found[-1]
        return self.open(button.action or form.action or self.address, form.method, form.sent(button))

    def write(self, label: str, text: str) -> None:
        """Fills in the field with this label, in whichever form has it."""
        for one in self._labelled(label):
            one.value = text

    def choose(self, label: str, words: str) -> None:
        """Chooses from a list."""
        for one in self._labelled(label):
            [one.value] = [value for value, said in one.offers if said == words]

    def tick(self, label: str, on: bool = True) -> None:
        """Ticks, or takes the tick away; of several to choose from, the others go off."""
        [one] = self._labelled(label)
        for other in self.page.each_field():
            if one.kind == other.kind == "radio" and one.name == other.name:
                other.on = False
        one.on = on

    def is_ticked(self, label: str) -> bool:
        """Whether it is ticked."""
        [one] = self._labelled(label)
        return one.on

    def _labelled(self, label: str) -> list[Field]:
        ids = {id_ for id_, said in self.page.labels.items() if said == label}
        found = [one for one in self.page.each_field() if one.id and one.id in ids]
        assert found, f"no field {label!r} on {self.address}: {sorted(self.page.labels.values())}"
        return found
