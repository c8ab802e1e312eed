"""Promise 6: hidden leaves no trace in any read by another company made after hiding.

A world is made once. For each case it is copied twice: in copy A rows are hidden by their customer, in copy B the same
rows are taken out of the tables. Another company must not be able to tell one copy from the other.
"""

import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from portal.app import create_app
from portal.kernel.db import WRITING
from portal.kernel.house import House, use_house
from portal.kernel.settings import Settings
from portal.kernel.unit import Actor
from portal.orders.models import Order, OrderLine
from portal.orders.reads import orders_of
from portal.orders.service import hide, mark_gift
from portal.orders.shared import lent
from portal.orders.statuses import STATUSES, status_of
from portal.vendors.reads import vendor_of
from portal.wiring import WIRING
from tests.databases import Databases
from tests.orders.cast import (
    CARE,
    SUGGESTIONS,
    an_order,
    company,
    found,
    join,
    line,
    own,
    shared_with,
    tell,
)
from tests.prove.sizes import size
from tests.vendors.consoles import at_work

CASES = size(test=3, prove=30)
PEOPLE = ("ana", "joan", "maria")


Seen = tuple[Any, ...]


@dataclass
class World:
    """Two sellers, three customers, a reader with permissions for two purposes, and the seller's own token."""

    house: House
    people: dict[str, Actor] = field(default_factory=dict)
    customers: dict[str, str] = field(default_factory=dict)
    own: str = ""
    seller: str = ""
    # The session of somebody who serves the reader's customers, and the reader's place in the console.
    counter: str = ""
    slug: str = ""
    sellers_view: list[Seen] = field(default_factory=list)


def make_world(house: House) -> World:
    """Made once a engine, the same each time."""
    chance = random.Random(6)
    world = World(house)
    app = create_app(house)
    sellers = [company(house, name) for name in ("Llibreria Far", "Casa Lumen")]
    reader = company(house, "Mercat Verd")
    for shop, seller in enumerate(sellers):
        tell(house, seller.vendor_id, *_orders(chance, shop))
    for name in PEOPLE:
        world.people[name] = found(house, sellers[0], name, f"{name}@example.org")
        join(house, sellers[1], name, world.people[name])
        for purpose in (CARE, SUGGESTIONS):
            world.customers[f"{name} {purpose}"] = shared_with(app, reader, world.people[name], purpose).token
    world.own = own(app, reader).token
    world.seller = own(app, sellers[0]).token
    _open_counter(app, world, reader.vendor_id)
    return world


def _open_counter(app: Flask, world: World, vendor_id: bytes) -> None:
    with world.house.reading() as unit:
        shop = vendor_of(unit, vendor_id)
    with at_work(app, world.house, shop, rank="agent").session_transaction() as session:
        world.counter, world.slug = session["_user_id"], shop.slug


def _orders(chance: random.Random, shop: int) -> list[dict[str, Any]]:
    return [
        an_order(
            f"{shop}-{n}",
            chance.choice(PEOPLE),
            *(
                line(f"Thing {n}.{k}", chance.randrange(9000), category=f"Kind {k}", status=chance.choice(STATUSES))
                for k in range(chance.choice((1, 1, 2, 4)))
            ),
            day=chance.randrange(1, 28),
        )
        for n in range(14)
    ]


@pytest.fixture(scope="module")
def world(make_module_house: Callable[[str], House], engine_name: str) -> World:
    """The world on this engine."""
    house = make_module_house(engine_name)
    with use_house(house):
        world = make_world(house)
        world.sellers_view = look(house, [world.seller], QUERIES[:2])
        return world


Copier = Callable[[], House]


@pytest.fixture
def copied(world: World, databases: Callable[[str], Databases], engine_name: str) -> Iterator[Copier]:
    """Copies of the world: database, keys and all."""
    with ExitStack() as stack:

        def copy() -> House:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="freehold-")))
            world.house.close()
            keys = world.house.settings.instance / "keys"
            shutil.copytree(keys, folder / "keys")
            url = databases(engine_name).copy(world.house.settings.database_url, folder)
            stack.callback(databases(engine_name).drop, url)
            house = House.open(Settings(instance=folder, database_url=url), WIRING)
            stack.callback(house.close)
            return house

        yield copy


@contextmanager
def plain_writing(house: House) -> Iterator[Any]:
    """A transaction behind the back of the house."""
    with house.transaction(WRITING) as connection:
        yield connection


