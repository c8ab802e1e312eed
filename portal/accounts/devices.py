"""Browsers: how one is named to its owner, and the mark by which we know one that signed in before."""

from collections.abc import Sequence
from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer

from portal.kernel.clock import micros
from portal.kernel.ids import new_secret, text_of

MOST = 5
KEEP_SECONDS = 365 * 86_400
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrom", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_names(agent: str) -> tuple[str, str]:
    """The browser's and the system's name, each empty where the agent does not tell."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return browser, system


def _of(since: datetime) -> str:
    return f".{micros(since)}"


class KnownDevices:
    """The signed cookie with the accounts that this browser has signed in since their passwords were set. It opens nothing.

    It lets the owner's own browser try when somebody else has used up the tries of the account. Whoever got in once, and
    was thrown out by another password, is a stranger again.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        # itsdangerous signs with the last of a list; ours has the newest first.
        self._serializer = URLSafeSerializer(list(reversed(secrets)), salt="known-devices")

    def mark_of(self, cookie: str | None, account_id: bytes, since: datetime) -> str | None:
        """This browser's mark for the account whose password is of ``since``, or None."""
        mark = self._marks(cookie).get(text_of(account_id), "")
        return mark if mark.endswith(_of(since)) else None

    def with_account(self, cookie: str | None, account_id: bytes, since: datetime) -> str:
        """The cookie with one account more; of too many the oldest is dropped."""
        marks = self._marks(cookie)
        known = marks.pop(text_of(account_id), "")
        marks[text_of(account_id)] = known if known.endswith(_of(since)) else new_secret()[:22] + _of(since)
        return str(self._serializer.dumps(dict(list(marks.items())[-MOST:])))

    def _marks(self, cookie: str | None) -> dict[str, str]:
        if not cookie or len(cookie) > 2000:
            return {}
        try:
            loaded = self._serializer.loads(cookie)
        except BadData:
            return {}
        return {str(account): str(mark) for account, mark in loaded.items()}
