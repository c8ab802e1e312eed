"""Delegations of the tests, made through the services as the pages make them."""

import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

from sqlalchemy import select

from portal.accounts import service
from portal.accounts.reads import Acting, actor_for, held_by
from portal.accounts.service import start_session
from portal.audit.models import LogEntry
from portal.kernel.errors import Problem
from portal.kernel.house import House
from portal.kernel.mail import newest_mails
from portal.kernel.unit import STRANGER, Actor

_LINK = re.compile(r"/delegations/([\w-]+)")
ANA, BRUNO = "ana@example.org", "bruno@example.org"
LENT = {"orders": "act", "data": "see"}


def invited(
    house: House,
    ana: Actor,
    *,
    email: str = BRUNO,
    areas: Mapping[str, str] = LENT,
    until: timedelta = timedelta(days=30),
) -> str:
    """Ana asks somebody to act for her; gives what the mailed link carries."""
    with house.writing(ana) as unit:
        service.invite(unit, called="Bruno", email=email, areas=areas, until=unit.at + until)
    with house.reading() as unit:
        bodies = [mail.body for mail in newest_mails(unit) if mail.to == email]
    return next(found[1] for body in bodies if (found := _LINK.search(body)))


def accepted(
    house: House,
    ana: Actor,
    bruno: Actor,
    areas: Mapping[str, str] = LENT,
    until: timedelta = timedelta(days=30),
    email: str = BRUNO,
) -> bytes:
    """Bruno may act for Ana; gives the delegation's id."""
    token = invited(house, ana, areas=areas, until=until, email=email)
    with house.writing(bruno) as unit:
        return service.accept(unit, token=token)


def lent(
    house: House,
    ana: Actor,
    bruno: Actor,
    areas: Mapping[str, str] = LENT,
    until: timedelta = timedelta(days=30),
    email: str = BRUNO,
) -> Acting:
    """The same; gives the delegation in its delegate's hands."""
    id_ = accepted(house, ana, bruno, areas, until, email)
    with house.reading() as unit:
        return next(one for one in held_by(unit, bruno.id or b"") if one.delegation_id == id_)


def session_of(house: House, person: Actor) -> Actor:
    """The person in a browser that is signed in."""
    assert person.id is not None
    assert person.holder_id is not None
    with house.writing(STRANGER) as unit:
        secret = start_session(unit, account_id=person.id, holder_id=person.holder_id)
    with house.reading() as unit:
        found = actor_for(unit, secret)
    assert found is not None
    return found


def answered(house: House, token: str, *people: Actor) -> list[str]:
    """All of them say yes at the same moment; gives what each was told."""
    barrier = Barrier(len(people))

    def run(person: Actor) -> str:
        barrier.wait()
        try:
            with house.writing(person) as unit:
                service.accept(unit, token=token)
        except Problem as problem:
            return problem.reason
        return "accepted"

    with ThreadPoolExecutor(len(people)) as threads:
        return list(threads.map(run, people))


def entries_of(house: House) -> list[dict[str, Any]]:
    """The whole log, once all that waits is in it."""
    house.lead()
    with house.reading() as unit:
        bodies = unit.connection.execute(select(LogEntry.body).order_by(LogEntry.idx)).scalars()
        return [json.loads(body) for body in bodies]
