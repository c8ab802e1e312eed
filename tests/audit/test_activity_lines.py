"""One line of who looked: what it says plainly, where it leads, and whose it is."""

from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape

from portal.kernel import clock
from portal.kernel.house import House
from tests import people
from tests.audit.lists import numbers_follow_from_lists
from tests.audit.small_facts import CITY, NAME, Looked
from tests.audit.story import Story


def test_a_line_says_everything_plainly_and_leads_on(story: Story) -> None:
    index = story.looks(CITY, NAME)
    text = story.page(f"/activity/{index}")
    for words in (
        "Corner Books looked at your data",
        "City you live in and full name",
        "To bring you what you ordered.",
        "the first time this company looked at your data",
        "Write to their privacy contact",
        "Technical view",
    ):
        assert words in text
    assert "profile.address.city" not in text.split("Technical view")[0]


def test_a_line_says_that_a_look_asks_for_what_is_shared_and_of_a_blocked_attempt_it_does_not(story: Story) -> None:
    said = "What they asked for is what you shared with them for this reason at that moment."
    assert said in story.page(f"/activity/{story.looks(CITY)}")
    own = Looked(holder=story.holder, vendor=story.shop, asked=(CITY,), given=(CITY,), basis="own")
    assert said not in story.page(f"/activity/{story.append(own)}")
    assert said not in story.page(f"/activity/{story.tries(NAME)}")


def test_the_technical_view_leads_from_the_fields_to_the_numbers_that_stand_for_them(story: Story) -> None:
    for index in (story.looks(CITY, NAME), story.tries(NAME)):
        page = story.client.get(f"/activity/{index}").text
        assert "It names fields" not in page
        assert "A list of fields stands in the entry as a number of 64 characters, digits and letters a to f." in page
        numbers_follow_from_lists(page)
        assert f'"index": {index},' in unescape(page)


def test_nobody_sees_another_persons_line(story: Story) -> None:
    other = people.actor(story.house, people.register(story.house, "joan@example.org")).holder_id
    assert other is not None
    index = story.looks(CITY, holder=other)
    for path in (f"/activity/{index}", f"/activity/{index}/write", "/activity/999999", f"/activity/{1 << 70}"):
        assert story.client.get(path).status_code == 404
    assert "Nobody has looked yet" in story.page()


def test_a_bygone_prospects_lines_are_the_persons_own(story: Story, make_house: Callable[[str], House]) -> None:
    from portal.kernel.sealing import create_holder, fold_holder

    with story.house.writing() as unit:
        prospect = create_holder(unit, "prospect")
    index = story.looks(CITY, holder=prospect)
    assert story.client.get(f"/activity/{index}").status_code == 404
    with story.house.writing() as unit:
        fold_holder(unit, prospect, story.holder)
        from tests.audit.small_facts import Changed

        unit.note(Changed(holder=story.holder))
    assert story.client.get(f"/activity/{index}").status_code == 200


def test_a_look_is_dated_in_the_readers_own_day(story: Story) -> None:
    with clock.moved(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)):
        index = story.looks(CITY)
    assert "1 July 2026, 01:30" in story.page(f"/activity/{index}")
