"""Goes wherever somebody finds a link, presses whatever they find a button for, and keeps what each of it wrote down.

What there is to try is read from the routes and from who may what, so that a page that is made tomorrow is missed where
nobody leads to it. How a form is filled in is found out by trying: by what it offers, and a few values to write.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from portal.audit.models import LogEntry
from portal.audit.reads import size_of
from portal.kernel.house import House
from portal.kernel.unit import Actor
from tests.plain_browser import Button, Field, Form, Page

Route = tuple[str, str]
Entry = dict[str, Any]

WRITTEN: Sequence[str] = ("", "+34 600 111 333", "1986-04-12", "Girona")
ALIKE = 3
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Puig;Anna;;;\r\nFN:Anna Puig\r\nEND:VCARD\r\n"


class Press(NamedTuple):
    """A button of a form on a page, by what tells it from others: where it leads, what is said with it, how it is filled in."""

    route: Route
    said: tuple[str, ...]
    way: str


@dataclass
class Done:
    """A page that was opened, or a button that was pressed, with what it was answered and what it wrote."""

    route: Route
    status: int
    entries: list[Entry]


@dataclass
class Walk:
    """One person's way through the pages that they may open: ``may`` says so of a permission."""

    house: House
    app: Flask
    client: FlaskClient
    may: Callable[[str], bool]
    written: Sequence[str] = WRITTEN
    done: list[Done] = field(default_factory=list)
    pressed: set[Press] = field(default_factory=set)

    def through(self, *places: str) -> None:
        """From these places to wherever they lead, until a round finds nothing that was not pressed yet."""
        self.house.lead()
        before = -1
        while before < len(self.pressed):
            before = len(self.pressed)
            tried: set[Press] = set()
            for here, page in self._pages(places):
                self._press(here, page, tried)

    def untried(self) -> list[str]:
        """Routes that are open to them and that they got no answer from."""
        tried = {done.route for done in self.done if done.status < 400}
        return sorted(f"{method} {rule}" for method, rule in open_routes(self.app, self.may) - tried)

    def entries(self) -> list[Entry]:
        """All that was written on the way."""
        return [entry for done in self.done for entry in done.entries]

    def open(self, method: str, address: str, form: MultiDict[str, Any] | None = None) -> tuple[int, str, str]:
        """One request; gives its status, its page, and where it leads on to."""
        before = self._size()
        answer = self.client.open(address, method=method, data=form, content_type="multipart/form-data" if form else None)
        self.house.lead()
        if (found := self._route(method, address)) is not None:
            self.done.append(Done((method, found[0]), answer.status_code, self._entries(before)))
        return answer.status_code, answer.text if answer.mimetype == "text/html" else "", answer.location or ""

    def _route(self, method: str, address: str) -> Route | None:
        """The rule behind an address and the permission it takes; None where it leads to no page of ours."""
        path = address.partition("?")[0].partition("#")[0]
        try:
            rule, _values = self.app.url_map.bind("localhost").match(path, method=method, return_rule=True)
        except HTTPException:
            return None
        door = getattr(self.app.view_functions[rule.endpoint], "door", None)
        return None if door is None else (rule.rule, door[1])

    def _open_rule(self, method: str, address: str) -> str | None:
        """The rule behind an address, if it is open to them."""
        found = self._route(method, address) if address.startswith("/") else None
        return found[0] if found is not None and self.may(found[1]) else None

    def _pages(self, places: Iterable[str]) -> Iterator[tuple[str, Page]]:
        """Each page that links lead to; of pages that differ in what they name, a few of each rule and each query."""
        left, seen, kinds = list(places), set(places), Counter[tuple[str, ...]]()
        while left:
            here = left.pop(0)
            _status, text, on = self.open("GET", here)
            page = Page(text)
            yield here, page
            for address in (href.partition("#")[0] for href in (on, *_addresses(here, page))):
                rule = self._open_rule("GET", address)
                if rule is None or address in seen:
                    continue
                kind = (rule, *sorted(part.partition("=")[0] for part in address.partition("?")[2].split("&")))
                kinds[kind] += 1
                if kinds[kind] <= ALIKE:
                    seen.add(address)
                    left.append(address)

    def _press(self, here: str, page: Page, tried: set[Press]) -> bool:
        """Buttons of a kind that was not pressed yet, and on with the page that answers, until one wrote: then this is old."""
        for form, button in ((one, button) for one in page.forms for button in one.buttons):
            action = button.action or form.action or here
            rule = self._open_rule("POST", action) if form.method.lower() == "post" else None
            for way, filled in _ways(form, button) if rule is not None else ():
                press = Press(("POST", rule or ""), _said(form, button), way)
                if press in self.pressed | tried:
                    continue
                tried.add(press)
                answer = self._sent(action, filled, button)
                if answer is None:
                    continue
                self.pressed.add(press)
                wrote, *on = answer
                if self._press(*on, tried) or wrote:
                    return True
        return False

    def _sent(self, action: str, filled: Sequence[Field], button: Button) -> tuple[bool, str, Page] | None:
        """Sends a form; whether it wrote, and the page that answers. None where nothing that can be written is taken."""
        for text in self.written:
            form: MultiDict[str, Any] = MultiDict((one.name, _value(one, text)) for one in filled)
            if button.name:
                form.add(button.name, button.value)
            status, page, on = self.open("POST", action, form)
            wrote = bool(self.done[-1].entries)
            if status < 300:
                return wrote, action, Page(page)
            if status < 400:
                on = on.partition("#")[0]
                return wrote, on, Page(self.open("GET", on)[1] if self._open_rule("GET", on) else "")
        return None

    def _size(self) -> int:
        with self.house.reading() as unit:
            return size_of(unit.connection)

    def _entries(self, first: int) -> list[Entry]:
        with self.house.reading() as unit:
            bodies = unit.connection.execute(select(LogEntry.body).where(LogEntry.idx >= first).order_by(LogEntry.idx))
            return [json.loads(body) for body in bodies.scalars()]


