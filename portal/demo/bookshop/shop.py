"""The shop's pages: the table of books, and what a connected shopper lets us see."""

import secrets
from datetime import date
from typing import Any

import phonenumbers
from babel import Locale
from babel.dates import format_date
from flask import Flask, Response, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as Redirect

from .freehold import Freehold
from .words import (
    ASKED,
    CONNECTED,
    DELIVERY,
    LABELS,
    NOT_CONNECTED,
    PASSING,
    PAUSED_STILL,
    REFUSALS,
    SUGGESTIONS,
    UNCHANGED,
    Refused,
)

BOOKS = (
    ("The Shadow of the Wind", "Carlos Ruiz Zafón", "€12.90"),
    ("Walks in the Pyrenees", "Kev Reynolds", "€21.50"),
    ("Cooking without a recipe", "Philippa Davenport", "€24.90"),
)
SHOWN = 12
ENGLISH = Locale.parse("en_GB")


def create_shop(config: dict[str, Any]) -> Flask:
    """The shop, as its configuration says."""
    app = Flask(__name__)
    # Cookies do not know ports: a name of our own keeps us apart from Freehold on the same machine.
    app.config.update(
        SECRET_KEY=config["secret_key"],
        SESSION_COOKIE_NAME="bookshop",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config["redirect_uri"].startswith("https://"),
    )
    in_freehold = f"{config['freehold']}/sharing/with/{config['client_id']}"
    app.jinja_env.globals.update(shop=config["name"], in_freehold=in_freehold, books=BOOKS)
    freehold = Freehold(app, config)
    forms = f"form-action 'self' {config['freehold']}"

    @app.get("/")
    def front() -> str:
        shopper = session.get("shopper", "")
        agreed = freehold.agreed(shopper)
        if agreed is None:
            return render_template("shop.html", connected=False)
        delivery = _or_refusal(_delivery, freehold, shopper, agreed.get(DELIVERY, set()))
        suggestions = _or_refusal(_suggestions, freehold, shopper, agreed.get(SUGGESTIONS, set()))
        looks = {"delivery": delivery, "suggestions": suggestions, "shown": SHOWN}
        reasons = {delivery.get("reason"), suggestions.get("reason")}
        if "replaced" in reasons:
            # What our old permission did not hold, the newer one may: we know once we are connected with it.
            _say_replaced(delivery, suggestions)
        paused = "paused" in reasons
        arrived = session.pop("arrived", False)
        if arrived:
            flash(PAUSED_STILL if paused else CONNECTED)
        if session.pop("declined", False):
            seen = reasons & {None, *PASSING}
            flash(UNCHANGED if seen else NOT_CONNECTED)
            if not seen:  # whoever says no here need not be the one whose refusals these are
                return render_template("shop.html", connected=False)
        return render_template("shop.html", connected=True, paused=paused, arrived=arrived, **looks)

    @app.post("/connect")
    def connect() -> Any:
        # A real shop would use its own customer's account here.
        session.setdefault("shopper", secrets.token_urlsafe(24))
        return freehold.depart()

    @app.get("/connected")
    def connected() -> Redirect:
        freehold.arrive(session.get("shopper", ""))
        session["arrived"] = True
        return redirect(url_for("front"), 303)

    @app.errorhandler(Refused)
    def refused(refusal: Refused) -> Redirect:
        if str(refusal) == "access_denied" and freehold.agreed(session.get("shopper", "")) is not None:
            session["declined"] = True  # what that means shows when we look
        else:
            flash(refusal.sentence)
        return redirect(url_for("front"), 303)

    @app.after_request
    def strict(response: Response) -> Response:
        policy = f"default-src 'none'; style-src 'self'; img-src 'self'; {forms}; base-uri 'none'"
        response.headers["Content-Security-Policy"] = f"{policy}; frame-ancestors 'none'"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response

    return app


def _or_refusal(look: Any, freehold: Freehold, shopper: str, names: set[str]) -> dict[str, Any]:
    """What a look shows, or why it shows nothing."""
    try:
        if not names:
            raise Refused("no-grant")
        found: dict[str, Any] = look(freehold, shopper, names)
        return found
    except Refused as refusal:
        return {"refusal": refusal.sentence, "reason": str(refusal)}


def _say_replaced(*looks: dict[str, Any]) -> None:
    for look in looks:
        if look.get("reason") == "no-grant":
            look |= {"refusal": REFUSALS["replaced"], "reason": "replaced"}


def _delivery(freehold: Freehold, shopper: str, names: set[str]) -> dict[str, Any]:
    """Rows of (label, value, whether it is shared at all)."""
    profile = freehold.read(shopper, "profile", DELIVERY)["profile"]
    # Asked after the read, whose token lives: what is absent was taken out, or nothing stands there.
    names = freehold.covered(shopper).get(DELIVERY, names)
    return {"rows": [(LABELS[name], _value(profile, name), name in names) for name in ASKED[DELIVERY]]}


def _suggestions(freehold: Freehold, shopper: str, names: set[str]) -> dict[str, Any]:
    """What the shopper likes, and the lines of orders, ours and other companies'."""
    found: dict[str, Any] = {"tastes": [], "lines": []}
    names = freehold.covered(shopper).get(SUGGESTIONS, names)
    if "profile.tastes" in names:
        found["tastes"] = freehold.read(shopper, "profile", SUGGESTIONS)["profile"].get("tastes", [])
    if names - {"profile.tastes"}:
        orders = freehold.read(shopper, "orders", SUGGESTIONS)["orders"]
        found["lines"] = [line for order in orders for line in order["lines"]]
    return found


def _value(profile: dict[str, Any], name: str) -> str:
    value = profile.get(name.removeprefix("profile."))
    if isinstance(value, dict):
        return _address(value)
    if value and name == "profile.birth_date":
        return format_date(date.fromisoformat(value), "long", locale=ENGLISH)
    if value and name == "profile.phone":
        return _phone(value)
    return "" if value is None else str(value)


def _phone(value: str) -> str:
    """E.164 as people read it."""
    number = phonenumbers.parse(value)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _address(parts: dict[str, str]) -> str:
    """As it is written on a parcel; a region of the city's own name is not said twice."""
    region = parts.get("region", "")
    country = parts.get("country", "")
    lines = (
        parts.get("street", ""),
        f"{parts.get('postal_code', '')} {parts.get('city', '')}".strip(),
        "" if region == parts.get("city") else region,
        ENGLISH.territories.get(country, country),
    )
    return ", ".join(line for line in lines if line)
