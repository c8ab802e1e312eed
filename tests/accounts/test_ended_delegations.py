"""Ended is ended for delegates, too: once it was answered, nothing is seen or done, whichever process is asked."""

import json
import subprocess
import sys
import time
from pathlib import Path

from portal.accounts import service
from portal.accounts.reads import actor_for
from portal.accounts.service import start_session
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import STRANGER, Actor
from tests.accounts.delegating import entries_of, lent
from tests.grants.cast import person
from tests.prove.sizes import size

ROOT = Path(__file__).parents[2]
MARK = "Carrer dels Lliris 88"
PROCESSES = 2


def _acting(house: House, number: int) -> tuple[Actor, bytes, str]:
    """A customer, the delegation that they gave, and the session of whoever acts by it."""
    street = {"street": MARK, "city": "Girona", "country": "ES"}
    ana = person(house, f"ana{number}@example.org", address=street)
    bruno = person(house, f"bruno{number}@example.org")
    held = lent(house, ana, bruno, {"data": "act"}, email=f"bruno{number}@example.org")
    assert bruno.id is not None and bruno.holder_id is not None
    with house.writing(STRANGER) as unit:
        secret = start_session(unit, account_id=bruno.id, holder_id=bruno.holder_id)
    with house.reading() as unit:
        here = actor_for(unit, secret)
    assert here is not None
    with house.writing(here) as unit:
        service.begin_acting(unit, delegation_id=held.delegation_id)
    return ana, held.delegation_id, secret


def test_promise_2_after_an_end_was_answered_no_delegate_looks_or_acts_in_any_process(house: House) -> None:
    cases = [_acting(house, number) for number in range(size(test=3, prove=40))]
    secrets = json.dumps([secret for _, _, secret in cases])
    command = [sys.executable, "-m", "tests.accounts.delegate_working", str(house.settings.instance)]
    command += [house.engine.url.render_as_string(hide_password=False), secrets, MARK]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    workers = [subprocess.Popen(command, **pipes) for _ in range(PROCESSES)]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    answered: list[float] = []
    for ana, delegation_id, _ in cases:
        _wait_for_both(house, ana)
        with house.writing(ana) as unit:
            service.end_delegation(unit, delegation_id=delegation_id)
        answered.append(time.time())
    time.sleep(0.5)
    looks = [look for worker in workers for look in json.loads(worker.communicate("", timeout=120)[0].splitlines()[-1])]
    assert {case for case, _ in looks} == set(range(len(cases)))
    assert [(case, began) for case, began in looks if began > answered[case]] == []
    _hold_against_the_log(house, cases, answered)


def _wait_for_both(house: House, ana: Actor) -> None:
    """Until the delegate has looked and acted."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        done = {e["event"] for e in entries_of(house) if e["actor"]["kind"] == "delegate" and e.get("customer") == ana.name}
        if {"delegate.looked", "attribute.changed"} <= done:
            return
        time.sleep(0.05)
    raise AssertionError("nobody looked and acted")


def _hold_against_the_log(house: House, cases: list[tuple[Actor, bytes, str]], answered: list[float]) -> None:
    entries = entries_of(house)
    for (ana, delegation_id, _), moment in zip(cases, answered, strict=True):
        theirs = [entry for entry in entries if entry.get("customer") == ana.name]
        (end,) = [e["index"] for e in theirs if e["event"] == "delegation.ended"]
        late = [e for e in theirs if e["event"] == "delegate.looked" and e["index"] > end]
        assert late == [], text_of(delegation_id)
        acts = [e["at"] for e in theirs if e["event"] == "attribute.changed" and e["actor"]["kind"] == "delegate"]
        assert acts, "nobody acted"
        assert max(acts) <= int(moment * 1_000_000)
