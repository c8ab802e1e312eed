"""Which texts can be sent to the portal: those its pages offer, and those its views read, whether a page offers them or not."""

import inspect
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from types import CodeType, FunctionType
from typing import Any, NamedTuple
from urllib.parse import urljoin

from flask import Flask
from wtforms import FileField
from wtforms.widgets import Input, TextArea

from portal.kernel.forms import Form
from tests.journeys.pages import is_page, rule_of
from tests.plain_browser import Page

CHOSEN = ("checkbox", "radio", "submit", "button", "reset", "image", "select")
"""What offers answers to choose from; whatever else a form holds bears any text."""
_OURS = re.compile(r"\w+\.\w+\.(routes|\w*forms)\b")
_READ = re.compile(r'request\.(form|args)(?:\.get(?:list)?\(|\[)"([\w-]+)"|"([\w-]+)" in request\.(form|args)')
_WHOLE = {"/authorize": ("client_id", "redirect_uri", "state", "scope", "request_uri", "ui_locales", "authorization_details")}
"""What hands its address on as a whole, and what is looked for there."""
_BY_ADDRESS = re.compile(r"(\w+)\(request\.args\)")


class Field(NamedTuple):
    """A text that a view takes. The kind is its form's (``text``, ``hidden``, …); empty where only the view's code tells of it."""

    method: str
    rule: str
    name: str
    kind: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, self))


def offered_on(app: Flask, path: str, page: Page) -> set[Field]:
    """The texts that a page's forms take, and those of its address (without a name, where it is known for none)."""
    found = {Field("GET", rule_of(app, path) or path, "")}
    for form in page.forms:
        method = form.method.upper()
        for action in {form.action, *(button.action for button in form.buttons if button.action)}:
            rule = rule_of(app, urljoin(path, action), method) or action
            if not is_page(rule):
                continue
            found.add(Field(method, rule, ""))
            found |= {Field(method, rule, one.name, one.kind) for one in form.fields if one.name and takes_text(one.name, one.kind)}
    return found


def takes_text(name: str, kind: str) -> bool:
    """Whether any text can stand in a field. The token of the form is looked at before all else, and shown nowhere."""
    return kind not in CHOSEN and name != "csrf_token"


def read_by_views(app: Flask) -> set[Field]:
    """The texts that the code of the views takes: the fields of its forms, and names it asks the request for."""
    found: set[Field] = set()
    for rule in app.url_map.iter_rules():
        if is_page(rule.rule):
            used = list(_used_by(app.view_functions[rule.endpoint]))
            for method in {"GET", "POST"} & (rule.methods or set()):
                names = (*_names_in(used, method), *_WHOLE.get(rule.rule, ()))
                found |= {Field(method, rule.rule, name) for name in names}
    return found


_source_of = cache(inspect.getsource)


def _names_in(used: Collection[Any], method: str) -> Iterator[str]:
    forms = [one for one in used if isinstance(one, type)]
    source = "\n".join(_source_of(one) for one in used if not isinstance(one, type))
    if method == "GET":
        by_address = set(_BY_ADDRESS.findall(source))
        forms = [one for one in forms if one.__name__ in by_address]
    place = "args" if method == "GET" else "form"
    yield from (match[2] or match[3] for match in _READ.finditer(source) if place in (match[1], match[4]))
    for form in forms:
        yield from (name for name in dir(form) if _is_text(getattr(form, name)))


def _is_text(value: Any) -> bool:
    """Whether an attribute of a form's class makes a field for text: the library keeps what a field is to be made of."""
    made = getattr(value, "field_class", None)
    if made is None:
        return False
    widget = value.kwargs.get("widget") or made.widget
    if issubclass(made, FileField) or isinstance(widget, TextArea):
        return True
    return isinstance(widget, Input) and widget.input_type not in CHOSEN


def _used_by(view: Any) -> list[Any]:
    """The functions of routes and forms, and the forms, that a view can come to."""
    found: list[Any] = []
    waiting = [view]
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        if isinstance(one, type):
            found += [one] if issubclass(one, Form) and one is not Form else []
        elif isinstance(one, FunctionType):
            if _OURS.match(one.__module__) or one is view:
                found.append(one)
                waiting += _named_in(one)
            waiting += [vars(one)["__wrapped__"]] if "__wrapped__" in vars(one) else []
    return found


def _named_in(function: FunctionType) -> Iterator[Any]:
    names = (function.__globals__.get(name) for name in _names_of(function.__code__))
    cells = (cell.cell_contents for cell in function.__closure__ or ())
    return (one for one in (*names, *cells) if isinstance(one, (FunctionType, type)))


def _names_of(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names_of(inner)


def left_out(offered: Iterable[Field], tried: Collection[Field], reasons: Mapping[str, str]) -> list[str]:
    """What was not tried and has no reason, and reasons that nothing needs any more; a line each."""
    done = {field[:3] for field in tried}
    named = {field for field in offered if field.name}
    lacking = {str(field) for field in named if (field not in tried if field.kind else field[:3] not in done)}
    return [f"not tried: {one}" for one in sorted(lacking - reasons.keys())] + [
        f"a reason without need: {one}" for one in sorted(reasons.keys() - lacking)
    ]
