"""The whole examination, one thing after the other; what cannot be asked stops no other."""

from collections.abc import Callable, Iterator

from portal.kernel.errors import Problem
from portal.kernel.house import House
from portal.kernel.settings import Settings
from portal.watch.doctor import around, inside, keeping, machine, setting
from portal.watch.doctor.finding import Finding, wrong
from portal.wiring import open_house


def examine(settings: Settings) -> Iterator[Finding]:
    """Looks at everything and changes nothing."""
    yield from setting.settings_fit(settings)
    yield from setting.versions()
    yield from machine.modes(settings)
    yield from machine.synchronised()
    yield from machine.disk(settings)
    yield from machine.descriptors()
    yield from keeping.backup(settings)
    yield from keeping.erasures(settings)
    yield from _of_house(settings)
    yield from around.mail(settings)
    yield from around.proxies(settings)


def _of_house(settings: Settings) -> Iterator[Finding]:
    try:
        house = open_house(settings)
    except Problem as problem:
        yield wrong("database", problem.detail or problem.reason, "check FREEHOLD_DATABASE_URL and the folder of keys")
        return
    try:
        found = list(_asked("database", house, inside.database))
        yield from found
        if all(one.state == "well" for one in found):
            yield from _asked("log", house, inside.log)
            yield from _asked("clock", house, inside.times)
            yield from _asked("queue", house, inside.queue)
            yield from _asked("answers", house, inside.answers)
    finally:
        house.close()


def _asked(about: str, house: House, question: Callable[[House], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from list(question(house))
    except Exception as error:
        # Whatever is broken in there, the examination goes on. Its class alone: a driver's message may quote a row.
        yield wrong(about, f"This could not be read ({type(error).__name__}).", "freehold audit verify says more")
