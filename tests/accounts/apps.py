"""An authenticator app in a person's hand: it reads the page's picture and shows codes."""

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts import totp
from portal.kernel import clock
from tests import people

_SEED = re.compile(r"secret=([A-Z2-7]+)")
_CODE = re.compile(r"<code translate=\"no\">([0-9A-Z-]{19})</code>")
STEP = timedelta(seconds=totp.STEP)
NOON = datetime(2030, 5, 3, 12, tzinfo=UTC)
"""A moment at which a half minute begins: no test waits for one, or meets its end."""


def at(later: timedelta = timedelta(0)) -> AbstractContextManager[None]:
    """The clock at noon, or so much later."""
    return clock.moved(NOON + later)


@dataclass
class App:
    """An app with one seed; ``codes`` are the recovery codes that came with it."""

    seed: str
    codes: list[str] = field(default_factory=list)

    def code(self, steps: int = 0) -> str:
        """What it shows now, or so many half minutes later."""
        return totp.code_at(self.seed, totp.step_of(clock.now()) + steps)

    def wrong(self) -> str:
        """Six digits that it shows neither now nor soon."""
        shown = {self.code(steps) for steps in range(-3, 4)}
        return next(code for code in (f"{n:06}" for n in range(10)) if code not in shown)


def seed_on(client: FlaskClient) -> str:
    """Begins to add an app, and reads the seed from its page."""
    assert people.post(client, "/account/factors/app", page="/account/factors").status_code == 303
    found = _SEED.search(client.get("/account/factors/app").text)
    assert found is not None, "no seed on the page"
    return found[1]


def codes_on(page: TestResponse) -> list[str]:
    """The recovery codes that a page shows."""
    return _CODE.findall(page.text)


def add_app(client: FlaskClient, name: str = "My phone") -> App:
    """Adds an app to whoever is signed in; its first code is used up by that."""
    app = App(seed_on(client))
    added = people.post(client, "/account/factors/app/confirm", page="/account/factors/app", code=app.code(), name=name)
    assert added.status_code in (200, 303), "not added"
    app.codes = codes_on(added)
    return app


def half_way(client: FlaskClient, email: str, **fields: str) -> TestResponse:
    """Gives the right password where a second step follows."""
    answer = people.sign_in(client, email, **fields)
    assert answer.location.startswith("/sign-in/second"), "no second step"
    return answer


def second(client: FlaskClient, code: str, **where: str) -> TestResponse:
    """Writes a code into the second step."""
    data = {"csrf_token": people.csrf_of(client, "/sign-in"), "code": code}
    return client.post("/sign-in/second", data=data, environ_overrides={"REMOTE_ADDR": where.get("from_", "192.0.2.1")})
