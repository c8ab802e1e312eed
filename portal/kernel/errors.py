"""What can go wrong for a caller: one tree of problems; the doors give each its public form.

Vendors get RFC 9457 problems, people a page or the form with a sentence beside the field.
"""

from typing import Any, ClassVar


class Problem(Exception):  # noqa: N818 - a problem (RFC 9457) is what callers meet, not an error of ours
    """Base of all answers that are not the one asked for. Holds codes, never personal values."""

    status: ClassVar[int] = 500
    default_reason: ClassVar[str] = "internal"

    def __init__(
        self,
        reason: str | None = None,
        detail: str | None = None,
        *,
        fields: dict[str, str] | None = None,
        retry_after: int | None = None,
        **extra: Any,
    ) -> None:
        self.reason = reason or self.default_reason
        self.detail = detail
        self.fields = fields or {}
        self.retry_after = retry_after
        self.extra = extra
        super().__init__(self.reason)


class BadRequest(Problem):
    """400: the request cannot be understood."""

    status = 400
    default_reason = "bad-request"


class NeedsSignIn(Problem):
    """401: nobody is signed in, or the token is not good."""

    status = 401
    default_reason = "sign-in-needed"


class Refused(Problem):
    """403: known, and not allowed."""

    status = 403
    default_reason = "not-allowed"


class NeedsProof(Refused):
    """403: known and allowed, but whoever is there has to prove anew that they are the account's owner."""

    default_reason = "proof-needed"


class NeedsFactor(Refused):
    """403: the person's role would allow it, but is not in force before they have a second step at sign-in."""

    default_reason = "factor-needed"


class NotFound(Problem):
    """404: not there, or somebody else's."""

    status = 404
    default_reason = "not-found"


class Conflict(Problem):
    """409: the thing has moved on, or is taken."""

    status = 409
    default_reason = "conflict"


class Gone(Problem):
    """410: used or expired."""

    status = 410
    default_reason = "gone"


class PreconditionFailed(Problem):
    """412: what the request said must be so is not (RFC 9110, section 13); nothing was done."""

    status = 412
    default_reason = "changed"


class TooLarge(Problem):
    """413: over the cap of this route."""

    status = 413
    default_reason = "too-large"


class Invalid(Problem):
    """422: understood, and some field is not right; ``fields`` says which and why."""

    status = 422
    default_reason = "invalid"


class TooMany(Problem):
    """429: a limit; ``retry_after`` in seconds."""

    status = 429
    default_reason = "too-many"


class Busy(Problem):
    """503: not now; nothing was done, or nothing left the house."""

    status = 503
    default_reason = "busy"

    def __init__(self, reason: str | None = None, detail: str | None = None, **kw: Any) -> None:
        kw.setdefault("retry_after", 1)
        super().__init__(reason, detail, **kw)
