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
from portal.vendors.reads.sandboxes import (
    MadeUp,
    SandboxView,
    customers_of_sandbox,
    keep_apart,
    sandbox_of,
    sandbox_of_twin,
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
    "MadeUp",
    "Program",
    "SandboxView",
    "Staff",
    "VendorView",
    "allowed_of",
    "colleagues_of",
    "companies_of",
    "customers_of_sandbox",
    "find_vendor",
    "keep_apart",
    "programs_of",
    "purposes_of",
    "sandbox_of",
    "sandbox_of_twin",
    "staff_at",
    "staff_live",
    "staff_of",
    "stands_on",
    "vendor_live",
    "vendor_of",
    "vendors_of",
]
