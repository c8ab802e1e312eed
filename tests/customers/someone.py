"""People and companies for tests of these rooms, made as anybody is made: through the services."""

from flask.testing import FlaskClient

from portal.accounts.service import start_session
from portal.kernel.house import House
from portal.kernel.unit import STRANGER, Actor
from portal.vendors.reads import VendorView
from portal.vendors.service import admit
from tests.people import actor, register


def someone(house: House, email: str = "ana@example.org") -> Actor:
    """Somebody who proved an address, as the actor that a browser of theirs would be."""
    return actor(house, register(house, email))


def company(house: House, name: str = "Bookshop") -> VendorView:
    """A company that an operator let in."""
    with house.writing() as unit:
        return admit(unit, name=name)


def signed_in(house: House, client: FlaskClient, actor: Actor) -> FlaskClient:
    """The browser with a session of this person, without the time that a password takes."""
    assert actor.id is not None
    assert actor.holder_id is not None
    with house.writing(STRANGER) as unit:
        secret = start_session(unit, account_id=actor.id, holder_id=actor.holder_id)
    with client.session_transaction() as session:
        session["_user_id"] = secret
    return client
