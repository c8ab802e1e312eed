"""How much smaller a test is where not all is proved."""

from collections import Counter

from tests.prove.sizes import in_turn

LANGUAGES, WINDOWS = ("en", "ca", "es", "ro"), ("phone", "desktop")


def test_each_is_tried_with_each_where_all_is_proved() -> None:
    assert len(set(in_turn(LANGUAGES, WINDOWS, proving=True))) == len(LANGUAGES) * len(WINDOWS)


def test_elsewhere_half_are_tried_and_each_is_among_them_as_often_as_another() -> None:
    pairs = in_turn(LANGUAGES, WINDOWS, proving=False)
    assert Counter(one for one, _ in pairs) == dict.fromkeys(LANGUAGES, 1)
    assert Counter(other for _, other in pairs) == dict.fromkeys(WINDOWS, 2)
