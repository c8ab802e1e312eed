"""Files that go with what is said in a conversation, as their company's program fetches them."""

from portal.audit.doors import Answer, disclose
from portal.kernel.errors import NotFound
from portal.kernel.turns import SHORT
from portal.kernel.unit import Unit
from portal.oauth.scopes import TICKETS_READ
from portal.tickets.shared import FILES, own_file, tickets_disclosed
from vendor_api.auth import own_token
from vendor_api.operations import OWN, operation
from vendor_api.outgoing import BYTES, file_with
from vendor_api.tickets import PATH


@operation(
    name="ticket_file",
    method="GET",
    path=f"{PATH}/<path:number>/files/<file>",
    summary="Fetch a file of a conversation; its message says what it is called and of which type it is.",
    token=OWN,
    scope=TICKETS_READ,
    answers={200: None},
    media=BYTES,
    problems=(401, 403, 404, 503),
)
@disclose("tickets:read", turn=SHORT)
def ticket_file(unit: Unit, number: str, file: str) -> Answer:
    """Its bytes, to be saved; one entry."""
    token = own_token()
    is_plain = len(number) <= 64 and number.isascii() and number.isprintable()
    found = own_file(unit, token.vendor_id, number, file) if is_plain else None
    if found is None:
        raise NotFound
    looked = tickets_disclosed(found.part, token=token.prefix, test=token.test, personal={}, only=(FILES,))
    return file_with(token, found.body, looked, found.part.lease.link_id if found.part.needs_link else None)
