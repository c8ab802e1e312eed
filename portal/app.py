"""The roof: the Flask application, assembled. Imported by nobody but the command line, the server and tests."""

import time
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, current_app, g, request, request_tearing_down
from flask.sessions import NullSession, SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import MapAdapter, Rule

import vendor_api.app
from portal import error_pages, headers, resource
from portal.accounts.loading import load_actor, login_manager, say_acting_ended
from portal.home import context
from portal.kernel import i18n
from portal.kernel.errors import NotFound
from portal.kernel.house import House, use_house
from portal.kernel.ids import new_id
from portal.kernel.itself import itself
from portal.kernel.unit import STRANGER
from portal.kernel.uploads import InMemory
from portal.pages import PAGES, WITHOUT_SESSION
from portal.watch import journal, routes
from portal.watch.metrics import Metrics
from vendor_api.deprecated import tell_deprecated
from vendor_api.errors import MACHINES, give_nonce, unrouted

_BODY = 1024 * 1024


def create_app(house: House) -> Flask:
    """The application of one house."""
    app = _Application("portal", template_folder=str(resource("templates")), static_folder=str(resource("static")))
    # "//" in an address is nothing of ours. Made into "/", it would be a redirect to whatever host the caller named.
    app.url_map.merge_slashes = False
    _configure(app, house)
    i18n.install(app, house.settings.time_zone)
    login_manager.init_app(app)
    app.before_request(_arrive)
    # After it: the page that says a form is too old is in the reader's language and has a request id.
    proved = CSRFProtect(app)
    for view in WITHOUT_SESSION:
        proved.exempt(view)
    context.register(app)
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    if house.settings.demo:
        from portal.demo.routes import blueprint as demo

        app.register_blueprint(demo)
    vendor_api.app.register(app)
    app.figures = routes.register(app, house)
    error_pages.register(app)
    app.after_request(app.bear_page_headers)
    app.wsgi_app = _Housed(_behind_proxies(app, house), house)  # type: ignore[method-assign]
    return app


def _behind_proxies(app: Flask, house: House) -> Any:
    # Forwarded headers are believed only as far as the operator says there are proxies: anybody can send them.
    many = house.settings.proxies
    return ProxyFix(app.wsgi_app, x_for=many, x_proto=many, x_host=many) if many else app.wsgi_app


class FixedPaths(MapAdapter):
    """Finds a route by its whole path where that is all there is to it, and any other as the framework does."""

    known: dict[tuple[str, str], Rule]

    def match(self, *asked: Any, **more: Any) -> Any:
        """The route and its values; raises what tells that there is none."""
        rule = self.known.get((self.default_method, self.path_info)) if not asked and more == {"return_rule": True} else None
        return super().match(*asked, **more) if rule is None else (rule, {})


class _Application(Flask):
    """Flask without its question, five times a request, whether a function of ours is a coroutine: none is."""

    request_class = InMemory
    page_headers: headers.Headers = ()
    machine_headers: headers.Headers = ()
    figures: Metrics | None = None

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """What finds the route. A machine's does not depend on the host it calls us by, nor does any of our answers."""
        path = "" if request is None else request.environ.get("PATH_INFO", "")
        if request is None or not (path.startswith(MACHINES) and path.isascii()):
            return super().create_url_adapter(request)
        adapter = FixedPaths(self.url_map, "", "", self.url_map.default_subdomain, "http", path, request.method)
        adapter.known = self.fixed_paths
        return adapter

    @cached_property
    def fixed_paths(self) -> dict[tuple[str, str], Rule]:
        """The routes without a variable part, by method and path; asked for once all are there."""
        rules = [rule for rule in self.url_map.iter_rules() if not (rule.arguments or rule.build_only or rule.redirect_to)]
        return {(method, rule.rule): rule for rule in rules for method in rule.methods or ()}

    def do_teardown_request(self, *failure: Any) -> None:
        """Nothing of ours waits for a request's end; should anything ever, it is called."""
        if self.teardown_request_funcs or request_tearing_down.receivers:
            super().do_teardown_request(*failure)

    def preprocess_request(self) -> ResponseReturnValue | None:
        """Pages have forms to prove and somebody signed in; machines bring tokens, which the doors look at."""
        machine = request.path.startswith(MACHINES)
        answered = _arrive_as_machine() if machine else super().preprocess_request()
        if answered is None and "\0" in request.path:
            # No database keeps such a name, and PostgreSQL will not even look for it.
            raise NotFound
        return answered

    def process_response(self, response: Response) -> Response:
        """Machines have no session to keep, and no more than headers to be added. Each answer is told in the journal."""
        if request.path.startswith(MACHINES):
            give_nonce(headers.bear(response, self.machine_headers))
            tell_deprecated(response)
        else:
            response = super().process_response(response)
        journal.tell_request(response)
        if self.figures is not None:
            self.figures.count(response)
        return response

    def bear_page_headers(self, response: Response) -> Response:
        """What a page may do, and who may keep it."""
        headers.bear_policy(response)
        return headers.bear(response, self.page_headers)


