"""Answers that leave the house: bytes, the keyed ETag over them, and what they stand on."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import request

from portal.audit.doors import Answer, Condition
from portal.grants.lease import Lease
from portal.grants.reads.basis import basis_of
from portal.kernel.etags import encoded, etag_of
from portal.kernel.facts import Fact
from portal.kernel.quotas import Quota
from portal.kernel.unit import Unit
from portal.oauth.tokens import TokenView

__all__ = ["BYTES", "answer_with", "conditions_of", "encoded", "file_with"]

BYTES = "application/octet-stream"


def answer_with(
    unit: Unit,
    token: TokenView,
    value: Any,
    facts: Callable[[dict[str, str]], Sequence[Fact]],
    conditions: Sequence[Condition],
    claims: Sequence[Condition] = (),
    quota: Quota | None = None,
) -> Answer:
    """The answer to a read; 304 where the vendor has these very bytes, which is a read like any other.

    ``quota`` is what it leaves of the permission that it is read under, where it is one customer's.
    """
    body = encoded(value)
    digest = hashlib.sha256(body)
    etag = etag_of(unit, token.vendor_id, digest.digest())
    made = facts({"sha256": digest.hexdigest()})
    headers = {"ETag": etag, **({} if quota is None else quota.headers)}
    if token.proof is not None:
        claims = [*claims, Condition("used_proof", token.proof)]
    if _known(etag):
        return Answer(b"", made, conditions, claims, status=304, headers=headers)
    return Answer(body, made, conditions, claims, headers=headers)


def file_with(token: TokenView, body: bytes, looked: Fact, link_id: bytes | None) -> Answer:
    """A file, to be saved, with the entry of it; ``link_id`` where it stands on a link that is live."""
    links = [] if link_id is None else [Condition("link_live", (link_id,))]
    claims = [] if token.proof is None else [Condition("used_proof", token.proof)]
    headers = {"Content-Disposition": "attachment", "Cache-Control": "no-store"}
    return Answer(body, [looked], [Condition("token_live", (token.id,)), *links], claims, content_type=BYTES, headers=headers)


def _known(etag: str) -> bool:
    if "HTTP_IF_NONE_MATCH" not in request.environ:
        return False
    return request.if_none_match.contains_weak(etag.strip('"'))


def conditions_of(token: TokenView, leases: Iterable[Lease]) -> list[Condition]:
    """What must still hold when the entry is appended: the token with its client and vendor, and each basis."""
    return [Condition("token_live", (token.id,)), *(basis_of(lease) for lease in leases)]
