"""People and companies for tests of these rooms, made as anybody is made: through the services."""

from portal.accounts.reads import actor_of_account
from portal.accounts.service.registration import register, verify_address
from portal.kernel.house import House
from portal.kernel.unit import Actor
from portal.vendors.reads import VendorView
from portal.vendors.service import admit

_NOT_A_PASSWORD = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$bm9ib2R5IGNhbiBzaWduIGlu"


def someone(house: House, email: str = "ana@example.org") -> Actor:
    """Somebody who proved an address, as the actor that a browser of theirs would be."""
    with house.writing() as unit:
        registration = register(unit, email=email, password_hash=_NOT_A_PASSWORD)
        assert registration is not None
        account_id = verify_address(unit, token=registration.token).account_id
    with house.reading() as unit:
        return actor_of_account(unit, account_id)


def company(house: House, name: str = "Bookshop") -> VendorView:
    """A company that an operator let in."""
    with house.writing() as unit:
        return admit(unit, name=name)
