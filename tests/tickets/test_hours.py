"""When a company answers, as pages say it: by its own calendar, in the reader's zone and language, and never invented."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel import clock, i18n
from portal.kernel.calendars import Calendar
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import SYSTEM
from portal.tickets.hours import said_of_hours
from portal.tickets.machine import CLOSE
from portal.tickets.service import promise
from tests.grants.cast import signed_in
from tests.tickets.cast import OFFICE, Talk, talk

MADRID = ZoneInfo("Europe/Madrid")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2027, 3, 1, 8, tzinfo=UTC)
"""Nine o'clock in Madrid."""
_SPANS = ((540, 840), (900, 1080))
NIGHT = Calendar(MADRID, (((0, 120), (1320, 1440)),) * 7)
"""From ten in the evening to two in the night."""
_edges = st.lists(st.integers(0, 48), unique=True, max_size=6).map(sorted)
_day = _edges.map(lambda edges: tuple(zip([30 * e for e in edges[::2]], [30 * e for e in edges[1::2]], strict=False)))


def office(*closed: str) -> Calendar:
    """Monday to Friday, nine to two and three to six."""
    return Calendar(MADRID, (*(_SPANS,) * 5, (), ()), frozenset(datetime.fromisoformat(day).date() for day in closed))


@pytest.mark.parametrize(
    ("at", "is_open", "until"),
    [
        (MONDAY, True, MONDAY + 5 * HOUR),
        (MONDAY - HOUR / 60, False, MONDAY),
        (MONDAY + 5 * HOUR, False, MONDAY + 6 * HOUR),
        (MONDAY + 9 * HOUR, False, MONDAY + DAY),
        (MONDAY + 4 * DAY + 9 * HOUR, False, MONDAY + 7 * DAY),
    ],
)
def test_it_is_open_from_the_moment_it_opens_and_not_at_the_moment_it_closes(at: datetime, is_open: bool, until: datetime) -> None:
    assert office().standing(at) == (is_open, until)


def test_days_on_which_nobody_is_there_are_passed_over_and_a_night_is_one_stretch() -> None:
    assert office("2027-03-02", "2027-03-03").standing(MONDAY + 9 * HOUR).until == MONDAY + 3 * DAY
    assert NIGHT.standing(MONDAY + 14 * HOUR) == (True, MONDAY + 17 * HOUR), "midnight ends nothing"
    assert Calendar(MADRID, (((0, 1440),),) * 7).standing(MONDAY) == (True, None)
    assert Calendar(MADRID, ((),) * 7).standing(MONDAY) == (False, None)


@given(st.lists(_day, min_size=7, max_size=7), st.integers(0, 14 * 48), st.sampled_from(["Europe/Madrid", "America/Sao_Paulo"]))
def test_until_the_moment_that_is_named_nothing_changes_and_then_it_does(week: list[tuple], turn: int, zone: str) -> None:  # type: ignore[type-arg]
    calendar, at = Calendar(ZoneInfo(zone), tuple(week)), datetime(2027, 3, 20, tzinfo=UTC) + turn * HOUR / 2
    found = calendar.standing(at)
    if found.until is None:
        assert found.is_open or not any(week)
        return
    span = found.until - at
    assert calendar.elapsed(at, found.until) == (span if found.is_open else timedelta(0))
    after = calendar.elapsed(found.until, found.until + HOUR / 60)
    assert after == (timedelta(0) if found.is_open else HOUR / 60)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (MONDAY, "Open now, until 14:00."),
        (MONDAY - HOUR, "Closed now; opens today at 9:00."),
        (MONDAY + 10 * HOUR, "Closed now; opens tomorrow at 9:00."),
        (MONDAY + 5 * DAY, "Closed now; opens on Monday at 9:00."),
    ],
)
def test_it_is_said_as_people_say_it(at: datetime, said: str) -> None:
    assert said_of_hours(office().standing(at), at) == said


def test_whoever_reads_elsewhere_reads_their_own_hours_and_a_far_day_by_its_date() -> None:
    tokyo = Calendar(ZoneInfo("Asia/Tokyo"), (((540, 1080),),) * 7)
    assert said_of_hours(tokyo.standing(MONDAY), MONDAY) == "Open now, until 10:00."
    away = office(*(f"2027-03-{day:02}" for day in range(1, 20)))
    assert said_of_hours(away.standing(MONDAY), MONDAY) == "Closed now; opens on 22 March 2027 at 9:00."
    assert said_of_hours(NIGHT.standing(MONDAY + 14 * HOUR), MONDAY + 14 * HOUR) == "Open now, until 2:00 on 2 March 2027."
    assert said_of_hours(None, MONDAY) == ""


def test_one_o_clock_has_its_own_article_where_a_language_has_one() -> None:
    late = Calendar(MADRID, (((0, 60), (600, 1440)),) * 7)
    early = Calendar(MADRID, (((600, 780),),) * 7)
    with i18n.use_locale("es"):
        assert "hasta la 1:00 del" in said_of_hours(late.standing(MONDAY + 12 * HOUR), MONDAY + 12 * HOUR)
        assert said_of_hours(early.standing(MONDAY + HOUR), MONDAY + HOUR) == "Abierto ahora, hasta las 13:00."
    with i18n.use_locale("ca"):
        assert "fins a la 1:00 del" in said_of_hours(late.standing(MONDAY + 12 * HOUR), MONDAY + 12 * HOUR)


def promised(house: House, one: Talk, week: object) -> None:
    """The company names its hours, and promises nothing by them."""
    with house.writing(SYSTEM) as unit:
        promise(unit, vendor_id=one.shop.id, zone="Europe/Madrid", week=week, closed=(), targets={})  # type: ignore[arg-type]


def test_pages_say_it_where_hours_were_named_and_nothing_where_they_were_not(app: Flask, house: House) -> None:
    one = talk(house)
    with clock.moved(MONDAY + HOUR):
        one.begin()
        browser = signed_in(app, one.customer)
        new, open_ = f"/messages/conversations/new?company={text_of(one.shop.id)}", f"/messages/conversations/{text_of(one.id)}"
        for named in (False, None):
            if named is None:
                promised(house, one, None)
            for page in (new, open_):
                text = browser.get(page).text
                assert "Open now" not in text and "Closed now" not in text, "no hours were named"
        promised(house, one, OFFICE)
        for page in (new, open_):
            assert "Open now, until 14:00." in browser.get(page).text
    with clock.moved(MONDAY + 10 * HOUR):
        assert "Closed now; opens tomorrow at 9:00." in browser.get(open_).text
        one.says(CLOSE)
        assert "Closed now;" not in browser.get(open_).text, "of what is closed nobody waits"
