"""Orders of an answer as people read them: all that stands in it but the ids, and nothing else."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from portal.kernel.i18n import day, money, ngettext, within
from portal.kernel.i18n import gettext as _
from portal.orders.words import STATUS_WORDS

Row = tuple[str, list[str]]
"""A label, and what stands beside it, line by line."""


def order_rows(orders: Sequence[dict[str, Any]], count: int) -> list[Row]:
    """How many in all, then one row each, by its day where they see it and else by its place."""
    if not orders:
        return []
    of_all = ngettext("%(num)s order at all companies", "%(num)s orders at all companies", count)
    found = [(_("Your orders"), [of_all])]
    for at, order in enumerate(orders, 1):
        found.append((when_placed(order) or _("Order %(number)s", number=at), lines_of_order(order)))
    if count > len(orders):
        found.append((_("And more"), [_("The company gets the rest page by page.")]))
    return found


def when_placed(order: Mapping[str, Any]) -> str | None:
    """The day on which it was placed, where the answer says so."""
    placed_at = order.get("placed_at")
    return None if placed_at is None else day(datetime.fromisoformat(placed_at))


def lines_of_order(order: Mapping[str, Any]) -> list[str]:
    """The order as a whole first, then each line of it."""
    lines = order.get("lines", ())
    whole = _state(order, lines)
    head = [order.get("seller"), _money(order.get("total")), _status(whole)]
    return [text for text in (_listed(head), *_lines(lines, whole)) if text]


def _state(order: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> str | None:
    """The state of the order where it is told, or the one that all its lines have: said once, not with each."""
    states = {line.get("status") for line in lines}
    return order.get("status") or (states.pop() if len(states) == 1 else None)


def _lines(lines: Sequence[Mapping[str, Any]], whole: str | None) -> Iterator[str]:
    """Each line. Those of which kind and state are all that is told are counted where they read the same."""
    told = [(_named(line), _listed([_price(line), _own_state(line, whole)])) for line in lines]
    if any("quantity" in line for line in lines):
        yield from (_with(named or _("Everything in this order"), rest) for named, rest in told)
        return
    for (named, rest), many in Counter(told).items():
        counted = ngettext("%(num)s line", "%(num)s lines", many)
        yield _with(named, _listed([rest, counted if many > 1 else None])) if named else _with(counted, rest)


def _named(line: Mapping[str, Any]) -> str:
    what, kind = line.get("name"), line.get("category")
    if "quantity" in line and kind:
        what = what or _("Everything in this order")
    return f"{what} ({kind})" if what and kind else what or kind or ""


def _own_state(line: Mapping[str, Any], whole: str | None) -> str | None:
    state = line.get("status")
    return None if state == whole else _status(state)


def _with(named: str, rest: str) -> str:
    return f"{named}: {rest}" if rest else named


def _price(line: Mapping[str, Any]) -> str | None:
    """What was paid for how many: of one thing its price is the whole."""
    if "quantity" not in line:
        return None
    number, unit, amount = line["quantity"], line["unit_price"], line["amount"]
    one = number == 1 and (unit is None or amount is None or unit == amount)
    if one:
        return _money(amount or unit)
    if unit is None:
        return _listed([ngettext("%(num)s piece", "%(num)s pieces", number), _money(amount)])
    return _listed([f"{number} × {_money(unit)}", _money(amount)])


def _money(sum_: Mapping[str, Any] | None) -> str | None:
    return None if sum_ is None else money(sum_["amount"], sum_["currency"])


def _status(status: str | None) -> str | None:
    return None if status is None else str(STATUS_WORDS[status])


def _listed(parts: Sequence[str | None]) -> str:
    first, *others = [part for part in parts if part] or [""]
    return ", ".join([first, *(within(part) for part in others)])
