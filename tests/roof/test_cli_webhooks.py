"""The operator's hand on companies' webhooks: each press of it is an entry that names who did it."""

from collections.abc import Iterator

import pytest
from standardwebhooks import WebhookVerificationError

from portal.kernel.house import House, use_house
from portal.kernel.unit import SYSTEM
from portal.vendors.service import admit
from tests.conftest import HouseMaker
from tests.events.listening import Listener, Message, a_postman, deliver, listening
from tests.roof.conftest import Run
from tests.roof.test_cli_programs import told
from tests.roof.test_cli_words import entries, error_of

WEBHOOK = ("vendor", "webhook")


@pytest.fixture
def house(make_house: HouseMaker, engine_name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A house that may call this machine, with a company."""
    monkeypatch.setenv("FREEHOLD_CALLS_TO_SELF", "1")
    made = make_house(engine_name, calls_to_self=True)
    with use_house(made):
        with made.writing(SYSTEM) as unit:
            admit(unit, name="Corner Books")
        yield made


def heard(house: House, listener: Listener) -> Message:
    """The one message that comes."""
    with a_postman(house) as postman:
        deliver(house, postman)
    (message,) = listener.news()
    return message


def test_a_webhook_is_added_tried_changed_and_ended_and_all_of_it_is_on_record(house: House, run: Run) -> None:
    with listening() as listener:
        done = run(*WEBHOOK, "add", "corner books", listener.url, "--kind", "grant.ended")
        assert done.returncode == 0, done.stderr
        shown = told(done.stdout)
        assert "write it down now" in done.stderr
        listed = run(*WEBHOOK, "list", "Corner Books").stdout
        assert all(word in listed for word in ("active", shown["webhook"], listener.url, "grant.ended"))
        assert shown["secret"] not in listed
        assert run(*WEBHOOK, "test", shown["webhook"]).returncode == 0
        message = heard(house, listener)
        message.verify(shown["secret"])
        new = told(run(*WEBHOOK, "rotate", shown["webhook"], "--hours", "0").stdout)["secret"]
        assert run(*WEBHOOK, "disable", shown["webhook"]).returncode == 0
        assert "disabled (by-hand)" in run(*WEBHOOK, "list", "Corner Books").stdout
        assert run(*WEBHOOK, "resend", shown["webhook"], message.id).returncode == 0
        again = heard(house, listener)
        assert (again.id, again.body) == (message.id, message.body)
        again.verify(new)
        with pytest.raises(WebhookVerificationError):
            again.verify(shown["secret"])
        assert run(*WEBHOOK, "enable", shown["webhook"]).returncode == 0
        assert run(*WEBHOOK, "resend", shown["webhook"], "--since", "2026-01-01").returncode == 1
    for event in ("added", "tested", "rotated", "disabled", "resent", "enabled"):
        (entry,) = entries(house, f"webhook.{event}")
        assert entry["actor"] == {"kind": "operator", "id": "command-line"}


def test_a_key_pair_is_shown_whenever_it_is_asked_for(house: House, run: Run) -> None:
    with listening() as listener:
        shown = told(run(*WEBHOOK, "add", "Corner Books", listener.url, "--key-pair").stdout)
        assert shown["public"] in run(*WEBHOOK, "list", "Corner Books").stdout
        run(*WEBHOOK, "test", shown["webhook"])
        assert heard(house, listener).is_signed_by(shown["public"])


def test_what_is_wrong_is_said_of_what_was_typed(house: House, run: Run) -> None:
    assert error_of(run, *WEBHOOK, "add", "Nobody", "http://localhost/").startswith("Error: No company is called Nobody.")
    assert error_of(run, *WEBHOOK, "add", "Corner Books", "ftp://localhost/") == (
        "Error: ADDRESS: Only addresses that begin with https:// are called."
    )
    told_of = error_of(run, *WEBHOOK, "add", "Corner Books", "http://localhost/", "--kind", "grant.endet")
    assert told_of.startswith("Error: --kind grant.endet: there is no such name. Did you mean grant.ended")
    for command in ("rotate", "disable", "enable", "test"):
        assert error_of(run, *WEBHOOK, command, "nothing").startswith("Error: There is no webhook nothing.")
    assert "one of the two" in error_of(run, *WEBHOOK, "resend", "nothing")
