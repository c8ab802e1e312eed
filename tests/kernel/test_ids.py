"""Ids of rows: they rise, and nobody makes one twice, in threads nor in a forked child."""

import os
from concurrent.futures import ThreadPoolExecutor

from portal.kernel.ids import id_from, new_id, new_ids, text_of

_OF_ONE = 500


def test_ids_rise_and_are_told_apart_by_their_version_and_variant() -> None:
    made = [*(new_id() for _ in range(_OF_ONE)), *new_ids(_OF_ONE), new_id()]
    assert made == sorted(set(made))
    assert {(one[6] >> 4, one[8] >> 6) for one in made} == {(7, 2)}
    assert [id_from(text_of(one)) for one in made] == made


def test_threads_that_draw_at_once_never_draw_the_same() -> None:
    with ThreadPoolExecutor(8) as threads:
        made = [id_ for part in threads.map(lambda _: [new_id() for _ in range(_OF_ONE)], range(8)) for id_ in part]
    assert len(set(made)) == 8 * _OF_ONE
    assert len({_random_of(one) for one in made}) == 8 * _OF_ONE


def test_a_forked_child_draws_nothing_that_its_parent_draws() -> None:
    new_id()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        # No word of the suite's own runs in the child: it says what it drew, and is gone.
        os.write(write, b"".join(new_ids(_OF_ONE)))
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as told:
        drawn = told.read()
    assert os.waitpid(child, 0)[1] == 0 and len(drawn) == 16 * _OF_ONE
    theirs = {_random_of(drawn[at : at + 16]) for at in range(0, len(drawn), 16)}
    assert theirs.isdisjoint(map(_random_of, new_ids(_OF_ONE)))


def _random_of(id_: bytes) -> bytes:
    return id_[8:]
