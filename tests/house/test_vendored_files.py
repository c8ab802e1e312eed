"""Files of others are kept as they were published, each with its licence."""

import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = [ROOT / "static" / "vendor", ROOT / "tests" / "vendor"]


def differences(folder: Path) -> list[str]:
    """What the manifest says against what lies in the folder."""
    listed: dict[str, str] = {}
    for package in json.loads((folder / "manifest.json").read_text())["packages"]:
        listed |= package["files"]
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    return sorted(name for name in listed.keys() | found.keys() if listed.get(name) != found.get(name))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_every_vendored_file_is_the_published_one(folder: Path) -> None:
    assert differences(folder) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_every_vendored_package_comes_with_its_licence(folder: Path) -> None:
    for package in json.loads((folder / "manifest.json").read_text())["packages"]:
        assert any("LICENSE" in name for name in package["files"]), package["name"]
        assert package["version"]
        assert package["licence"]


def test_a_changed_an_unlisted_and_a_lost_file_are_found(tmp_path: Path) -> None:
    for name in ("changed", "lost", "kept"):
        (tmp_path / name).write_text("as published")
    digest = hashlib.sha256(b"as published").hexdigest()
    files = dict.fromkeys(("changed", "lost", "kept"), digest)
    (tmp_path / "manifest.json").write_text(json.dumps({"packages": [{"files": files}]}))
    (tmp_path / "changed").write_text("with a line of ours")
    (tmp_path / "lost").unlink()
    (tmp_path / "unlisted").write_text("slipped in")
    assert differences(tmp_path) == ["changed", "lost", "unlisted"]
