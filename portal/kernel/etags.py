"""Entity tags (RFC 9110, section 8.8.3) of what companies are answered, and what they may demand of them before a write."""

import hashlib
import re
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from portal.kernel.keysets import base64url

if TYPE_CHECKING:
    from portal.kernel.unit import Unit

_TAG = r'(?:W/)?"[!#-~\x80-\xff]*"'
LIST = rf"^(\*|{_TAG}([ \t]*,[ \t]*{_TAG})*)$"
"""What a header ``If-Match`` or ``If-None-Match`` holds: any, or one tag or several."""
_LIST, _EACH = re.compile(LIST[:-1] + r"\Z"), re.compile(_TAG)


def encoded(value: Any) -> bytes:
    """The value as JSON, the same bytes for the same value."""
    return to_json(value)


def etag_of(unit: "Unit", vendor_id: bytes, digest: bytes) -> str:
    """Keyed by vendor: equal ETags tell two vendors nothing, and nobody can guess at a body."""
    key = unit.house.keys.derive("cursor", b"etag" + vendor_id)
    return f'"{base64url(hashlib.blake2b(digest, key=key, digest_size=16).digest())}"'


def tag_of(unit: "Unit", vendor_id: bytes, value: Any) -> str:
    """The ETag of a value that this vendor is answered: that of its very bytes."""
    return etag_of(unit, vendor_id, hashlib.sha256(encoded(value)).digest())


def is_list(text: str) -> bool:
    """Whether this says which ETags are meant; whatever does not must never count as no condition at all."""
    return _LIST.match(text) is not None


def matches(wanted: str, tag: str | None) -> bool:
    """Whether what there is has one of these tags, byte by byte: a weak one never does (section 8.8.3.2)."""
    return tag is not None and (wanted == "*" or tag in _EACH.findall(wanted))


def meets(wanted: str, tag: str | None) -> bool:
    """The same for ``If-None-Match``, to which a weak tag is as good as a strong one."""
    return tag is not None and (wanted == "*" or tag in (one.removeprefix("W/") for one in _EACH.findall(wanted)))
