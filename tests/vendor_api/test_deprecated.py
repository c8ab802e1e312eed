"""What is deprecated is said once, and each answer and the description say it on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from tests.processes import ROOT
from vendor_api import openapi
from vendor_api.deprecated import DEPRECATED, NOTICE, Deprecated, unknown

pytestmark = pytest.mark.engines("sqlite")  # nothing here is decided by the database
SINCE = datetime(2027, 1, 1, tzinfo=UTC)
PLANTED = Deprecated(since=SINCE, until=SINCE + timedelta(days=400), instead="Use GET /api/v2/people.")
SAID = {
    "Deprecation": "@1798761600",
    "Sunset": "Sat, 05 Feb 2028 00:00:00 GMT",
}


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    """The description is made anew, and again once nothing is planted any more."""
    openapi.document.cache_clear()
    yield
    openapi.document.cache_clear()


def headers_of(client: FlaskClient, path: str) -> dict[str, str]:
    """What an answer says about its own age."""
    return {name: value for name, value in client.get(path).headers.items() if name in (*SAID, "Link")}


def deprecated_in(client: FlaskClient) -> dict[str, str]:
    """The operations that the description calls deprecated, each with what it says of it."""
    paths = client.get("/api/v1/openapi.json").json["paths"]
    operations = [one for methods in paths.values() for one in methods.values()]
    return {one["operationId"]: one["description"] for one in operations if one.get("deprecated")}


def test_nothing_is_deprecated_that_is_not_there(client: FlaskClient) -> None:
    assert list(unknown()) == []
    assert set(deprecated_in(client)) >= set(DEPRECATED) - {"/api/v1"}


def test_whoever_calls_what_is_deprecated_is_told_with_each_answer_and_nobody_else_is(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert headers_of(client, "/oauth/jwks") == {} == deprecated_in(client)
    openapi.document.cache_clear()
    monkeypatch.setitem(DEPRECATED, "jwks", PLANTED)
    monkeypatch.setitem(DEPRECATED, "profile", PLANTED)
    served, refused = headers_of(client, "/oauth/jwks"), headers_of(client, "/api/v1/profile")
    assert served == refused and SAID.items() <= served.items()
    assert 'rel="deprecation"' in served["Link"]
    assert headers_of(client, "/api/v1/orders") == {}
    assert headers_of(client, "/api/v1/nothing-of-ours") == {}
    told = deprecated_in(client)
    assert set(told) == {"jwks", "profile"}
    assert told["profile"] == "Deprecated since 2027-01-01, answered until 2028-02-05 at the least. Use GET /api/v2/people."


def test_a_whole_version_is_deprecated_by_its_path(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DEPRECATED, "/api/v1", PLANTED)
    told = set(deprecated_in(client))
    assert {"profile", "orders", "changes", "invite_customers"} <= told
    assert not told & {"token", "jwks", "authorization_server", "manage_grant"}
    assert SAID.items() <= headers_of(client, "/api/v1/orders").items()
    assert list(unknown()) == []


def test_a_name_of_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DEPRECATED, "profil", PLANTED)
    monkeypatch.setitem(DEPRECATED, "/api/v7", PLANTED)
    assert sorted(unknown()) == ["/api/v7", "profil"]


def test_nobody_has_less_than_the_year_that_the_guide_promises() -> None:
    with pytest.raises(ValueError, match="a year"):
        Deprecated(since=SINCE, until=SINCE + NOTICE - timedelta(seconds=1), instead="")
    with pytest.raises(ValueError, match="zone"):
        Deprecated(since=SINCE.replace(tzinfo=None), until=SINCE + NOTICE, instead="")
    guide = (ROOT / "docs" / "companies.md").read_text()
    assert timedelta(days=365) <= NOTICE and "a year at the least" in guide.partition("## Versions")[2]
