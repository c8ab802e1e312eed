"""Somebody before a browser who types the same into every field there is, and listens for what runs."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote

from flask import Flask
from playwright.sync_api import Browser, Dialog, Page, Response
from sqlalchemy import update

from portal.kernel import clock
from portal.kernel.db import WRITING
from portal.tickets.models import Ticket
from tests.accounts.counting import count_from_none
from tests.journeys.offered import Field
from tests.journeys.pages import rule_of
from tests.journeys.payloads import UNTYPED, USED
from tests.journeys.sending import Found, Texts, forms_on, send
from tests.journeys.street import Sight, Somebody, Street

_WATCH = "document.addEventListener('securitypolicyviolation', e => console.error('REPORT ' + e.effectiveDirective + ' ' + e.blockedURI));"
_ENTRANCES = ("/sign-in", "/account/prove")
_UNBELIEVED = "Please send this once more"
"""What a page is called that refuses a form for its token. It is the one answer 400 that no view gives."""
_DAY = timedelta(days=1)
_TRIES = 2
"""How many people, or pages, may fail with a field before it is given up."""


@contextmanager
def tab_of(browser: Browser) -> Iterator[Page]:
    """A tab in a browser of its own, which tells what its page's policy refused."""
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(60_000)
    context.add_init_script(_WATCH)
    yield context.new_page()
    context.close()


@dataclass(frozen=True)
class Place:
    """A page: behind its path, or behind what was sent from there."""

    path: str
    sent: tuple[tuple[Found, Texts], ...] = ()