def look(house: House, tokens: Sequence[str], queries: Sequence[dict[str, str]]) -> list[Seen]:
    """Every answer that a company gets to these queries: status, headers, bytes, page by page, and 304s."""
    client = create_app(house).test_client(use_cookies=False)
    seen: list[Seen] = []
    with pytest.MonkeyPatch.context() as patch:
        # Request ids differ between any two requests: here they do not.
        patch.setattr("portal.app.new_id", lambda: bytes(16))
        for token in tokens:
            for query in queries:
                _walk(client, "/api/v1/orders", token, query, seen)
            for path in ("/api/v1/profile", "/api/v1/profiles", "/api/v1/grants"):
                _walk(client, path, token, {"purpose": CARE} if path.endswith("profiles") else {}, seen)
    return seen


def look_everywhere(world: World, house: House) -> list[Seen]:
    """All that the reader can read, with its customers' tokens and with its own."""
    many = [{"basis": "grant", "purpose": purpose, **query} for purpose in (CARE, SUGGESTIONS) for query in QUERIES]
    by_programs = look(house, list(world.customers.values()), QUERIES) + look(house, [world.own], many)
    return by_programs + look_at_the_counter(world, house)


def look_at_the_counter(world: World, house: House) -> list[Seen]:
    """What a person of the reader's sees of orders: what stands on each page, and the files to the byte."""
    client, seen = create_app(house).test_client(), []
    with client.session_transaction() as session:
        session["_user_id"] = world.counter
    for purpose in (CARE, SUGGESTIONS):
        for what in ("/orders", "/orders.csv"):
            path = f"/console/{world.slug}/shared{what}"
            answer = client.get(path, query_string={"purpose": purpose})
            page = answer.data.partition(b"<main")[2].partition(b"</main>")[0] or answer.data
            seen.append((path, answer.status_code, [], page))
    return seen


def _walk(client: Any, path: str, token: str, query: dict[str, str], seen: list[Seen]) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    following: str | None = ""
    while following is not None:
        asked = {**query, **({"cursor": following} if following else {})}
        answer = client.get(path, query_string=asked, headers=headers)
        seen.append((path, answer.status_code, sorted(answer.headers.items()), answer.data))
        if "ETag" in answer.headers:
            again = client.get(path, query_string=asked, headers={**headers, "If-None-Match": answer.headers["ETag"]})
            seen.append((path, again.status_code, sorted(again.headers.items()), again.data))
        following = (answer.json or {}).get("next")


def rows_of(house: House) -> list[tuple[bytes, bytes, bytes]]:
    """Every line, with its order and customer."""
    with house.reading() as unit:
        columns = (OrderLine.id, OrderLine.order_id, OrderLine.customer_id)
        return [tuple(row) for row in unit.connection.execute(select(*columns).order_by(OrderLine.id))]  # type: ignore[misc]


@dataclass(frozen=True)
class Hidden:
    """What a case hides: whole orders, and lines of others."""

    orders: dict[bytes, bytes]
    lines: dict[bytes, tuple[bytes, bytes]]


