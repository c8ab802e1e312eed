"""Promise 7: what a customer can start here, the customer can finish here, on a page and without a call.

Every form that a page sends is named below, with the one that takes it back or the reason why there is nothing to take
back. A new form without either fails.
"""

from flask import Flask

from portal.kernel.house import House
from tests import people
from tests.grants.cast import DELIVERY, SUGGESTIONS
from tests.plain_browser import Browser
from tests.promises.cast import Company, Customer, Inside

TAKEN_BACK_BY = {
    "/invitations/<token>": "/earlier/<fold>",
    "/connect/<link>": "/earlier/<fold>",
    "/sharing/<link>/pause": "/sharing/<link>/resume",
    "/sharing/<link>/block": "/sharing/<link>/unblock",
    "/requests/<request_id>": "/sharing/grants/<grant>/stop",
    "/requests/<request_id>/block": "/sharing/<link>/unblock",
    "/sharing/grants/<grant>/stop": "/sharing/grants/<grant>/again",
    "/sharing/grants/<grant>/less": "/sharing/grants/<grant>/again",
    "/sharing/grants/<grant>/again": "/requests/<request_id>",
    "/orders/<order>/hide": "/orders/<order>/hide",
    "/orders/<order>/gift": "/orders/<order>/gift",
    "/orders/<order>/ask/<kind>": "/orders/demands/<demand>/take-back",
    "/orders/add": "/orders/added/<order>/remove",
    "/orders/add/hand": "/orders/added/<order>/remove",
    "/orders/add/table": "/orders/added/<order>/remove",
    "/orders/added/<order>/change": "/orders/added/<order>/change",
    "/orders/added/<order>/files": "/orders/added/<order>/files/<file>/remove",
    "/data/add": "/data/<path>/remove",
    "/data/<path>": "/data/<path>",
    "/data/<path>/remove": "/data/<path>",
    "/data/import/save": "/data/<path>",
    "/account/address": "/account/undo/<token>",
    "/account/password": "/account/password",
    "/account/password/forgotten": "/account/password",
    "/sign-in": "/sign-out",
    "/sign-out": "/sign-in",
    "/account/sessions/end": "/sign-in",
    "/language": "/language",
    "/theme": "/theme",
    "/requests/<request_id>/keep": "/requests/<request_id>/keep",
    "/verify/<token>": "/account/undo/<token>",
    "/reset/<token>": "/reset",
    "/messages/settings": "/messages/settings",
    "/unsubscribe/<token>": "/messages/settings",
    "/account/erasing": "/account/erasing/keep",
    "/account/factors/app/confirm": "/account/factors/<factor_id>/remove",
    "/account/factors/passkey/confirm": "/account/factors/<factor_id>/remove",
    "/account/factors/codes": "/account/factors/codes",
    "/account/factors/<factor_id>": "/account/factors/<factor_id>",
    "/account/factors/<factor_id>/remove": "/account/factors/app",
    "/account/recovery/<token>": "/account/recovery/stop",
    "/account/recovery/stop": "/sign-in/lost",
    "/sign-in/second": "/sign-out",
    "/sign-in/passkey": "/sign-out",
    "/account/delegates/new": "/account/delegates/<delegation>/end",
    "/delegations/<token>": "/account/delegates/<delegation>/end",
    "/staff-invitations/<token>": "/console/<slug>/staff/<role>/end",
    "/acting/<delegation>": "/acting/stop",
    "/ask/<slug>": "/ask/talk/<secret>",
    "/ask/talk/<secret>": "/ask/talk/<secret>",
    "/ask/talk/<secret>/mail": "/ask/talk/<secret>/mail",
    "/ask/mail/<token>": "/ask/talk/<secret>/mail",
    "/messages/conversations/new": "/messages/conversations/<ticket>",
    "/messages/conversations/<ticket>": "/messages/conversations/<ticket>",
}
ENDS_ITSELF = {
    "/orders/demands/<demand>/confirm": "the law's own declaration: it counts once it is made, and was asked for twice",
    "/withdraw/<slug>": "a link that nobody opens is worth nothing after a day",
    "/withdrawals/<token>": "shows what would be declared; nothing of it is kept",
    "/withdrawals/<token>/confirm": "the law's own declaration: it counts once it is made, and was asked for twice",
    "/check": "says whether something is ours; nothing of it is kept",
    "/orders/demands/<demand>/take-back": "takes back what was asked; it can be asked for again",
    "/orders/demands/<demand>/remind": "tells a company once more what it was told; nothing follows from it",
    "/sharing/<link>/resume": "takes a pause back",
    "/sharing/<link>/unblock": "takes a block back",
    "/account/undo/<token>": "takes a change of address back",
    "/orders/added/<order>/remove": "asks first; what it holds are the person's own words, which can be added again",
    "/orders/added/<order>/files/<file>/remove": "the file is still where it came from, and can be kept again",
    "/data/<path>/confirm": "says that a line is right, and changes nothing in it",
    "/data/import": "shows what is in a card; nothing is kept",
    "/register": "a registration that nobody confirms is forgotten after a day",
    "/reset": "a link that nobody opens is worth nothing after a quarter of an hour",
    "/activity/<int:entry>/write": "a letter: who got it answers it",
    "/earlier/<fold>": "takes a yes to earlier orders back; the company or an invitation can ask about them again",
    "/invitations/<token>/decline": "says no to being asked; whoever wants to share can do so from the company's site all the same",
    "/connect/<link>/no": "says no to being asked; whoever wants to share can do so from the company's site all the same",
    "/requests/<request_id>/offer/take-back": "takes an offer back",
    "/account/erasing/keep": "takes the end of an account back",
    "/account/keep/<token>": "takes the end of an account back",
    "/account/factors/app": "shows a seed; nothing is added before its first code",
    "/account/factors/passkey": "asks a device; nothing is added before it answers",
    "/sign-in/lost": "sends a link; nothing begins before it is opened and its button pressed",
    "/account/recovery/stop/<token>": "keeps a second step that was said to be lost",
    "/account/prove": "a proof is forgotten after ten minutes",
    "/account/prove/begin": "asks a device; nothing is proved before it answers",
    "/sign-in/passkey/begin": "asks a device; nobody is signed in before it answers",
    "/ask/talk/<secret>/mine": "says, beside its button, that it cannot be taken back: it was nobody's, and is theirs like any other",
    "/messages/seen": "says that notices are read; they stay where they are",
    "/messages/<notice>/open": "says that one notice is read, and leads to what it tells of",
    "/messages/follow": "says that the notices of one thing are read, and leads to it",
    "/account/delegates/<delegation>/end": "takes back what was lent; it can be lent again",
    "/staff-invitations/<token>/decline": "says no to an invitation; whoever asked can ask again",
    "/delegations/<token>/decline": "says no to an invitation; whoever asked can ask again",
    "/acting/stop": "takes acting for somebody back",
    "/desk/verify": "an officer's, not a customer's",
    "/desk/cases": "an officer's, not a customer's",
    "/desk/find": "an officer's, not a customer's",
    "/desk/cases/<int:number>/confirm": "an officer's, not a customer's",
    "/desk/cases/<int:number>/close": "an officer's, not a customer's",
}
OF_COMPANIES = ("/api/", "/oauth/", "/console/")
"""What machines and companies' staff send; no customer does."""


