"""What can be done to customers and their profiles."""

from portal.customers.service.people import ensure, join, make_prospects, part, raise_sharing_version
from portal.customers.service.profile import (
    add_custom,
    confirm_attribute,
    import_vcard,
    remove_attribute,
    set_attribute,
    set_attributes,
)

__all__ = [
    "add_custom",
    "confirm_attribute",
    "ensure",
    "import_vcard",
    "join",
    "make_prospects",
    "part",
    "raise_sharing_version",
    "remove_attribute",
    "set_attribute",
    "set_attributes",
]
