"""How much of a limit is left, as programs are told it: draft-ietf-httpapi-ratelimit-headers-10."""

from datetime import timedelta
from typing import NamedTuple


class Quota(NamedTuple):
    """A limit and how it stands: ``most`` in any ``seconds`` (None: at a time), ``left`` of them.

    ``wait`` is the seconds until there is more again; None where that is not known, or will not be.
    """

    name: str
    most: int
    seconds: int | None
    left: int
    wait: int | None

    @property
    def headers(self) -> dict[str, str]:
        """``RateLimit-Policy`` (section 3) and ``RateLimit`` (section 4), both lists of structured fields (RFC 9651)."""
        return {
            "RateLimit-Policy": _item(self.name, q=self.most, w=self.seconds),
            "RateLimit": _item(self.name, r=self.left, t=self.wait),
        }


def _item(name: str, **parameters: int | None) -> str:
    return f'"{name}"' + "".join(f";{key}={value}" for key, value in parameters.items() if value is not None)


def to_wait(span: timedelta) -> int:
    """The whole seconds of a wait: whoever waits so long does not come too early."""
    return int(span.total_seconds()) + 1
