"""What this room's pages at the desk share: an officer's page is an entry, and stands on session and role."""

from collections.abc import Sequence

from flask import render_template

from portal.audit.doors import Answer, Condition
from portal.kernel.facts import Fact
from portal.kernel.unit import Unit

_HTML = "text/html; charset=utf-8"


def shown(unit: Unit, template: str, *facts: Fact, conditions: Sequence[Condition] = (), **words: object) -> Answer:
    """A page for an officer, and its entries."""
    assert unit.actor.session_id is not None
    live = Condition("session_live", (unit.actor.session_id,)), Condition("role_live", (unit.actor.id, "officer"))
    page = render_template(template, **words)
    headers = {"Cache-Control": "no-store"}
    return Answer(page.encode(), facts, (*live, *conditions), content_type=_HTML, headers=headers)
