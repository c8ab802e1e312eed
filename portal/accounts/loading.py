"""Who is asking: the session's secret in the signed cookie becomes the request's actor."""

from contextlib import suppress
from typing import Any

from flask import current_app, flash, g, redirect, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user
from werkzeug.wrappers import Response

from portal import access
from portal.accounts.reads import Person, acting_of, person_of
from portal.accounts.service import mark_seen, stop_acting
from portal.accounts.service.sessions import is_stale
from portal.kernel import clock
from portal.kernel.errors import Busy
from portal.kernel.house import current_house
from portal.kernel.i18n import gettext as _
from portal.kernel.polling import asked_by_itself
from portal.kernel.unit import STRANGER, Actor

# Machines bring tokens, never this cookie: an API request costs no look at sessions.
_MACHINES = ("/api/", "/oauth/", "/.well-known/", "/static/", "/healthz", "/readyz", "/metrics")
_DESKS = {"/desk": ("officer", "auditor"), "/console": ("staff",)}

login_manager = LoginManager()
# Flask-Login's own protection binds sessions to an address, which phones change all day; our table ends sessions.
login_manager.session_protection = None


class SignedInPerson(UserMixin):  # type: ignore[misc, unused-ignore]
    """What Flask-Login holds. Its id is the session's secret: another session is another one."""

    def __init__(self, secret: str, person: Person) -> None:
        self._secret = secret
        self.person = person

    def get_id(self) -> str:
        """The session's secret."""
        return self._secret

    def __repr__(self) -> str:
        return "<SignedInPerson>"


@login_manager.user_loader  # type: ignore[untyped-decorator, unused-ignore]
def load_person(secret: Any) -> SignedInPerson | None:
    """The person behind a session's secret, as long as the session lives."""
    if not isinstance(secret, str):
        return None
    house = current_house()
    with house.reading() as unit:
        person = person_of(unit, secret)
    if person is None:
        return None
    # A page that asks by itself is no person who is there.
    if is_stale(person.last_seen_at, clock.now()) and not asked_by_itself():
        _mark_seen(person)
    return SignedInPerson(secret, person)


def _mark_seen(person: Person) -> None:
    try:
        with current_house().writing() as unit:
            mark_seen(unit, session_id=person.session_id)
    except Busy:
        # A house that cannot write now can still show a person their own things.
        return


def load_actor() -> None:
    """Sets ``g.actor``, ``g.account`` and ``g.account_locale``; a stranger where nobody is signed in.

    ``g.acting`` is the delegation by which this browser acts for somebody, and ``g.acting_ended`` why it just ended.
    """
    g.actor, g.account, g.account_locale = STRANGER, None, None
    g.acting, g.acting_ended = None, None
    if request.path.startswith(_MACHINES) or not session.get("_user_id"):
        return
    loaded = current_user._get_current_object()
    if isinstance(loaded, SignedInPerson):
        g.account = loaded.person
        g.account_locale = loaded.person.locale
        g.actor = _acting(loaded.person)
        if loaded.person.acting_for is not None:
            _act_for(loaded.person, loaded.person.acting_for)


def _act_for(person: Person, delegation_id: bytes) -> None:
    """Puts the customer's things before their delegate, as long as the delegation lives."""
    with current_house().reading() as unit:
        found = acting_of(unit, delegation_id, person.account_id)
    if found is None or g.actor.kind != "customer":
        g.acting_ended = "over" if found is None else "desk"
        if not asked_by_itself():
            _leave(person, delegation_id)
        return
    g.acting = found
    if _permission() not in access.WHILE_ACTING:
        g.actor = found.acting(g.actor)


def _permission() -> str | None:
    """What the route of this request asks for."""
    view = current_app.view_functions.get(request.endpoint or "")
    door: tuple[str, str] | None = getattr(view, "door", None)
    return None if door is None else door[1]


def _leave(person: Person, delegation_id: bytes) -> None:
    forget_forms()
    # A house that cannot write now asks again at the next request; meanwhile, too, the delegation counts for nothing.
    with suppress(Busy), current_house().writing(g.actor, request_id=g.request_id) as unit:
        stop_acting(unit, session_id=person.session_id, delegation_id=delegation_id, reason=g.acting_ended)


def forget_forms() -> None:
    """A form that was opened for one person must not be sent for another: those that are open are good no more."""
    session.pop("csrf_token", None)


def say_acting_ended() -> Response | None:
    """Where acting for somebody has just ended: a sentence, and nothing is done of what was sent."""
    if g.acting_ended is None:
        return None
    if asked_by_itself():
        # The sentence is for the page that the person opens next.
        return Response(status=401)
    if g.acting_ended == "desk":
        flash(_("You are at your desk now, and no longer act for anybody."))
    else:
        flash(_("You no longer act for anybody: it was ended, or its time is over. Nothing was changed."), "warning")
    stays = g.acting_ended == "desk" or _permission() in access.WHILE_ACTING
    return None if stays and request.method in ("GET", "HEAD") else redirect("/", 303)


def _acting(person: Person) -> Actor:
    first = "/" + request.path.split("/", 2)[1]
    return person.acting(next((kind for kind in _DESKS.get(first, ()) if kind in person.roles), "customer"))


def remember_session(secret: str) -> None:
    """Puts a new session into the browser's cookie, and nothing of what was there before."""
    with current_house().reading() as unit:
        person = person_of(unit, secret)
    session.clear()
    if person is not None:
        session.permanent = True
        login_user(SignedInPerson(secret, person))


def renew_session(secret: str) -> None:
    """Puts the session's next secret into the browser's cookie; its forms stay good."""
    with current_house().reading() as unit:
        person = person_of(unit, secret)
    if person is not None:
        login_user(SignedInPerson(secret, person))


def forget_session() -> None:
    """Empties the browser's cookie."""
    session.clear()

