"""What is installed is what was locked, and what is built is whole."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.sources import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ("requirements.lock", "requirements-dev.lock")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
# Index hosts, in pieces so that this page names none either.
HOSTS = [".".join(parts) for parts in (
    ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("crates", "io"), ("proxy", "golang", "org"),
    ("maven", "apache", "org"), ("deb", "debian", "org"), ("yarnpkg", "com"),
)]  # fmt: skip


def pins(text: str) -> dict[str, str]:
    """What a lock pins: name → version."""
    return {canonicalize_name(m[1]): m[2] for line in text.splitlines() if (m := _PIN.match(line))}


def wanted(group: str | None) -> list[Requirement]:
    """What pyproject.toml asks for: the dependencies, and those of a group."""
    found = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
    waiting = [group] if group else []
    while waiting:
        for line in PROJECT["dependency-groups"][waiting.pop()]:
            if isinstance(line, dict):
                waiting.append(line["include-group"])
            else:
                found.append(Requirement(line))
    return found


def lock_faults(text: str, requirements: list[Requirement]) -> list[str]:
    """Requirements that a lock misses or pins outside their range; pins without a hash; hosts and paths."""
    found = pins(text)
    faults = [
        f"{requirement} is pinned to {found.get(canonicalize_name(requirement.name))}"
        for requirement in requirements
        if not requirement.specifier.contains(found.get(canonicalize_name(requirement.name), "0"), prereleases=True)
    ]
    if len(found) > len(re.findall(r"\\\n(?=    --hash)", text)) or not found:
        faults.append("a pin without a hash")
    return faults + [line for line in text.splitlines() if re.search(r"://|file:|find-links| @ |index-url", line)]


def test_the_runtime_lock_matches_the_project() -> None:
    assert lock_faults((ROOT / LOCKS[0]).read_text(), wanted("build")) == []


def test_the_development_lock_matches_the_project_and_the_runtime_lock() -> None:
    text = (ROOT / LOCKS[1]).read_text()
    assert lock_faults(text, wanted("dev")) == []
    assert pins((ROOT / LOCKS[0]).read_text()).items() <= pins(text).items()


def test_a_missing_an_old_and_an_unhashed_pin_are_caught() -> None:
    asked = [Requirement("flask>=3.1"), Requirement("click>=8")]
    good = "flask==3.1.3 \\\n    --hash=sha256:00\nclick==8.5.1 \\\n    --hash=sha256:00\n"
    assert lock_faults(good, asked) == []
    assert lock_faults(good.replace("click==8.5.1", "rich==1"), asked)
    assert lock_faults(good.replace("3.1.3", "2.0"), asked)
    assert lock_faults(good.replace("click==8.5.1 \\\n    --hash=sha256:00", "click==8.5.1"), asked)
    assert lock_faults(good + "--find-links /somewhere\n", asked)


def tracked() -> list[str]:
    """The files that git keeps, as far as they are there."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [name for name in names.split("\0") if name and (ROOT / name).is_file()]


def host_faults(files: dict[str, str]) -> list[str]:
    """Files that name a package index."""
    return [f"{path}: {host}" for path, text in files.items() for host in HOSTS if host in text]


def test_no_tracked_file_names_a_package_index() -> None:
    texts = {name: (ROOT / name).read_text(errors="ignore") for name in tracked() if "/vendor/" not in name}
    assert host_faults(texts) == []
    assert "uv.lock" not in texts


def test_a_named_index_is_caught() -> None:
    assert host_faults({"x": f"--index-url https://{HOSTS[0]}/simple"})


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, built as it would be for an operator."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in tracked():
        if not name.startswith(("tests/", "docs/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "-w", str(folder), str(source)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_pages_static_files_words_and_migrations(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    travelling = [name for name in tracked() if name.startswith(("templates/", "static/", "portal/"))]
    missing = [name for name in travelling if (name if name.startswith("portal/") else f"portal/{name}") not in names]
    assert [name for name in missing if not name.endswith(".gitkeep")] == []


def test_the_wheel_starts(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import portal, sys; from portal.app import create_app; from portal.kernel.settings import Settings;"
        "from portal.kernel.migrate import upgrade; from portal.wiring import open_house;"
        "assert portal.__file__.startswith(sys.argv[1]);"
        "house = open_house(Settings()); upgrade(house.engine); client = create_app(house).test_client();"
        "page = client.get('/'); assert page.status_code == 200, page.status_code;"
        "css = client.get('/static/css/freehold.css'); assert css.status_code == 200"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "site")],
        cwd=tmp_path, check=True, stdin=subprocess.DEVNULL,
        env={"PYTHONPATH": str(tmp_path / "site"), "FREEHOLD_INSTANCE": str(tmp_path / "instance"), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
