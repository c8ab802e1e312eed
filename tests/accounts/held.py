"""What somebody else may hold of an account: copies of its cookies, a mailed link, a sign-in that is half done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_login.utils import encode_cookie

from portal.accounts import service
from portal.accounts.reads import actor_of_account, email_of
from portal.accounts.routes.common import SECOND
from portal.accounts.service.challenges import begin_challenge
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM

HERE, THERE, REMEMBERED, HALF, LINK = "cookie", "another browser's", "remember token", "half-done sign-in", "mailed link"
SIGNED_IN = frozenset({HERE, THERE, HALF})
ALL = SIGNED_IN | {LINK}
"""What opens something before an end. The remember token of Flask-Login is no key of ours: it never does."""


@dataclass(frozen=True)
class Held:
    """All of it at one moment, each as its secret; ``here`` is the session in which the end is brought about."""

    app: Flask
    account_id: bytes
    here: str
    there: str
    half: str
    link: str

    def answers(self) -> dict[str, int]:
        """With which status each of it is answered now."""
        pages = {
            HERE: (_browser(self.app, _user_id=self.here, _fresh=True), "/account"),
            THERE: (_browser(self.app, _user_id=self.there, _fresh=True), "/account"),
            REMEMBERED: (self._remembering(), "/account"),
            HALF: (_browser(self.app, **{SECOND: self.half}), "/sign-in/second"),
            LINK: (self.app.test_client(), f"/reset/{self.link}"),
        }
        return {name: client.get(page).status_code for name, (client, page) in pages.items()}

    def _remembering(self) -> FlaskClient:
        client = self.app.test_client()
        client.set_cookie("remember_token", encode_cookie(self.here, key=self.app.config["SECRET_KEY"]))
        return client


def taken(answers: Mapping[str, int]) -> set[str]:
    """What of it opened a page."""
    return {name for name, status in answers.items() if status == 200}


def _browser(app: Flask, **session: Any) -> FlaskClient:
    client = app.test_client()
    with client.session_transaction() as held:
        held.update(session)
    return client


def hold(house: House, app: Flask, account_id: bytes) -> Held:
    """Two browsers signed in, a second step that waits and a link to a new password."""
    with house.writing(SYSTEM) as unit:
        whose = {"account_id": account_id, "holder_id": actor_of_account(unit, account_id).holder_id or b""}
        here, there = (service.start_session(unit, **whose) for _ in range(2))
        half = begin_challenge(unit, purpose="second", **whose)
        link = service.send_reset(unit, email=email_of(unit, account_id))
    assert link is not None
    return Held(app, account_id, here, there, half, link)
