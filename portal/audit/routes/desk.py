"""The officers' desk: what the log is and proves, search, one entry. Each look here is itself an entry."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request

from portal.accounts.reads import auditors_scope
from portal.audit.doors import Answer, Condition, disclose
from portal.audit.event_words import HAPPENED
from portal.audit.facts import DeskOpened, EntryRead, LogSearched
from portal.audit.forms import SearchForm
from portal.audit.leading import led
from portal.audit.reads import Line, Whole, entry_of, holders_of, last_of, leaves, lists_of, queue_state, state_of
from portal.audit.routes.room import blueprint
from portal.audit.search import Query, Within, events_declared, events_known, fields_known, find, holder_named
from portal.audit.tree import inclusion_ranges, root_of
from portal.audit.words import KINDS, OUTCOMES, REASONS, THROUGH_BROWSER
from portal.customers.catalogue import CATALOGUE, label_of
from portal.grants.decision import REPLACED
from portal.kernel.errors import NotFound
from portal.kernel.facts import Fact
from portal.kernel.i18n import gettext
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.vendors.purposes import find as find_purpose
from portal.vendors.reads import vendors_of

PROOF_MOST = 1_000_000
OLD_QUEUE = 5.0
RARER = ("entry", "customer", "field", "outcome", "request")
"""What few searches begin with: folded away until it is wanted, filled in, or wrong."""
ASKED, FROM_BROWSER = "grant.requested", "authorize"
_HTML = "text/html; charset=utf-8"


def officers(unit: Unit) -> tuple[Condition, ...]:
    """What a look at the desk stands on: the session and the role live."""
    assert unit.actor.session_id is not None
    role = "officer" if "officer" in unit.actor.roles else "auditor"
    return Condition("session_live", (unit.actor.session_id,)), Condition("role_live", (unit.actor.id, role))


def within_of(unit: Unit) -> Within | None:
    """What the reader is bounded to; None for an officer."""
    scope = auditors_scope(unit)
    return None if scope is None else Within(scope.vendors, scope.since)


def bounded(unit: Unit, query: Query) -> Query:
    """The query as this reader may ask it."""
    assert unit.actor.holder_id is not None
    return replace(query, within=within_of(unit), own=tuple(unit.box(unit.actor.holder_id).pseudonyms))


def shown(unit: Unit, page: str, fact: Fact) -> Answer:
    """A page for an officer, and its entry."""
    return Answer(page.encode(), [fact], officers(unit), content_type=_HTML)


@blueprint.get("/desk")
@led
@disclose("desk:see")
def desk(unit: Unit) -> Answer:
    """What the log proves and does not, and how it stands."""
    length, age = queue_state(unit.connection)
    scope = auditors_scope(unit)
    page = render_template(
        "audit/desk.html",
        state=state_of(unit.connection),
        queue_length=length,
        queue_age=age,
        alarm=age > OLD_QUEUE,
        verified=last_of(unit, "log.verified"),
        scope=scope,
        scope_companies=_names_in(unit, scope.vendors) if scope and scope.vendors is not None else None,
    )
    return shown(unit, page, DeskOpened())


@blueprint.get("/desk/entries")
@led
@disclose("desk:see")
def entries(unit: Unit) -> Answer:
    """Search, newest first."""
    form = search_form(unit)
    query = bounded(unit, form.query()) if form.validate() else None
    found = find(unit, query, _before()) if query is not None else None
    lines = found.lines if found else []
    page = render_template(
        "audit/entries.html",
        form=form,
        rarer_open=any(form[name].data or form[name].errors for name in RARER),
        rarer=RARER,
        lines=lines,
        searched=query,
        older=_page_before(found.older) if found and found.older is not None else None,
        newest=_page_before(None) if "before" in request.args else None,
        filters=urlencode(chosen()),
        search=_search(),
        **names(unit),
    )
    searched = query or Query()
    holder = holder_named(unit.connection, searched.customer)
    return shown(unit, page, LogSearched(holder=holder, by=searched.by(), count=len(lines), personal=searched.words()))


def search_form(unit: Unit) -> SearchForm:
    """The form as it was filled in."""
    form = SearchForm(request.args)
    within = within_of(unit)
    known = vendors_of(unit) if within is None or within.vendors is None else vendors_of(unit, within.vendors)
    form.offer([(text_of(id_), vendor.name) for id_, vendor in known.items()], _fields(unit, within), _events(unit, within))
    return form


def _events(unit: Unit, within: Within | None) -> list[str]:
    """What may be searched for; to whoever is bounded nothing that the log alone tells."""
    return events_known(unit.connection) if within is None else events_declared()


def _fields(unit: Unit, within: Within | None) -> list[tuple[str, str]]:
    """The fields that a profile can hold or a company has asked for, each with its label where it has one."""
    names = sorted({*CATALOGUE, *(fields_known(unit.connection) if within is None else ())})
    return [(name, name if (label := label_of(name)) == name else f"{name} · {label}") for name in names]


def chosen() -> dict[str, str]:
    """What was filled in, for addresses."""
    return {name: value for name, value in request.args.items() if value and name != "before"}


def _search() -> str:
    """The search and its page, for whoever opens an entry and comes back."""
    return urlencode({name: value for name, value in request.args.items() if value})


def _before() -> int | None:
    text = request.args.get("before", "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise NotFound
    return int(text)


def _page_before(index: int | None) -> str:
    place = {} if index is None else {"before": str(index)}
    return "/desk/entries?" + urlencode({**chosen(), **place})


def _names_in(unit: Unit, vendor_ids: Iterable[bytes]) -> list[str]:
    return sorted(vendor.name for vendor in vendors_of(unit, vendor_ids).values())


def names(unit: Unit) -> dict[str, Any]:
    """The words of a page with entries."""
    companies = {text_of(id_): vendor.name for id_, vendor in vendors_of(unit).items()}
    words = {"actor_of": actor_of, "fields_of": fields_of, "happened": HAPPENED, "outcome_of": outcome_of, "reasons": REASONS}
    return {"companies": companies, **words}


def actor_of(line: Line) -> str:
    """Who acted, in words. What came through a browser to ask for a company is not called that browser's doing."""
    if line.event == ASKED and line.kind != "vendor" and line.detail.get("source") == FROM_BROWSER:
        return str(THROUGH_BROWSER)
    return str(KINDS.get(line.kind, line.kind))


