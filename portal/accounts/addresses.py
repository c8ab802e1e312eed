"""What people type as an address: where mail goes (checked, normal form) and where a page leads next."""

import re
from urllib.parse import unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\]")
LONGEST_NEXT = 2000


def normal_address(text: str) -> str | None:
    """The e-mail address in the one form that identifies its owner, or None if it is none.

    Letters before the @ are ASCII and lower case, and the domain is in its ASCII form: two addresses that look alike
    are then either the same or visibly not.
    """
    try:
        found = validate_email(
            text.strip(), allow_smtputf8=False, check_deliverability=False, globally_deliverable=False
        )
    except (EmailNotValidError, UnicodeError):
        return None
    address = (found.ascii_email or "").lower()
    return address if "." in address.partition("@")[2] else None


def local_path(text: str | None) -> str | None:
    """The path of our own pages that ``next`` names, or None for anything that could lead elsewhere."""
    if not text or len(text) > LONGEST_NEXT or not text.startswith("/"):
        return None
    # Decoded twice: what a proxy or a careless redirect decodes once more must not become another address.
    path = unquote(unquote(text)).partition("?")[0]
    if _CONTROL.search(text) or _CONTROL.search(path) or _has_steps(path):
        return None
    parts = urlsplit(text)
    return None if parts.scheme or parts.netloc else text


def _has_steps(path: str) -> bool:
    """Whether the path holds ``//``, ``.`` or ``..``, which browsers resolve into another one."""
    return bool({"", ".", ".."}.intersection(path.split("/")[1:-1])) or path.rpartition("/")[2] in (".", "..")


def is_away(path: str) -> bool:
    """Whether a path of ours would sign the person out or in again, and is no place to land on."""
    return path.partition("?")[0].rstrip("/") in {"/sign-in", "/sign-out", "/register", "/reset"}
