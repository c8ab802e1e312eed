"""Numbers from before they were looked up: brought into the index once, and then nobody is looked at again."""

from sqlalchemy import delete

from portal.customers.facts import TelephonesIndexed
from portal.customers.jobs import index_older
from portal.customers.reads import TELEPHONE, names_by_telephone
from portal.customers.service import set_attribute
from portal.kernel.blind_index import Identifier
from portal.kernel.common_index import MOST, places_of
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from tests.accounts.answers import statements
from tests.customers.someone import someone

NUMBER = "+34600123456"


def a_firm(house: House) -> list[Actor]:
    """One more than are found by a number, all with the same one, from before numbers were looked up."""
    people = [someone(house, f"person-{number}@example.org") for number in range(MOST + 1)]
    for person in people:
        assert person.customer_id is not None
        with house.writing(person) as unit:
            set_attribute(unit, customer_id=person.customer_id, path="profile.phone", value=NUMBER)
    with house.writing(SYSTEM) as unit:
        unit.connection.execute(delete(Identifier).where(Identifier.kind.in_(places_of(TELEPHONE))))
        unit.note(TelephonesIndexed(count=0))
    return people


def found(house: House) -> int:
    """How many are found by the number."""
    with house.reading(SYSTEM) as unit:
        return len(names_by_telephone(unit, NUMBER))


def test_whoever_is_stopped_goes_on_where_it_was_and_a_later_start_looks_at_nobody(house: House) -> None:
    people = a_firm(house)
    first = index_older(house, most=2)
    assert (next(first), next(first), found(house)) == (2, 2, 4)
    first.close()
    assert sum(index_older(house, most=2)) == len(people) - 4
    assert found(house) == MOST
    # The ninth is found by no number, and yet was looked at.
    with statements(house) as sent:
        assert list(index_older(house)) == []
    assert len(sent) == 1
    assert "bring_ups" in sent[0]


def test_a_new_house_has_nothing_to_bring_up_and_knows_it_from_its_first_start_on(house: House) -> None:
    assert sum(index_older(house)) == 0
    with statements(house) as sent:
        assert list(index_older(house)) == []
    assert len(sent) == 1
