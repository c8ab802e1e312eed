"""What a lease shows of a profile: exactly its paths, and nothing that is not held."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.customers import shared
from portal.customers.catalogue import CATALOGUE
from portal.customers.derive import DERIVED, plan
from portal.customers.service import set_attributes
from portal.customers.shared import shared_profile, shared_profiles
from portal.grants.lease import GRANT, Lease
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import new_id
from portal.kernel.unit import Actor
from portal.links.reads import sub_of
from portal.links.service import ensure, fold, prospect
from tests.customers.someone import company, someone

PURPOSE = "https://w3id.org/dpv#DeliveryOfGoods"
FULL = {
    "profile.given_name": "Ana",
    "profile.family_name": "Puig i Serra",
    "profile.nickname": "Anna",
    "profile.birth_date": "1990-05-03",
    "profile.phone": "+34600123456",
    "profile.language": "ca",
    "profile.address": {"street": "Carrer Nou 5", "postal_code": "17001", "city": "Girona", "country": "ES"},
    "profile.delivery_notes": "Second floor",
    "profile.tastes": ["novels", "maps"],
    "profile.dislikes": ["horror"],
    "profile.occupation": "Teacher",
}
PROFILE_PATHS = [path for path in CATALOGUE if path.startswith("profile.")]


def lease_for(house: House, actor: Actor, vendor_id: bytes, *datatypes: str) -> Lease:
    """A lease as a permission for these datatypes would give it."""
    assert actor.customer_id is not None
    assert actor.holder_id is not None
    with house.writing(actor) as unit:
        link = ensure(unit, customer_id=actor.customer_id, vendor_id=vendor_id)
        sub = sub_of(unit, link.id)
    return Lease(
        GRANT, vendor_id, link.id, actor.customer_id, actor.holder_id, sub, new_id(), 1, PURPOSE,
        frozenset(datatypes), None, 0,
    )  # fmt: skip


def filled(house: House, email: str = "ana@example.org") -> Actor:
    ana = someone(house, email)
    with house.writing(ana) as unit:
        set_attributes(unit, customer_id=ana.customer_id or b"", values=FULL)
    return ana


def test_a_lease_shows_its_paths_and_leaves_out_what_is_not_held(house: House) -> None:
    ana, shop = filled(house), company(house)
    lease = lease_for(
        house, ana, shop.id,
        "profile.email", "profile.name", "profile.address.city", "profile.age_over_18", "profile.iban", "orders.line",
    )  # fmt: skip
    with house.reading() as unit:
        answer = shared_profile(unit, lease)
    assert answer == {
        "sub": lease.sub,
        "purpose": PURPOSE,
        "profile": {
            "email": "ana@example.org",
            "name": "Ana Puig i Serra",
            "address": {"city": "Girona"},
            "age_over_18": True,
        },
    }
    assert shared.given(answer["profile"], lease.datatypes) == [
        "profile.address.city",
        "profile.age_over_18",
        "profile.email",
        "profile.name",
    ]


def test_the_derived_answer_is_of_the_moment_of_the_read(house: House) -> None:
    ana, shop = filled(house), company(house)
    lease = lease_for(house, ana, shop.id, "profile.age_over_18")
    answers = []
    for moment in (datetime(2008, 5, 2, 23, 59, tzinfo=UTC), datetime(2008, 5, 3, 0, 1, tzinfo=UTC)):
        with clock.moved(moment), house.reading() as unit:
            answers.append(shared_profile(unit, lease)["profile"]["age_over_18"])
    assert answers == [False, True]


def test_a_whole_address_holds_its_parts(house: House) -> None:
    ana, shop = filled(house), company(house)
    lease = lease_for(house, ana, shop.id, "profile.address", "profile.address.city", "profile.address.region")
    with house.reading() as unit:
        profile = shared_profile(unit, lease)["profile"]
    assert profile == {"address": FULL["profile.address"]}
    assert shared.given(profile, lease.datatypes) == ["profile.address", "profile.address.city"]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_path_beyond_the_lease_is_shown_and_none_that_is_held_is_missing(
    make_module_house: Callable[..., House], engine_name: str, data: st.DataObject
) -> None:
    house, ana, vendor_id = _lived_in(make_module_house, engine_name)
    datatypes = data.draw(st.sets(st.sampled_from([*PROFILE_PATHS, "orders.header"])))
    lease = lease_for(house, ana, vendor_id)._replace(datatypes=frozenset(datatypes))
    with house.reading() as unit:
        answer = shared_profile(unit, lease)
        assert shared_profiles(unit, [lease]) == [answer]
    leaves = set(_leaves("profile", answer["profile"]))
    allowed = {path for path in datatypes if path.startswith("profile.")}
    assert all(any(leaf == path or leaf.startswith(path + ".") for path in allowed) for leaf in leaves)
    known = {**FULL, "profile.email": "ana@example.org"}
    expected = {p for p in allowed if all(s in known for s in plan(frozenset([p]))[0]) and not p.endswith(".region")}
    assert set(shared.given(answer["profile"], lease.datatypes)) == expected


_made: dict[str, tuple[House, Actor, bytes]] = {}


def _lived_in(make: Callable[..., House], engine_name: str) -> tuple[House, Actor, bytes]:
    if engine_name not in _made:
        house = make(engine_name)
        _made[engine_name] = (house, filled(house), company(house).id)
    return _made[engine_name]


def _leaves(path: str, node: object) -> list[str]:
    if not isinstance(node, dict):
        return [path]
    return [leaf for name, value in node.items() for leaf in _leaves(f"{path}.{name}", value)]


def test_a_page_of_customers_shows_each_what_its_own_lease_allows(house: House) -> None:
    shop = company(house)
    people = [filled(house, f"p{number}@example.org") for number in range(3)]
    wanted = (("profile.email",), ("profile.tastes", "profile.name"), ())
    leases = [lease_for(house, person, shop.id, *paths) for person, paths in zip(people, wanted, strict=True)]
    with house.reading() as unit:
        page = shared_profiles(unit, leases)
        assert page == [shared_profile(unit, lease) for lease in leases]
    assert [sorted(answer["profile"]) for answer in page] == [["email"], ["name", "tastes"], []]


def test_a_customer_whose_keys_are_gone_shows_nothing(house: House) -> None:
    ana, shop = filled(house), company(house)
    lease = lease_for(house, ana, shop.id, "profile.email")._replace(holder_id=new_id())
    with house.reading() as unit:
        assert shared_profiles(unit, [lease])[0]["profile"] == {}


def test_a_stored_value_that_no_path_needs_is_not_even_asked_for() -> None:
    assert plan(frozenset({"profile.age_over_18"}))[0] == {"profile.birth_date"}
    assert plan(frozenset({"orders.header"})) == (frozenset(), ())
    assert set(DERIVED) <= set(CATALOGUE)


@pytest.mark.alone
@pytest.mark.slow
def test_fifty_customers_of_twelve_attributes_are_answered_quickly(
    house: House, figure: Callable[..., float]
) -> None:
    shop = company(house)
    paths = (*FULL, "profile.email")
    leases = [lease_for(house, filled(house, f"p{number}@example.org"), shop.id, *paths) for number in range(50)]
    times = []
    for _ in range(30):
        with house.reading() as unit:
            started = time.perf_counter()
            page = shared_profiles(unit, leases)
            body = json.dumps(page)
            times.append(time.perf_counter() - started)
    assert len(page) == 50
    assert body.count('"family_name"') == 50
    assert figure("profiles of 50 customers", sorted(times)[15] * 1000, goal=15, unit="ms", better="lower") < 200


def test_answers_carry_the_links_own_id_and_the_others_that_lead_to_it(house: House) -> None:
    ana, shop = filled(house), company(house)
    lease = lease_for(house, ana, shop.id, "profile.email")
    with house.writing() as unit:
        source = prospect(unit, vendor_id=shop.id, number="C-1")
        other = sub_of(unit, source.id)
    with house.writing(ana) as unit:
        fold(unit, prospect_link=source.id, into=lease.customer_id)
    known = lease._replace(also_known=True)
    for leases in ([known], [known._replace(datatypes=frozenset({"profile.iban"}))]):
        with house.reading() as unit:
            one, (many,) = shared_profile(unit, leases[0]), shared_profiles(unit, leases)
        assert one == many
        assert (one["sub"], one["same_as"]) == (lease.sub, [other])
