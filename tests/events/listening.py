"""A company's receiver on this machine, and what it hears: every message checked as its company would."""

import base64
import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook

from portal.events.jobs import Postman
from portal.events.reads import EndpointView
from portal.events.service import add_endpoint
from portal.kernel.house import House
from portal.kernel.outgoing import Rules
from portal.kernel.unit import SYSTEM
from tests.kernel.receivers import Answer, Receiver, receiving, status

TAKEN, BROKEN = status("204 No Content"), status("500 Broken")
RULES = Rules(to_self=True, seconds=15.0)
SHORT = Rules(to_self=True, seconds=5.0)
"""For receivers that let us wait until the time is over."""


@dataclass(frozen=True)
class Message:
    """One request as it came over the line."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.body)
        return told

    @property
    def kind(self) -> str:
        return str(self.told["type"])

    @property
    def signatures(self) -> list[tuple[str, ...]]:
        """Each with its version."""
        return [tuple(one.split(",")) for one in self.headers["webhook-signature"].split(" ")]

    def verify(self, secret: str) -> None:
        """As the public package does; raises what it raises."""
        Webhook(secret).verify(self.body, self.headers)

    def is_signed_by(self, public: str) -> bool:
        """Whether one of the signatures is of the pair whose public half this is (``v1a``)."""
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        return any(_holds(key, base64.b64decode(text), signed) for version, text in self.signatures if version == "v1a")


def _holds(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


@dataclass
class Listener:
    """A receiver with a plan: it gives these answers one after the other, and the last of them from then on."""

    receiver: Receiver
    plan: list[Answer]
    read: int = field(default=0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.receiver.port}/hooks"

    @property
    def messages(self) -> list[Message]:
        """Everything that it heard."""
        return [_message(heard) for heard in list(self.receiver.heard) if heard]

    def news(self) -> list[Message]:
        """What it heard since it was asked last."""
        found = self.messages[self.read :]
        self.read += len(found)
        return found

    def kinds(self) -> list[str]:
        """Of which kinds that is."""
        return [message.kind for message in self.news()]


def _message(heard: bytes) -> Message:
    head, _, body = heard.partition(b"\r\n\r\n")
    pairs = (line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:])
    return Message({name.lower(): value for name, value in pairs}, body)


@contextmanager
def listening(*plan: Answer) -> Iterator[Listener]:
    """A receiver that takes everything, or answers by a plan."""
    answers = list(plan) or [TAKEN]

    def answer(caller: socket.socket) -> None:
        (answers.pop(0) if len(answers) > 1 else answers[0])(caller)

    with receiving(answer) as receiver:
        yield Listener(receiver, answers)


def subscribe(
    house: House, vendor_id: bytes, url: str, kinds: Sequence[str] = (), algorithm: str = "v1"
) -> tuple[EndpointView, str]:
    """An endpoint of a company, and what its messages are checked with. What happened before is in the log before."""
    house.lead()
    with house.writing(SYSTEM) as unit:
        return add_endpoint(unit, vendor_id=vendor_id, url=url, kinds=kinds, algorithm=algorithm)


@contextmanager
def a_postman(house: House, rules: Rules = RULES) -> Iterator[Postman]:
    """The hand of a worker that tells companies what happened."""
    postman = Postman(house, rules)
    try:
        yield postman
    finally:
        postman.close()


def deliver(house: House, postman: Postman) -> None:
    """Everything that happened is in the log, and everything that is due is sent."""
    house.lead()
    postman.run_out()
