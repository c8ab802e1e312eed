"""Whatever is typed or sent, on any page: no script of it runs, and no page asks its browser for what its policy forbids."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from portal.grants.models import Request
from portal.kernel.house import House
from portal.kernel.ids import text_of
from tests.browsing import LiveServer
from tests.grants.cast import asked, detail, person, signed_in
from tests.grants.cast import company as delivering
from tests.journeys.test_axe import rule_of
from tests.oauth.cast import connect, profile, program_of
from tests.orders.cast import an_order, join, line, tell
from tests.prove.sizes import PROVING, size

CODE = "alert(1)"
PAYLOADS = (
    f"<script>{CODE}</script>", f"\"><script>{CODE}</script>", f"'><img src=x onerror={CODE}>", f"<svg onload={CODE}>",
    f"<svg/onload={CODE}//", f"<body onload={CODE}>", f"<img src=x onerror=\"{CODE}\">", f"<iframe src=javascript:{CODE}>",
    f"<iframe srcdoc='<script>parent.{CODE}</script>'>", f"javascript:{CODE}", f" jAvAsCrIpT:{CODE}", f"<a href=\"javascript:{CODE}\">x</a>",
    f"data:text/html,<script>{CODE}</script>", f"\" autofocus onfocus={CODE} x=\"", f"' onmouseover='{CODE}", f"\" style=\"animation:x\" onanimationstart=\"{CODE}",
    f"<details open ontoggle={CODE}>", f"<video><source onerror={CODE}>", f"<audio src=x onerror={CODE}>", f"<input autofocus onfocus={CODE}>",
    f"<math><mtext></table><img src=x onerror={CODE}>", f"</textarea><script>{CODE}</script>", f"</title><script>{CODE}</script>",
    f"</style><script>{CODE}</script>", f"--><script>{CODE}</script>", f"<!--<img src=--><img src=x onerror={CODE}>", f"<![CDATA[<script>{CODE}</script>]]>",
    f"<template><script>{CODE}</script></template><script>{CODE}</script>", "<base href=//evil.example><script src=/x.js></script>",
    f"<meta http-equiv=refresh content=\"0;url=javascript:{CODE}\">", "<link rel=stylesheet href=//evil.example/x.css>", "<style>@import '//evil.example'</style>",
    f"<div hx-get=/data hx-trigger=load hx-on::load={CODE}>", f"<div hx-on:click={CODE} hx-vals='js:{{x:{CODE}}}'>", f"{{{{ self.__init__ }}}}<script>{CODE}</script>",
    f"${{{CODE}}}", f"&lt;script&gt;{CODE}&lt;/script&gt;<script>{CODE}</script>", f"\\u003cscript\\u003e{CODE}\\u003c/script\\u003e",
    f"<form action=javascript:{CODE}><button autofocus>x</button></form>", f"<object data=javascript:{CODE}></object><embed src=javascript:{CODE}>",
)  # fmt: skip
USED = PAYLOADS if PROVING else PAYLOADS[1:22:10]
"""Of every kind of place one, where not everything is proved: text, an attribute, the end of an element."""
_TEXTS = "textarea, input:not([type]), input[type=text], input[type=search], input[type=email], input[type=tel], input[type=url], input[type=password]"
_FORMS = """texts => [...document.forms].map((form, number) => ({
    number, action: new URL(form.action).pathname, names: [...form.querySelectorAll(texts)].map(one => one.name).filter(Boolean),
})).filter(form => form.names.length)"""
_SEND = """([number, texts, payload]) => {
    const form = document.forms[number];
    for (const one of form.querySelectorAll(texts)) one.value = payload;
    HTMLFormElement.prototype.submit.call(form);
}"""
_WATCH = "document.addEventListener('securitypolicyviolation', e => console.error('REPORT ' + e.effectiveDirective + ' ' + e.blockedURI));"
_EACH = size(test=1, prove=2)


@dataclass
class Attacker:
    """Somebody who types the same into every field there is."""

    page: Page
    app: Flask
    url: str
    fields: set[tuple[str, str]] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.page.on("dialog", lambda dialog: (self.faults.append(f"{self.page.url}: a dialog"), dialog.dismiss()))
        self.page.on("console", lambda message: self._told(message.text))
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))

    def _told(self, text: str) -> None:
        if "REPORT" in text or "Content Security Policy" in text or "Trusted" in text:
            self.faults.append(f"{self.page.url}: {text[:200]}")

    def walk(self, *starts: str) -> None:
        """Goes wherever links lead, and sends every form with each payload."""
        waiting, seen = list(starts), Counter[str]()
        while waiting:
            path = waiting.pop(0)
            rule = rule_of(self.app, path)
            if rule is None or seen[rule] >= _EACH:
                continue
            seen[rule] += 1
            self.page.goto(self.url + path)
            waiting += self.page.eval_on_selector_all("a[href^='/']", "links => links.map(a => a.getAttribute('href'))")
            for form in self.page.evaluate(_FORMS, _TEXTS):
                self._attack(path, form)

    def _attack(self, path: str, form: dict[str, object]) -> None:
        action = rule_of(self.app, str(form["action"])) or str(form["action"])
        fresh = {(action, name) for name in form["names"]} - self.fields  # type: ignore[attr-defined]
        if not fresh:
            return
        self.fields |= fresh
        for payload in USED:
            self.page.goto(self.url + path)
            if form["number"] >= self.page.evaluate("document.forms.length"):  # type: ignore[operator]
                return
            with self.page.expect_navigation():
                self.page.evaluate(_SEND, [form["number"], _TEXTS, payload])
            self.sent[action] += 1


@pytest.fixture
def street(app: Flask, house: House) -> tuple[House, str]:
    """A customer of a company whose every text is a payload, with a request that waits."""
    ana = person(house, "ana@example.org", given_name=PAYLOADS[0], family_name=PAYLOADS[6], tastes=[PAYLOADS[3]])
    shop = program_of(house, delivering(house, f"Shop {PAYLOADS[0]}").id, "Shop")
    asked_for = detail(house, datatypes=("profile.name", "profile.email"), required=())
    token = connect(app, shop, ana, asked_for)["access_token"]
    house.lead()
    assert profile(app.test_client(), token).status_code == 200
    seller = program_of(house, delivering(house, f"Seller {PAYLOADS[2]}").id, "Seller")
    tell(house, seller.vendor_id, *(
        an_order(f"n{at} {payload}"[:60], "nr-1", line(payload, category=f"c {payload}"[:60]), day=1 + at % 28) for at, payload in enumerate(PAYLOADS)
    ))  # fmt: skip
    join(house, seller, "nr-1", ana)
    made: Request = asked(house, delivering(house, f"Asker {PAYLOADS[13]}"), ana)
    cookie = signed_in(app, ana).get_cookie("session")
    assert cookie is not None
    return house, f"{text_of(made.id)} {cookie.value}"


@pytest.fixture
def watching(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that tells what its page's policy refused."""
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(30_000)
    context.add_init_script(_WATCH)
    yield context
    context.close()


