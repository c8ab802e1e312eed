"""A process of the one-time test: claims each token that it is told, and says which it got."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from portal.accounts.facts.credentials import PasswordReset
from portal.accounts.service.tokens import claim_token
from portal.kernel.errors import Gone
from portal.kernel.house import House
from portal.kernel.settings import Settings
from portal.wiring import open_house

THREADS = 4


def claim(house: House, secret: str, purpose: str) -> bool:
    """Whether this try got the token."""
    try:
        with house.writing() as unit:
            claim_token(unit, secret=secret, purpose=purpose)
            unit.note(PasswordReset())
    except Gone:
        return False
    return True


def main(instance: str, url: str, tokens: str) -> None:
    """Four threads try each token; prints each success."""
    house = open_house(Settings(instance=Path(instance), database_url=url))
    with ThreadPoolExecutor(THREADS) as pool:
        for line in Path(tokens).read_text().split():
            purpose, secret = line.split(":")
            for got in pool.map(lambda _, s=secret, p=purpose: claim(house, s, p), range(THREADS)):
                if got:
                    print(line, flush=True)
    house.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
