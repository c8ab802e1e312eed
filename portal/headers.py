"""Headers that every answer bears, and the forms that are refused by where they come from. Part of the roof."""

from collections.abc import Iterable

from flask import Response, g, request
from flask_wtf.csrf import CSRFError

from portal.kernel.ids import text_of

Headers = tuple[tuple[str, str], ...]

_EVERY: Headers = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_MACHINES: Headers = (
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    *_EVERY,
)
_NEVER_USED = (
    "accelerometer camera display-capture geolocation gyroscope hid magnetometer microphone midi payment serial usb "
    "xr-spatial-tracking"
).split()
_PAGES: Headers = (
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", ", ".join(f"{name}=()" for name in _NEVER_USED)),
    *_EVERY,
)
# A year, of this host alone: what else lives under the operator's domain is not ours to decide.
_BY_HTTPS_ALONE = ("Strict-Transport-Security", "max-age=31536000")
_SAFE = {"GET", "HEAD", "OPTIONS"}


def of_pages(*, secure: bool) -> Headers:
    """What pages bear, beside what depends on the page; with https, that nobody comes otherwise any more."""
    return (*_PAGES, _BY_HTTPS_ALONE) if secure else _PAGES


def of_machines(*, secure: bool) -> Headers:
    """The same for answers to machines."""
    return (*_MACHINES, _BY_HTTPS_ALONE) if secure else _MACHINES


def bear(response: Response, more: Iterable[tuple[str, str]]) -> Response:
    """Puts headers on an answer, and what all have: kept by nobody unless it says otherwise, and its number."""
    headers = response.headers
    for name, value in more:
        headers.add(name, value)
    if not headers.getlist("Cache-Control"):
        headers.add("Cache-Control", "no-store")
    headers.add("X-Request-Id", text_of(g.request_id))
    return response


def bear_policy(response: Response) -> None:
    """What a page may load and do. Text never becomes script: nothing here makes a Trusted Type."""
    forms = " ".join(["'self'", *getattr(g, "csp_form_action", [])])
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
        f" connect-src 'self'; form-action {forms}; base-uri 'none'; frame-ancestors 'none';"
        " require-trusted-types-for 'script'; trusted-types 'none'",
    )
    response.headers.setdefault("Referrer-Policy", "no-referrer" if request.path == "/authorize" else "same-origin")


def refuse_foreign_forms() -> None:
    """A form that another site sent is refused by what the browser says of it, whatever token it bears.

    A browser that says nothing, and a page that may not say where it is, are held to the token alone.
    """
    if request.method in _SAFE:
        return
    sent_by = request.headers.get("Sec-Fetch-Site")
    if sent_by is not None:
        foreign = sent_by not in ("same-origin", "none")
    else:
        origin = request.headers.get("Origin", "null")
        foreign = origin != "null" and origin.rstrip("/") != request.host_url.rstrip("/")
    if foreign:
        raise CSRFError("The form came from another site.")
