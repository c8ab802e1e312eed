"""A profile: what is kept of it, in which form, and what the log is told."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.accounts.models import Session
from portal.accounts.service import start_session
from portal.accounts.service.address_change import ask_to_change_address, change_address
from portal.customers.reads import profile_of, values_of, verified_addresses_of
from portal.customers.service import (
    add_custom,
    confirm_attribute,
    import_vcard,
    remove_attribute,
    set_attribute,
    set_attributes,
)
from portal.kernel import clock
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.house import House
from portal.kernel.ids import digest, new_id
from portal.kernel.log_queue import QueuedFact
from portal.kernel.unit import Actor
from portal.migrations.tables import all_tables
from tests.customers.someone import someone

CANARY = "Xanthippe-Quetzalcoatl"


def entries(house: House, event: str) -> list[dict[str, object]]:
    """Entries of an event that wait for the log, as they will stand in it."""
    with house.reading() as unit:
        found = [json.loads(row) for row in unit.connection.execute(select(QueuedFact.entry)).scalars()]
    return [entry for entry in found if entry["event"] == event]


def put(house: House, actor: Actor, **values: object) -> list[str]:
    """Sets attributes of the actor's profile; ``address_city`` is written ``profile.address.city``."""
    assert actor.customer_id is not None
    named = {"profile." + name.replace("__", "."): value for name, value in values.items()}
    with house.writing(actor) as unit:
        return set_attributes(unit, customer_id=actor.customer_id, values=named)


def held(house: House, actor: Actor) -> dict[str, object]:
    assert actor.customer_id is not None
    with house.reading(actor) as unit:
        return {path: line.value for path, line in profile_of(unit, actor.customer_id).items()}


def test_a_proved_address_stands_verified_in_the_new_profile(house: House) -> None:
    ana = someone(house, "ana@example.org")
    with house.reading(ana) as unit:
        line = profile_of(unit, ana.customer_id or b"")["profile.email"]
    assert (line.value, line.source) == ("ana@example.org", "account")
    assert line.verified_at is not None


def test_values_come_back_in_their_one_form(house: House) -> None:
    ana = someone(house)
    put(
        house,
        ana,
        given_name="  Ana\u0301  Maria ",
        phone="600 123 456",
        address={"street": "Carrer Nou 5", "city": "Girona", "country": "España", "region": ""},
        birth_date="3/5/1990",
        language="CA",
        tastes="novels\r\n\r\nmaps\nnovels",
    )
    assert held(house, ana) == {
        "profile.email": "ana@example.org",
        "profile.given_name": "Aná Maria",
        "profile.phone": "+34600123456",
        "profile.address": {"street": "Carrer Nou 5", "city": "Girona", "country": "ES"},
        "profile.birth_date": "1990-05-03",
        "profile.language": "ca",
        "profile.tastes": ["novels", "maps"],
    }


def test_nothing_is_written_when_one_value_is_wrong_and_each_is_named(house: House) -> None:
    ana = someone(house)
    with pytest.raises(Invalid) as caught:
        put(house, ana, given_name="Ana", phone="12", birth_date="tomorrow", address={"country": "Atlantis"})
    assert set(caught.value.fields) == {"profile.phone", "profile.birth_date", "profile.address.country"}
    assert list(held(house, ana)) == ["profile.email"]


@pytest.mark.parametrize(
    "path",
    ["profile.unknown", "profile.age_over_18", "profile.name", "orders.header", "profile.custom.abc", "", "PROFILE.EMAIL"],
)
def test_only_what_a_profile_holds_can_be_written(house: House, path: str) -> None:
    ana = someone(house)
    with pytest.raises(Invalid), house.writing(ana) as unit:
        set_attribute(unit, customer_id=ana.customer_id or b"", path=path, value="yes")


