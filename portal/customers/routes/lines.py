"""A line of the profile as its pages say it: its words, who reads it, and what it lacks."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import url_for

from portal.customers.catalogue import ADDRESS_LABELS, find, label_of
from portal.customers.postal import postal_hint
from portal.customers.reads import Held, Reader, whole_and_less
from portal.customers.said import said
from portal.customers.values import gaps
from portal.kernel import clock
from portal.kernel.ids import text_of

JUST_SAID = timedelta(days=1)
"""For so long nobody is asked whether a line is still right."""


def line_of(path: str, held: Held | None, readers: Mapping[str, list[Reader]]) -> dict[str, Any]:
    """All that a page says of a line."""
    reading, less = whole_and_less(path, readers)
    return {
        "path": path,
        "label": held.label if held else label_of(path),
        "held": held,
        "words": said(path, held.value) if held else None,
        "readers": [one.name for one in reading],
        "to_readers": _page_of(reading),
        "less_readers": [([one.name for one in found], words, _page_of(found)) for words, found in less.items()],
        "gaps": gaps_of(path, held),
        "hint": hint_of(path, held),
        "just_said": held is not None and clock.now() - held.confirmed_at < JUST_SAID,
    }


def _page_of(reading: list[Reader]) -> str:
    """One company has a page of its own; several stand on the page of all."""
    if len(reading) == 1:
        return url_for("grants.company", link=text_of(reading[0].link_id))
    return url_for("grants.sharing")


def gaps_of(path: str, held: Held | None) -> list[str]:
    """The labels of what an address still lacks."""
    attribute = find(path)
    if held is None or attribute is None or attribute.kind != "address":
        return []
    return [str(ADDRESS_LABELS[part]) for part in gaps(held.value)]


def hint_of(path: str, held: Held | None) -> str | None:
    """What may be wrong with what an address says."""
    attribute = find(path)
    return postal_hint(held.value) if held is not None and attribute is not None and attribute.kind == "address" else None
