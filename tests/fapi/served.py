"""Freehold as a server under test: processes on one house, two companies' programs, and a customer."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from portal.customers.service import set_attribute
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from portal.oauth.jose import public_key
from portal.oauth.service import make_keyed_client
from tests.browsing import LiveServer, Process, free_port
from tests.fapi import jws
from tests.fapi.described import Described, Registered, WallClock
from tests.fapi.people import Customer
from tests.fapi.planting import VARIABLE, Change
from tests.grants.cast import DELIVERY, company, detail
from tests.people import PASSWORD, actor, register
from tests.processes import ROOT

CUSTOMER = "ana@example.org"
_TICKING = "return datetime.now(UTC) + _shift.get()"


class MovedClock:
    """The clock of a server that reads from a file how far it runs ahead."""

    def __init__(self, file: Path) -> None:
        self._file, self._ahead = file, 0.0
        self.wait(0)

    @property
    def change(self) -> Change:
        """What makes a server read it."""
        ahead = f"timedelta(seconds=float(open({str(self._file)!r}).read()))"
        return Change("portal.kernel.clock", _TICKING, f"{_TICKING} + {ahead}")

    def now(self) -> float:
        """The server's time."""
        return time.time() + self._ahead

    def wait(self, seconds: float) -> None:
        """Moves the server's clock, and its client's."""
        self._ahead += seconds
        fresh = self._file.with_suffix(".new")
        fresh.write_text(str(self._ahead))
        fresh.replace(self._file)


class PlantedServer(LiveServer):
    """The same command, with lines of its source changed: nothing of it may have been imported before."""

    def _begin(self) -> Process:
        command = [sys.executable, "-m", "tests.fapi.planting", "serve", *self._arguments]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip


class Freehold:
    """A house with everybody who is needed, and an address at which it is served."""

    def __init__(self, house: House) -> None:
        self.house, self.port = house, free_port()
        self.origin = f"http://localhost:{self.port}"
        self._clock = MovedClock(house.settings.instance / "ahead")
        self._first = _registered(house, "Farmàcia Sant Pau", jws.rsa_key(), "https://first.example/back")
        self._second = _registered(
            house, "Librería del Mar", jws.ec_key(), "https://second.example/back?dummy1=lorem&dummy2=ipsum"
        )
        _somebody(house)
        # Keeps one browser: whoever signs in over and over is asked to wait.
        self._person = Customer(self.origin, CUSTOMER, PASSWORD)

    @contextmanager
    def running(self, changes: Sequence[Change] = (), *, really_waiting: bool = False) -> Iterator[Described]:
        """A running server, described. Its clock is moved, unless it is the server as it is that has to be waited for."""
        planted = [*changes] if really_waiting else [*changes, self._clock.change]
        server = self._server(planted)
        try:
            server.start()
            yield Described(
                issuer=self.origin,
                first=self._first,
                second=self._second,
                asks={"authorization_details": json.dumps([self._detail()])},
                resource=f"{self.origin}/api/v1/profile?purpose={DELIVERY.replace('#', '%23')}",
                person=self._person,
                clock=WallClock() if really_waiting else self._clock,
            )
        finally:
            server.kill()

    def _server(self, planted: list[Change]) -> LiveServer:
        if not planted:
            return LiveServer(self.house, port=self.port)
        return PlantedServer(self.house, port=self.port, **{VARIABLE: json.dumps(planted)})

    def _detail(self) -> dict[str, Any]:
        asked = detail(self.house, datatypes=("profile.name", "profile.email"))
        return {**asked, "type": asked["type"].replace(self.house.settings.origin, self.origin)}


def _somebody(house: House) -> None:
    ana = actor(house, register(house, CUSTOMER))
    assert ana.customer_id is not None
    with house.writing(ana) as unit:
        for path, value in (("given_name", "Ana"), ("family_name", "Puig")):
            set_attribute(unit, customer_id=ana.customer_id, path=f"profile.{path}", value=value)


def _registered(house: House, name: str, key: Any, back: str) -> Registered:
    vendor = company(house, name)
    named = {"kid": key.thumbprint(), "alg": jws.algorithm_of(key)}
    public = public_key({**key.as_dict(private=False), **named})
    with house.writing(SYSTEM) as unit:
        client_id = make_keyed_client(unit, vendor.id, name, [public], redirect_uris=(back,))
    return Registered(client_id, {**key.as_dict(private=True), **named}, back)
