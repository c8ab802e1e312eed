"""Pages that the demonstration does not lead to: behind links that work once, and before an earlier yes is taken back."""

import re
from urllib.parse import urlsplit

from sqlalchemy import select

from portal.accounts import service as accounts
from portal.accounts import totp
from portal.accounts.reads import account_by_email, person_of
from portal.customers import service as customers
from portal.kernel.house import House
from portal.kernel.ids import new_id, text_of
from portal.kernel.mail import newest_mails, stop_address
from portal.kernel.unit import STRANGER, SYSTEM
from portal.links import service as links
from portal.links.reads import folds_into, links_by_number, links_of
from portal.orders.demands import service as demands
from portal.orders.demands.guests import service as guests
from portal.orders.demands.models import Demand
from portal.tickets import service as tickets
from portal.tickets.reads.guests import guest_by
from portal.tickets.service.guests import ask_mail, begin_as_guest, secret_for
from portal.vendors.reads import vendors_of
from tests import people
from tests.accounts.delegating import invited
from tests.orders.cast import an_order, list_of, tell
from tests.vendors.consoles import asked_to_join, company, staff

CAREFUL, FORGETFUL = "careful@example.net", "forgetful@example.net"
_UNDO = re.compile(r"/account/undo/([\w-]+)")
_KEEP = re.compile(r"/account/keep/([\w-]+)")
_CONFIRM = re.compile(r"/ask/mail/([\w-]+)")
_STOP = re.compile(r"/account/recovery/stop/([\w-]+)")


def one_time_pages(house: House, customer: str) -> list[str]:
    """Paths that a mail or a company would lead to; ``customer`` is the address of somebody whom a company knows."""
    return [
        f"/verify/{_verify(house)}",
        f"/reset/{_reset(house)}",
        f"/account/undo/{_undo(house)}",
        f"/account/keep/{_keep(house)}",
        _invitation(house),
        _question(house, customer),
        _earlier(house, customer),
        _unsubscribe(house),
        _delegation(house),
        _staff(house),
        *_guest(house),
        *_withdrawals(house, customer),
        *_without_account(house),
        *_lost(house),
    ]


def case_pages(house: House, about: str, asker: str, other: str) -> list[str]:
    """A case about somebody, which one officer opened and another agreed to; all by their addresses."""
    with house.reading() as unit:
        found = [account_by_email(unit, email) or b"" for email in (about, asker, other)]
    with house.writing(people.actor(house, found[1], "officer")) as unit:
        number = accounts.open_case(unit, account_id=found[0], kind="asked", reason="She wrote to us.")
    with house.writing(people.actor(house, found[2], "officer")) as unit:
        accounts.confirm_case(unit, number=number)
    return [f"/desk/cases/{number}", f"/desk/cases/{number}/identity"]


def _lost(house: House) -> list[str]:
    """Of two people who lost their second step: the link that begins the wait, and one that stops it."""
    tokens = []
    for email in ("lost@example.net", "waiting@example.net"):
        account_id = people.register(house, email)
        people.equip(house, email, account_id)
        with house.writing(SYSTEM) as unit:
            tokens.append(accounts.mail_lost_link(unit, account_id=account_id))
    with house.writing(STRANGER) as unit:
        accounts.begin_recovery(unit, token=tokens[1])
    return [f"/account/recovery/{tokens[0]}", f"/account/recovery/stop/{_mailed(house, _STOP)}"]


def _delegation(house: House) -> str:
    lender = people.actor(house, people.register(house, "lender@example.net"))
    return f"/delegations/{invited(house, lender, email='asked@example.net')}"


def _staff(house: House) -> str:
    shop = company(house, "Once")
    return f"/staff-invitations/{asked_to_join(house, shop, staff(house, shop, 'asker@once.example'))}"


def _guest(house: House) -> list[str]:
    """A guest's conversation, and the link that confirms where answers go by mail."""
    shop = company(house, "Host")
    secret = secret_for(house, None)
    with house.writing(STRANGER) as unit:
        new = tickets.New(kind="question", words="Are you open on Sunday?")
        begin_as_guest(unit, vendor_id=shop.id, new=new, name="Pau", secret=secret, network="192.0.2.1")
    with house.writing(STRANGER) as unit:
        guest = guest_by(unit, secret)
        ask_mail(unit, guest=guest, address="guest@example.net", secret=secret, network="192.0.2.1")
    return [f"/ask/{shop.slug}", f"/ask/talk/{secret}", f"/ask/mail/{_mailed(house, _CONFIRM)}"]


def _unsubscribe(house: House) -> str:
    people.register(house, "quiet@example.net")
    with house.reading() as unit:
        account_id = account_by_email(unit, "quiet@example.net")
    assert account_id is not None
    holder = people.actor(house, account_id).holder_id
    assert holder is not None
    with house.reading() as unit:
        return urlsplit(stop_address(unit, holder, "week")).path


def _verify(house: House) -> str:
    with house.writing(STRANGER) as unit:
        made = accounts.register(
            unit, email="wait@example.net", password_hash=people.hashed(people.PASSWORD), locale="en"
        )
    assert made is not None
    return made.token


def _reset(house: House) -> str:
    people.register(house, FORGETFUL)
    return reset_again(house)


def reset_again(house: House) -> str:
    """What one more link to a new password carries."""
    with house.writing(SYSTEM) as unit:
        token = accounts.send_reset(unit, email=FORGETFUL)
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
    return _mailed(house, _UNDO)


def _keep(house: House) -> str:
    leaving = people.actor(house, people.register(house, "leaving@example.net"))
    assert leaving.customer_id is not None
    with house.writing(leaving) as unit:
        customers.ask_to_erase(unit, customer_id=leaving.customer_id)
    return _mailed(house, _KEEP)


