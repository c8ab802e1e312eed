"""A notice that was followed, wherever that was, is no news; looking alone marks nothing."""

import re
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.messages.models import InboxNotice
from portal.messages.reads import notices_of
from tests import people
from tests.grants.cast import company, person, signed_in
from tests.messages.notices import new, request_for, watched
from tests.oauth.cast import connect, profile, program


def test_following_a_notice_marks_it_as_read_and_leads_to_what_there_is_to_do(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    request = request_for(house, vendor, ana)
    browser = signed_in(app, ana)
    page = browser.get("/messages").text
    assert re.search(r'aria-hidden="true">1</span><span class="visually-hidden">\(1 new\)', page)
    action = re.search(r'action="(/messages/[\w-]{22}/open)"', page)
    assert action is not None
    for _ in range(2):
        answer = people.post(browser, action[1], "/messages")
        assert (answer.status_code, answer.location) == (303, f"/requests/{text_of(request.id)}")
    page = browser.get("/messages").text
    assert 'class="count"' not in page
    assert "Nothing is new." in page and "asks you to share" in page


def _followed(browser: FlaskClient, button: str, page: str = "/") -> str | None:
    """Where a card of a page leads whose button is pressed; sent as a browser sends its form."""
    forms = re.findall(r'<form[^>]*action="/messages/follow">.*?</form>', browser.get(page).text, re.DOTALL)
    (form,) = [one for one in forms if f">{button}</button>" in one]
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form):
        fields.setdefault(name, []).append(unescape(value))
    return browser.post("/messages/follow", data=fields).location


def test_what_is_followed_from_the_first_page_is_no_news_in_the_inbox(
    app: Flask, client: FlaskClient, house: House
) -> None:
    ana = person(house, given_name="Ana")
    profile(client, connect(app, program(house), ana)["access_token"])
    watched(house)
    request = request_for(house, company(house, "Mercat Verd"), ana)
    browser, eva = signed_in(app, ana), person(house, "eva@example.org")
    assert new(house, ana) == 2
    assert _followed(browser, "See what they ask") == f"/requests/{text_of(request.id)}"
    assert new(house, ana) == 1
    where = _followed(browser, "See what they looked at")
    assert where is not None and re.fullmatch(r"/activity/\d+", where)
    assert new(house, ana) == 0
    assert "/messages/follow" not in browser.get("/").text, "what is read is led to by a link again"
    assert 'href="/requests/' in browser.get("/").text
    request_for(house, company(house, "Casa Lumen"), eva)
    with house.reading(eva) as unit:
        (hers,) = [one.id for one in notices_of(unit, eva.customer_id or b"")]
    for data in ({"notice": hers, "next": "/"}, {"next": "https://elsewhere.example/"}):
        assert (people.post(browser, "/messages/follow", "/messages", **data).location or "").startswith("/")
    assert new(house, eva) == 1, "nobody reads another's"


def test_a_request_that_is_followed_from_sharing_is_no_news_in_the_inbox(app: Flask, house: House) -> None:
    ana = person(house, given_name="Ana")
    market, _other = (request_for(house, company(house, name), ana) for name in ("Mercat Verd", "Casa Lumen"))
    browser, page = signed_in(app, ana), f"/requests/{text_of(market.id)}"
    assert new(house, ana) == 2
    forms = re.findall(r'action="/messages/follow">.*?</form>', browser.get("/sharing").text, re.DOTALL)
    (form,) = [one for one in forms if page in one]
    (notice,) = re.findall(r'name="notice" value="([^"]*)"', form)
    assert browser.post("/messages/follow", data={**_token(form), "notice": notice, "next": page}).location == page
    assert new(house, ana) == 1
    again = browser.get("/sharing").text
    assert f'href="{page}"' in again, "what is read is led to by a link again"
    assert _followed(browser, "See what they ask", "/sharing") != page
    assert new(house, ana) == 0


def _token(form: str) -> dict[str, str]:
    """The field that shows that a form is ours."""
    return dict(re.findall(r'name="(csrf_token)" value="([^"]*)"', form))


def test_looking_at_the_inbox_marks_nothing_as_read_and_one_press_all(app: Flask, house: House) -> None:
    ana = person(house)
    for name in ("Mercat Verd", "Casa Lumen"):
        request_for(house, company(house, name), ana)
    browser = signed_in(app, ana)
    for _ in range(2):
        assert "2 notices are new." in browser.get("/messages").text
    people.post(browser, "/messages/seen", "/messages")
    assert new(house, ana) == 0


def test_somebody_elses_notice_is_not_there(app: Flask, house: House) -> None:
    ana, eva = person(house), person(house, "eva@example.org")
    request_for(house, company(house), ana)
    with house.reading() as unit:
        (notice,) = unit.connection.execute(select(InboxNotice.id)).scalars()
    answer = people.post(signed_in(app, eva), f"/messages/{text_of(notice)}/open", "/account")
    assert answer.status_code == 404
    assert new(house, ana) == 1
