"""A pair of keys made in the browser: the public half comes to us, the private one becomes a file and never leaves it."""

import json
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from portal.kernel.house import House
from portal.oauth.reads.programs import programs_of_company
from tests import people
from tests.browsing import LiveServer
from tests.grants.cast import signed_in
from tests.journeys.attacker import tab_of
from tests.vendors.consoles import company, staff


@pytest.mark.engines("sqlite")  # the same page whatever the engine
def test_the_private_half_of_a_pair_is_a_file_and_is_never_sent(
    app: Flask, house: House, live_server: LiveServer, browser: Browser, tmp_path: Path
) -> None:
    shop = company(house)
    owner = signed_in(app, people.actor(house, staff(house, shop))).get_cookie("session")
    assert owner is not None
    sent: list[str] = []
    with tab_of(browser) as tab:
        tab.context.add_cookies([{"name": "session", "value": owner.value, "url": live_server.url}])
        tab.on("request", lambda request: sent.append(f"{request.url} {request.post_data}"))
        tab.goto(f"{live_server.url}/console/shop/programs/new")
        tab.fill("[name=name]", "Till")
        tab.click("[data-make-key-on]")
        tab.wait_for_selector("[data-make-key-done]:not([hidden])")
        with tab.expect_download() as loading:
            tab.click("[data-make-key-file]")
        loading.value.save_as(tmp_path / "private-key.json")
        private = json.loads((tmp_path / "private-key.json").read_text())
        public = json.loads(tab.input_value("[name=keys]"))
        assert public == {name: value for name, value in private.items() if name != "d"}
        tab.click("main form button[type=submit]")
        tab.wait_for_url("**/programs/*")
        assert not any(private["d"] in one for one in sent)
    with house.reading() as unit:
        [program] = programs_of_company(unit, shop.id)
    assert [key.kind for key in program.live_keys] == ["EC P-256"]
