"""Imports go down."""

import pytest

from tests.house.floors import NAMED, bookshop_faults, import_faults, unknown_rooms
from tests.house.sources import our_sources

OURS = our_sources()


def test_imports_go_down() -> None:
    assert import_faults(OURS) == []


def test_every_folder_is_a_room_of_the_design() -> None:
    assert unknown_rooms(OURS) == []


def test_a_room_nobody_drew_is_caught() -> None:
    assert unknown_rooms(OURS.planted("portal/cellar/service.py", "")) == ["cellar"]


def test_every_named_exception_still_exists() -> None:
    stale = [name for name in NAMED if name != "portal.error_pages" and name not in OURS.modules]
    assert stale == []


def test_the_bookshop_imports_nothing_of_ours() -> None:
    assert bookshop_faults(OURS) == []


def test_a_bookshop_that_borrows_from_us_is_caught() -> None:
    assert bookshop_faults(OURS.planted("portal/demo/bookshop.py", "from portal.kernel.ids import new_id"))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("portal/kernel/planted.py", "from portal.links.models import Link"),
        ("portal/links/models.py", "from portal.links.service import ensure"),
        ("portal/links/models.py", "from portal.customers.models import Customer"),
        ("portal/links/facts.py", "from portal.links.models import Link"),
        ("portal/accounts/facts/planted.py", "from portal.accounts.models import Account"),
        ("portal/links/reads.py", "from portal.links.service import ensure"),
        ("portal/links/reads.py", "from portal.grants.reads import grants_of"),
        ("portal/links/service.py", "from portal.grants.service import give"),
        ("portal/links/service.py", "from portal.customers.models import Customer"),
        ("portal/links/service.py", "from portal.links.forms import Pause"),
        ("portal/links/service/pause.py", "import portal.grants.service"),
        ("portal/links/forms.py", "from portal.customers.reads import customer_of"),
        ("portal/links/reactions.py", "from portal.grants.service import give"),
        ("portal/links/routes.py", "from portal.grants.forms import Consent"),
        ("portal/links/routes.py", "from portal.grants.routes import blueprint"),
        ("portal/links/routes.py", "from portal.grants.models import Grant"),
        ("portal/links/routes.py", "from portal.app import create_app"),
        ("portal/links/routes.py", "from ..wiring import WIRING"),
        ("portal/links/routes.py", "import vendor_api.app"),
        ("portal/links/computing.py", "from portal.customers.reads import customer_of"),
        ("vendor_api/planted.py", "from portal.links.routes import blueprint"),
        ("vendor_api/planted.py", "from portal.orders.forms import Hide"),
        ("vendor_api/planted.py", "from portal.orders.models import Order"),
        ("vendor_api/planted.py", "from portal import cli"),
    ],
)
def test_an_import_that_goes_up_or_across_is_caught(path: str, line: str) -> None:
    parts = line.split()
    wanted = parts[1] if parts[1].startswith(("portal.", "vendor_api")) else "portal.wiring"
    target = "portal/cli.py" if parts[-1] == "cli" else wanted.replace(".", "/") + ".py"
    tree = OURS.planted(target, OURS.modules[wanted].text if wanted in OURS.modules else "").planted(path, line)
    assert any(fault.startswith(f"{path}:1:") for fault in import_faults(tree))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("portal/links/reads.py", "from portal.orders.models import Order"),
        ("portal/links/service.py", "from portal.customers.service import ensure"),
        ("portal/links/reactions.py", "from portal.orders.facts import OrderPut"),
        ("portal/links/reactions.py", "from portal.accounts.facts.cases import CaseOpened"),
        ("portal/links/routes.py", "from portal.orders.service import hide"),
        ("vendor_api/planted.py", "from portal.orders.shared import shared_orders"),
        ("portal/app.py", "from vendor_api.app import blueprint"),
    ],
)
def test_an_import_that_goes_down_is_let_through(path: str, line: str) -> None:
    wanted = line.split()[1]
    tree = OURS.planted(wanted.replace(".", "/") + ".py", "").planted(path, line)
    assert not any(fault.startswith(f"{path}:") for fault in import_faults(tree))
