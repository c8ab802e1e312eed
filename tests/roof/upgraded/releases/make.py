"""Makes the fixture of a release anew: its own demonstration, told and left in the middle of a day. See README.md.

It runs the release's code, not this tree's: everything here is there, too.
"""

import json
import lzma
import re
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from sqlalchemy import select

from portal.accounts import service as accounts
from portal.accounts.passwords import hash_password
from portal.accounts.reads import person_of
from portal.app import create_app
from portal.audit.models import LogState
from portal.demo import files
from portal.demo.cast import ANA, BOOKSHOP, JOAN, PASSWORD, Person, bookshop_url
from portal.demo.shopping import NUMBERS
from portal.demo.stage import Stage, connect, open_account
from portal.demo.story import play, scenes
from portal.demo.vendor import Program, details_of
from portal.grants.models import Record
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.jobs import BACK_OFF, queue_of, run_due
from portal.kernel.mail import newest_mails
from portal.kernel.migrate import bring_up
from portal.kernel.settings import Settings
from portal.kernel.unit import STRANGER
from portal.links.service import invite_number
from portal.wiring import open_house

STOPPED = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
"""When the release was stopped for the upgrade. Every machine's clock is later."""
MAR = Person("mar@example.org", "Mar Soler")
MAR_BEFORE, PAU, NIL = "mar.before@example.org", "pau@example.org", "nil@example.org"
_FORM = re.compile(r'name="csrf_token" value="([^"]+)"')


class _Unredeemed(Program):
    """A program that was given a code and has not taken its tokens yet."""

    code: Mapping[str, str] = {}

    def redeem(self, code: str, verifier: str, redirect_uri: str) -> None:
        """Keeps what it would send."""
        self.code = {"code": code, "code_verifier": verifier, "redirect_uri": redirect_uri}


