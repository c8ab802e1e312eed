"""Ended is ended: no read after an answered stop, pause, revocation or expiry, in the order of the log itself."""

from collections import Counter
from collections.abc import Callable

import pytest
from flask import Flask

from portal.audit.report import SOUND
from portal.audit.verify import verify
from portal.kernel.house import House
from tests.audit.history import (
    EXPIRY,
    EXPIRY_BY_JOB,
    KINDS,
    LOOK_UP_ONLY,
    STOP,
    Case,
    late,
    make_cases,
    run,
    told,
)
from tests.oauth.cast import Program, program
from tests.prove.sizes import size

ENDS = size(test=8, prove=1000)
READS = size(test=100, prove=20_000)
AT_ONCE = 96  # tokens live half an hour: no more are made before they are read


@pytest.fixture
def shop(house: House) -> Program:
    """A company that reads."""
    return program(house)


@pytest.mark.slow
def test_promise_2_nothing_is_read_after_an_end_was_answered(
    app: Flask, house: House, shop: Program, figure: Callable[..., float]
) -> None:
    wanted, reads, given, ended = ENDS * len(KINDS), 0, 0, Counter[str]()
    for start in range(0, wanted, AT_ONCE):
        cases = make_cases(app, shop, min(AT_ONCE, wanted - start), f"c{start}")
        history = run(house, shop, cases)
        assert late(house, cases, history) == []
        reads += len(history.reads)
        given += sum(status == 200 for _, _, status in history.reads)
        ended.update(cases[place].kind for place in history.ends)
        assert {status for _, _, status in history.reads} <= {200, 401, 403, 503}
        _is_telling(house, cases)
    assert set(ended.values()) == {ENDS}
    assert reads >= READS
    assert given > reads // 10, "hardly anything was read before it ended"
    assert verify(house).exit_code == SOUND
    figure("reads raced against ends", reads, goal=READS, unit="reads")
    figure("ends of each kind", ENDS, goal=ENDS, unit="ends")
    figure("reads after their end", 0, goal=0, unit="reads", better="equal")


def _is_telling(house: House, cases: list[Case]) -> None:
    """The race was one: most permissions were read before they ended."""
    read = sum(bool(log.reads) for log in told(house, cases))
    assert read > len(cases) // 2


@pytest.mark.slow
def test_a_check_at_the_look_up_of_the_token_alone_is_caught(app: Flask, house: House, shop: Program) -> None:
    # Whether a read falls into the gap at an end is chance; that none does in eight rounds is not.
    found: list[str] = []
    for number in range(8):
        cases = make_cases(app, shop, 16, f"f{number}")
        found += late(house, cases, run(house, shop, cases, fault=LOOK_UP_ONLY))
        if all(any(kind in one for one in found) for kind in (STOP, EXPIRY)):
            return
    assert not found, "one kind of end alone was seen late"
    raise AssertionError("no read was seen late")


@pytest.mark.slow
def test_an_expiry_that_waits_for_a_job_is_caught(app: Flask, house: House, shop: Program) -> None:
    found: list[str] = []
    for number in range(8):
        # On a busy machine the readers may be done before any permission has run out.
        cases = make_cases(app, shop, 16, f"f{number}")
        found += late(house, cases, run(house, shop, cases, fault=EXPIRY_BY_JOB))
        if found:
            break
    assert found
    assert all(one.startswith(EXPIRY) for one in found)
