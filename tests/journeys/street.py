"""Everybody whom the portal knows, in a house in which every text that came from outside is an attack."""

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from typing import NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage

from portal.accounts.reads import Scope, account_by_email
from portal.accounts.reads.accounts import name_by_email
from portal.accounts.service.roles import RANKS
from portal.customers.catalogue import CATALOGUE, is_stored
from portal.customers.service import add_custom
from portal.events.service import add_endpoint, send_test
from portal.files.checking import look_into
from portal.files.reads import About
from portal.files.service import bring, keep
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor
from portal.links.service import ensure, invite_all
from portal.oauth.jose import public_key
from portal.oauth.service import make_keyed_client
from portal.orders.added.service import about, add
from portal.orders.added.shapes import Added, Line
from portal.orders.demands.machine import CLAIM
from portal.orders.demands.service import Asked, ask
from portal.tickets import service as tickets
from portal.tickets.reads.attached import message
from portal.vendors.reads import VendorView
from portal.vendors.service import propose_purpose
from tests import people
from tests.accounts.delegating import accepted
from tests.grants.cast import asked, detail, person, signed_in
from tests.grants.cast import company as delivering
from tests.journeys.offered import Field, offered_on
from tests.journeys.once import (
    CAREFUL,
    case_pages,
    guest_link_again,
    one_time_pages,
    reset_again,
    second_steps,
    withdrawn_without_account,
)
from tests.journeys.pages import pages_of, rule_of
from tests.journeys.payloads import PAYLOADS
from tests.oauth.cast import connect, profile, program_of
from tests.oauth.keyed import new_key
from tests.orders.cast import an_order, join, line, list_of, tell
from tests.plain_browser import Page
from tests.prove.sizes import PROVING, size
from tests.vendors.consoles import begin_sandbox, of_two

ANA, OTTO, OLGA = "ana@example.org", "otto@example.org", "olga@example.org"
_ASKED = "asked-1"
_LENT = dict.fromkeys(("data", "sharing", "orders", "messages"), "act")
SAME = size(test=1, prove=3)
"""How many pages of one rule links are followed to."""


@dataclass(frozen=True)
class Somebody:
    """A person of a role: how they come in, each time anew, and where they go beside wherever links lead."""

    name: str
    enter: Callable[[], FlaskClient]
    starts: tuple[str, ...] = ()
    alike: bool = False
    """Whether most of their pages are those that everybody has."""


class Sight(NamedTuple):
    """A page that somebody opened: its path, its rule, the texts that can be sent from it."""

    path: str
    rule: str
    fields: frozenset[Field]


@dataclass
class Street:
    """All of them, and what an attack needs to know of the house."""

    house: House
    people: list[Somebody] = field(default_factory=list)
    kept: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """By rule, what has to be right for the rest of the form to be kept."""
    once: dict[str, Callable[[], str]] = field(default_factory=dict)
    """By rule, what makes the path to one more page that is good once."""


def people_of(app: Flask, house: House) -> Street:
    """A stranger, somebody half way in, customers, a delegate, and everybody with power."""
    once = {
        "/reset/<token>": lambda: f"/reset/{reset_again(house)}",
        "/withdrawals/<token>": lambda: f"/withdrawals/{guest_link_again(house)}",
    }
    street = Street(house, once=once)
    ana, request = _ana(app, house)
    bruno = person(house, "bruno@example.org", given_name=PAYLOADS[6])
    lent = text_of(accepted(house, ana, bruno, _LENT))
    second_steps(house)
    cases = _officers(house)
    mailed = tuple(one_time_pages(house, ANA))
    street.people += [
        Somebody("stranger", app.test_client, ("/nowhere", *mailed)),
        Somebody("half way in", lambda: _half_way(app)),
        Somebody("customer", lambda: signed_in(app, ana), (*_one_of_each_kind(), f"/requests/{request}", *mailed)),
        Somebody("newcomer", _entering(app, people.register(house, "new@example.org"))),
        Somebody("delegate", lambda: _acting(app, bruno, lent), (*_one_of_each_kind(),)),
        Somebody("customer with a second step", lambda: _about_to_add(app, house)),
        Somebody("officer", _entering(app, _account(house, OTTO)), tuple(cases)),
        *_others_with_power(app, house, ana),
    ]
    street.kept |= _what_must_be_right(house)
    return street