def main(target: Path) -> None:
    """Tells the story and packs what is left into ``target``."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        settings = Settings(instance=folder, demo=True)
        # Flask's cookies know when they were made, by a clock that nobody moves.
        with patch.object(TimestampSigner, "get_timestamp", lambda _signer: int(clock.now().timestamp())):
            told = _tell(settings)
        _pack(folder, target, told)


def _tell(settings: Settings) -> dict[str, Any]:
    files.begin(settings)
    house = open_house(settings)
    bring_up(house)
    app = create_app(house)
    stage = Stage(house, app, opening=STOPPED, bookshop_url=bookshop_url(settings))
    for scene in scenes():
        play(stage, scene)
    files.keep(stage)
    told = {"stopped_at": STOPPED.isoformat(), "password": PASSWORD, **_last_hours(stage)}
    house.close()
    return told


def _last_hours(stage: Stage) -> dict[str, Any]:
    """What is under way on the day of the upgrade."""
    undo = _mar_moves(stage)
    # From here on the mail server is down.
    silent = open_house(stage.house.settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": 1}))
    given_up = _a_letter_is_given_up(silent)
    told: dict[str, Any] = {"letters": {"undo": undo, "given_up": given_up}}
    with clock.moved(STOPPED - timedelta(minutes=9)):
        told |= _ana_in_her_browser(stage)
        _the_grocer_looks(stage)
        told["programs"] = _tokens(stage)
        stage.house.lead()
        told["log"] = _head_of_log(stage.house)
    with clock.moved(STOPPED - timedelta(seconds=20)):
        told["invitation"] = _an_invitation(stage)
        told["code"] = _joan_connects(stage)
        told["pushed"] = _a_pushed_request(stage)
        told["letters"] |= _letters_that_wait(stage, silent)
    silent.close()
    return told


def _link(house: House, template: str, email: str) -> str:
    with house.reading() as unit:
        [body] = [one.body for one in newest_mails(unit, 10) if one.to == email and f"/{template}/" in one.body][:1]
    found = re.search(r"https?://[^/\s]+(/\S+)", body)
    assert found is not None
    return found[1]


def _mar_moves(stage: Stage) -> str:
    """Mar changes her address, and may take it back for a week; gives the link."""
    with stage.day(1, 19):
        open_account(stage, Person(MAR_BEFORE, MAR.name, profile={"profile.given_name": "Mar"}))
        account_id = stage.accounts[MAR_BEFORE]
        actor = stage.actor(MAR_BEFORE)
        assert actor.holder_id is not None
        with stage.house.writing(actor) as unit:
            secret = accounts.start_session(unit, account_id=account_id, holder_id=actor.holder_id)
            person = person_of(unit, secret)
            assert person is not None
            asked = {"account_id": account_id, "session_id": person.session_id}
            token = accounts.ask_to_change_address(unit, **asked, email=MAR.email)
        with stage.house.writing(STRANGER) as unit:
            accounts.change_address(unit, token=token)
    return _link(stage.house, "account/undo", MAR_BEFORE)


def _a_letter_is_given_up(silent: House) -> str:
    """Mar asks for a new password; nobody takes the letter until it is given up. Gives its id."""
    at = STOPPED - timedelta(hours=20)
    with clock.moved(at), silent.writing(STRANGER) as unit:
        accounts.send_reset(unit, email=MAR.email)
        given_up = newest_mails(unit, 1)[0].id
    for pause in (0, *BACK_OFF):
        at += timedelta(seconds=pause + 60)
        with clock.moved(at):
            run_due(silent)
    with silent.reading() as unit:
        assert queue_of(unit.connection).dead == 1
    return text_of(given_up)


def _page(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return answer.text


def _fill_in(browser: FlaskClient, path: str, **fields: str) -> None:
    token = _FORM.search(_page(browser, path))
    assert token is not None
    answer = browser.post(path, data={"csrf_token": token[1], **fields})
    assert answer.status_code < 400, path


def _ana_in_her_browser(stage: Stage) -> dict[str, Any]:
    """Ana is signed in, and has kept the signed records of her first and of her last choice."""
    browser = stage.app.test_client()
    _fill_in(browser, "/sign-in", email=ANA.email, password=PASSWORD)
    cookies = {name: browser.get_cookie(name) for name in ("session", "device")}
    with stage.house.reading() as unit:
        first, *_, last = unit.connection.execute(select(Record.id).order_by(Record.made_at)).scalars()
    return {
        "cookies": {name: cookie.value for name, cookie in cookies.items() if cookie is not None},
        "records": {record: _page(browser, f"/records/{record}.jwt") for record in map(text_of, (first, last))},
    }


def _the_grocer_looks(stage: Stage) -> None:
    program = stage.programs["grocer"]
    program.renew()
    program.read("profile", program.company.asks[0].purpose)


def _tokens(stage: Stage) -> dict[str, dict[str, str]]:
    connected = {key: program for key, program in stage.programs.items() if program.refresh}
    return {key: {"access": program.access, "refresh": program.refresh} for key, program in connected.items()}


def _head_of_log(house: House) -> dict[str, Any]:
    with house.reading() as unit:
        size, root = unit.connection.execute(select(LogState.size, LogState.root)).one()
    return {"size": size, "root": root.hex()}


def _an_invitation(stage: Stage) -> str:
    """By which Ana finds what she bought at the bookshop before she was here."""
    with stage.house.writing() as unit:
        token = invite_number(unit, vendor_id=stage.programs[BOOKSHOP.key].vendor_id, number=NUMBERS[BOOKSHOP.key])
    return f"/invitations/{token}"


def _joan_connects(stage: Stage) -> Mapping[str, str]:
    """Joan has said yes to the bookshop, whose program is about to take its tokens."""
    former = stage.programs[BOOKSHOP.key]
    program = _Unredeemed(stage.app, BOOKSHOP, former.vendor_id, former.client_row, former.secret)
    stage.programs[BOOKSHOP.key] = program
    connect(stage, JOAN.email, BOOKSHOP.key, number="LF-90")
    return program.code


def _a_pushed_request(stage: Stage) -> str:
    program = stage.programs[BOOKSHOP.key]
    form = {
        "response_type": "code",
        "client_id": program.client_id,
        "redirect_uri": f"{stage.bookshop_url}/connected",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
        "scope": "profile:read",
        "authorization_details": json.dumps(details_of(BOOKSHOP, stage.house.settings.origin, (BOOKSHOP.asks[0].purpose,))),
    }
    auth = (program.client_id, program.secret)
    answer = stage.app.test_client(use_cookies=False).post("/oauth/par", data=form, auth=auth)
    return str(answer.get_json()["request_uri"])


def _letters_that_wait(stage: Stage, silent: House) -> dict[str, str]:
    """One was tried in vain, one not at all, and of one only the wish is there. None of it is in the log yet."""
    with stage.house.writing(STRANGER) as unit:
        accounts.send_reset(unit, email=JOAN.email)
    run_due(silent)
    with stage.house.writing(STRANGER) as unit:
        accounts.register(unit, email=NIL, password_hash=hash_password(PASSWORD), demonstration=True)
    _fill_in(stage.app.test_client(), "/register", email=PAU, password=PASSWORD)
    return {"tried": JOAN.email, "untried": NIL, "wished": PAU}


def _pack(folder: Path, target: Path, told: dict[str, Any]) -> None:
    target.mkdir(exist_ok=True)
    with sqlite3.connect(folder / "freehold.db") as database:
        database.execute("VACUUM INTO ?", [str(folder / "packed.db")])
    packed = lzma.compress((folder / "packed.db").read_bytes(), preset=9 | lzma.PRESET_EXTREME)
    (target / "freehold.db.xz").write_bytes(packed)
    shutil.rmtree(target / "keys", ignore_errors=True)
    shutil.copytree(folder / "keys", target / "keys")
    shutil.copyfile(folder / files.CAST, target / files.CAST)
    (target / "told.json").write_text(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
