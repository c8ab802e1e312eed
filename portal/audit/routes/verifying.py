"""Verification on the desk: the same report as on the command line, put on record."""

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.audit.doors import do, reading, writing
from portal.audit.leading import led
from portal.audit.reads import state_of
from portal.audit.report import unseen
from portal.audit.routes.room import blueprint
from portal.audit.service import record_verification
from portal.audit.verify import verify
from portal.kernel.house import current_house

PAGE_MOST = 250_000


@blueprint.post("/desk/verify")
@led
@do("desk:verify")
def verify_now() -> ResponseReturnValue:
    """Verifies the log as it stands and shows the report; a very long log is left to the command line."""
    with reading() as unit:
        size = state_of(unit.connection).size
    if size > PAGE_MOST:
        return render_template("audit/verified.html", report=None, size=size)
    report = verify(current_house())
    with writing() as unit:
        record_verification(unit, report)
    return render_template("audit/verified.html", report=report, unseen=unseen())
