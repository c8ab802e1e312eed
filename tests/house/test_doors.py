"""Nobody comes in but by a door."""

import pytest
from flask import Flask

from portal.access import PERMISSIONS
from tests.house.doors import astray, door_faults, live_faults, unused_permissions
from tests.house.sources import our_sources
from vendor_api.errors import MACHINES

OURS = our_sources()
KNOWN = set(PERMISSIONS)
EXEMPT = ("portal.demo.bookshop", "portal.bench")
"""The bookshop is another company's application; the bench's bare view is what we are measured beside."""
WITHOUT = {"static", "healthz", "readyz", "metrics"}
"""Endpoints that show nobody's things."""
HEAD = 'from portal.audit.doors import do, see\n'


def test_every_route_has_one_door_and_a_known_permission() -> None:
    assert door_faults(OURS, KNOWN, EXEMPT) == []


def test_every_permission_is_asked_for_somewhere() -> None:
    assert unused_permissions(OURS, KNOWN) == []


@pytest.mark.engines("sqlite")  # the same views whatever the engine
def test_every_view_of_the_assembled_application_has_its_door(app: Flask) -> None:
    assert live_faults(dict(app.view_functions), KNOWN, WITHOUT) == []


@pytest.mark.parametrize(
    "view",
    [
        '@blueprint.get("/cats")\ndef cats(): ...',
        '@blueprint.post("/cats")\n@see("cats:see")\n@do("cats:do")\ndef cats(): ...',
        '@blueprint.route("/cats")\n@see("cats:nobody")\ndef cats(): ...',
        '@blueprint.get("/cats")\n@see(WHATEVER)\ndef cats(): ...',
    ],
)
def test_a_view_without_a_proper_door_is_caught(view: str) -> None:
    tree = OURS.planted("portal/cats/routes.py", HEAD + view)
    assert any("cats/routes" in fault for fault in door_faults(tree, {*KNOWN, "cats:see", "cats:do"}, EXEMPT))


def test_a_proper_door_is_let_through() -> None:
    tree = OURS.planted("portal/cats/routes.py", HEAD + '@blueprint.get("/cats")\n@see("cats:see")\ndef cats(): ...')
    assert not any("cats/routes" in fault for fault in door_faults(tree, {*KNOWN, "cats:see"}, EXEMPT))


def test_a_view_that_was_registered_past_the_doors_is_caught() -> None:
    assert live_faults({"cats": lambda: "", "static": lambda: ""}, KNOWN, WITHOUT) == ["cats: no door"]


def test_a_permission_nobody_asks_for_is_caught() -> None:
    assert "dragons:feed" in unused_permissions(OURS, {*KNOWN, "dragons:feed"})


@pytest.mark.engines("sqlite")  # the same routes whatever the engine
def test_no_page_stands_where_forms_are_not_proved(app: Flask) -> None:
    assert astray([(rule.endpoint, rule.rule) for rule in app.url_map.iter_rules()], MACHINES) == []


def test_a_page_under_a_machines_path_is_caught() -> None:
    assert astray([("account.leave", "/oauth/leave"), ("vendor_api.token", "/oauth/token")], MACHINES) == ["account.leave: /oauth/leave"]
