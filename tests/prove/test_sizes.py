"""How much smaller a test is where not all is proved."""

from tests.prove.sizes import in_turn

LANGUAGES, WINDOWS = ("en", "ca", "es", "ro"), ("phone", "desktop")


def test_each_is_tried_with_each_where_all_is_proved() -> None:
    assert len(set(in_turn(LANGUAGES, WINDOWS, proving=True))) == len(LANGUAGES) * len(WINDOWS)


def test_elsewhere_both_ends_are_tried_and_each_of_the_fewer() -> None:
    assert in_turn(LANGUAGES, WINDOWS, proving=False) == [("en", "phone"), ("ro", "desktop")]
    assert in_turn(WINDOWS, LANGUAGES, proving=False) == [("phone", "en"), ("desktop", "ro")]
    assert in_turn(["en"], WINDOWS, proving=False) == [("en", "phone")]
