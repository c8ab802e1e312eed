"""The settings: whether they fit each other, and whether one was mistyped."""

import os
from collections.abc import Iterator
from difflib import get_close_matches
from importlib import metadata
from urllib.parse import urlsplit

from packaging.requirements import Requirement

from portal import __version__
from portal.kernel.settings import Settings
from portal.watch.doctor.finding import Finding, look, well, wrong

_ELSEWHERE = {
    "FREEHOLD_PARENT",
    "FREEHOLD_PROVE",
    "FREEHOLD_PICTURES",
    "FREEHOLD_TEST_DATA",
    "FREEHOLD_TEST_POSTGRES_URL",
}
_HERE = ("localhost", "127.0.0.1", "::1")


def settings_fit(settings: Settings) -> Iterator[Finding]:
    """What the settings say together."""
    found = [*_mistyped(), *_reached(settings), *_people(settings)]
    yield from found or [well("settings", f"The settings fit each other; people reach {settings.origin}.")]


def _mistyped() -> Iterator[Finding]:
    known = {f"FREEHOLD_{name.upper()}" for name in Settings.model_fields}
    for name in sorted(name for name in os.environ if name.startswith("FREEHOLD_") and name not in known | _ELSEWHERE):
        close = get_close_matches(name, known, n=1)
        meant = f"name it {close[0]}" if close else "take it out; `freehold --help` lists the settings"
        yield look("settings", f"{name} is no setting and does nothing.", meant)


def _reached(settings: Settings) -> Iterator[Finding]:
    is_here = urlsplit(settings.origin).hostname in _HERE
    if not settings.secure and not is_here:
        yield wrong(
            "settings",
            f"People reach {settings.origin} without TLS: whoever stands between reads all of it.",
            "put a TLS proxy in front and set FREEHOLD_ORIGIN=https://… (docs/serving.md)",
        )
    if settings.secure and not settings.proxies:
        yield wrong(
            "settings",
            "With https a proxy stands in front, and FREEHOLD_PROXIES says that there is none.",
            "set FREEHOLD_PROXIES to the number of proxies in front, mostly 1",
        )
    if settings.demo and not is_here:
        yield wrong("settings", "This is a demonstration, whose passwords are printed.", "unset FREEHOLD_DEMO")
    if settings.calls_to_self and not is_here:
        yield wrong(
            "settings",
            "Companies' addresses may lead to this very machine.",
            "unset FREEHOLD_CALLS_TO_SELF: it is for trying out on one's own machine",
        )


def _people(settings: Settings) -> Iterator[Finding]:
    if not settings.contact and not settings.demo:
        yield look(
            "settings",
            "Nobody is named whom people can write to.",
            "set FREEHOLD_CONTACT to the address at which people reach you",
        )


def versions() -> Iterator[Finding]:
    """The packages are those that this release was made for."""
    try:
        wanted = [Requirement(line) for line in metadata.requires("freehold") or ()]
    except metadata.PackageNotFoundError:
        yield look("versions", "Freehold is not installed as a package.", "install it: python -m pip install .")
        return
    faults = [fault for one in wanted if one.marker is None and (fault := _fault(one))]
    for fault in faults:
        yield wrong("versions", fault, "python -m pip install --require-hashes -r requirements.lock")
    if not faults:
        yield well("versions", f"Freehold {__version__}; its {len(wanted)} packages are those that it was made for.")


def _fault(wanted: Requirement) -> str | None:
    try:
        found = metadata.version(wanted.name)
    except metadata.PackageNotFoundError:
        return f"{wanted.name} is not installed."
    if wanted.specifier.contains(found, prereleases=True):
        return None
    return f"{wanted.name} is {found}; Freehold needs {wanted.specifier}."
