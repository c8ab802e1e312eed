"""What the inbox holds for somebody, and what may bring something into it."""

from portal.grants.models import Request
from portal.grants.service import ask
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from portal.messages import jobs
from portal.messages.reads import notices_of, unseen_of
from portal.vendors.reads import VendorView
from tests.grants.cast import detail


def told(house: House, actor: Actor) -> list[tuple[str, str, bool]]:
    """Kind, sentence, and whether there is something to do, of each notice; the newest first."""
    with house.reading(actor) as unit:
        return [(one.kind, one.sentence, one.is_open) for one in notices_of(unit, actor.customer_id or b"")]


def new(house: House, actor: Actor) -> int:
    with house.reading(actor) as unit:
        return unseen_of(unit, actor.customer_id or b"")


def request_for(house: House, vendor: VendorView, actor: Actor) -> Request:
    """The company asks a customer it knows."""
    with house.writing(SYSTEM) as unit:
        return ask(unit, vendor_id=vendor.id, details=[detail(house)], customer_id=actor.customer_id, source="vendor")


def watched(house: House) -> None:
    """What happened is in the log, and told."""
    house.lead()
    jobs.watch(house)