def choose(house: House, chance: random.Random) -> Hidden:
    """Some orders and some lines, each with its order and customer."""
    rows = rows_of(house)
    orders = {order: customer for _, order, customer in rows}
    gone = {order: orders[order] for order in chance.sample(sorted(orders), chance.randrange(4))}
    left = [row for row in rows if row[1] not in gone]
    lines = {row[0]: (row[1], row[2]) for row in chance.sample(left, chance.randrange(1, len(left) // 2))}
    return Hidden(gone, lines)


def take_out(house: House, hidden: Hidden) -> None:
    """The same rows removed, as if they had never been told: orders count what is left, or go with their last line."""
    with plain_writing(house) as connection:
        connection.execute(delete(OrderLine).where(OrderLine.order_id.in_(hidden.orders)))
        connection.execute(delete(OrderLine).where(OrderLine.id.in_(hidden.lines)))
        connection.execute(delete(Order).where(Order.id.not_in(select(OrderLine.order_id))))
        left: dict[bytes, list[Any]] = {}
        for row in connection.execute(select(OrderLine.order_id, OrderLine.amount, OrderLine.status)):
            left.setdefault(row.order_id, []).append(row)
        for order_id, rows in left.items():
            counted = {"total": sum(row.amount for row in rows), "status": status_of(row.status for row in rows)}
            connection.execute(update(Order).where(Order.id == order_id).values(counted))


QUERIES: tuple[dict[str, str], ...] = (
    {},
    {"limit": "2"},
    {"status": "OrderDelivered"},
    {"status": "OrderProblem", "limit": "1"},
    {"placed_from": "2026-03-10T00:00:00Z", "placed_before": "2026-03-20T00:00:00Z"},
)


@pytest.mark.parametrize("case", range(CASES))
def test_promise_6_hidden_rows_and_removed_rows_cannot_be_told_apart(world: World, copied: Copier, case: int) -> None:
    chance = random.Random(case)
    hidden = choose(world.house, chance)
    a, b = copied(), copied()
    actors = {actor.customer_id: actor for actor in world.people.values()}
    for order_id, customer_id in hidden.orders.items():
        with a.writing(actors[customer_id]) as unit:
            hide(unit, order_id=order_id)
    for line_id, (order_id, customer_id) in hidden.lines.items():
        with a.writing(actors[customer_id]) as unit:
            hide(unit, order_id=order_id, line_id=line_id)
    take_out(b, hidden)
    seen = look_everywhere(world, a)
    assert len(seen) > 100
    assert seen == look_everywhere(world, b)
    # Its seller, who wrote them, sees no difference from the untouched world.
    assert look(a, [world.seller], QUERIES[:2]) == world.sellers_view


@pytest.mark.parametrize("case", range(max(1, CASES // 4)))
def test_promise_6_gifts_and_removed_rows_cannot_be_told_apart_for_taste(
    world: World, copied: Copier, case: int
) -> None:
    chance = random.Random(1000 + case)
    hidden = Hidden({}, choose(world.house, chance).lines)
    a, b = copied(), copied()
    actors = {actor.customer_id: actor for actor in world.people.values()}
    for line_id, (order_id, customer_id) in hidden.lines.items():
        with a.writing(actors[customer_id]) as unit:
            mark_gift(unit, order_id=order_id, line_id=line_id)
    take_out(b, hidden)
    taste = [token for name, token in world.customers.items() if name.endswith(SUGGESTIONS)]
    care = [token for name, token in world.customers.items() if name.endswith(CARE)]
    assert look(a, taste, QUERIES) == look(b, taste, QUERIES)
    assert look(a, care, QUERIES) == look(world.house, care, QUERIES)


@pytest.mark.parametrize("fault", ["orders stay", "the cursor counts", "totals of all"])
def test_promise_6_planted_faults_are_caught(
    world: World, copied: Copier, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = choose(world.house, random.Random(5))
    a, b = copied(), copied()
    actors = {actor.customer_id: actor for actor in world.people.values()}
    for line_id, (order_id, customer_id) in hidden.lines.items():
        with a.writing(actors[customer_id]) as unit:
            hide(unit, order_id=order_id, line_id=line_id)
    take_out(b, Hidden({}, hidden.lines))
    _plant(fault, monkeypatch)
    tokens = list(world.customers.values())
    assert look(a, tokens, QUERIES[:2]) != look(b, tokens, QUERIES[:2])


def _plant(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if fault == "orders stay":
        monkeypatch.setattr(lent, "shows", lambda lease: Order.id.is_not(None))
    elif fault == "the cursor counts":
        following = lent._following

        def counted(leases: Any, last: Any, after: Any) -> Any:
            place = following(leases, last, after)
            return place and {**place, "n": last.total if last else 0}

        monkeypatch.setattr(lent, "_following", counted)
    else:
        monkeypatch.setattr(lent, "_order", _with_header_total(lent._order))


def _with_header_total(order: Any) -> Any:
    def made(ids: Any, lease: Any, row: Any, *rest: Any) -> dict[str, Any]:
        return {**order(ids, lease, row, *rest), "total": row.total}

    return made


def test_promise_6_what_is_read_before_hiding_and_appended_after_is_made_anew(world: World, copied: Copier) -> None:
    """The customer hides between the snapshot of a read and its entry: the answer is made again, without the row."""
    house = copied()
    actor = world.people["ana"]
    with house.reading(actor) as unit:
        assert actor.customer_id is not None
        order = orders_of(unit, actor.customer_id)[0][0]
    disclose = house.log.disclose

    def late(disclosure: Any) -> bool:
        house.log.disclose = disclose  # type: ignore[method-assign]
        with house.writing(actor) as unit:
            hide(unit, order_id=order.id)
        return disclose(disclosure)

    house.log.disclose = late  # type: ignore[method-assign]
    token = world.customers[f"ana {CARE}"]
    with_race = look(house, [token], [{}])[0]
    assert with_race == look(house, [token], [{}])[0]
    assert with_race != look(world.house, [token], [{}])[0]