@dataclass
class Attacker:
    """One of the street, with a browser. What was tried, what ran and why something could not be tried is shared by all."""

    somebody: Somebody
    page: Page
    app: Flask
    url: str
    street: Street
    offered: Collection[Field]
    tried: set[Field] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    missed: dict[Field, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.page.on("dialog", self._shut)
        self.page.on("console", lambda message: self._hear(message.text))
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.enter()

    def _shut(self, dialog: Dialog) -> None:
        self._note("a dialog")
        dialog.dismiss()

    def _note(self, what: str) -> None:
        self.faults.append(f"{self.somebody.name} at {self.page.url}: {what}")

    def _hear(self, text: str) -> None:
        if "REPORT" in text or "Content Security Policy" in text or "Trusted" in text:
            self._note(text[:200])

    def enter(self) -> None:
        """Comes in anew: a fresh proof of who they are, and whatever they had begun."""
        cookie = self.somebody.enter().get_cookie("session")
        if cookie is not None:
            self.page.context.add_cookies([{"name": "session", "value": cookie.value, "url": self.url}])

    def look(self, sights: Iterable[Sight], new: int) -> None:
        """Opens pages again that may show what was typed since, and ``new`` of each rule that are there since."""
        before, followed = [sight.path for sight in sights], Counter[str]()
        for path in before:
            self._go(path)
            for href in self.page.eval_on_selector_all("a[href^='/']", "links => links.map(a => a.getAttribute('href'))"):
                rule = rule_of(self.app, href)
                if rule is not None and "<" in rule and href not in before and followed[rule] < new:
                    followed[rule] += 1
                    self._go(href)

    def attack(self, sight: Sight) -> None:
        """Sends each payload in every text of the page that nobody has tried: in its address, and in its forms."""
        for one in self._fresh(one for one in self.offered if one[:2] == ("GET", sight.rule) and one.name):
            mark = "&" if "?" in sight.path else "?"
            self._try({one}, (self._arrives(f"{sight.path}{mark}{one.name}={quote(payload)}") for payload in UNTYPED))
        posted = {one.rule for one in sight.fields if one.method == "POST"}
        if not self._fresh(one for one in self.offered if one.method == "POST" and one.rule in posted and one.name):
            return
        waiting = [Place(sight.path)]
        for place in waiting:
            why = self._open(place)
            for form in [] if why else forms_on(self.app, self.page):
                waiting += self._by_form(place, form)

    def _fresh(self, fields: Iterable[Field]) -> list[Field]:
        return sorted(one for one in {*fields} - self.tried if len(self.missed[one]) < _TRIES)

    def _try(self, fields: Collection[Field], answers: Iterable[str | None]) -> None:
        """Sends until an answer is why it cannot be; none is for what was tried whole."""
        why = next(filter(None, answers), None)
        if why is None:
            self.tried.update(fields, (one._replace(kind="") for one in fields))
        else:
            for one in fields:
                self.missed[one].append(f"{self.somebody.name} at {self.page.url.removeprefix(self.url)}: {why}")

    def _arrives(self, path: str) -> str | None:
        """Opens a page, with a proof made anew where it asks for one; gives why it did not come there."""
        if self._turned_away(path, self._go(path)) is None:
            return None
        self.enter()
        return self._turned_away(path, self._go(path))

    def _by_form(self, place: Place, form: Found) -> Iterator[Place]:
        """The rounds of a form; gives the places behind it where there is more to try."""
        known = {one.rule for one in self.offered if one.kind}
        for fields, fixed, payloads in self._rounds(form):
            if not self._fresh(fields):
                continue
            rounds = [tuple({**dict.fromkeys((one.name for one in fields), payload), **fixed}.items()) for payload in payloads]
            self._try(fields, (self._send(place, form, texts) for texts in rounds))
            for behind in forms_on(self.app, self.page) if not place.sent else ():
                if behind.rule not in known and self._fresh(behind.fields):
                    yield Place(place.path, ((form, rounds[-1]),))

    def _rounds(self, form: Found) -> Iterator[tuple[Collection[Field], Mapping[str, str], tuple[str, ...]]]:
        """Which fields bear a payload together, and what stands in others: that part of what is typed which is kept where
        the rest is right; all that is typed; and one by one what no person types."""
        kept = self.street.kept.get(form.rule, {})
        typed = {one for one in form.fields if one.kind != "hidden"}
        names = {one.name for one in form.fields}
        hidden = form.fields - typed | {
            one for one in self.offered if one[:2] == ("POST", form.rule) and one.name and not one.kind and one.name not in names
        }
        if kept:
            yield {one for one in typed if one.name not in kept}, kept, USED
        yield typed, {}, USED
        for one in sorted(hidden):
            yield {one}, {name: text for name, text in kept.items() if name != one.name}, UNTYPED

    def _send(self, place: Place, form: Found, texts: Texts) -> str | None:
        """Sends a form; gives why it did not come to its view. Who is turned away, or finds it gone, comes in anew once."""
        self._forget_limits()
        here = self._same(form)
        why = None if here is None else self._turned_away(form.rule, self._submit(here, texts))
        if here is not None and why is None:
            return None
        for again in (False, True):
            if again or why:
                self.enter()
            why = self._open(place)
            here = None if why else self._same(form)
            why = why or ("the form is gone" if here is None else self._turned_away(form.rule, self._submit(here, texts)))
            if why is None:
                return None
        return why

    def _submit(self, form: Found, texts: Texts) -> Response | None:
        return self._checked(send(self.page, form, texts))

    def _go(self, path: str) -> Response | None:
        return self._checked(self.page.goto(self.url + path))

    def _checked(self, answer: Response | None) -> Response | None:
        if answer is not None and answer.status >= 500:
            self._note(f"answered {answer.status}")
        return answer

    def _turned_away(self, wanted: str, answer: Response | None) -> str | None:
        """Why what was sent did not come to the view that it was for; None where it did."""
        status = 0 if answer is None else answer.status
        if status in (403, 429) or (status == 400 and self.page.title().startswith(_UNBELIEVED)):
            return f"answered {status}"
        led = self.page.url.removeprefix(self.url)
        away = led.startswith(tuple(f"{entrance}?next=" for entrance in _ENTRANCES)) and not wanted.startswith(_ENTRANCES)
        return f"led to {led.partition('?')[0]}" if away else None

    def _open(self, place: Place) -> str | None:
        """Goes to a place; gives why it did not come there."""
        path = self.street.once.get(rule_of(self.app, place.path) or "", lambda: place.path)()
        why = self._arrives(path)
        for form, texts in place.sent if why is None else ():
            here = self._same(form)
            if here is None:
                return "the form before it is gone"
            self._submit(here, texts)
        return why

    def _same(self, form: Found) -> Found | None:
        """The form on the page before us, if it is there."""
        return next((one for one in forms_on(self.app, self.page) if one.rule == form.rule and one.fields >= form.fields), None)

    def _forget_limits(self) -> None:
        """Forty tries of everything are more than anybody may make: each is counted as the first."""
        house = self.street.house
        count_from_none(house)
        with house.gate.entered(), house.transaction(WRITING) as connection:
            # How many conversations somebody began of late is told by the conversations.
            connection.execute(update(Ticket).where(Ticket.opened_at > clock.now() - _DAY).values(opened_at=clock.now() - 2 * _DAY))
