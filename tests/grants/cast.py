"""Who stands on this room's stage: companies that may ask, people who may answer; all made through services."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.reads import actor_for
from portal.accounts.service import register, start_session, verify_address
from portal.customers.service import set_attribute
from portal.grants.choices import Choice, everything
from portal.grants.details import TYPE_PATH, stored
from portal.grants.models import Grant, Request
from portal.grants.reads import request_of
from portal.grants.service import ask, claim_request, give
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.unit import STRANGER, SYSTEM, Actor
from portal.vendors import service as vendors
from portal.vendors.reads import VendorView

DELIVERY = "https://w3id.org/dpv#DeliveryOfGoods"
CARE = "https://w3id.org/dpv#CustomerCare"
SUGGESTIONS = "https://w3id.org/dpv#ProvideProductRecommendations"
NAMES = (
    "profile.name",
    "profile.email",
    "profile.phone",
    "profile.address",
    "profile.address.city",
    "profile.birth_date",
    "profile.tastes",
    "orders.line.category",
)
CARD = {
    "country": "ES",
    "city": "Girona",
    "web": "https://books.example",
    "privacy_contact": "privacy@books.example",
    "description": {"ca": "Llibres de tota mena."},
}


def company(house: House, name: str = "Librería del Mar") -> VendorView:
    """A company that may ask for three purposes, and require name and address for delivery."""
    with house.writing(SYSTEM) as unit:
        made = vendors.admit(unit, name=name, card=CARD, admitted_by="Anna Ferrer")
        for purpose in (DELIVERY, CARE, SUGGESTIONS):
            vendors.allow_purpose(
                unit,
                vendor_id=made.id,
                purpose=purpose,
                datatypes=NAMES,
                may_require=("profile.name", "profile.address"),
                text={"es": "Para enviarte tus libros."},
            )
        return made


def person(house: House, email: str = "ana@example.org", **values: Any) -> Actor:
    """A customer who is signed in, with these values in the profile."""
    with house.writing(STRANGER) as unit:
        account = register(unit, email=email, password_hash="-")
        assert account is not None
    with house.writing(STRANGER) as unit:
        verify_address(unit, token=account.token)
        secret = start_session(unit, account_id=account.account_id, holder_id=account.holder_id)
    with house.reading() as unit:
        found = actor_for(unit, secret)
        assert found is not None and found.customer_id is not None
    with house.writing(found) as unit:
        for path, value in values.items():
            set_attribute(unit, customer_id=found.customer_id, path="profile." + path, value=value)
    return found


def signed_in(app: Flask, actor: Actor) -> FlaskClient:
    """A browser in which this person is signed in."""
    assert actor.id is not None and actor.holder_id is not None
    with app.extensions["house"].writing(STRANGER) as unit:
        secret = start_session(unit, account_id=actor.id, holder_id=actor.holder_id)
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = secret
    return client


def detail(
    house: House,
    purpose: str = DELIVERY,
    datatypes: Sequence[str] = ("profile.name", "profile.address", "profile.email"),
    required: Sequence[str] = ("profile.name",),
    *,
    days: int = 90,
    **more: Any,
) -> dict[str, Any]:
    """One detail as a company sends it."""
    return {
        "type": house.settings.origin + TYPE_PATH,
        "datatypes": list(datatypes),
        "necessity": dict.fromkeys(required, "required"),
        "purpose": purpose,
        "expires_at": int((clock.now() + timedelta(days=days)).timestamp()),
        **more,
    }


def asked(house: House, vendor: VendorView, actor: Actor | None = None, *details: Mapping[str, Any]) -> Request:
    """A request of the company; opened by the customer where one is named."""
    with house.writing(SYSTEM) as unit:
        made = ask(unit, vendor_id=vendor.id, details=details or [detail(house)])
    if actor is not None:
        with house.writing(actor) as unit:
            claim_request(unit, request_id=made.id)
    return made


def given(house: House, actor: Actor, request: Request, choices: Mapping[str, Choice] | None = None) -> Grant:
    """The permission that the customer gave: to everything, unless choices are named."""
    with house.writing(actor) as unit:
        if choices is None:
            choices = everything(stored(request_of(unit, request.id).details))
        return give(unit, request_id=request.id, choices=choices)
