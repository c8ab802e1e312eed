"""What a page in a mail says to people, and of orders to machines: as JSON-LD or as microdata (schema.org). Pure."""

import json
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

_DEEPEST = 12
_BLOCKS = {"p", "div", "tr", "li", "br", "h1", "h2", "h3", "h4", "table", "td", "th"}
_VOID = {"br", "img", "meta", "link", "input", "hr", "area", "base", "col", "source", "wbr"}


class Page(HTMLParser):
    """What a page says to people, and the two ways in which it may say it to machines."""

    def __init__(self) -> None:
        super().__init__()
        self._said: list[str] = []
        self.data: list[str] = []
        self.items: list[dict[str, Any]] = []
        self._open: list[tuple[str, dict[str, Any] | None, str | None]] = []
        self._quiet = 0
        self._is_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._is_data = tag == "script" and "ld+json" in given.get("type", "")
        self._quiet += tag in ("script", "style")
        if tag in _BLOCKS:
            self._said.append("\n" if tag != "td" else " ")
        item = self._item(given) if "itemscope" in given else None
        named = given.get("itemprop")
        value = given.get("content") or given.get("datetime") or (given.get("href") if tag in ("a", "link") else None)
        if named and item is None and value is not None:
            self._say(named, value)
            named = None
        if tag not in _VOID:
            self._open.append((tag, item, None if item is not None else named))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def _item(self, given: Mapping[str, str]) -> dict[str, Any]:
        item: dict[str, Any] = {"@type": given.get("itemtype", "").rpartition("/")[2]}
        if given.get("itemprop") and any(one for _tag, one, _named in self._open if one is not None):
            self._say(given["itemprop"], item)
        else:
            self.items.append(item)
        return item

    def _say(self, named: str, value: Any) -> None:
        inner = next((item for _tag, item, _named in reversed(self._open) if item is not None), None)
        if inner is not None:
            there = inner.get(named)
            inner[named] = value if there is None else [*(there if isinstance(there, list) else [there]), value]

    def handle_endtag(self, tag: str) -> None:
        self._quiet -= tag in ("script", "style") and self._quiet > 0
        self._is_data = False
        if any(name == tag for name, _item, _named in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._is_data:
            self.data.append(data)
        elif not self._quiet:
            self._said.append(data)
            named = self._open[-1][2] if self._open else None
            if named and data.strip():
                self._say(named, data.strip())

    @property
    def text(self) -> str:
        """What people read on it."""
        return "".join(self._said)

    def orders(self) -> Iterator[dict[str, Any]]:
        """Orders that it tells machines of."""
        for text in self.data:
            try:
                yield from _orders_in(json.loads(text), 0)
            except (ValueError, RecursionError):
                continue
        yield from (found for item in self.items for found in _orders_in(item, 0))


def _orders_in(value: Any, deep: int) -> Iterator[dict[str, Any]]:
    if deep > _DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            yield from _orders_in(one, deep + 1)
    elif isinstance(value, dict):
        if "Order" in all_of(value.get("@type")):
            yield value
        for one in value.values():
            yield from _orders_in(one, deep + 1) if isinstance(one, (dict, list)) else ()


def all_of(value: Any) -> list[Any]:
    """A member of which there may be none, one or several."""
    return value if isinstance(value, list) else [] if value is None else [value]
