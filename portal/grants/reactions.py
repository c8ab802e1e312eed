"""What happens elsewhere and ends permissions here, in the same transaction."""

from portal.grants.service import end_grants_of_link
from portal.kernel.unit import Unit
from portal.links.facts import LinkBlocked, LinkEnded


def end_grants(unit: Unit, fact: LinkBlocked | LinkEnded) -> None:
    """A company was blocked, or the connection ended: nothing stays permitted."""
    assert fact.link is not None
    end_grants_of_link(unit, fact.link)
