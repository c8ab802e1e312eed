"""``POST /api/v1/interactions``: calls, visits and the like that happened elsewhere, for the same history."""

from typing import Any

from flask import Response
from pydantic import Field

from portal.audit.doors import do
from portal.oauth.scopes import TICKETS_WRITE
from portal.tickets.service.intake import tell_one
from portal.tickets.shapes import MOST_TOLD, InteractionIn
from vendor_api.incoming import Shape, read_body
from vendor_api.operations import OWN, operation
from vendor_api.tickets import KEY, ItemResults, taken

MOST_BYTES = 4 * 1024 * 1024


class InteractionsIn(Shape):
    """Up to 500; each is taken or refused by itself."""

    interactions: list[dict[str, Any]] = Field(
        min_length=1, max_length=MOST_TOLD, json_schema_extra={"items": {"$ref": "#/components/schemas/InteractionIn"}}
    )


@operation(
    name="tell_interactions",
    method="POST",
    path="/api/v1/interactions",
    summary="Tell of calls and visits that happened elsewhere: the customer reads them in the same history.",
    token=OWN,
    scope=TICKETS_WRITE,
    body=InteractionsIn,
    answers={200: ItemResults},
    headers=KEY,
    problems=(400, 401, 403, 409, 413, 415, 422, 503),
)
@do("tickets:tell")
def interactions() -> Response:
    """A commit each; the key keeps each result with it."""
    sent = read_body(InteractionsIn, most_bytes=MOST_BYTES).interactions
    return taken("interactions", InteractionIn, sent, tell_one)


# Documented beside the resource: the shape of each item in the body.
SCHEMAS = (InteractionIn,)
