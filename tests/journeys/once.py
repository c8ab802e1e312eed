"""Pages behind links that work once: one of each, made through the services, and left unused."""

import re

from portal.accounts import service as accounts
from portal.accounts.reads import account_by_email
from portal.kernel.house import House
from portal.kernel.ids import new_id
from portal.kernel.mail import newest_mails
from portal.kernel.unit import STRANGER, SYSTEM
from portal.links import service as links
from portal.vendors.reads import vendors_of
from tests import people

_UNDO = re.compile(r"/account/undo/([\w-]+)")


def one_time_pages(house: House) -> list[str]:
    """Paths that a mail or a company would lead to."""
    return [f"/verify/{_verify(house)}", f"/reset/{_reset(house)}", f"/account/undo/{_undo(house)}", _invitation(house)]


def _verify(house: House) -> str:
    with house.writing(STRANGER) as unit:
        made = accounts.register(
            unit, email="wait@example.net", password_hash=people.hashed(people.PASSWORD), locale="en"
        )
    assert made is not None
    return made.token


def _reset(house: House) -> str:
    people.register(house, "forgetful@example.net")
    with house.writing(SYSTEM) as unit:
        token = accounts.send_reset(unit, email="forgetful@example.net")
    assert token is not None
    return token


def _undo(house: House) -> str:
    people.register(house, "moved@example.net")
    with house.reading() as unit:
        account_id = account_by_email(unit, "moved@example.net")
    assert account_id is not None
    with house.writing(people.actor(house, account_id)) as unit:
        token = accounts.ask_to_change_address(
            unit, account_id=account_id, session_id=new_id(), email="moved.again@example.net"
        )
    with house.writing(SYSTEM) as unit:
        accounts.change_address(unit, token=token)
    with house.reading() as unit:
        bodies = [mail.body for mail in newest_mails(unit)]
    return next(found[1] for body in bodies if (found := _UNDO.search(body)))


def _invitation(house: House) -> str:
    with house.writing(SYSTEM) as unit:
        vendor_id = next(iter(vendors_of(unit)))
        link = links.prospect(unit, vendor_id=vendor_id, number="axe-1")
        return f"/invitations/{links.invite(unit, link_id=link.id)}"
