"""The forms of the page before a browser, and sending one with whatever texts, be they in fields of it or not."""

from typing import NamedTuple

from flask import Flask
from playwright.sync_api import FilePayload, Page, Response

from tests.journeys.offered import Field, takes_text
from tests.journeys.pages import rule_of
from tests.journeys.payloads import card_of, sheet_of

Texts = tuple[tuple[str, str], ...]
"""Names of a form, each with what is to stand there."""
_SHEETS = ("/console/<slug>/customers",)
"""Forms that take a sheet of customers; all others that take a file take an address card."""
_FORMS = """() => [...document.forms].flatMap((form, number) => {
    const elements = [...form.elements], kind = one => one.type.startsWith('select') ? 'select' : one.type;
    const actions = [form, ...elements.filter(one => one.hasAttribute('formaction'))]
        .map(one => new URL(one === form ? form.getAttribute('action') || location.href : one.formAction, location.href))
        .map(({pathname, search}) => pathname + search);
    const fields = elements.filter(one => one.name).map(one => [one.name, kind(one)]);
    return form.method === 'post' ? [...new Set(actions)].map(action => ({number, action, fields})) : [];
})"""
_SEND = """([number, action, texts]) => {
    const form = document.forms[number];
    const add = (name, value) => {
        const input = document.createElement('input');
        Object.assign(input, {type: 'hidden', name, value});
        form.append(input);
    };
    for (const [name, value] of Object.entries(texts)) {
        const there = [...form.elements].filter(one => one.name === name && one.type !== 'submit' && one.type !== 'file');
        const choice = there.find(one => one.value === value) ?? there[0];
        if (!choice) { if (![...form.elements].some(one => one.name === name && one.type === 'file')) add(name, value); continue; }
        if (choice.type.startsWith('select')) choice.add(new Option(value, value, true, true));
        if (choice.type === 'radio' || choice.type === 'checkbox') choice.checked = true;
        if (choice.type === 'date') choice.type = 'text';
        choice.value = value;
    }
    form.setAttribute('action', action);
    HTMLFormElement.prototype.submit.call(form);
}"""


class Found(NamedTuple):
    """A form of the page before us: its place there, where one of its buttons sends it, and the texts that it takes."""

    number: int
    action: str
    rule: str
    fields: frozenset[Field]


def forms_on(app: Flask, page: Page) -> list[Found]:
    """The forms that a page posts, each once for every address it can be sent to."""
    found = []
    for one in page.evaluate(_FORMS):
        rule = rule_of(app, one["action"], "POST") or one["action"]
        fields = (Field("POST", rule, name, kind) for name, kind in one["fields"] if takes_text(name, kind))
        found.append(Found(one["number"], one["action"], rule, frozenset(fields)))
    return found


def send(page: Page, form: Found, texts: Texts) -> Response | None:
    """Sends it, past whatever the page's script would do first; a text for a file is what stands in it."""
    files = {one.name for one in form.fields if one.kind == "file"}
    for name, text in texts:
        if name in files:
            is_sheet = form.rule in _SHEETS
            file: FilePayload = {"name": "file", "mimeType": "text/plain", "buffer": sheet_of(text) if is_sheet else card_of(text)}
            page.set_input_files(f"input[type=file][name={name}]", files=[file])
    with page.expect_navigation() as going:
        page.evaluate(_SEND, [form.number, form.action, dict(texts)])
    return going.value
