"""The page of a request before a browser without a screen: what stands there, what it would send back, a press."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.grants import reads
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor
from tests.grants.cast import person

NAMES = {"given_name": "Ana", "family_name": "Vila"}


def named(house: House, email: str = "ana@example.org") -> Actor:
    """Somebody whose name is written down, so that what is required is there."""
    return person(house, email, **NAMES)


def field_of(page: str, name: str) -> str:
    """What a field of the page holds."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None, f"no field {name}"
    return found[1]


def ticks(page: str) -> dict[str, bool]:
    """The ticks for data on the page, and whether each is set."""
    boxes = re.findall(r'<input class="form-check-input" type="checkbox" name="items_\d"[^>]*value="([^"]+)"([^>]*)>', page)
    return {value: "checked" in rest for value, rest in boxes}


def opened(client: FlaskClient, path: str) -> dict[str, Any]:
    """What a browser would send back of the page as it stands."""
    page = client.get(path)
    assert page.status_code == 200, page.status
    boxes = re.findall(
        r'<input class="form-check-input" type="checkbox" name="(items_\d)"[^>]*value="([^"]+)"([^>]*)>', page.text
    )
    form: dict[str, Any] = {name: field_of(page.text, name) for name in ("csrf_token", "notice", "shown")}
    for name, value, rest in boxes:
        if "checked" in rest:
            form.setdefault(name, []).append(value)
    until = re.findall(r'<input[^>]*name="until"[^>]*>', page.text)
    return {**form, "until": next(field_of(one, "until") for one in until if "checked" in one)}


def press(client: FlaskClient, path: str, answer: str, **changes: Any) -> TestResponse:
    """Sends the page as it stands, with what is changed on it."""
    form = {**opened(client, path), "answer": answer, **changes}
    return client.post(path, data=form, follow_redirects=answer == "preview")


def page_of(request: Any) -> str:
    """The path of a request's page."""
    return f"/requests/{text_of(request.id)}"


def mine(house: House, actor: Actor) -> list[dict[str, set[str]]]:
    """What each of the actor's permissions holds."""
    with house.reading(actor) as unit:
        found = [reads.details_of(unit, grant) for grant in reads.grants_of(unit)]
    return [{one.purpose: set(one.datatypes) for one in details} for details in found]
