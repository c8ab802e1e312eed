"""The operator's hand on companies' programs: what proves them is made, added, ended, and shown once."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import ECKey

from portal.app import create_app
from portal.kernel.house import House
from portal.kernel.ids import id_from
from portal.kernel.outgoing import Rules
from portal.kernel.unit import SYSTEM
from portal.oauth.fetching import fetch
from portal.oauth.models import Client
from portal.oauth.service.fetched import keep_fetched
from tests.kernel.receivers import receiving, status
from tests.oauth.keyed import Keyed, new_key
from tests.roof.conftest import Run

ONE = new_key().as_dict(private=False)


def told(text: str) -> dict[str, str]:
    """What a command printed, by its words."""
    pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, value in pairs}


def program_of(house: House, client_id: str, key: Any) -> Keyed:
    """The company's side of it."""
    with house.reading() as unit:
        [row] = unit.session.query(Client).filter_by(client_id=client_id)
    return Keyed(house, row.vendor_id, client_id, key)


def gets_a_token(made: Keyed, client: FlaskClient) -> bool:
    """Whether the program proves itself."""
    return made.post(client, "/oauth/token", grant_type="client_credentials").status_code == 200


def kept(folder: Path, name: str, document: Any) -> str:
    """A file that holds this."""
    path = folder / name
    path.write_text(json.dumps(document))
    return str(path)


def test_a_company_is_let_in_with_a_key_that_is_shown_once_and_kept_nowhere(house: House, client: FlaskClient, run: Run) -> None:
    done = run("vendor", "add", "Corner Books")
    shown = told(done.stdout)
    assert set(shown) == {"client_id", "private_jwk"}
    assert "write it down now" in done.stderr
    key = ECKey.import_key(json.loads(shown["private_jwk"]))
    assert gets_a_token(program_of(house, shown["client_id"], key), client)
    assert json.loads(shown["private_jwk"])["d"] not in run("program", "keys", shown["client_id"]).stdout


def test_a_company_brings_a_key_of_its_own_and_changes_it_without_a_gap(
    house: House, client: FlaskClient, run: Run, tmp_path: Path
) -> None:
    old, new = new_key(), new_key()
    mine = kept(tmp_path, "old.json", old.as_dict(private=False))
    shown = told(run("vendor", "add", "Corner Books", "--key", mine).stdout)
    assert set(shown) == {"client_id"}
    made = program_of(house, shown["client_id"], old)
    assert gets_a_token(made, client)
    added = run("program", "add-key", made.client_id, kept(tmp_path, "new.json", {"keys": [new.as_dict(private=False)]}))
    assert added.returncode == 0, added.stderr
    assert gets_a_token(made, client)
    assert run("program", "end-key", made.client_id, old.thumbprint()).returncode == 0
    assert not gets_a_token(made, client)
    made.key = new
    assert gets_a_token(made, client)
    listed = run("program", "keys", made.client_id).stdout.splitlines()
    assert [old.thumbprint() in listed[0], "ended" in listed[0], new.thumbprint() in listed[1]] == [True, True, True]


def test_one_more_program_and_an_end_of_it(house: House, client: FlaskClient, run: Run) -> None:
    run("vendor", "add", "Corner Books")
    shown = told(run("program", "add", "Corner Books", "--name", "Till").stdout)
    made = program_of(house, shown["client_id"], ECKey.import_key(json.loads(shown["private_jwk"])))
    assert gets_a_token(made, client)
    assert run("program", "block", made.client_id).returncode == 0
    assert not gets_a_token(made, client)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("add", "Nobody"), "No company is called Nobody"),
        (("keys", "nothing"), "is called nothing"),
        (("end-key", "nothing", "x"), "has no key x"),
        (("block", "nothing"), "No living program is called nothing"),
        (("add", "Corner Books", "--with-secret", "--key", "KEY"), "two ways to prove a program"),
        (("add", "Corner Books", "--redirect-uri", "ftp://x"), "--redirect-uri"),
    ],
)
def test_what_cannot_be_is_one_line(house: House, run: Run, tmp_path: Path, words: tuple[str, ...], why: str) -> None:
    run("vendor", "add", "Corner Books")
    key = kept(tmp_path, "key.json", new_key().as_dict(private=False))
    done = run("program", *(key if word == "KEY" else word for word in words))
    assert done.returncode == 1
    assert why in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("no key", "is no JWK"),
        ({"keys": []}, "without a key"),
        ({"keys": [new_key().as_dict(private=False) for _ in range(9)]}, "--key: one to 8 public keys"),
        ({"keys": [ONE, ONE]}, "--key: each key once"),
        ({"keys": [{**new_key().as_dict(private=False), "kid": "a"} for _ in range(2)]}, "a kid of its own"),
        ({"kty": "oct", "k": "AA"}, "is a private key"),
        ("PRIVATE", "is a private key"),
        ({"kty": "RSA", "n": "AQAB", "e": "AQAB"}, "less than 2048"),
        ({"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}, "curve"),
    ],
    ids=range(9),
)
def test_a_file_that_holds_no_good_key_is_told_as_such(house: House, run: Run, tmp_path: Path, document: Any, why: str) -> None:
    told_of = new_key().as_dict(private=True) if document == "PRIVATE" else document
    done = run("vendor", "add", "Corner Books", "--key", kept(tmp_path, "key.json", told_of))
    assert done.returncode == 1
    assert why in done.stderr
    with house.reading() as unit:
        assert unit.session.query(Client).count() == 0


def test_the_operator_says_where_a_programs_keys_are_and_sees_what_was_read(
    house: House, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FREEHOLD_CALLS_TO_SELF", "1")
    key = new_key()
    published = json.dumps({"keys": [{**key.as_dict(private=False), "kid": key.thumbprint()}]}).encode()
    with receiving(status("200 OK", body=published)) as receiver:
        uri = f"http://127.0.0.1:{receiver.port}/keys"
        run("vendor", "add", "Corner Books")
        done = run("program", "add", "Corner Books", "--jwks-uri", uri)
        assert done.returncode == 0 and "private" not in done.stdout
        client_id = told(done.stdout)["client_id"]
        assert f"{uri}  not read yet" in run("program", "keys", client_id).stdout
        made = program_of(house, client_id, key)
        with house.writing(SYSTEM) as unit:
            keep_fetched(unit, client_row=id_from(client_id), address=uri, keys=fetch(uri, Rules(to_self=True)))
        assert key.thumbprint() in run("program", "keys", client_id).stdout
        assert gets_a_token(made, create_app(house).test_client())
        moved = run("program", "key-address", client_id, "--jwks-uri", "ftp://x.example/")
        assert moved.returncode == 1 and "--jwks-uri: Only addresses that begin with https" in moved.stderr
        assert run("program", "key-address", client_id, "--jwks-uri", uri).returncode == 0
        assert run("program", "key-address", client_id).returncode == 1
    clash = run("program", "add", "Corner Books", "--jwks-uri", uri, "--with-secret")
    assert clash.returncode == 1 and "two ways" in clash.stderr