def _mailed(house: House, link: re.Pattern[str]) -> str:
    with house.reading() as unit:
        bodies = [mail.body for mail in newest_mails(unit)]
    return next(found[1] for body in bodies if (found := link.search(body)))


def second_steps(house: House) -> list[str]:
    """Somebody with an authenticator app; gives the recovery codes, each of which signs in once."""
    account_id = people.register(house, CAREFUL)
    careful = people.actor(house, account_id)
    assert careful.holder_id is not None
    with house.writing(careful) as unit:
        secret = accounts.start_session(unit, account_id=account_id, holder_id=careful.holder_id)
        mark = accounts.begin_app(unit, account_id=account_id)
        begun = accounts.find_challenge(unit, mark=mark, purpose="app")
        person = person_of(unit, secret)
        assert begun is not None and begun.secret is not None and person is not None
        code = totp.code_at(begun.secret, totp.step_of(unit.at))
        added = accounts.add_app(unit, begun=begun, session_id=person.session_id, code=code, name="My phone")
    assert added is not None
    return list(added.codes)


def _invitation(house: House) -> str:
    with house.writing(SYSTEM) as unit:
        vendor_id = next(iter(vendors_of(unit)))
        link = links.prospect(unit, vendor_id=vendor_id, number="axe-1")
        return f"/invitations/{links.invite(unit, link_id=link.id)}"


def _question(house: House, email: str) -> str:
    """A company has the address of somebody who proved it here, and calls them its customer."""
    with house.writing(SYSTEM) as unit:
        vendor_id = next(iter(vendors_of(unit)))
    items = [{"number": "axe-2", "email": email}]
    list(links.invite_all(lambda: house.writing(SYSTEM), vendor_id=vendor_id, items=items))
    with house.reading() as unit:
        return f"/connect/{text_of(links_by_number(unit, vendor_id, ['axe-2'])['axe-2'].id)}"


def _withdrawals(house: House, email: str) -> list[str]:
    """Somebody confirmed one withdrawal, and only began another."""
    with house.reading() as unit:
        account_id = account_by_email(unit, email)
    assert account_id is not None
    somebody = people.actor(house, account_id)
    orders = [order for order in list_of(house, somebody) if order.status == "OrderDelivered"]
    begun = []
    # Those first whose last days can go into a calendar: a walk opens few orders, and these are linked from here.
    for order in sorted(orders, key=lambda order: order.return_until is None)[:2]:
        with house.writing(somebody) as unit:
            begun.append(demands.start_withdrawal(unit, order_id=order.id, pieces={order.lines[0].id: 1}))
    with house.writing(somebody) as unit:
        demands.confirm_withdrawal(unit, demand_id=begun[0], name="Somebody", email=email)
    first = text_of(begun[0])
    _refuse(house, begun[0])
    return [*(f"/orders/demands/{first}/{what}" for what in ("receipt.jwt", "letter")), f"/orders/demands/{text_of(begun[-1])}/confirm"]


def _refuse(house: House, demand_id: bytes) -> None:
    """The company says no to it: there is something to write to it then."""
    for action in ("acknowledge", "dispute"):
        with house.writing(SYSTEM) as unit:
            vendor_id = unit.connection.execute(select(Demand.vendor_id).where(Demand.id == demand_id)).scalar_one()
            said = demands.Answered(action, "We see that otherwise.")
            demands.answer(unit, vendor_id=vendor_id, order_number=None, demand_id=demand_id, answered=said)


def _without_account(house: House) -> list[str]:
    """A company's public page, and a link that was mailed from it; by one more of each company something was declared."""
    with house.reading() as unit:
        shops = [one for one in vendors_of(unit).values() if one.mode == "live"]
    for shop in shops:
        declared = withdrawn_without_account(house, shop.id, "One lamp.")
    pages = [f"/withdraw/{shop.slug}", f"/withdraw/{shop.slug}/sent", f"/withdraw?company={shop.slug}"]
    return [*pages, f"/withdrawals/{guest_link(house, shop.id)}", f"/withdrawals/{declared}"]


def withdrawn_without_account(house: House, vendor_id: bytes, words: str) -> str:
    """Somebody without an account has withdrawn from a contract with a company; what their link carries."""
    token = guest_link(house, vendor_id)
    with house.writing(STRANGER) as unit:
        guests.declare(unit, secret=token, said=guests.Declaration("Gina", "G-1", words))
    return token


def guest_link_again(house: House) -> str:
    """One more of some company."""
    with house.reading() as unit:
        shop = next(one for one in vendors_of(unit).values() if one.mode == "live")
    return guest_link(house, shop.id)


def guest_link(house: House, vendor_id: bytes) -> str:
    """What one more link carries by which somebody without an account withdraws."""
    with house.writing(SYSTEM) as unit:
        token = guests.send_link(unit, company=text_of(vendor_id), email=f"{text_of(new_id())}@example.net".lower())
    assert token is not None
    return token


def _earlier(house: House, email: str) -> str:
    """Somebody who said that an earlier order of a company is theirs."""
    with house.reading() as unit:
        account_id = account_by_email(unit, email)
    assert account_id is not None
    somebody = people.actor(house, account_id)
    assert somebody.customer_id is not None
    with house.reading() as unit:
        vendor_id = next(link.vendor_id for link in links_of(unit, somebody.customer_id) if link.live)
    tell(house, vendor_id, an_order("axe-2", "axe-2"))
    with house.writing(somebody) as unit:
        source = links.prospect(unit, vendor_id=vendor_id, number="axe-2")
        kept = links.fold(unit, prospect_link=source.id, into=somebody.customer_id)
    with house.reading(somebody) as unit:
        return f"/earlier/{text_of(folds_into(unit, kept.id)[-1].id)}"
