"""A process that makes the calls it is given, and counts what it is about to connect to.

    python -m tests.kernel.dialling [FAULT] < forms.json > dialled.json

The interpreter itself tells of each connection before it is made. Only this machine's loopback is let through: nothing
leaves, not even where a fault was planted in the guard.
"""

import json
import sys
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any

from dns import message, query, rdatatype

from portal.kernel import outgoing
from portal.kernel.outgoing import calling, targets

connected: list[tuple[str, int]] = []


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host, port = arguments[1][:2]
    connected.append((host, port))
    if not ip_address(host).is_loopback:
        raise ConnectionRefusedError("nothing leaves")


class Resolver:
    """Answers look-ups with what a form says, or asks its name server; counts them."""

    def __init__(self, form: dict[str, Any]) -> None:
        self.form, self.asked = form, list[str]()

    def __call__(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        if self.form["stub"]:
            answer = query.udp(message.make_query(name, "A"), "127.0.0.1", port=self.form["stub"], timeout=5)
            return [record.address for part in answer.answer for record in part if record.rdtype == rdatatype.A]
        answers: list[list[str]] = self.form["answers"]
        return answers[min(len(self.asked), len(answers)) - 1]


def dial(form: dict[str, Any]) -> dict[str, Any]:
    """What became of a call, what was connected to for it, and which names were looked up."""
    connected.clear()
    resolver = Resolver(form)
    rules = outgoing.Rules(to_self=form["to_self"], resolve=resolver)
    try:
        said: str | int = outgoing.get(form["url"], {}, rules).status
    except outgoing.Failed as failed:
        said = failed.reason
    return {"url": form["url"], "said": said, "connected": list(connected), "asked": resolver.asked}


def _no_ranges() -> None:
    targets.is_public = lambda address: True


def _one_is_enough() -> None:
    before: Callable[..., Any] = targets._looked_up
    known = targets.is_public

    def looked_up(*given: Any) -> list[Any]:
        found = before(*given)
        targets.is_public = lambda address: any(map(known, found))
        return found

    targets._looked_up = looked_up


def _again() -> None:
    before: Callable[..., Any] = calling._connection

    def connection(target: Any, address: Any, rules: Any, seconds: float) -> Any:
        return before(target, ip_address(rules.resolve(target.host)[0]), rules, seconds)

    calling._connection = connection


FAULTS = {"no-ranges": _no_ranges, "one-is-enough": _one_is_enough, "looked-up-again": _again}
"""What breaks the guard in this process, to see that the count finds it."""

if __name__ == "__main__":
    for fault in sys.argv[1:]:
        FAULTS[fault]()
    sys.addaudithook(_listen)
    json.dump([dial(form) for form in json.load(sys.stdin)], sys.stdout)