def _what_must_be_right(house: House) -> dict[str, Mapping[str, str]]:
    with house.reading() as unit:
        named = name_by_email(unit, ANA)
    assert named is not None
    nobody = text_of(bytes(16))
    return {
        # What was never told: nothing is read by it, and the form stays on its page.
        "/messages/follow": {"notice": nobody, "looks": f"{nobody}:given"},
        "/desk/cases": {"customer": named[1], "kind": "asked"},
        "/account/delegates/new": {"email": "cousin@example.org", "may_orders": "see", "until": "30", "day": ""},
        # A day that is none: nothing is answered, however often it is sent.
        "/requests/<request_id>": {"answer": "preview", "until": "date", "until_date": "never"},
        "/requests/<request_id>/keep": {"locale": "en", "theme": "auto"},
        "/orders/add/hand": {"company": "c", "day": "2026-03-02", "currency": "EUR", "name_0": "n", "quantity_0": "1", "amount_0": "1"},
        "/orders/added/<order>/change": {"day": "2026-03-02", "currency": "EUR", "quantity_0": "1", "amount_0": "1"},
        "/language": {"locale": "en"},
        "/theme": {"theme": "auto"},
    }


def _ana(app: Flask, house: House) -> tuple[Actor, str]:
    """A customer of companies whose every text is an attack, with a request that waits."""
    ana = person(house, ANA, given_name=PAYLOADS[0], family_name=PAYLOADS[6], tastes=[PAYLOADS[3]])
    assert ana.customer_id is not None
    with house.writing(ana) as unit:
        add_custom(unit, customer_id=ana.customer_id, label=PAYLOADS[12][:40], value=PAYLOADS[13])
    _adds(house, ana)
    shop = program_of(house, delivering(house, f"Shop {PAYLOADS[0]}").id, "Shop")
    token = connect(app, shop, ana, detail(house, datatypes=("profile.name", "profile.email"), required=()))["access_token"]
    house.lead()
    assert profile(app.test_client(), token).status_code == 200
    seller = program_of(house, delivering(house, f"Seller {PAYLOADS[2]}").id, "Seller")
    tell(house, seller.vendor_id, *map(_order, range(len(PAYLOADS)), PAYLOADS))
    join(house, seller, "nr-1", ana)
    wanted = detail(house, datatypes=("profile.name", "profile.address", "profile.phone", "profile.birth_date", "profile.tastes"))
    return ana, text_of(asked(house, delivering(house, f"Asker {PAYLOADS[13]}"), ana, wanted).id)


def _adds(house: House, ana: Actor) -> None:
    """An order of her own, with a file, whose every text is an attack."""
    assert ana.customer_id is not None and ana.holder_id is not None
    order = Added(f"c {PAYLOADS[2]}"[:100], f"n {PAYLOADS[0]}"[:60], date(2026, 3, 2), "EUR", [Line(PAYLOADS[3][:100], 1, 100)])
    with house.writing(ana) as unit:
        made = add(unit, order=order, customer_id=ana.customer_id, holder_id=ana.holder_id)
    _keeps(house, ana, about(made.id))


def _keeps(house: House, ana: Actor, with_what: About) -> None:
    assert ana.customer_id is not None and ana.holder_id is not None
    whose = {"customer_id": ana.customer_id, "holder_id": ana.holder_id}
    file = FileStorage(BytesIO(f"note {PAYLOADS[0]}".encode()), filename=f"{PAYLOADS[0]}.txt")
    brought = bring(lambda: house.reading(ana), lambda: house.writing(ana), checked=look_into(file), **whose)
    with house.writing(ana) as unit:
        keep(unit, brought=brought, about=with_what, **whose)


def _order(at: int, payload: str) -> dict[str, object]:
    return an_order(f"n{at} {payload}"[:60], "nr-1", line(payload, category=f"c {payload}"[:60]), day=1 + at % 28)


def _one_of_each_kind() -> tuple[str, ...]:
    """Of the profile's lines, one for every way in which a line is typed."""
    kinds = {attribute.kind: path for path, attribute in CATALOGUE.items() if is_stored(path)}
    return ("/data/profile.given_name", *(f"/data/{path}" for path in kinds.values()))


def _officers(house: House) -> list[str]:
    for email in (OTTO, OLGA):
        people.officer(house, email)
    return case_pages(house, ANA, OTTO, OLGA)


