"""An order is taken in whatever happens beside it: whoever is overtaken again and again holds what it prepares for."""

import threading
from typing import Any

from sqlalchemy import select

from portal.kernel.house import House
from portal.kernel.prepared import Prepared
from portal.orders.models import Order
from portal.orders.service import put_all
from tests.customers.someone import company, someone
from tests.links.test_folding import fold, prospect
from tests.links.test_parting import part
from tests.orders.cast import an_order


class Restless:
    """Somebody who says yes to earlier orders, or takes it back, whenever a company has just looked where its number leads."""

    def __init__(self, house: House, shop: bytes) -> None:
        self._house, self._ana, self._source = house, someone(house), prospect(house, shop)
        self._kept: Any = None
        self._writer = threading.get_ident()
        self._others: list[threading.Thread] = []
        self.turns = 0
        self._execute = Prepared._execute
        restless = self

        def execute(statement: Prepared, *given: Any) -> Any:
            found = restless._execute(statement, *given)
            restless._looked(found[0].text)
            return found

        Prepared._execute = execute  # type: ignore[method-assign]

    def _looked(self, statement: str) -> None:
        if threading.get_ident() == self._writer and statement.startswith("SELECT orders."):
            other = threading.Thread(target=self._turn)
            self._others.append(other)
            other.start()
            # Whoever waits for us cannot be waited for.
            other.join(1)

    def _turn(self) -> None:
        if self._kept is None:
            self._kept = fold(self._house, self._ana, self._source)
        else:
            part(self._house, self._ana, self._kept)
            self._kept = None
        self.turns += 1

    def rest(self) -> bytes:
        """Ends, and gives the link that the number leads to now."""
        Prepared._execute = self._execute  # type: ignore[method-assign]
        for other in self._others:
            other.join()
        link: bytes = (self._kept or self._source).id
        return link


def test_an_order_is_taken_in_however_often_its_number_comes_to_lead_elsewhere_meanwhile(house: House) -> None:
    shop = company(house)
    restless = Restless(house, shop.id)
    try:
        [[result]] = put_all(house.reading, house.writing, vendor_id=shop.id, orders=[an_order("O-1", "C-1")])
    finally:
        leads = restless.rest()
    assert result.outcome == "created"
    assert restless.turns >= 3, "it was overtaken as long as it held nothing"
    with house.reading() as unit:
        assert unit.connection.execute(select(Order.link_id)).scalars().all() == [leads]