@pytest.mark.slow
@pytest.mark.engines("sqlite")  # the same pages whatever the engine
def test_attack_57_nothing_that_is_typed_or_sent_runs_on_any_page(
    app: Flask, street: tuple[House, str], live_server: LiveServer, watching: BrowserContext
) -> None:
    request, _, cookie = street[1].partition(" ")
    stranger = Attacker(watching.new_page(), app, live_server.url)
    stranger.walk("/sign-in", "/register", "/reset", f"/sign-in?next={PAYLOADS[9]}", f"/nowhere/{PAYLOADS[1]}")
    stranger.page.close()
    watching.add_cookies([{"name": "session", "value": cookie, "url": live_server.url}])
    ana = Attacker(watching.new_page(), app, live_server.url)
    ana.walk(f"/requests/{request}", "/", "/data", "/orders", "/sharing", "/activity", "/messages", "/account")
    # Once more over all that now bears what was typed.
    again = Attacker(ana.page, app, live_server.url, fields=ana.fields)
    again.walk("/", "/data", "/orders", "/sharing", "/activity", "/messages", "/account")
    assert stranger.faults + ana.faults + again.faults == []
    assert ana.page.url.startswith(live_server.url)
    fields = stranger.fields | ana.fields
    assert {rule for rule, _ in fields} >= {"/sign-in", "/register", "/reset"}
    assert len(fields) > 15, sorted(fields)
    assert sum((stranger.sent + ana.sent).values()) >= len(USED) * 9


@pytest.mark.engines("sqlite")
def test_a_script_that_would_run_and_one_that_is_refused_are_both_found(
    app: Flask, live_server: LiveServer, watching: BrowserContext
) -> None:
    attacker = Attacker(watching.new_page(), app, live_server.url)
    attacker.page.goto(live_server.url + "/promises")
    attacker.page.evaluate("() => { try { document.body.innerHTML = '<p>x</p>'; } catch (refused) { } }")
    assert any("REPORT" in fault or "Trusted" in fault for fault in attacker.faults)
    attacker.page.evaluate("alert(1)")
    assert any("dialog" in fault for fault in attacker.faults)