class _PageSessions(SecureCookieSessionInterface):
    """The signed cookie of pages. Machines bring tokens: nothing is read or set for them."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The browser's session; none on the machines' paths."""
        if request.path.startswith(MACHINES):
            return NullSession()
        return super().open_session(app, request)


class _Housed:
    """Every request runs in its house."""

    def __init__(self, wsgi: Callable[..., Iterable[bytes]], house: House) -> None:
        self._wsgi = wsgi
        self._house = house

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self._house.keys.look()
        environ[journal.BEGAN] = time.perf_counter()
        with use_house(self._house):
            return self._wsgi(environ, start_response)


def _configure(app: _Application, house: House) -> None:
    settings = house.settings
    app.page_headers = headers.of_pages(secure=settings.secure)
    app.machine_headers = headers.of_machines(secure=settings.secure)
    app.extensions["house"] = house
    app.session_interface = _PageSessions()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.config.update(
        # Whatever FLASK_DEBUG says where we are started: nobody sees our insides.
        DEBUG=False,
        SESSION_COOKIE_NAME="__Host-session" if settings.secure else "session",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        # An answer that is late must not bring back the cookie of before a sign-in.
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=_BODY,
        MAX_FORM_MEMORY_SIZE=_BODY,
        MAX_FORM_PARTS=1000,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=settings.secure,
        WTF_CSRF_CHECK_DEFAULT=True,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    _take_secrets(app, house)
    house.keys.when_taken_up(lambda: _take_secrets(app, house))


def _take_secrets(app: Flask, house: House) -> None:
    secrets = house.keys.cookie_secrets()
    # The fallbacks are all of them, and come first: whoever reads between two of these lines still knows every key.
    app.config["SECRET_KEY_FALLBACKS"] = secrets
    # Flask-WTF knows no fallbacks, but hands its key to itsdangerous, which signs with the last of a list and takes any.
    app.config["WTF_CSRF_SECRET_KEY"] = secrets[::-1]
    app.config["SECRET_KEY"] = secrets[0]


def _arrive_as_machine() -> Response | None:
    here = itself(g)
    here.request_id = new_id()
    here.actor = STRANGER
    i18n.set_locale("en")
    return unrouted()


def _arrive() -> ResponseReturnValue | None:
    """Who comes, for whom, and in which language they are answered."""
    g.request_id = new_id()
    g.csp_form_action = []
    _drop_odd_referrer()
    load_actor()
    _bound_body()
    context.speak()
    headers.refuse_foreign_forms()
    return say_acting_ended()


def _bound_body() -> None:
    """Forms that bear a file may be larger, of whoever is signed in: of others nobody keeps one."""
    view = current_app.view_functions.get(request.endpoint or "")
    if g.actor.session_id is not None:
        request.max_content_length = getattr(view, "most_bytes", _BODY)


def _drop_odd_referrer() -> None:
    """A referrer that is no address says nothing, and whoever takes it apart would stumble over it."""
    said = request.environ.get("HTTP_REFERER")
    if said is None:
        return
    try:
        urlsplit(said)
    except ValueError:
        del request.environ["HTTP_REFERER"]