def test_promise_7_every_form_has_one_that_takes_it_back(app: Flask) -> None:
    forms = {rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    pages = {rule for rule in forms if not rule.startswith(OF_COMPANIES)}
    assert pages == TAKEN_BACK_BY.keys() | ENDS_ITSELF.keys()
    assert set(TAKEN_BACK_BY.values()) <= forms


def test_promise_7_a_share_is_stopped_and_shared_again(ana: Customer, bookshop: Company) -> None:
    ana.shares(bookshop, "Phone number")
    first = bookshop.read().json["profile"]
    ana.stops(bookshop)
    assert bookshop.read().status_code == 401
    page = ana.at(bookshop)
    [again] = [button.words for form in page.page.forms for button in form.buttons if "Share again" in button.words]
    page.press(again).press(f"Share with {bookshop.name}")
    assert ana.preview(bookshop)
    assert bookshop.renew().status_code == 400, "a new permission is not the old one"
    assert bookshop.own_read("profiles", purpose=DELIVERY).json["profiles"][0]["profile"] == first


def test_promise_7_a_pause_and_a_block_are_taken_back(ana: Customer, bookshop: Company) -> None:
    ana.shares(bookshop)
    ana.at(bookshop).press("Pause")
    assert bookshop.read().json["reason"] == "paused"
    ana.at(bookshop).press("Go on sharing")
    assert bookshop.read().status_code == 200
    ana.at(bookshop).follow(f"Block {bookshop.name}").press(f"Block {bookshop.name}")
    assert bookshop.read().json["reason"] == "blocked"
    page = ana.at(bookshop)
    [free] = [b.words for form in page.page.forms for b in form.buttons if form.action.endswith("/unblock")]
    page.press(free)
    ana.shares(bookshop)
    assert bookshop.read().status_code == 200


def test_promise_7_a_hide_and_a_gift_are_taken_back(ana: Customer, bookshop: Company, florist: Company) -> None:
    florist.sold(ana, "F-1", "Twelve roses")
    ana.shares(bookshop, "What you ordered, line by line", purpose=SUGGESTIONS)
    seen = bookshop.read("orders").data
    page = ana.browser.open("/orders").follow("Flors Roca, order F-1")
    for action in ("hide", "gift"):
        for expected in (b'{"orders":[],"next":null}', seen):
            [press, *_] = [b.words for form in page.page.forms for b in form.buttons if form.action.endswith(action)]
            page.press(press)
            assert bookshop.read("orders").data == expected, press


def test_promise_7_a_line_of_the_profile_is_added_changed_and_removed(ana: Customer) -> None:
    page = ana.browser.open("/data/add")
    page.write("What it is", "Library card")
    page.write("What it says", "4711")
    page.press("Add")
    assert "4711" in page.open("/data").text
    page.follow("Change Library card").follow("Remove it from my data")
    [press] = [b.words for form in page.page.forms for b in form.buttons if form.action.endswith("/remove")]
    page.press(press)
    assert "4711" not in page.open("/data").text


def test_promise_7_a_change_of_address_is_taken_back_from_the_old_one(app: Flask, house: House) -> None:
    people.register(house, "old@example.org")
    page = Browser(Inside(app.test_client())).open("/sign-in")
    page.write("E-mail address", "old@example.org")
    page.write("Password", people.PASSWORD)
    page.press("Sign in").open("/account/address")
    page.write("New e-mail address", "new@example.org")
    page.write("Your password now", people.PASSWORD)
    page.press("Send the link")
    people.do_jobs(house)
    page.open(people.link_in(people.mails(house, "new@example.org")[0])).press("Confirm this address")
    assert "new@example.org" in page.open("/account").text
    people.do_jobs(house)
    other = Browser(Inside(app.test_client())).open(people.link_in(people.mails(house, "old@example.org")[0]))
    other.press("Take it back")
    people.do_jobs(house)
    fresh = Browser(Inside(app.test_client())).open("/sign-in")
    fresh.write("E-mail address", "new@example.org")
    fresh.write("Password", people.PASSWORD)
    assert "Sign out" not in fresh.press("Sign in").text
