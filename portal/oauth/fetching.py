"""The keys of a program at an address of its company's (``jwks_uri``, RFC 7591 section 2): read by the guarded calls alone.

An address is checked by its form where it is written down, and by all that the guard asks at each call. Of a set what can
prove a program is taken over; keys for other things stand in such sets, too, and are passed over.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from portal.kernel import outgoing
from portal.kernel.outgoing.targets import target_of
from portal.kernel.settings import Settings
from portal.oauth import strict_json
from portal.oauth.jose import BadKey, PublicKey, public_key

FRESH = timedelta(hours=1)
"""After so long they are read again before anything is believed by them: what a company took out is over by then."""
LIVES = timedelta(days=1)
"""So long they are believed where the address does not answer."""
_SECONDS = 5.0
MOST_IN_A_SET = 32
MOST_KEYS = 8
"""Keys that may prove one program at once: enough for any rotation, few enough to try them all."""


class Unfetched(Exception):
    """Why no keys came of an address, as a code: of the guard's (:data:`portal.kernel.outgoing.REASONS`), or ours.

    ``status``: it answered something else than 200. ``no-set``: what came is no JWK Set. ``no-key``: none in it can prove
    a program. ``too-many``: it has more keys than one program may have.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def problem_with(address: str, settings: Settings) -> str | None:
    """Why an address cannot be where keys are read, or None. Nothing is looked up."""
    try:
        target_of(address, to_self=settings.calls_to_self)
    except outgoing.Failed as failed:
        return str(failed)
    return None


def fetch(address: str, rules: outgoing.Rules) -> list[PublicKey]:
    """The keys at an address now. Takes a few seconds at most; called outside of any unit."""
    try:
        reply = outgoing.get(address, {"Accept": "application/jwk-set+json, application/json"}, bounded(rules))
    except outgoing.Failed as failed:
        raise Unfetched(failed.reason) from None
    if reply.status != 200:
        raise Unfetched("status")
    return _keys(reply.body)


def bounded(rules: outgoing.Rules) -> outgoing.Rules:
    """The same rules, for a call that a program waits for."""
    return replace(rules, seconds=min(rules.seconds, _SECONDS))


def _keys(body: bytes) -> list[PublicKey]:
    try:
        document = strict_json.parse(body)
    except strict_json.NotJson:
        raise Unfetched("no-set") from None
    found = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(found, list):
        raise Unfetched("no-set")
    if len(found) > MOST_IN_A_SET:
        raise Unfetched("too-many")
    keys = {key.thumbprint: key for key in _taken(found)}
    if not keys:
        raise Unfetched("no-key")
    if len(keys) > MOST_KEYS:
        raise Unfetched("too-many")
    return list(keys.values())


def _taken(documents: Sequence[object]) -> list[PublicKey]:
    taken = []
    for document in documents:
        try:
            taken.append(public_key(document))
        except BadKey:
            continue
    return taken
