"""`freehold keys` says what there is and what comes next, and refuses in one line with the reason."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.key_files import KEYSETS, write
from portal.kernel.sealing import create_holders
from tests.people import actor, register
from tests.roof.conftest import Run


@pytest.fixture(autouse=True)
def _known_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One process alone needs no time in which others learn."""
    monkeypatch.setattr("portal.kernel.rotation.KNOWN_AFTER", timedelta())


def shown(run: Run) -> dict[str, list[str]]:
    """What `keys show` says, by keyset."""
    told: dict[str, list[str]] = {}
    name = ""
    for line in run("keys", "show").stdout.splitlines():
        name = line[:8].strip() or name
        told.setdefault(name, []).append(line[9:])
    return told


def long_ago(house: House, name: str) -> None:
    """As if the rotation were long ago."""
    house.keys.take_up()
    write(house.keys.files[name], replace(house.keys.stored(name), since=clock.now() - timedelta(days=40)))


def test_a_new_instance_has_one_key_of_each_and_nothing_to_do(run: Run) -> None:
    told = shown(run)
    assert list(told) == list(KEYSETS)
    for lines in told.values():
        assert len(lines) == 1
        assert lines[0].startswith("1 key, key 1 is primary since 20")


def test_show_leads_through_a_rotation_step_by_step(house: House, run: Run) -> None:
    with house.writing() as unit:
        create_holders(unit, "person", 1200)
    said = run("keys", "make", "seal").stdout
    assert said == "Key 2 of seal is made. Next: freehold keys rotate seal\n"
    assert shown(run)["seal"][1] == "key 2 is new and not used yet: freehold keys rotate seal"
    assert "Next: freehold keys rewrap" in run("keys", "rotate", "seal").stdout
    assert shown(run)["seal"][1] == "key 1 is needed by 1,200 data keys: freehold keys rewrap"
    rewrapped = run("keys", "rewrap")
    assert rewrapped.stdout.splitlines()[0] == "1,200 data keys brought under the primary key of seal."
    assert rewrapped.stderr.splitlines()[0] == "data keys: 1,200 to do."
    assert shown(run)["seal"][1].startswith("key 1 stays until 20")
    refused = run("keys", "retire", "seal")
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: Not before 20")
    long_ago(house, "seal")
    assert shown(run)["seal"][1] == "key 1 is needed by nothing any more: freehold keys retire seal"
    assert run("keys", "retire", "seal").stdout == "Key 1 of seal is retired.\n"
    assert len(shown(run)["seal"]) == 1


def test_a_cookie_key_stays_while_somebody_is_signed_in_from_before(house: House, run: Run) -> None:
    from portal.accounts.service import end_sessions, start_session

    ana = actor(house, register(house, "ana@example.org"))
    assert ana.id is not None and ana.holder_id is not None
    with clock.moved(timedelta(days=-2)), house.writing() as unit:
        start_session(unit, account_id=ana.id, holder_id=ana.holder_id)
    run("keys", "make", "cookie")
    run("keys", "rotate", "cookie")
    house.keys.take_up()
    a_day_ago = replace(house.keys.stored("cookie"), since=clock.now() - timedelta(hours=25))
    write(house.keys.files["cookie"], a_day_ago)
    assert "1 browser has been signed in since before it was rotated" in shown(run)["cookie"][1]
    refused = run("keys", "retire", "cookie")
    assert (refused.returncode, "1 browser has been signed in" in refused.stderr) == (1, True)
    with house.writing() as unit:
        end_sessions(unit, account_id=ana.id, reason="asked")
    assert run("keys", "retire", "cookie").stdout == "Key 1 of cookie is retired.\n"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("rotate", "seal"), "There is no new key of seal yet: freehold keys make seal"),
        (("retire", "seal"), "No older key of seal is in use."),
        (("make", "vendor"), "ids of orders and permissions that companies hold"),
        (("rotate", "vendor"), "ids of orders and permissions that companies hold"),
        (("make", "everything"), "'everything' is not one of"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line_with_the_reason(run: Run, words: tuple[str, ...], why: str) -> None:
    refused = run("keys", *words)
    assert refused.returncode in (1, 2)
    assert why in refused.stderr
    assert refused.stdout == ""


def test_a_signing_key_waits_until_others_can_know_it_or_is_told_not_to(run: Run) -> None:
    run("keys", "make", "sign")
    refused = run("keys", "rotate", "sign")
    assert refused.stderr.startswith("Error: Not before 20")
    assert run("keys", "rotate", "sign", "--at-once").returncode == 0


def test_a_server_with_open_or_weak_keys_does_not_begin(house: House, run: Run) -> None:
    path = house.settings.instance / "keys" / "cookie.json"
    path.chmod(0o644)
    refused = run("serve")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert f"chmod 600 {path}" in refused.stderr
    path.chmod(0o600)
    path.write_text('{"primary": "0000000000000000", "keys": {"0000000000000000": "' + "00" * 32 + '"}}')
    refused = run("serve")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "cookie.json is one byte again and again" in refused.stderr
