"""The shop's pages: the shelf, and what a connected shopper lets us see."""

import secrets
from typing import Any

from flask import Flask, Response, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as Redirect

from .freehold import ASKED, DELIVERY, SUGGESTIONS, Departure, Freehold, Refused

BOOKS = (
    ("The Shadow of the Wind", "Carlos Ruiz Zafón", "€12.90"),
    ("Walks in the Pyrenees", "Kev Reynolds", "€21.50"),
    ("Cooking without a recipe", "Philippa Davenport", "€24.90"),
)
LABELS = {
    "profile.name": "Name",
    "profile.address": "Address",
    "profile.email": "E-mail",
    "profile.phone": "Phone",
    "profile.birth_date": "Birthday",
    "profile.tastes": "What you like",
}


def create_shop(config: dict[str, Any]) -> Flask:
    """The shop, as its configuration says."""
    app = Flask(__name__)
    freehold = Freehold(config)
    # Cookies do not know ports: a name of our own keeps us apart from Freehold on the same machine.
    app.config.update(
        SECRET_KEY=config["secret_key"],
        SESSION_COOKIE_NAME="bookshop",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config["redirect_uri"].startswith("https://"),
    )
    app.jinja_env.globals.update(shop=config["name"], freehold=config["freehold"], books=BOOKS)

    @app.get("/")
    def front() -> str:
        shopper = session.get("shopper", "")
        if not freehold.is_connected(shopper):
            return render_template("shop.html", connected=False)
        agreed = freehold.shared(shopper)
        return render_template(
            "shop.html",
            connected=True,
            delivery=_delivery(freehold, shopper, agreed),
            suggestions=_suggestions(freehold, shopper, agreed),
        )

    @app.post("/connect")
    def connect() -> Redirect:
        left = freehold.depart()
        session["shopper"] = session.get("shopper") or secrets.token_urlsafe(24)
        session["left"] = [left.url, left.state, left.verifier]
        return redirect(left.url, 303)

    @app.get("/connected")
    def connected() -> Redirect:
        left = session.pop("left", None)
        if left is None:
            raise Refused("not-connected")
        freehold.arrive(session["shopper"], request.url, request.args.to_dict(), Departure(*left))
        flash("Connected. This is what you share with us; you can stop it in Freehold at any moment.")
        return redirect(url_for("front"), 303)

    @app.post("/forget")
    def forget() -> Redirect:
        freehold.forget(session.get("shopper", ""))
        flash("Disconnected. We keep nothing of what you shared.")
        return redirect(url_for("front"), 303)

    @app.errorhandler(Refused)
    def refused(refusal: Refused) -> Redirect:
        flash(refusal.sentence)
        return redirect(url_for("front"), 303)

    @app.after_request
    def strict(response: Response) -> Response:
        forms = f"'self' {config['freehold']}"
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; style-src 'self'; img-src 'self'; form-action {forms}; base-uri 'none';"
            " frame-ancestors 'none'"
        )
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response

    return app


def _delivery(freehold: Freehold, shopper: str, agreed: dict[str, set[str]]) -> dict[str, Any]:
    """Rows of (label, value, whether it was left out), or why there are none."""
    if DELIVERY not in agreed:
        return {"refusal": Refused("no-grant").sentence}
    try:
        profile = freehold.read(shopper, "profile", DELIVERY)["profile"]
    except Refused as refusal:
        return {"refusal": refusal.sentence}
    return {"rows": [(LABELS[name], _value(profile, name), name in agreed[DELIVERY]) for name in ASKED[DELIVERY]]}


def _suggestions(freehold: Freehold, shopper: str, agreed: dict[str, set[str]]) -> dict[str, Any]:
    """Tastes and the lines of orders, from us and from other shops alike, or why there are none."""
    names = agreed.get(SUGGESTIONS, set())
    if not names:
        return {"refusal": Refused("no-grant").sentence}
    found: dict[str, Any] = {}
    try:
        if "profile.tastes" in names:
            found["tastes"] = freehold.read(shopper, "profile", SUGGESTIONS)["profile"].get("tastes", [])
        if names & {"orders.line", "orders.line.category"}:
            orders = freehold.read(shopper, "orders", SUGGESTIONS)["orders"]
            found["lines"] = [line for order in orders for line in order["lines"]]
    except Refused as refusal:
        return {"refusal": refusal.sentence}
    return found


def _value(profile: dict[str, Any], name: str) -> str:
    value = profile.get(name.removeprefix("profile."))
    if isinstance(value, dict):
        return ", ".join(str(value[part]) for part in ("street", "postal_code", "city", "country") if value.get(part))
    return "" if value is None else str(value)