def one_name_short(entries: Iterable[Entry], delegate: Actor, customer: Actor) -> list[str]:
    """Entries that do not say both: who acted, as a delegate, and for whom."""
    wanted = ("delegate", delegate.name, customer.name)
    found = [(entry["event"], (entry["actor"]["kind"], entry["actor"].get("id"), entry.get("customer"))) for entry in entries]
    return [f"{event} says {said}" for event, said in found if said != wanted]


def open_routes(app: Flask, may: Callable[[str], bool]) -> set[Route]:
    """Each method and rule whose permission somebody has, as the routes and their doors say."""
    found = set()
    for rule in app.url_map.iter_rules():
        door = getattr(app.view_functions[rule.endpoint], "door", None)
        if door is not None and may(door[1]):
            found |= {(method, rule.rule) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    return found


def _addresses(here: str, page: Page) -> Iterator[str]:
    """Where links lead, and forms that only ask."""
    yield from (href for _words, href in page.links)
    for form in page.forms:
        for button in form.buttons if form.method.lower() == "get" else ():
            yield f"{button.action or form.action or here}?{urlencode(form.sent(button))}"


def _said(form: Form, button: Button) -> tuple[str, ...]:
    """What tells one press from another: which hidden fields a form has, and what its button says."""
    return (*sorted(one.name for one in form.fields if one.kind == "hidden"), f"{button.name}={button.value}")


def _ways(form: Form, button: Button) -> Iterator[tuple[str, list[Field]]]:
    """A form as it stands, with whatever has to be chosen chosen; and, where there are ticks, with one less."""
    whole = [one for one in form.fields if one.name and (not one.is_tick or one.on or _is_open(form, one))]
    yield "as it stands", whole
    ticks = [one for one in whole if one.kind == "checkbox"]
    # A button that hands its form elsewhere says nothing with its ticks.
    if len(ticks) > 1 and button.action is None:
        yield "without the first", [one for one in whole if one is not ticks[0]]
        yield "without the last", [one for one in whole if one is not ticks[-1]]


def _is_open(form: Form, tick: Field) -> bool:
    """Whether nothing of its kind is chosen yet; of several to choose from, the first then is."""
    alike = [one for one in form.fields if (one.name, one.kind) == (tick.name, tick.kind)]
    return not any(one.on for one in alike) and (tick.kind == "checkbox" or tick is alike[0])


def _value(one: Field, text: str) -> Any:
    if one.kind == "file":
        return BytesIO(CARD.encode()), "card.vcf"
    if one.kind == "select":
        return one.value or next((value for value, _words in one.offers if value), "")
    return one.value if one.value or one.kind == "hidden" else text
