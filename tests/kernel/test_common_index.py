"""The blind index of what several people may have."""

from portal.kernel.common_index import MOST, holders_by, places_of, release_shared, share_identifier
from portal.kernel.house import House
from portal.kernel.sealing import create_holders
from portal.kernel.unit import SYSTEM
from tests.kernel.noted import Noted

NUMBER = "+34600123456"


def _shared(house: House, holder: bytes, number: str = NUMBER) -> bool:
    with house.writing(SYSTEM) as unit:
        unit.note(Noted())
        return share_identifier(unit, "telephone", number, holder)


def _found(house: House, number: str = NUMBER) -> dict[str, bytes]:
    with house.reading() as unit:
        return holders_by(unit, "telephone", number)


def test_all_who_share_a_value_are_found_by_it_each_once(house: House) -> None:
    with house.writing(SYSTEM) as unit:
        people = create_holders(unit, "person", 3)
    assert all(_shared(house, one) for one in [*people, people[0]])
    assert sorted(_found(house).values()) == sorted(people)
    assert _found(house, "+34600123457") == {}


def test_whoever_comes_when_there_is_no_more_room_is_not_found_and_takes_the_place_of_one_who_went(house: House) -> None:
    with house.writing(SYSTEM) as unit:
        *people, late = create_holders(unit, "person", MOST + 1)
    assert all(_shared(house, one) for one in people)
    assert not _shared(house, late)
    with house.writing(SYSTEM) as unit:
        release_shared(unit, "telephone", people[3])
        unit.note(Noted())
    assert _shared(house, late)
    assert _found(house)[places_of("telephone")[3]] == late
