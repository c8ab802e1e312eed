"""What people do at the log: a customer writes about a line, an officer's verification is put on record."""

from typing import Any

from portal.audit.facts import LogVerified, PrivacyContactWritten
from portal.audit.reads import Line
from portal.audit.report import CHANGED, SOUND, Report
from portal.kernel.mail import queue_mail
from portal.kernel.unit import Unit

_VERDICTS = {SOUND: "sound", CHANGED: "changed"}


def write_to_company(
    unit: Unit, *, line: Line, company: str, contact: str, sender: str, message: str, quote: list[tuple[str, str]]
) -> None:
    """Sends the customer's letter to the company's privacy contact, the answer to go to the customer; and a copy."""
    told: dict[str, Any] = {
        "company": company,
        "message": message,
        "quote": quote,
        "sender": sender,
        "contact": contact,
    }
    told |= {"holder_id": unit.actor.holder_id, "locale": unit.locale}
    # Noted first: it is the cause of both letters.
    unit.note(
        PrivacyContactWritten(
            holder=unit.actor.holder_id, vendor=line.vendor, link=line.link, grant=line.grant, entry=line.index
        )
    )
    queue_mail(unit, to=contact, template="audit/privacy", reply_to=sender, **told)
    queue_mail(unit, to=sender, template="audit/privacy_copy", **told)


def record_verification(unit: Unit, report: Report) -> None:
    """Puts on record that the log was verified, up to which size, and with what result."""
    verdict = _VERDICTS.get(report.exit_code, "unchecked")
    unit.note(LogVerified(size=report.size, root=report.root.hex(), verdict=verdict, count=report.changed))