def test_a_changed_street_moves_the_address_and_not_its_city(house: House) -> None:
    ana = someone(house)
    put(house, ana, address={"street": "Carrer Nou 5", "city": "Girona", "country": "ES"})
    moved = put(house, ana, address={"street": "Rambla 1", "city": "Girona", "country": "ES"})
    assert moved == ["profile.address", "profile.address.street"]
    assert entries(house, "attribute.changed")[-1]["detail"] == {"paths": moved, "source": "self"}


def test_a_part_of_an_address_changes_that_part_alone(house: House) -> None:
    ana = someone(house)
    put(house, ana, address={"street": "Carrer Nou 5", "city": "Girona"})
    assert put(house, ana, address__city="Vic") == ["profile.address", "profile.address.city"]
    assert held(house, ana)["profile.address"] == {"street": "Carrer Nou 5", "city": "Vic"}
    assert put(house, ana, address__street="") == ["profile.address", "profile.address.street"]


def test_a_birth_date_moves_the_derived_answer_only_when_it_flips(house: House) -> None:
    ana = someone(house)
    with clock.moved(datetime(2026, 11, 22, 12, tzinfo=UTC)):
        first = put(house, ana, birth_date="1990-05-03")
        same = put(house, ana, birth_date="1991-05-03")
        flipped = put(house, ana, birth_date="2009-05-03")
    assert first == ["profile.age_over_16", "profile.age_over_18", "profile.birth_date"]
    assert same == ["profile.birth_date"]
    assert flipped == ["profile.age_over_18", "profile.birth_date"]


def test_saying_the_same_again_confirms_and_changes_nothing(house: House) -> None:
    ana = someone(house)
    put(house, ana, given_name="Ana")
    with clock.moved(timedelta(days=3)):
        assert put(house, ana, given_name="Ana") == []
        with house.reading(ana) as unit:
            line = profile_of(unit, ana.customer_id or b"")["profile.given_name"]
            assert unit.at - line.confirmed_at < timedelta(minutes=1)
    assert len(entries(house, "attribute.changed")) == 2
    assert entries(house, "attribute.confirmed")[-1]["detail"] == {"paths": ["profile.given_name"]}


def test_a_changed_value_is_no_longer_verified(house: House) -> None:
    ana = someone(house)
    put(house, ana, email="other@example.org")
    with house.reading(ana) as unit:
        line = profile_of(unit, ana.customer_id or b"")["profile.email"]
    assert (line.verified_at, line.source) == (None, "self")


def test_what_is_removed_is_gone_with_what_was_derived(house: House) -> None:
    ana = someone(house)
    put(house, ana, given_name="Ana", birth_date="1990-05-03")
    with house.writing(ana) as unit:
        gone = remove_attribute(unit, customer_id=ana.customer_id or b"", path="profile.birth_date")
    assert gone == ["profile.age_over_16", "profile.age_over_18", "profile.birth_date"]
    assert "profile.birth_date" not in held(house, ana)
    assert entries(house, "attribute.removed")[-1]["detail"] == {"paths": gone}


def test_what_is_not_held_cannot_be_removed_or_confirmed(house: House) -> None:
    ana = someone(house)
    for verb in (remove_attribute, confirm_attribute):
        with pytest.raises(NotFound), house.writing(ana) as unit:
            verb(unit, customer_id=ana.customer_id or b"", path="profile.phone")
    with pytest.raises(NotFound), house.writing(ana) as unit:
        set_attribute(unit, customer_id=new_id(), path="profile.given_name", value="Ana")


def test_a_line_of_ones_own_tells_the_log_nothing_of_its_name(house: House) -> None:
    ana = someone(house)
    with house.writing(ana) as unit:
        path = add_custom(unit, customer_id=ana.customer_id or b"", label=CANARY, value="secret word")
    assert held(house, ana)[path] == {"label": CANARY, "value": "secret word"}
    put(house, ana, **{path.removeprefix("profile.").replace(".", "__"): "another"})
    assert held(house, ana)[path] == {"label": CANARY, "value": "another"}
    with house.reading(ana) as unit:
        assert profile_of(unit, ana.customer_id or b"")[path].label == CANARY
        queued = b"".join(unit.connection.execute(select(QueuedFact.entry)).scalars())
    assert CANARY.encode() not in queued


