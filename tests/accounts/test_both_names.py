"""Whatever a delegate may do is tried, and each entry of it says who acted and for whom: in the record and in words."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from portal import access
from portal.audit.delegated_words import DOINGS, OWN
from portal.audit.doors import do
from portal.audit.reads.delegated import LOOKED
from portal.customers.reads import name_for_delegate
from portal.grants.choices import Choice
from portal.grants.details import stored
from portal.grants.service import refuse
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import SYSTEM, Actor
from portal.links import service as links
from portal.messages import jobs
from portal.orders.demands import service as demands
from portal.tickets import service as tickets
from tests import people
from tests.accounts.delegating import lent
from tests.accounts.test_acting import Stage
from tests.files import corpus
from tests.grants.cast import asked, company, detail, given, signed_in
from tests.oauth.cast import authorize_url, connect, program
from tests.orders.cast import an_order, join, line, list_of, shared_with, tell
from tests.orders.cast import company as seller_of
from tests.orders.test_added_pages import TYPED
from tests.plain_browser import Page
from tests.pressing import Walk, one_name_short, open_routes
from tests.tickets.test_attached import sent

ALL = dict.fromkeys(access.PLACES, "act")
PLACES = ("/data", "/sharing", "/activity", "/orders", "/messages")
_TITLE = re.compile(r'<p class="row-title">([^<]*)</p>')


@pytest.fixture
def stage(house: House, app: Flask) -> Stage:
    """Ana with orders, permissions that run, requests that wait, a company that looked, and a notice; Bruno in a browser."""
    with clock.moved(timedelta(days=-2)):
        stage = Stage(house, app)
    shop = seller_of(house, "Casa Lumen")
    with house.writing(SYSTEM) as unit:
        links.prospect(unit, vendor_id=shop.vendor_id, number="C-1")
    tell(house, shop.vendor_id, an_order("O-1", "C-1", line("Lamp"), line("Bulb"), return_until="2031-01-01T00:00:00Z"))
    join(house, shop, "C-1", stage.ana)
    for number in range(3):
        given(house, stage.ana, asked(house, company(house, f"Books {number}"), stage.ana))
        asked(house, company(house, f"Market {number}"), stage.ana)
    _offered(stage)
    _solved(stage, shop.vendor_id)
    _added(stage, shop.vendor_id)
    _withdrawn(stage, shop.vendor_id)
    shared_with(app, seller_of(house, "Mercat Verd"), stage.ana).get()
    house.lead()
    jobs.watch(house)
    return stage


def _solved(stage: Stage, vendor_id: bytes) -> None:
    """Ana has asked a company something, and it says that it is solved."""
    with stage.house.writing(stage.ana) as unit:
        made = tickets.start(unit, vendor_id=vendor_id, new=tickets.New(kind="question", words="Where is the bulb?"))
    with stage.house.writing(SYSTEM) as unit:
        tickets.answer(unit, vendor_id=vendor_id, number=made.number, action="resolve", words="It is there.")


def _added(stage: Stage, vendor_id: bytes) -> None:
    """Ana has added an order with a picture, and sent a company one."""
    browser, picture = signed_in(stage.app, stage.ana), corpus.jpeg()
    added = people.post(browser, "/orders/add/hand", **TYPED).location
    assert people.post(browser, f"{added}/files", added, file=(BytesIO(picture), "lamp.jpg")).status_code == 303
    with stage.house.writing(stage.ana) as unit:
        made = tickets.start(unit, vendor_id=vendor_id, new=tickets.New(kind="question", words="Is it this lamp?"))
    stage.talk = f"/messages/conversations/{made.text}"
    reply = sent(browser, stage.talk, action="reply", words="See it.", files=(BytesIO(picture), "lamp.jpg"))
    assert reply.status_code == 303
    stage.added = added


def _withdrawn(stage: Stage, vendor_id: bytes) -> None:
    """Ana has withdrawn from one thing of an order, and was refused something."""
    order = next(order for order in list_of(stage.house, stage.ana) if order.number == "O-1")
    pieces, picture = {f"piece-{order.lines[0].text}": "1"}, (BytesIO(corpus.jpeg()), "lamp.jpg")
    stage.asked = sent(signed_in(stage.app, stage.ana), f"/orders/{order.text}/ask/return", files=picture, **pieces).location
    refused = id_from(stage.asked.rpartition("/")[2])
    with stage.house.writing(SYSTEM) as unit:
        no = demands.Answered("decline", "It is too late.")
        demands.answer(unit, vendor_id=vendor_id, order_number=None, demand_id=refused, answered=no)
    with stage.house.writing(stage.ana) as unit:
        begun = demands.start_withdrawal(unit, order_id=order.id, pieces={order.lines[1].id: 1})
    with stage.house.writing(stage.ana) as unit:
        demands.confirm_withdrawal(unit, demand_id=begun, name="Ana Puig", email="ana@example.org")


def _offered(stage: Stage) -> None:
    """Ana has said no to a company, and told it what she would share instead."""
    request = asked(stage.house, company(stage.house, "Drogueria"), stage.ana)
    (first, *_) = stored(request.details)
    offer = {first.purpose: Choice(frozenset(first.datatypes[:1]), first.ends_at)}
    with stage.house.writing(stage.ana) as unit:
        refuse(unit, request_id=request.id, counter_offer=offer, tell=True)
    stage.offered = f"/requests/{text_of(request.id)}"


def _may(actor: Actor) -> Callable[[str], bool]:
    return lambda permission: access.is_lent(permission, actor)


def _walked(stage: Stage) -> Walk:
    """Bruno has done whatever he finds, and has tried once what is not lent."""
    books = program(stage.house)
    held = connect(stage.app, books, stage.ana, detail(stage.house, datatypes=("profile.name",), required=()))["grant_id"]
    wider = detail(stage.house, datatypes=("profile.name",), required=(), days=300)
    merging = authorize_url(stage.house, books, wider, grant_management_action="merge", grant_id=held)
    walk = Walk(stage.house, stage.app, stage.client, _may(stage.acts(ALL)))
    # Companies' own pages lead to these two, and what was answered to that which was offered.
    walk.through(*PLACES, authorize_url(stage.house, books), f"/sharing/with/{books.client_id}", stage.offered)
    # A page that is pressed as any other's was already: only what comes of it is another thing.
    asks = walk.open("GET", merging)[2]
    (form,) = (one for one in Page(walk.open("GET", asks)[1]).forms if any(each.name == "notice" for each in one.fields))
    said = [(one.name, one.value) for one in form.fields if one.name and (not one.is_tick or one.on)]
    walk.open("POST", asks, MultiDict([*said, ("answer", "share")]))
    walk.open("GET", "/account")
    # What a page asks for by itself.
    for page in (stage.talk, stage.added, stage.asked):
        for address in re.findall(r'(?:src|data-live)="([^"]+/(?:preview|since\?[^"]+))"', walk.open("GET", page)[1]):
            walk.open("GET", unescape(address))
    return walk


def test_each_entry_of_whatever_a_delegate_may_do_says_who_acted_and_for_whom_and_both_read_it(stage: Stage) -> None:
    walk = _walked(stage)
    assert walk.untried() == []
    assert one_name_short(walk.entries(), stage.bruno, stage.ana) == []
    assert DOINGS.keys() - {entry["event"] for entry in walk.entries()} == set(), "words for what nobody can do"
    told = [entry for entry in walk.entries() if entry["event"] in {LOOKED, *DOINGS}]
    heard = {entry["request"] for entry in told}
    assert {entry["event"] for entry in walk.entries() if entry["request"] not in heard} == set(), "written and not told"
    people.post(stage.client, "/acting/stop", "/language")
    with stage.house.reading() as unit:
        # Bruno may have taken her name out of her data on his way: then it is her address.
        called = name_for_delegate(unit, stage.ana.customer_id or b"", stage.ana.id or b"")
    hers = list(_sentences(signed_in(stage.app, stage.ana), "/activity/delegates"))
    his = list(_sentences(stage.client, "/activity/for-others"))
    assert len(hers) == len(his) == len(told)
    for to_her, to_him in zip(hers, his, strict=True):
        what = to_her.removeprefix("Bruno, for you: ").replace("you do not let them do", "they do not let you do")
        what = what.replace("changed what you share", "changed what they share")
        assert to_him == f"You, for {called}: {what}"


def _sentences(client: FlaskClient, page: str | None) -> Iterator[str]:
    """What stands on a page and on all that follow it."""
    while page is not None:
        text = client.get(page).text
        yield from (unescape(title) for title in _TITLE.findall(text))
        page = next((unescape(one) for one in re.findall(r'rel="next" href="([^"]+)"', text)), None)


def test_an_entry_that_lacks_one_of_the_two_names_is_caught(stage: Stage) -> None:
    who, whom = {"kind": "delegate", "id": stage.bruno.name}, stage.ana.name
    good = {"event": "data.changed", "actor": who, "customer": whom}
    assert one_name_short([good], stage.bruno, stage.ana) == []
    for short in (
        {"event": "data.changed", "actor": who},
        {**good, "customer": stage.bruno.name},
        {**good, "actor": {"kind": "delegate"}},
        {**good, "actor": {"kind": "delegate", "id": whom}},
        {**good, "actor": {"kind": "customer", "id": stage.bruno.name}},
    ):
        assert len(one_name_short([good, short], stage.bruno, stage.ana)) == 1, short


@pytest.mark.engines("sqlite")  # routes alone
def test_what_a_delegate_may_do_and_nobody_tried_is_named(house: House, app: Flask) -> None:
    app.add_url_rule("/data/<path>/frame", "frame", do("data:change")(lambda path: path), methods=["POST"])
    app.add_url_rule("/account/frame", "own", do("account:change")(lambda: ""), methods=["POST"])
    stage = Stage(house, app)
    may = _may(lent(house, stage.ana, stage.bruno, ALL).acting(stage.bruno))
    untried = Walk(house, app, stage.client, may).untried()
    assert len(untried) == len(open_routes(app, may)) > 30
    assert ("POST /data/<path>/frame" in untried, "POST /account/frame" in untried) == (True, False)


def test_what_is_told_to_one_of_the_two_is_told_to_the_other() -> None:
    assert DOINGS.keys() == OWN.keys()


def test_of_somebody_for_whom_one_acts_no_longer_the_name_is_read_no_longer(stage: Stage) -> None:
    acting = stage.acts({"data": "see"})
    stage.client.get("/data")
    people.post(stage.client, "/acting/stop", "/data")
    assert "You, for Ana: looked at My data" in stage.client.get("/activity").text
    stage.ends(acting)
    page = stage.client.get("/activity/for-others").text
    assert ("You, for somebody for whom you no longer act: looked at My data" in page, "Ana" in page) == (True, False)


def test_what_somebody_else_did_is_not_among_what_one_did(stage: Stage, house: House, app: Flask) -> None:
    stage.acts({"data": "see"})
    stage.client.get("/data")
    eve = people.actor(house, people.register(house, "eve@example.org"))
    lent(house, stage.ana, eve, {"data": "see"}, email="eve@example.org")
    assert "You acted for nobody" in signed_in(app, eve).get("/activity/for-others").text
