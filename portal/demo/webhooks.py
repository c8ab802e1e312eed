"""The grocer tries a webhook out: one message that was taken. Nobody listens in a demonstration, so it is disabled again."""

from portal.demo.cast import GROCER
from portal.demo.stage import Stage
from portal.events.reads import Due, delivery_of
from portal.events.service import add_endpoint, claim_endpoint, disable_endpoint, record, release, send_test
from portal.events.service.deliveries import Outcome
from portal.kernel.unit import SYSTEM

_BODY = b'{"type":"webhook.test","data":{}}'


def try_a_webhook(stage: Stage) -> None:
    """Adds it, has a test message sent, and disables it."""
    vendor_id = stage.vendors[GROCER.key].id
    with stage.house.writing(SYSTEM) as unit:
        url = "https://hooks.mercatverd.example/freehold"
        endpoint, _ = add_endpoint(unit, vendor_id=vendor_id, url=url, algorithm="v1a")
        delivery_id = send_test(unit, vendor_id=vendor_id, endpoint_id=endpoint.id)
        claimed = claim_endpoint(unit, Due(endpoint.id, 0))
        assert claimed is not None
        taken = Outcome(status=204, reason=None, milliseconds=84, body=_BODY)
        record(unit, claimed, delivery_of(unit, endpoint.id, delivery_id), taken)
        release(unit, claimed)
        disable_endpoint(unit, vendor_id=vendor_id, endpoint_id=endpoint.id)
