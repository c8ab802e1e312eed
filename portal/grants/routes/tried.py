"""Choices that are tried out, in the address of the page that shows what they come to: sealed off against other hands.

Only the session that made them opens them, for the request that they answer: an address that somebody else wrote ticks
nothing and shows nothing.
"""

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.datastructures import MultiDict

from portal.audit.doors import current_actor
from portal.kernel.ids import text_of

MOST_CHARACTERS = 8_000


def written(request_id: bytes, tried: MultiDict[str, str]) -> str:
    """The choices, as they stand in an address."""
    return str(_signer(request_id).dumps(tried.to_dict(flat=False)))


def read(request_id: bytes, text: str | None) -> MultiDict[str, str] | None:
    """The choices behind an address of this session's for this request; None for any other."""
    if not text or len(text) > MOST_CHARACTERS:
        return None
    try:
        return MultiDict(_signer(request_id).loads(text))
    except BadData:
        return None


def _signer(request_id: bytes) -> URLSafeSerializer:
    newest, older = current_app.config["SECRET_KEY"], current_app.config["SECRET_KEY_FALLBACKS"] or ()
    session_id = current_actor().session_id
    assert session_id is not None
    # itsdangerous signs with the last of a list; ours has the newest first.
    keys = [*reversed(older), newest]
    return URLSafeSerializer(keys, salt=f"tried {text_of(session_id)} {text_of(request_id)}")