def _others_with_power(app: Flask, house: House, ana: Actor) -> Iterator[Somebody]:
    """Whose pages are those of others, or none beyond a customer's: looked at, so that it stays known."""
    shop: VendorView = delivering(house, f"Employer {PAYLOADS[4]}")
    ends = clock.now() + timedelta(days=1)
    found = {
        "lead": people.officer(house, "lea@example.org", rank="lead"),
        "auditor": people.somebody(house, "ada@example.org", "auditor", scope=Scope(), expires_at=ends),
        "operator": people.somebody(house, "oz@example.org", "operator"),
    }
    with house.writing() as unit:
        make_keyed_client(unit, shop.id, "Till", [public_key(new_key().as_dict(private=False))])
        propose_purpose(unit, vendor_id=shop.id, purpose="dpv#DirectMarketing", datatypes=["profile.email"])
        webhook, _ = add_endpoint(unit, vendor_id=shop.id, url="https://hooks.example.com/freehold")
        send_test(unit, vendor_id=shop.id, endpoint_id=webhook.id)
    _asks(house, ana, shop)
    list(invite_all(house.writing, vendor_id=shop.id, items=[{"number": PAYLOADS[7]}]))
    for rank in RANKS["staff"] if PROVING else ("owner",):
        staff = people.somebody(house, f"{rank}@example.org", "staff", vendor_id=shop.id, rank=rank)
        found[f"{rank} of a company"] = staff
    begin_sandbox(_entering(app, found["owner of a company"])(), shop.slug)
    found["owner of two companies"] = _account(house, of_two(house))
    for name, account_id in found.items():
        yield Somebody(name, _entering(app, account_id), alike=True)


def _asks(house: House, ana: Actor, shop: VendorView) -> None:
    """Ana writes to a company that she is connected with, and asks something about an order of it."""
    assert ana.customer_id is not None
    with house.writing() as unit:
        ensure(unit, customer_id=ana.customer_id, vendor_id=shop.id)
    with house.writing(ana) as unit:
        said = tickets.start(unit, vendor_id=shop.id, new=tickets.New(kind="question", words=PAYLOADS[5])).message
    assert said is not None
    _keeps(house, ana, message(said))
    tell(house, shop.id, an_order(_ASKED, "nr-2", line(PAYLOADS[8])))
    join(house, program_of(house, shop.id, "Counter"), "nr-2", ana)
    order = next(order for order in list_of(house, ana) if order.number == _ASKED)
    claim = Asked(CLAIM, {order.lines[0].id: 1}, type="refund", reason="other", words=PAYLOADS[9])
    with house.writing(ana) as unit:
        ask(unit, order_id=order.id, asked=claim, seen=0)
    withdrawn_without_account(house, shop.id, PAYLOADS[10])


def _account(house: House, email: str) -> bytes:
    with house.reading() as unit:
        return account_by_email(unit, email) or b""


def _entering(app: Flask, account_id: bytes) -> Callable[[], FlaskClient]:
    return lambda: signed_in(app, people.actor(app.extensions["house"], account_id))


def _half_way(app: Flask) -> FlaskClient:
    """The password is right, and the second step is still to be done."""
    client = app.test_client()
    answer = people.post(client, "/sign-in", email=OTTO, password=people.PASSWORD)
    assert answer.location == "/sign-in/second"
    return client


def _acting(app: Flask, delegate: Actor, delegation: str) -> FlaskClient:
    client = signed_in(app, delegate)
    people.post(client, f"/acting/{delegation}", page="/language")
    return client


def _about_to_add(app: Flask, house: House) -> FlaskClient:
    """Somebody with a second step who has begun to add an app and a passkey."""
    client = _entering(app, _account(house, CAREFUL))()
    for kind in ("app", "passkey"):
        people.post(client, f"/account/factors/{kind}", page="/account/factors")
    return client


def sights_of(app: Flask, somebody: Somebody, without: Collection[str] = ()) -> Iterator[Sight]:
    """The pages that somebody opens without a screen: where they begin, and some of each rule that links lead to; none of
    the rules ``without`` which it goes."""
    client = somebody.enter()
    named = {*somebody.starts, *(rule for rule in pages_of(app) if "<" not in rule)}
    waiting, done, followed = deque([*somebody.starts, *sorted(named - {*somebody.starts})]), set[str](), Counter[str]()
    while waiting:
        path = waiting.popleft().partition("#")[0]
        rule = rule_of(app, path)
        if path in done or rule in without or (path not in named and (rule is None or followed[rule] >= SAME)):
            continue
        done.add(path)
        answer = client.get(path)
        if answer.status_code in (301, 302, 303):
            waiting.append(answer.location)
            continue
        page = Page(answer.text)
        waiting.extend(href for _, href in page.links if href.startswith("/"))
        if rule is not None and answer.status_code in (200, 400):
            followed[rule] += path not in named
            yield Sight(path, rule, frozenset(offered_on(app, path, page)))


def unseen(app: Flask, sights: Iterable[Sight]) -> set[str]:
    """The pages of the map that nobody opened."""
    return pages_of(app) - {sight.rule for sight in sights}
