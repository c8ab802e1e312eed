"""Tries that were counted, forgotten: a test makes more of them than anybody does."""

from sqlalchemy import delete

from portal.accounts.models import Limit
from portal.kernel.db import WRITING
from portal.kernel.house import House


def count_from_none(house: House) -> None:
    """Whatever is tried next is counted as the first."""
    with house.gate.entered(), house.transaction(WRITING) as connection:
        connection.execute(delete(Limit))
