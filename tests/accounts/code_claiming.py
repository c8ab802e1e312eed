"""A process of the once-only test: brings the same codes as another one, and says which of them got it in."""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from portal.accounts import limits, service, totp
from portal.accounts.reads import account_by_email
from portal.accounts.service.challenges import begin_challenge
from portal.accounts.service.sessions import holder_of
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.settings import Settings
from portal.wiring import open_house

THREADS = 4
BEGIN = datetime(2031, 1, 1, tzinfo=UTC)


def enter(house: House, email: str, code: str, at: datetime) -> bool:
    """Whether this code opened a session; the limit is not what is tried here."""
    with clock.moved(at):
        return _enter(house, email, code)


def _enter(house: House, email: str, code: str) -> bool:
    with house.writing() as unit:
        account_id = account_by_email(unit, email)
        assert account_id is not None
        holder_id = holder_of(unit, account_id)
        mark = begin_challenge(unit, purpose="second", account_id=account_id, holder_id=holder_id)
    with house.writing() as unit:
        begun = service.find_challenge(unit, mark=mark, purpose="second")
        assert begun is not None
        return service.finish(unit, begun=begun, code=code, network="192.0.2.1", device=None) is not None


def main(instance: str, url: str, email: str, seed: str, rounds: str, paper: str) -> None:
    """Four threads try each code; prints each success."""
    limits.FACTOR = tuple(limits.Rule(rule.scope, 10**6, rule.seconds) for rule in limits.FACTOR)
    house = open_house(Settings(instance=Path(instance), database_url=url))
    tries = [(f"app:{n}", BEGIN + n * timedelta(minutes=5)) for n in range(int(rounds))]
    with ThreadPoolExecutor(THREADS) as pool:
        for name, at in [*tries, ("paper", BEGIN)]:
            code = paper if name == "paper" else totp.code_at(seed, totp.step_of(at))
            for got in pool.map(lambda _, code=code, at=at: enter(house, email, code, at), range(THREADS)):
                if got:
                    print(name, flush=True)
    house.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
