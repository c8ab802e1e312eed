"""A table has one writing room; statements pass the guard."""

import pytest

from tests.house.sources import our_sources
from tests.house.statements import bulk_faults, clock_faults, statement_faults
from tests.house.writers import models, writing_faults

OURS = our_sources()
TREE = OURS.planted(
    "portal/cats/models.py", 'class Cat(Base):\n    __tablename__ = "cats"\n'
).planted("portal/dogs/models.py", 'class Dog(Base):\n    __tablename__ = "dogs"\n')


def test_every_table_has_one_writing_room() -> None:
    assert writing_faults(OURS) == []


def test_no_two_models_share_a_name() -> None:
    assert models(TREE)["portal.cats.models.Cat"] == ("cats", "cats")
    classes = [name.rpartition(".")[2] for name in models(OURS)]
    assert len(classes) == len(set(classes))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("portal/dogs/service.py", "from portal.cats.models import Cat\nCat(name='x')"),
        ("portal/dogs/service.py", "from portal.cats.models import Cat\ninsert(Cat)"),
        ("portal/dogs/service.py", "from portal.cats.models import Cat\nsa.update(Cat).where(Cat.id == 1)"),
        ("portal/dogs/jobs.py", "from portal.cats.models import Cat as Feline\ndelete(Feline)"),
        ("portal/dogs/service.py", "from portal.cats import models\ndelete(models.Cat)" ),
        ("portal/cats/reads.py", "from portal.cats.models import Cat\nupdate(Cat)"),
        ("portal/cats/routes.py", "from portal.cats.models import Cat\nunit.session.add(Cat())"),
        ("portal/cats/shared.py", "unit.session.delete(cat)"),
        ("portal/cats/forms.py", "from portal.cats.models import Cat\nCat()"),
        ("vendor_api/planted.py", "from portal.cats.models import Cat\ninsert(Cat)"),
    ],
)
def test_a_write_from_elsewhere_is_caught(path: str, body: str) -> None:
    assert any(fault.startswith(f"{path}:") for fault in writing_faults(TREE.planted(path, body)))


def test_a_rooms_own_service_writes() -> None:
    own = "from portal.cats.models import Cat\nunit.session.add(Cat())\nunit.session.execute(update(Cat))"
    assert not any("cats/service" in fault for fault in writing_faults(TREE.planted("portal/cats/service.py", own)))


def test_statements_are_built_and_pass_the_guard() -> None:
    assert statement_faults(OURS) == []


@pytest.mark.parametrize(
    "line",
    [
        "from sqlalchemy import text",
        "import sqlalchemy as sa; sa.text('x')",
        "connection.exec_driver_sql('DELETE')",
        "gone = delete(Cat).returning(Cat.id).cte('gone')",
        "select(x).add_cte(insert(Cat).cte())",
        "ForeignKey('a.id', ondelete='CASCADE')",
        "ForeignKey('a.id', ondelete='SET NULL')",
        "relationship('Cat', cascade='all, delete-orphan')",
    ],
)
def test_a_statement_that_passes_by_the_guard_is_caught(line: str) -> None:
    assert any(fault.startswith("portal/cats/service.py") for fault in statement_faults(OURS.planted("portal/cats/service.py", line)))


def test_only_the_log_hands_finished_strings_to_the_driver() -> None:
    assert bulk_faults(OURS) == []


def test_another_room_that_does_is_caught() -> None:
    assert bulk_faults(OURS.planted("portal/links/service.py", "from portal.kernel.bulk import BulkInsert"))


def test_times_come_from_the_clock() -> None:
    assert clock_faults(OURS) == []


def test_a_private_watch_is_caught() -> None:
    assert clock_faults(OURS.planted("portal/cats/service.py", "from datetime import datetime\nat = datetime.now(UTC)"))
