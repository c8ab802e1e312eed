"""Roles on the command line: who is let in, bounded by what, and until when."""

from portal.accounts.reads import account_by_email, roles_of
from portal.kernel.house import House
from portal.vendors.purposes import DELIVERY
from portal.vendors.reads import purposes_of
from portal.vendors.service import admit, propose_purpose
from tests import people
from tests.roof.conftest import Run

ADA = "ada@example.org"


def test_an_auditor_is_let_in_until_a_day_for_companies_and_taken_out_again(house: House, run: Run) -> None:
    account_id = people.register(house, ADA)
    with house.writing() as unit:
        books = admit(unit, name="Corner Books").id
    said = ("auditor", "add", ADA, "--until", "2199-01-31", "--vendor", "corner books", "--from", "2026-01-01")
    assert run(*said).returncode == 0
    with house.reading() as unit:
        [role] = roles_of(unit, account_id)
    assert (role.role, role.scope.vendors) == ("auditor", (books,))
    assert f"{role.expires_at:%Y-%m-%d}" == "2199-01-31"
    assert f"{role.scope.since:%Y-%m-%d}" == "2025-12-31"
    listed = run("auditor", "list").stdout
    assert "Corner Books" in listed
    assert "ada" not in listed
    assert run("auditor", "remove", ADA).returncode == 0
    assert run("auditor", "list").stdout == ""


def test_an_auditor_without_a_day_or_with_one_that_is_over_is_not_let_in(house: House, run: Run) -> None:
    people.register(house, ADA)
    assert run("auditor", "add", ADA).returncode == 2
    over = run("auditor", "add", ADA, "--until", "2020-01-01")
    assert (over.returncode, "Name a later one" in over.stderr) == (1, True)
    missing = run("auditor", "add", ADA, "--until", "2199-01-01", "--vendor", "Nobody")
    assert (missing.returncode, "No company is called Nobody" in missing.stderr) == (1, True)


def test_staff_act_for_a_company_with_a_rank(house: House, run: Run) -> None:
    account_id = people.register(house, ADA)
    with house.writing() as unit:
        books = admit(unit, name="Corner Books").id
    assert run("staff", "add", ADA, "--vendor", "Corner Books").returncode == 2
    assert run("staff", "add", ADA, "--vendor", "Corner Books", "--rank", "reader").returncode == 0
    with house.reading() as unit:
        [role] = roles_of(unit, account_id)
    assert (role.role, role.vendor_id, role.rank) == ("staff", books, "reader")
    assert "reader  Corner Books" in run("staff", "list").stdout
    assert run("staff", "remove", ADA, "--vendor", "Corner Books").returncode == 0
    assert "is staff" in run("staff", "remove", ADA).stderr


def test_the_operator_answers_what_a_company_would_like_to_ask_for(house: House, run: Run) -> None:
    with house.writing() as unit:
        books = admit(unit, name="Corner Books").id
        wanted = {"datatypes": ["profile.name", "profile.email"], "may_require": ["profile.name"], "text": {"en": "To bring it."}}
        for purpose in ("dpv#DeliveryOfGoods", "dpv#CustomerCare"):
            propose_purpose(unit, vendor_id=books, purpose=purpose, **wanted)  # type: ignore[arg-type]
    listed = run("vendor", "purposes", "list").stdout
    assert "Corner Books  dpv#DeliveryOfGoods" in listed and "profile.name  (required)" in listed and "To bring it." in listed
    mark = next(line.split()[-1] for line in listed.splitlines() if "dpv#DeliveryOfGoods" in line)
    other = run("vendor", "purposes", "approve", "corner books", "dpv#DeliveryOfGoods", "0123456789ab")
    assert other.returncode == 1 and "proposed something else" in other.stderr
    assert run("vendor", "purposes", "approve", "corner books", "dpv#DeliveryOfGoods", mark, "--as-optional").returncode == 0
    assert run("vendor", "purposes", "refuse", "Corner Books", "dpv#CustomerCare").returncode == 0
    with house.reading() as unit:
        [(purpose, allowed)] = purposes_of(unit, books).items()
    assert (purpose, allowed.may_require) == (DELIVERY, [])
    assert "Nothing waits" in run("vendor", "purposes", "list").stderr
    assert "proposes nothing for dpv#CustomerCare" in run(
        "vendor", "purposes", "approve", "Corner Books", "dpv#CustomerCare", mark
    ).stderr


def test_an_officer_becomes_the_lead(house: House, run: Run) -> None:
    people.register(house, ADA)
    for arguments in ((), ("--lead",)):
        assert run("officer", "add", ADA, *arguments).returncode == 0
    [line] = run("officer", "list").stdout.splitlines()
    assert line.endswith("lead")
    with house.reading() as unit:
        account_id = account_by_email(unit, ADA)
        assert account_id is not None
        assert [role.rank for role in roles_of(unit, account_id)] == ["lead"]
