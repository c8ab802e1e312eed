"""Both engines hold the same tables, and each test gets a database of its own."""

from collections.abc import Callable

from sqlalchemy import inspect

from portal.kernel.house import House
from portal.migrations.tables import all_tables


def test_a_fresh_house_has_every_table_of_the_models(house: House) -> None:
    found = set(inspect(house.engine).get_table_names())
    assert set(all_tables().tables) <= found


def test_two_houses_share_nothing(make_house: Callable[..., House], engine_name: str) -> None:
    one, other = make_house(engine_name), make_house(engine_name)
    assert one.engine.url != other.engine.url
    assert one.settings.instance != other.settings.instance