def test_lines_of_ones_own_have_a_limit(house: House) -> None:
    ana = someone(house)
    with pytest.raises(Invalid) as caught, house.writing(ana) as unit:
        for number in range(41):
            add_custom(unit, customer_id=ana.customer_id or b"", label=f"Line {number}", value="x")
    assert set(caught.value.fields) == {"custom.label"}


def test_imported_values_say_so(house: House) -> None:
    ana = someone(house)
    with house.writing(ana) as unit:
        import_vcard(unit, customer_id=ana.customer_id or b"", values={"profile.nickname": "Anna"})
    with house.reading(ana) as unit:
        assert profile_of(unit, ana.customer_id or b"")["profile.nickname"].source == "import"


def test_present_values_answer_derived_paths_and_leave_out_what_is_not_held(house: House) -> None:
    ana = someone(house)
    put(house, ana, given_name="Ana", birth_date="1990-05-03", address__city="Vic")
    asked = ["profile.name", "profile.age_over_18", "profile.address.city", "profile.phone", "orders.header"]
    with house.reading(ana) as unit:
        values = values_of(unit, ana.customer_id or b"", asked)
    assert values == {"profile.name": "Ana", "profile.age_over_18": True, "profile.address.city": "Vic"}


def test_no_plain_value_lies_in_the_database(house: House) -> None:
    ana = someone(house, "canary.address@example.org")
    put(house, ana, given_name=CANARY, tastes=[CANARY + "-taste"], address={"street": CANARY + "-street"})
    with house.writing(ana) as unit:
        add_custom(unit, customer_id=ana.customer_id or b"", label=CANARY, value=CANARY)
    kept = _kept(house)
    assert any(b"profile.given_name" in content for content in kept)
    for content in kept:
        assert CANARY.encode() not in content
        assert b"canary.address" not in content


def _kept(house: House) -> list[bytes]:
    """Every byte of SQLite's files; of a server's tables every value, as it can be read."""
    if house.is_sqlite:
        return [path.read_bytes() for path in house.settings.instance.iterdir() if path.name.startswith("freehold.db")]
    with house.reading() as unit:
        tables = all_tables().sorted_tables
        return [repr(unit.connection.execute(select(table)).all()).encode() for table in tables]


def move_address(house: House, actor: Actor, email: str) -> None:
    """The actor proves another sign-in address."""
    assert actor.id is not None
    with house.writing(actor) as unit:
        session = start_session(unit, account_id=actor.id, holder_id=actor.holder_id or b"")
        session_id = unit.connection.execute(select(Session.id).where(Session.secret_hash == digest(session))).scalar_one()
        token = ask_to_change_address(unit, account_id=actor.id, session_id=session_id, email=email)
    with house.writing(actor) as unit:
        change_address(unit, token=token)


def test_the_profile_follows_the_sign_in_address(house: House) -> None:
    ana = someone(house, "ana@example.org")
    move_address(house, ana, "ana.new@example.org")
    with house.reading(ana) as unit:
        line = profile_of(unit, ana.customer_id or b"")["profile.email"]
    assert (line.value, line.source) == ("ana.new@example.org", "account")
    assert line.verified_at is not None


def test_an_address_that_the_person_wrote_stays_when_the_sign_in_address_changes(house: House) -> None:
    ana = someone(house, "ana@example.org")
    put(house, ana, email="letters@example.org")
    move_address(house, ana, "ana.new@example.org")
    assert held(house, ana)["profile.email"] == "letters@example.org"
    with house.reading(ana) as unit:
        assert verified_addresses_of(unit, ana.customer_id or b"") == ["ana.new@example.org"]
