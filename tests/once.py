"""What is the same for every house and app of a process, made once: a test's own are new, and their making would take
longer than most tests.

A product's process opens one house and makes one app, so that nothing of this is of use there.
"""

from collections.abc import Callable, Hashable
from types import CodeType
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.engine import Engine
from werkzeug.routing import Map, Rule, RuleFactory
from werkzeug.routing.matcher import StateMachineMatcher

from portal.kernel import house


class _Templates(BytecodeCache):
    """What templates are compiled to."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


class Routes(Map):
    """Rules are bound when a path is first looked for; where another app had the very same rules, they are those."""

    _bound: dict[Hashable, tuple[dict[Any, list[Rule]], StateMachineMatcher]] = {}

    def __init__(self, *given: Any, **named: Any) -> None:
        self._given: list[Rule] = []
        super().__init__(*given, **named)

    def add(self, rulefactory: RuleFactory) -> None:
        for rule in rulefactory.get_rules(self):
            # As the map is now: our app changes this between two rules.
            if rule.merge_slashes is None:
                rule.merge_slashes = self.merge_slashes
            self._given.append(rule)
        self._remap = True

    def update(self) -> None:
        if not self._remap:
            return
        kind = (self.merge_slashes, self.host_matching, *map(_kind, self._given))
        if kind not in self._bound:
            self._bound[kind] = self._bind_all()
        self._rules_by_endpoint, self._matcher = self._bound[kind]
        self._remap = False

    def _bind_all(self) -> tuple[dict[Any, list[Rule]], StateMachineMatcher]:
        # A map of its own: this one may get more rules yet.
        bound = Map(host_matching=self.host_matching, merge_slashes=self.merge_slashes, converters=self.converters)
        for rule in self._given:
            copy = rule.empty()
            vars(copy).update(vars(rule), map=None)
            bound.add(copy)
        bound.update()
        return bound._rules_by_endpoint, bound._matcher


_TOLD = ("rule", "endpoint", "strict_slashes", "merge_slashes", "subdomain", "host", "build_only", "alias", "websocket")


def _kind(rule: Rule) -> Hashable:
    automatic = getattr(rule, "provide_automatic_options", None)
    return *[getattr(rule, name) for name in _TOLD], repr(rule.defaults), rule.redirect_to, automatic, frozenset(rule.methods or ())


class _Statements(dict[Any, Any]):
    """Compiled statements, by all but the dialect, of which each engine has an equal one: its name is enough."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), value)


_statements: Any = _Statements()


def _opened(open_engine: Callable[..., Engine]) -> Callable[..., Engine]:
    def opened(url: Any) -> Engine:
        engine = open_engine(url)
        engine._compiled_cache = _statements
        return engine

    return opened


def make_once() -> None:
    """From here on each is made once in this process."""
    Flask.url_map_class = Routes
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Templates()}
    house.open_engine = _opened(house.open_engine)
