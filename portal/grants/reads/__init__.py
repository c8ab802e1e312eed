"""What stands in the rows: requests, permissions, records; a customer's own, unless a function says otherwise."""

from portal.grants.reads.asked import (
    allowances_of,
    any_request,
    asks_the_same,
    holder_of,
    is_waiting,
    now_instead,
    others_waiting,
    request_of,
    waiting_again,
    waiting_requests,
)
from portal.grants.reads.conditions import grant_live
from portal.grants.reads.given import (
    Status,
    detail_from,
    details_of,
    grant_of,
    grant_of_request,
    granted_details,
    grants_of,
    last_details,
    live_of_link,
    statuses_of,
    take_turns,
)
from portal.grants.reads.notices import Shown, compose, length, who_of
from portal.grants.reads.recorded import first_notice, notice_of, open_record, record_of, records_of

__all__ = [
    "Shown",
    "Status",
    "allowances_of",
    "any_request",
    "asks_the_same",
    "compose",
    "detail_from",
    "details_of",
    "first_notice",
    "grant_live",
    "grant_of",
    "grant_of_request",
    "granted_details",
    "grants_of",
    "holder_of",
    "is_waiting",
    "last_details",
    "length",
    "live_of_link",
    "notice_of",
    "now_instead",
    "open_record",
    "others_waiting",
    "record_of",
    "records_of",
    "request_of",
    "statuses_of",
    "take_turns",
    "waiting_again",
    "waiting_requests",
    "who_of",
]
