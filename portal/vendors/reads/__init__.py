"""What is known of organisations, who acts for them, and the log's conditions on both. Nothing here writes."""

from portal.vendors.reads.organisations import (
    Allowed,
    Program,
    VendorView,
    allowed_of,
    find_vendor,
    programs_of,
    purposes_of,
    vendor_live,
    vendor_of,
    vendors_of,
)
from portal.vendors.reads.staff import (
    Colleague,
    Staff,
    colleagues_of,
    companies_of,
    staff_at,
    staff_live,
    staff_of,
    stands_on,
)

__all__ = [
    "Allowed",
    "Colleague",
    "Program",
    "Staff",
    "VendorView",
    "allowed_of",
    "colleagues_of",
    "companies_of",
    "find_vendor",
    "programs_of",
    "purposes_of",
    "staff_at",
    "staff_live",
    "staff_of",
    "stands_on",
    "vendor_live",
    "vendor_of",
    "vendors_of",
]
