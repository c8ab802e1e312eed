"""A street with the house and the bookshop in it, both real, and a shopper's browsers."""

import re
import threading
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from werkzeug.serving import BaseWSGIServer, make_server

from portal.app import create_app
from portal.demo.bookshop.shop import create_shop
from portal.demo.bookshop.words import (
    ASKED,
)
from portal.kernel.db import WRITING
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from portal.oauth.service import make_client
from portal.vendors import service as vendors
from tests.browsing import free_port
from tests.grants.cast import person, signed_in

PROFILE = {
    "given_name": "Ana",
    "family_name": "Puig",
    "address": {"street": "Carrer de la Mar 14", "postal_code": "08003", "city": "Barcelona", "country": "ES"},
    "tastes": ["Walking"],
}


class Street:
    """The portal on a real port, the bookshop beside it, and a shopper with a browser for each."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.port = urlsplit(house.settings.origin).port or 0
        shop_url = f"http://localhost:{free_port()}"
        with house.writing(SYSTEM) as unit:
            vendor = vendors.admit(unit, name="Llibreria Far")
            for purpose, names in ASKED.items():
                needed = [name for name in names if name in ("profile.name", "profile.address")]
                vendors.allow_purpose(unit, vendor_id=vendor.id, purpose=purpose, datatypes=names, may_require=needed)
            client_id, secret = make_client(unit, vendor.id, vendor.name, redirect_uris=[f"{shop_url}/connected"])
        self.vendor_id = vendor.id
        self.config = {
            "name": vendor.name,
            "freehold": house.settings.origin,
            "client_id": client_id,
            "client_secret": secret,
            "redirect_uri": f"{shop_url}/connected",
            "port": urlsplit(shop_url).port,
            "secret_key": "a key of the shop's own",
            "database": str(folder / "shop.db"),
        }
        self.app = create_app(house)
        self.server: BaseWSGIServer | None = None
        self.open()
        self.ana: Actor = person(house, "ana@example.org", **PROFILE)
        self.browser = signed_in(self.app, self.ana)
        self.shop = create_shop(self.config).test_client()

    def open(self) -> None:
        """The portal answers."""
        self.server = make_server("localhost", self.port, self.app, threaded=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """The portal does not answer any more."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def restart_shop(self) -> None:
        """The shop's program ends and begins again; the shopper's browser keeps its cookie."""
        cookie = self.shop.get_cookie("bookshop", "localhost")
        assert cookie is not None
        self.shop = create_shop(self.config).test_client()
        self.shop.set_cookie("bookshop", cookie.value, domain="localhost")

    def ask(self) -> tuple[str, str]:
        """Presses Connect and follows it to the portal's question; gives its address and text."""
        leaving = self.shop.post("/connect").headers["Location"]
        assert leaving.startswith(f"{self.house.settings.origin}/authorize?")
        address = self.browser.get(path_of(leaving)).headers["Location"]
        return address, self.browser.get(path_of(address)).text

    def answer(self, press: str, ticked: Sequence[str] = ()) -> str:
        """Answers the question with what is ticked, and gives the shop's page that this leads to."""
        address, page = self.ask()
        fields: dict[str, list[str]] = {"answer": [press]}
        for tag in re.findall(r"<input[^>]*>", page):
            given = dict(re.findall(r'(\w+)="([^"]*)"', tag))
            chosen = given.get("type") in ("checkbox", "radio")
            if not chosen or "checked" in tag.split() or " checked" in tag or given.get("value") in ticked:
                if given.get("type") == "radio":
                    fields[given.get("name", "")] = []
                fields.setdefault(given.get("name", ""), []).append(given.get("value", ""))
        back = self.browser.post(path_of(address), data=fields)
        assert back.status_code == 303, back.text
        assert back.headers["Location"].startswith(self.config["redirect_uri"])
        arrived = self.shop.get(path_of(back.headers["Location"]))
        assert arrived.status_code == 303
        return self.page()

    def page(self) -> str:
        """The shop's page at this visit."""
        return self.shop.get("/").text

    def behind_the_back(self, statement: object) -> None:
        """A change of the tables that no service makes."""
        with self.house.transaction(WRITING) as connection:
            connection.execute(statement)  # type: ignore[call-overload]


def path_of(address: str) -> str:
    """What a browser asks this server for."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
