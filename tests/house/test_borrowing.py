"""The conformance client knows nothing of our insides: it would see of any server what it sees of ours."""

from tests.house.borrowing import ROOT, leans_on, text_of

ROOM = ROOT / "tests" / "fapi"
NOT_THE_CLIENT = ("served", "planting", "faults", "faults_of_flows", "peer", "people")
"""What makes the servers and answers their pages."""


def client() -> list[str]:
    """The modules of the client."""
    files = [*ROOM.glob("*.py"), *(ROOM / "modules").glob("*.py")]
    names = {file: ".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files}
    return [name for file, name in names.items() if file.stem not in NOT_THE_CLIENT and not file.stem.startswith("test_")]


def borrowed(found: set[str]) -> list[str]:
    """What is ours and no test."""
    return sorted(name for name in found if name.split(".")[0] in ("portal", "vendor_api"))


def test_the_conformance_client_imports_nothing_of_ours() -> None:
    found = leans_on(client())
    assert borrowed(found) == []
    assert {"tests.fapi.program", "tests.fapi.modules.binding", "tests.plain_browser"} <= found


def test_a_client_that_borrows_from_us_is_caught_whoever_it_borrows_through() -> None:
    def read(module: str) -> str | None:
        planted = {"tests.fapi.web": "from tests.friend import lend", "tests.friend": "from portal.oauth import dpop"}
        return planted.get(module, text_of(module))

    assert "portal.oauth.dpop" in borrowed(leans_on(client(), read))
