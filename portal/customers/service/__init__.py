"""What can be done to customers and their profiles."""

from portal.customers.service.erasing import (
    ask_to_erase,
    erase,
    erase_again,
    erase_due,
    take_back,
    take_back_by_link,
    wait_anew,
)
from portal.customers.service.people import ensure, join, make_prospects, part, raise_sharing_version
from portal.customers.service.profile import (
    add_custom,
    confirm_attribute,
    import_vcard,
    remove_attribute,
    set_attribute,
    set_attributes,
)
from portal.customers.service.telephones import index_older

__all__ = [
    "add_custom",
    "ask_to_erase",
    "confirm_attribute",
    "ensure",
    "erase",
    "erase_again",
    "erase_due",
    "import_vcard",
    "index_older",
    "join",
    "make_prospects",
    "part",
    "raise_sharing_version",
    "remove_attribute",
    "set_attribute",
    "set_attributes",
    "take_back",
    "take_back_by_link",
    "wait_anew",
]
