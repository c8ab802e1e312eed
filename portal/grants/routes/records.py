"""Records of choices: to print, as JSON, and signed."""

import json
from typing import Any

from flask import Response, render_template
from markupsafe import Markup

from portal.audit.doors import see
from portal.grants import reads
from portal.grants.record import content_of
from portal.grants.routes.recorded import told
from portal.grants.routes.room import blueprint
from portal.kernel.i18n import use_locale
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.vendors.reads import vendor_of


@blueprint.get("/records/<record>")
@see("records:see")
def record(unit: Unit, record: str) -> str:
    """The record for people: what was asked and shown, what was chosen, how to stop it."""
    mine = reads.record_of(unit, id_from(record))
    content = content_of(reads.open_record(unit, mine))
    return render_template(
        "grants/record.html",
        record=mine,
        content=content,
        vendor=vendor_of(unit, mine.vendor_id),
        told=told(unit, mine, content),
        seen=_text_seen(content["dpv:hasRecordOfActivity"]["dpv:hasNotice"].get("dct:description")),
        keys=f"{unit.house.settings.origin}/oauth/jwks",
        technical=json.dumps(content, indent=2, ensure_ascii=False),
    )


def _text_seen(notice: dict[str, Any] | None) -> Markup | None:
    """The text that the reader had before them, whole in its own language; None where there was none."""
    if not notice:
        return None
    with use_locale(notice["language"]):
        return Markup(render_template("grants/text_seen.html", notice=notice))


def _file(body: str, kind: str, name: str) -> Response:
    answer = Response(body, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.get("/records/<record>.json")
@see("records:see")
def record_json(unit: Unit, record: str) -> Response:
    """The content of the record as JSON-LD."""
    content: dict[str, Any] = content_of(reads.open_record(unit, reads.record_of(unit, id_from(record))))
    return _file(json.dumps(content, indent=2, ensure_ascii=False), "application/ld+json", f"record-{record}.json")


@blueprint.get("/records/<record>.jwt")
@see("records:see")
def record_jwt(unit: Unit, record: str) -> Response:
    """The signed record: whoever has it can check it against the keys of this portal."""
    signed = reads.open_record(unit, reads.record_of(unit, id_from(record)))
    return _file(signed, "application/jwt", f"record-{record}.jwt")
