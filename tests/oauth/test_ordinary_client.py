"""An ordinary client of an ordinary library goes the whole way over HTTP."""

import json
import threading
from collections.abc import Iterator

import pytest
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask
from werkzeug.serving import make_server

from portal.kernel.house import House
from tests.grants.cast import detail, person
from tests.oauth.cast import BACK, Program, answered, consent_to, program


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """The application behind a real socket."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def shop(house: House) -> Program:
    """A program."""
    return program(house)


def test_authlibs_client_connects_reads_refreshes_and_leaves(
    app: Flask, house: House, served: str, shop: Program
) -> None:
    session = OAuth2Session(
        shop.client_id,
        shop.secret,
        redirect_uri=BACK,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic",
        token_endpoint=f"{served}/oauth/token",
        revocation_endpoint_auth_method="client_secret_basic",
    )
    verifier = "v" * 64
    address, state = session.create_authorization_url(
        f"{served}/authorize", code_verifier=verifier, authorization_details=json.dumps([detail(house)])
    )
    back = consent_to(app, address.removeprefix(served), person(house, given_name="Ana", family_name="Puig"))
    assert answered(back)["state"] == state
    assert answered(back)["iss"] == house.settings.origin
    tokens = session.fetch_token(
        f"{served}/oauth/token", authorization_response=back, state=state, code_verifier=verifier
    )
    assert session.get(f"{served}/api/v1/profile").json()["profile"]["name"] == "Ana Puig"
    renewed = session.refresh_token(f"{served}/oauth/token")
    assert renewed["refresh_token"] != tokens["refresh_token"]
    assert session.get(f"{served}/api/v1/profile").status_code == 200
    assert session.revoke_token(f"{served}/oauth/revoke", token=renewed["refresh_token"]).status_code == 200
    assert session.get(f"{served}/api/v1/profile").status_code == 401
