"""A lost mailbox: whoever has the password or a second step goes on without it, and whoever has neither is told so."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import passwords, service
from portal.accounts.reads import account_by_email, actor_for, password_hash_of
from portal.kernel.errors import NeedsProof, Refused
from portal.kernel.house import House
from tests import people
from tests.accounts import apps
from tests.accounts.authenticator import Authenticator, add_passkey, begin, send
from tests.people import PASSWORD

OLD, MOVED = "ana@example.org", "ana.new@example.org"
NEW = "a louder harbour at dawn"
FORGOTTEN = "/account/password/forgotten"


def _with_passkey(house: House, app: Flask) -> tuple[FlaskClient, Authenticator]:
    """A browser signed in by Ana's passkey alone."""
    people.register(house, OLD)
    held, first, client = Authenticator(), app.test_client(), app.test_client()
    people.sign_in(first, OLD)
    assert add_passkey(first, held).status_code == 200
    assert send(client, held.use(begin(client))).status_code == 303
    return client, held


def _letters_opened(house: House, to: str) -> str:
    people.do_jobs(house)
    return people.link_in(people.mails(house, to)[0])


def test_with_a_passkey_alone_a_new_password_and_then_a_new_address_are_set_without_the_old_mailbox(
    house: House, app: Flask
) -> None:
    client, _ = _with_passkey(house, app)
    assert people.post(client, FORGOTTEN, password=NEW).location == "/account"
    assert people.post(client, "/account/address", email=MOVED, current_password=NEW).status_code == 303
    people.post(client, _letters_opened(house, MOVED))
    assert MOVED in client.get("/account").text
    fresh = app.test_client()
    assert people.post(fresh, "/sign-in", email=MOVED, password=PASSWORD).status_code == 422
    assert people.sign_in(fresh, MOVED, NEW).location == "/sign-in/second"


def test_with_the_password_alone_the_address_changes_without_the_old_mailbox_which_can_undo_it_for_a_week(
    house: House, client: FlaskClient
) -> None:
    account_id = people.register(house, OLD)
    people.sign_in(client, OLD)
    assert people.post(client, "/account/address", email=MOVED, current_password=PASSWORD).status_code == 303
    people.post(client, _letters_opened(house, MOVED))
    with house.reading() as unit:
        assert account_by_email(unit, MOVED) == account_id
    assert client.get(_letters_opened(house, OLD)).status_code == 200


def test_a_new_password_without_the_old_one_needs_a_fresh_second_step(house: House, client: FlaskClient) -> None:
    people.register(house, OLD)
    with apps.at():
        people.sign_in(client, OLD)
        phone = apps.add_app(client)
    with apps.at(timedelta(minutes=11)):
        asked = client.get(FORGOTTEN)
        assert (asked.status_code, asked.location) == (303, "/account/prove?next=%2Faccount%2Fpassword%2Fforgotten")
        token = people.csrf_of(client, "/account")
        sent = client.post(FORGOTTEN, data={"csrf_token": token, "password": NEW})
        assert sent.location.startswith("/account/prove")
        assert client.post("/account/prove", data={"csrf_token": token, "proof_code": phone.code()}).status_code == 303
        assert people.post(client, FORGOTTEN, password="short").status_code == 422
        assert people.post(client, FORGOTTEN, password=NEW).location == "/account"


def test_it_ends_every_other_browser_and_the_owner_is_told(house: House, app: Flask) -> None:
    client, held = _with_passkey(house, app)
    other = app.test_client()
    send(other, held.use(begin(other)))
    with client.session_transaction() as kept:
        before = kept["_user_id"]
    people.post(client, FORGOTTEN, password=NEW)
    with client.session_transaction() as kept:
        assert kept["_user_id"] != before
    assert other.get("/account").status_code == 303
    assert client.get("/account").status_code == 200
    people.do_jobs(house)
    assert "Your password was changed" in [mail["Subject"] for mail in people.mails(house, OLD)]


def test_a_stolen_session_without_a_second_step_sets_no_password(house: House, client: FlaskClient) -> None:
    account_id = people.register(house, OLD)
    people.sign_in(client, OLD)
    assert client.get(FORGOTTEN).location == "/reset"
    assert people.post(client, FORGOTTEN, page="/account", password=NEW).location == "/reset"
    with client.session_transaction() as kept:
        secret = kept["_user_id"]
    with house.reading() as unit:
        actor = actor_for(unit, secret)
        assert actor is not None and passwords.matches(password_hash_of(unit, account_id), PASSWORD)
    with pytest.raises(Refused), house.writing(actor) as unit:
        service.replace_password(unit, account_id=account_id, password_hash="x")
    with pytest.raises(NeedsProof), house.writing() as unit:
        service.replace_password(unit, account_id=account_id, password_hash="x")


def test_the_pages_where_people_look_lead_to_what_can_be_done(house: House, client: FlaskClient) -> None:
    people.register(house, OLD)
    people.post(client, "/reset", email=OLD)
    for page in ("/reset", "/reset/sent", "/sign-in/lost/sent"):
        assert 'href="/sign-in/mailbox"' in client.get(page).text, page
    said = client.get("/sign-in/mailbox").text
    for words in ("You know your password", "You have a passkey", "You have neither", "on the telephone neither"):
        assert words in said
    people.sign_in(client, OLD)
    assert f'href="{FORGOTTEN}"' in client.get("/account/password").text
