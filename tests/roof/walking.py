"""Goes through every page that links lead to, without a screen."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

_LINK = re.compile(r'(?:href|action)="(/[^"]*)"')
# What a new notice tells of is led to by a press.
_FOLLOWED = re.compile(r'action="/messages/follow">.*?name="next" value="(/[^"]*)"', re.DOTALL)


def walk(client: FlaskClient, starts: Iterable[str], each: int = 2) -> Iterator[tuple[str, TestResponse]]:
    """The rule and the answer of every page that can be come to, at most so many of one rule."""
    waiting, known, seen = list(starts), set(starts), defaultdict(int)
    while waiting:
        path = waiting.pop(0)
        rule = _rule_of(client, path)
        if rule is None or seen[rule] >= each or rule.startswith("/static/"):
            continue
        seen[rule] += 1
        answer = client.get(path)
        links = [*_LINK.findall(answer.text), *_FOLLOWED.findall(answer.text)]
        found = [unescape(link).partition("#")[0] for link in links] + [answer.location or ""]
        fresh = [link for link in found if link.startswith("/") and link not in known]
        known.update(fresh)
        waiting += fresh
        yield rule, answer


def _rule_of(client: FlaskClient, path: str) -> str | None:
    try:
        adapter = client.application.url_map.bind("localhost")
        rule, _values = adapter.match(urlsplit(path).path, method="GET", return_rule=True)
    except HTTPException:
        return None
    return str(rule.rule)
