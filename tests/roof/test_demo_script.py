"""A script that knows `demo.json` and nothing else does what a person, a company and an officer can.

It imports nothing of the portal: it reads pages as a person does, by the words on links, fields and buttons.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.plain_browser import Browser
from tests.processes import ROOT
from tests.roof.demonstration import Demonstration, Web

SHOP = "Llibreria Far"


class Script:
    """What a script knows: the file, and the addresses in it."""

    def __init__(self, file: Path) -> None:
        self.cast: dict[str, Any] = json.loads(file.read_text())
        self.origin: str = self.cast["origin"]
        [self.company] = [vendor for vendor in self.cast["vendors"] if vendor["name"] == SHOP]
        back = urlsplit(self.company["redirect_uris"][0])
        self.shop = f"{back.scheme}://{back.netloc}/"

    def sign_in(self, browser: Browser, person: dict[str, str]) -> None:
        """Fills in the page that asks who one is."""
        browser.write("E-mail address", person["email"])
        browser.write("Password", person["password"])
        browser.press("Sign in")

    def token(self) -> str:
        """A token of the company's own."""
        answer = requests.post(
            f"{self.origin}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(self.company["client_id"], self.company["client_secret"]),
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    def read(self, path: str, **query: str) -> Any:
        """What the company is answered."""
        headers = {"Authorization": f"Bearer {self.token()}"}
        answer = requests.get(f"{self.origin}/api/v1/{path}", params=query, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.mark.parametrize("who", [0, 1], ids=["lived in", "fresh"])
def test_the_whole_path_is_walked_from_the_file_alone(running: Demonstration, who: int) -> None:
    script = Script(running.instance / "demo.json")
    person = script.cast["customers"][who]
    browser = Browser(Web())
    fresh = who == 1

    # The shop sends its shopper to sign in, and on to the page that asks.
    browser.open(script.shop).press("Connect with Freehold")
    script.sign_in(browser, person)
    assert f"{SHOP} asks for some of your data" in browser.text
    if fresh:
        fill_in(script, browser)
    else:
        assert "Are these 3 earlier orders yours?" in browser.text
        browser.tick("Yes, they are mine")

    # Nothing optional is ticked; one is, one is left out.
    for label in ("Date of birth optional", "E-mail address optional", "Phone number optional"):
        assert not browser.is_ticked(label)
    browser.tick("E-mail address optional")
    browser.press(f"Share with {SHOP}")
    assert browser.address == script.shop
    assert person["name"].split()[0] in browser.text
    assert person["email"] in browser.text
    assert "Phone you keep this to yourself" in browser.text

    # Who looked, in the person's own words.
    browser.open(f"{script.origin}/activity")
    assert SHOP in browser.text
    assert "the first time this company looked at your data" in browser.text
    if not fresh:
        assert "44 orders" in browser.open(f"{script.origin}/orders").text
    assert [one["state"] for one in script.read("grants")["grants"]] == ["live"]

    # Stopped in one confirmed step, and the shop is refused.
    browser.open(f"{script.origin}/sharing").follow(f"See or change {SHOP}").follow("Stop sharing")
    browser.press("Stop sharing")
    browser.open(script.shop)
    assert "You stopped sharing with us." in browser.text
    assert person["email"] not in browser.text
    assert "Blocked attempt You stopped sharing." in browser.open(f"{script.origin}/activity").text
    [ended] = script.read("grants")["grants"]
    assert (ended["state"], ended["reason"]) == ("ended", "revoked")

    found = desk(script)
    for event in ("grant.given", "profile.disclosed", "grant.revoked", "read.refused", "grant.listed"):
        assert event in found, event
    assert person["email"] not in found
    assert verify(running.instance) == 0


@pytest.mark.parametrize("named", [False, True], ids=["beside", "named"])
def test_the_first_read_of_the_readme_works_as_written(running: Demonstration, tmp_path: Path, named: bool) -> None:
    """Run beside the instance, or anywhere with its folder named; what it read is then on Ana's page."""
    script = Script(running.instance / "demo.json")
    ana = Browser(Web()).open(f"{script.origin}/sign-in")
    script.sign_in(ana, script.cast["customers"][0])
    before = newest_line(ana.open(f"{script.origin}/activity"))
    [written] = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    environment = {name: value for name, value in os.environ.items() if name != "FREEHOLD_INSTANCE"}
    if named:
        environment["FREEHOLD_INSTANCE"] = str(running.instance)
    run = subprocess.run(
        [sys.executable, "-c", written],
        cwd=tmp_path if named else running.instance.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    [read] = json.loads(run.stdout)["profiles"]
    assert read["profile"]["name"] == "Ana Puig Ferrer"
    line = newest_line(ana.open(f"{script.origin}/activity"))
    assert line > before
    assert "Mercat Verd looked at your data" in ana.open(f"{script.origin}/activity/{line}").text


def newest_line(page: Browser) -> int:
    """The highest number of a line on the page of who looked."""
    lines = (href.rpartition("/")[2] for _, href in page.page.links if href.startswith("/activity/"))
    return max(int(line) for line in lines if line.isdigit())


def fill_in(script: Script, browser: Browser) -> None:
    """Somebody new has no name and no address yet, and the page that asks takes them."""
    browser.write("First name", "Joan")
    browser.write("Family name", "Vidal")
    browser.write("Street and number", "Carrer Nou 5")
    browser.write("Postal code", "08001")
    browser.write("City or town", "Barcelona")
    browser.choose("Country", "Spain")


def desk(script: Script) -> str:
    """What the officer finds about the shop."""
    officer = Browser(Web()).open(f"{script.origin}/sign-in")
    script.sign_in(officer, script.cast["officers"][0])
    officer.open(f"{script.origin}/desk").follow("Search")
    officer.choose("Company", SHOP)
    return officer.press("Search").text


def verify(instance: Path) -> int:
    """The exit code of `freehold audit verify`, run beside the running server."""
    environment = {**os.environ, "FREEHOLD_INSTANCE": str(instance)}
    command = [sys.executable, "-m", "portal.cli", "audit", "verify"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False).returncode