def outcome_of(line: Line) -> str:
    """What became of it, in words: an answer that was allowed and had nothing in it gave nothing."""
    if line.outcome == "given" and line.asked and not line.given:
        return gettext("Answered, nothing given")
    said = str(OUTCOMES.get(line.outcome, line.outcome))
    by_newer = (line.detail or {}).get("ended_by") == REPLACED
    return f"{said}: {REASONS[REPLACED]}" if by_newer else said


def fields_of(line: Line) -> tuple[str, ...]:
    """The fields that an entry is about: given, else asked for, else changed."""
    return line.given or line.asked or tuple((line.detail or {}).get("paths", ()))


@blueprint.get("/desk/entries/<int:index>")
@led
@disclose("desk:see")
def entry(unit: Unit, index: int) -> Answer:
    """One entry as it stands, with its hash and the proof that the log holds it."""
    whole = entry_of(unit, index)
    if not find(unit, bounded(unit, Query(entry=index))).lines:
        raise NotFound
    customer = whole.line.customer
    page = render_template(
        "audit/entry.html",
        line=whole.line,
        pretty=json.dumps(whole.line.entry, indent=2, sort_keys=True),
        lists=lists_of(whole.line),
        body=whole.body.decode("ascii"),
        whole=whole,
        proof=_proof(unit, whole),
        purpose_words=_purpose_words(whole.line),
        search=_search(),
        state=state_of(unit.connection),
        **names(unit),
    )
    holder = holders_of(unit.connection, [customer]).get(customer) if customer else None
    return shown(unit, page, EntryRead(holder=holder, entry=index))


def _purpose_words(line: Line) -> str | None:
    """What the entry's purpose means, where it is one that we have words for."""
    purpose = find_purpose(line.purpose) if line.purpose else None
    return str(purpose.sentence) if purpose else None


def _proof(unit: Unit, whole: Whole) -> list[bytes] | None:
    """The audit path from the entry to the present root; None where the log is too long to make it on a page."""
    size = state_of(unit.connection).size
    if size > PROOF_MOST:
        return None
    return [root_of(leaves(unit.connection, *span)) for span in inclusion_ranges(whole.line.index, size)]
