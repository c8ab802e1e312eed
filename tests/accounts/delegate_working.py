"""A process of the test of ended delegations: looks and acts for somebody until it is told that it is over."""

import json
import sys
import threading
import time
from pathlib import Path

from portal.app import create_app
from portal.kernel.house import House
from portal.kernel.settings import Settings
from portal.wiring import WIRING

Look = tuple[int, float]


def main(instance: str, url: str, secrets: str, mark: str) -> None:
    """Two threads go through all sessions again and again; prints each look that was answered, with when it began."""
    house = House.open(Settings(instance=Path(instance), database_url=url), WIRING)
    app = create_app(house)
    app.config["WTF_CSRF_ENABLED"] = False
    over, looks = threading.Event(), list[Look]()

    def work(number: int) -> None:
        clients = []
        for secret in json.loads(secrets):
            client = app.test_client()
            with client.session_transaction() as session:
                session["_user_id"] = secret
            clients.append(client)
        while not over.is_set():
            for case, client in enumerate(clients):
                began = time.time()
                if mark in client.get("/data/profile.address").text:
                    looks.append((case, began))
                client.post("/data/profile.tastes", data={"value": f"one {number} {began}"})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    sys.stdin.read()
    over.set()
    for thread in threads:
        thread.join()
    print(json.dumps(looks), flush=True)
    house.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
