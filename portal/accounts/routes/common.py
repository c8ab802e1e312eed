"""What the pages of this room share."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from flask import Response, current_app, redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts.addresses import is_away, local_path
from portal.accounts.devices import KEEP_SECONDS, KnownDevices
from portal.accounts.loading import remember_session
from portal.accounts.passkeys import LONGEST
from portal.accounts.reads import password_changed_at, roles_of
from portal.audit.doors import reading
from portal.kernel.errors import TooMany
from portal.kernel.house import current_house
from portal.kernel.i18n import gettext as _
from portal.kernel.networks import network_of

_SENT_TO = "sent-to"
SECOND = "second"
"""Where a browser keeps its mark of the second step of a sign-in."""


def remember_sent(address: str) -> None:
    """Keeps in this browser alone, until somebody signs in or out here, which address was just typed."""
    session[_SENT_TO] = address


def sent_to() -> str | None:
    """The address that this browser typed; whether it has an account makes no difference here."""
    address: str | None = session.get(_SENT_TO)
    return address


def network() -> str:
    """The network that limits count by."""
    return network_of(request.remote_addr or "")


def agent() -> str:
    """The browser, as it names itself."""
    return request.headers.get("User-Agent", "")[:200]


def next_path(text: str | None) -> str | None:
    """Where the person was going, if that is a page of ours."""
    path = local_path(text)
    return None if path is None or is_away(path) else path


def landing(roles: Iterable[str]) -> str:
    """Where a person lands who was going nowhere: at the one place of work that there is beside being a customer."""
    others = set(roles) - {"customer"}
    if others == {"staff"}:
        return "/console"
    return "/desk" if others and others <= {"officer", "lead", "auditor"} else "/"


def landing_of(account_id: bytes) -> str:
    """Where this person lands."""
    with reading() as unit:
        return landing(role.role for role in roles_of(unit, account_id))


def wrong_code() -> str:
    """What may be wrong with a code."""
    return _("This code is not good now. Each is good once and for about a minute: wait for the next one.")


def answer_of(field: str = "credential") -> str:
    """What the browser's passkey answered."""
    return request.form.get(field, "")[: LONGEST + 1]


def options_answer(options: str) -> Response:
    """What the page's script hands to the browser."""
    return Response(options, content_type="application/json")


def too_many(page: str, problem: TooMany) -> Response:
    """The form again, with the time to wait."""
    response: Response = current_app.make_response((page, 429))
    response.headers["Retry-After"] = str(problem.retry_after or 60)
    return response


def _device_cookie() -> str:
    return "__Host-device" if current_house().settings.secure else "device"


def device_mark(account_id: bytes, since: datetime) -> str | None:
    """This browser's mark, if it has signed this account in since its password was set (``since``)."""
    return _known_devices().mark_of(request.cookies.get(_device_cookie()), account_id, since)


def _known_devices() -> KnownDevices:
    return KnownDevices(current_house().keys.cookie_secrets())


def signed_in(secret: str, account_id: bytes, target: str) -> AnyResponse:
    """Leads a browser that has just been signed in to where it was going, with cookies of its own."""
    remember_session(secret)
    with reading() as unit:
        since = password_changed_at(unit, account_id)
    response = redirect(target, 303)
    response.set_cookie(
        _device_cookie(),
        _known_devices().with_account(request.cookies.get(_device_cookie()), account_id, since),
        max_age=timedelta(seconds=KEEP_SECONDS),
        secure=current_house().settings.secure,
        httponly=True,
        samesite="Lax",
    )
    return response
