"""A request's page in a real browser, for those tests that press something on it."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from playwright.sync_api import Browser, Page

from portal.grants.models import Request
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor
from tests.browsing import LiveServer
from tests.grants.cast import asked, company, signed_in


@contextmanager
def asked_page(
    app: Flask,
    house: House,
    server: LiveServer,
    browser: Browser,
    whom: Actor,
    *,
    script: bool,
    request: Request | None = None,
) -> Iterator[Page]:
    """The page of a company's request (of a new one unless it is named), open in the browser of the one who is asked."""
    context = browser.new_context(locale="en-GB", java_script_enabled=script)
    context.set_default_timeout(60_000)
    secret = signed_in(app, whom).get_cookie("session")
    assert secret is not None
    context.add_cookies([{"name": "session", "value": secret.value, "url": server.url}])
    page = context.new_page()
    page.goto(f"{server.url}/requests/{text_of((request or asked(house, company(house))).id)}")
    yield page
    context.close()
