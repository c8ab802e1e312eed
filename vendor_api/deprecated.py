"""What of the API is deprecated: said here and nowhere else; headers and the description follow from it.

An operation is named as in the registry, a whole version by its path (``/api/v1``):

    DEPRECATED = {"profiles": Deprecated(since=..., until=..., instead="Use GET /api/v2/people.")}
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Response, request
from werkzeug.http import http_date

from portal.kernel.house import current_house
from vendor_api.operations import OPERATIONS, Operation

NOTICE = timedelta(days=365)
"""So long, at the least, whatever is deprecated goes on as it was (docs/companies.md, "Versions")."""


@dataclass(frozen=True, kw_only=True)
class Deprecated:
    """Since when something is not to be built on, when it may be gone, and what to use instead.

    ValueError for too soon, and for times without a zone.
    """

    since: datetime
    until: datetime
    instead: str

    def __post_init__(self) -> None:
        if self.since.tzinfo is None or self.until.tzinfo is None:
            raise ValueError("a time without a zone is another one on each machine")
        if self.until - self.since < NOTICE:
            raise ValueError("a company's program has a year at the least to change")

    @property
    def headers(self) -> dict[str, str]:
        """``Deprecation`` (RFC 9745) and ``Sunset`` (RFC 8594), and where to read about it."""
        about = f"{current_house().settings.origin}/api/v1/openapi.json"
        return {
            "Deprecation": f"@{int(self.since.timestamp())}",
            "Sunset": http_date(self.until),
            "Link": f'<{about}>; rel="deprecation"; type="application/json"',
        }

    @property
    def sentence(self) -> str:
        """For whoever reads the description."""
        return f"Deprecated since {self.since:%Y-%m-%d}, answered until {self.until:%Y-%m-%d} at the least. {self.instead}"


DEPRECATED: dict[str, Deprecated] = {}


def deprecation_of(one: Operation) -> Deprecated | None:
    """What is said of an operation: itself, or its whole version."""
    return DEPRECATED.get(one.name) or DEPRECATED.get(_version(one.path))


def unknown() -> Iterator[str]:
    """Names in the list that are of nothing there is."""
    there = set(OPERATIONS) | {_version(one.path) for one in OPERATIONS.values()}
    yield from (name for name in DEPRECATED if name not in there)


def tell_deprecated(response: Response) -> None:
    """Whoever calls what is deprecated is told with each answer, a refusal too."""
    if not DEPRECATED or request.url_rule is None:
        return
    one = OPERATIONS.get(request.url_rule.endpoint.rpartition(".")[2])
    found = None if one is None else deprecation_of(one)
    if found is not None:
        response.headers.update(found.headers)


def _version(path: str) -> str:
    return "/".join(path.split("/")[:3])
