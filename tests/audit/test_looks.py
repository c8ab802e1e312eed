"""Who looked is read from narrow columns, thousands of lines at once: it says what whole entries say, line by line."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.audit import reads
from portal.audit.activity import page_of_week
from portal.audit.reads import Judged, Seen
from portal.audit.unusual import REASONS, Look, Verdict, judge_all
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.sealing import create_holder, fold_holder
from portal.kernel.unit import Actor
from tests.audit import plain_looks
from tests.audit.small_facts import CITY, EMAIL, NAME, Blocked, Changed, Looked, disclose, new_holder


@dataclass(frozen=True, kw_only=True)
class Officer(Looked):
    """A look of the data protection team's."""

    EVENT: ClassVar[str] = "log.entry_read"


@dataclass(frozen=True, kw_only=True)
class Searcher(Looked):
    """A search of that team's by this person's name."""

    EVENT: ClassVar[str] = "log.searched"


@dataclass(frozen=True, kw_only=True)
class Asked(Looked):
    """That team asked for this person's name by an address or a number."""

    EVENT: ClassVar[str] = "identity.sought"
    by: str


@dataclass(frozen=True, kw_only=True)
class Opener(Looked):
    """That team saw who this person is."""

    EVENT: ClassVar[str] = "identity.read"


ZONES = [ZoneInfo("Europe/Madrid"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/St_Johns"), ZoneInfo("UTC")]
SHOPS = [b"shop" * 4, b"bank" * 4]
BEGIN = datetime(2026, 3, 27, 22, 0, tzinfo=UTC)  # the clocks change two days later
FIELDS = st.frozensets(st.sampled_from([CITY, EMAIL, NAME]))

histories = st.lists(
    st.tuples(st.sampled_from(SHOPS), st.integers(0, 60 * 24 * 60), FIELDS, st.integers(0, 9)), max_size=120
).map(
    lambda rows: [
        Look(index, vendor, BEGIN + timedelta(minutes=at), fields, refused=chance == 0)
        for index, (vendor, at, fields, chance) in enumerate(rows)  # some stand before what was made earlier
    ]
)


@given(histories, st.sampled_from(ZONES))
@settings(max_examples=200)
def test_each_verdict_is_the_one_that_is_worked_out_the_long_way(history: list[Look], zone: ZoneInfo) -> None:
    assert judge_all(history, zone) == plain_looks.judged([(look.index, look) for look in history], zone, 0)


@pytest.fixture(scope="module")
def busy(make_module_house: Callable[[str], House], engine_name: str) -> tuple[House, bytes]:
    """A year of looks at one person by two companies and an officer, one half under a name from before; others' too."""
    house = make_module_house(engine_name)
    with clock.moved(datetime(2025, 10, 1, tzinfo=UTC)):
        person, other = new_holder(house), new_holder(house)
        with house.writing() as unit:
            prospect = create_holder(unit, "prospect")
            unit.note(Changed(code="made"))
    officer = Actor("officer", id=b"o" * 16, name="officer")
    for step in range(150):
        # Twice at night, more than half a year apart: the first is no habit any more when the second comes.
        hours = 17 if step in (4, 147) else 9 * (step % 23 == 0)
        at = datetime(2025, 10, 1, 9, 58, tzinfo=UTC) + timedelta(days=2 * step, seconds=step, hours=hours)
        fields = (CITY, EMAIL) if step % 40 == 39 else (CITY,)
        holder = (person, prospect, other)[step % 3 if step % 7 else 0]
        vendor = SHOPS[step % 11 == 0]
        with clock.moved(at):
            fact = Blocked if step % 13 == 12 else Looked
            more = {"given": fields} if fact is Looked else {"reason": "paused"}
            times = 9 if step > 140 else 1
            disclose(house, *[fact(holder=holder, vendor=vendor, asked=fields, **more)] * times)
            if step % 30 == 29:
                asked = [Asked(holder=holder, by=by) for by in ("email", "telephone")]
                disclose(house, *[kind(holder=holder) for kind in (Officer, Searcher, Opener)], *asked, actor=officer)
                _late(house, person, at)
    with house.writing() as unit:
        fold_holder(unit, prospect, person)
        unit.note(Changed(holder=person))
    house.lead()
    return house, person


def _late(house: House, person: bytes, at: datetime) -> None:
    """A look that is appended long after it was made, with longer names before its moment than any that are in use."""
    with house.writing(Actor("vendor", id=b"c" * 16, name="c" * 64)) as unit:
        fact = Looked(holder=person, vendor=SHOPS[0], asked=(CITY,), given=(CITY,), about=("o" * 400, b"o" * 16))
        unit.note(fact)
    with clock.moved(at + timedelta(days=8, hours=3)):
        house.lead()


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize("weeks", [1, 13, 30, 60])
@pytest.mark.parametrize("vendor", [None, *SHOPS], ids=["all", "shop", "bank"])
def test_pages_judge_as_whole_entries_do(
    busy: tuple[House, bytes], zone: ZoneInfo, weeks: int, vendor: bytes | None
) -> None:
    house, person = busy
    last = datetime(2026, 7, 26, tzinfo=zone)
    with house.reading() as unit:
        names = reads.pseudonyms_of(unit, person)
        assert len(names) == 2
        for until in (None, last - timedelta(days=3)):
            since = last - timedelta(weeks=weeks)
            found = reads.looks_of(unit, person, zone, since=since, until=until, vendor_id=vendor)
            wanted = plain_looks.looks_of(unit, names, zone, since, until, vendor)
            assert {look.line.index: look.verdict for look in found} == wanted
            assert [look.line.index for look in found] == sorted(wanted, reverse=True)
            for look in found[:3]:
                assert reads.look_of(unit, person, zone, look.line.index).line.at == look.line.at.astimezone(UTC)


def test_that_year_has_all_that_can_be_unusual(busy: tuple[House, bytes]) -> None:
    house, person = busy
    with house.reading() as unit:
        found = reads.looks_of(unit, person, ZONES[0], since=datetime(2025, 10, 1, tzinfo=UTC))
    assert {reason for look in found for reason in look.verdict.reasons} == set(REASONS)
    assert {look.line.vendor for look in found} == {None, *SHOPS}


class _Lines:
    """Looks of one week by two companies, as a page gets them: newest first."""

    def __init__(self, count: int) -> None:
        at = datetime(2026, 5, 4, 12, tzinfo=UTC)
        seen = [Seen(i, at, SHOPS[i % 3 == 0], i % 5 == 0, None, (CITY,), (CITY,)) for i in range(count)]
        self.looks = [Judged(line, Verdict()) for line in reversed(seen)]


@given(st.integers(0, 40), st.integers(1, 15))
def test_the_pages_of_a_week_show_each_line_once_and_count_the_whole_week_on_each(count: int, size: int) -> None:
    looks, shown, below = _Lines(count).looks, [], None
    for _ in range(count // size + 1):
        page = page_of_week(looks, ZONES[0], below, size)
        groups = [group for week in page.weeks for group in week.groups]
        for group in groups:
            assert group.count == sum(look.line.vendor == group.vendor for look in looks)
        of_page = [look.line.index for group in groups for look in group.shown]
        assert len(of_page) <= size
        shown += of_page
        below = page.next
        if below is None:
            break
    assert below is None
    assert sorted(shown) == list(range(count))
