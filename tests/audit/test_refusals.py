"""Refused attempts on record: how many of equal ones have entries of their own, and what makes two of them equal."""

from datetime import timedelta

from portal.audit.reads import looks_of
from portal.audit.refusals import note_refusal, settle_refusals
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.i18n import zone
from tests.audit.small_facts import CITY, EMAIL, SHOP, Blocked, new_holder


def try_it(house: House, holder: bytes, times: int, *, asked: tuple[str, ...] | None, purpose: str | None = None) -> None:
    for _ in range(times):
        fact = Blocked(holder=holder, vendor=SHOP.vendor_id, asked=asked, purpose=purpose, reason="revoked")
        with house.writing(SHOP) as unit:
            note_refusal(unit, fact, SHOP, "203.0.113.7")


def on_record(house: House, holder: bytes) -> list[tuple[str, ...]]:
    house.lead()
    with house.reading() as unit:
        return [look.line.asked for look in looks_of(unit, holder, zone(), since=unit.at - timedelta(hours=1))]


def test_attempts_at_different_fields_are_not_equal_and_each_has_ten_entries_a_minute(house: House) -> None:
    holder = new_holder(house)
    with clock.moved(clock.now().replace(second=0, microsecond=0) + timedelta(minutes=1)):
        for _ in range(14):
            try_it(house, holder, 1, asked=(CITY,))
            try_it(house, holder, 1, asked=(EMAIL,))
        found = on_record(house, holder)
    assert (found.count((CITY,)), found.count((EMAIL,))) == (10, 10)
    with clock.moved(timedelta(minutes=4)):
        assert settle_refusals(house) == 2


def test_nobody_gets_more_than_ten_entries_a_minute_by_inventing_what_they_ask_for(house: House) -> None:
    holder = new_holder(house)
    with clock.moved(clock.now().replace(second=0, microsecond=0) + timedelta(minutes=1)):
        for number in range(14):
            try_it(house, holder, 1, asked=None, purpose=f"https://example.org/{number}")
        assert len(on_record(house, holder)) == 10
