"""What happens in this room."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact

_ENDPOINTS = frozenset({"webhook_endpoints"})
_SECRETS = frozenset({"webhook_secrets"})


@dataclass(frozen=True, kw_only=True)
class ChangesDisclosed(Fact):
    """A company was told what happened: ``count`` events of this customer, with the names of changed attributes.

    ``about`` names the endpoint where we called the company, and nothing where the company asked.
    """

    EVENT: ClassVar[str] = "change.disclosed"

    outcome: str = "given"


@dataclass(frozen=True, kw_only=True)
class WebhookAdded(Fact):
    """A company is told at an address of its own; ``kinds`` are the events it wants, none of them all."""

    EVENT: ClassVar[str] = "webhook.added"
    EXPLAINS: ClassVar[frozenset[str]] = _ENDPOINTS | _SECRETS

    endpoint: str
    host: str
    kinds: tuple[str, ...]
    algorithm: str


@dataclass(frozen=True, kw_only=True)
class WebhookRotated(Fact):
    """An endpoint has a new secret; those of before are good for ``hours`` more."""

    EVENT: ClassVar[str] = "webhook.rotated"
    EXPLAINS: ClassVar[frozenset[str]] = _SECRETS

    endpoint: str
    hours: int


@dataclass(frozen=True, kw_only=True)
class WebhookDisabled(Fact):
    """An endpoint is told nothing any more; ``reason`` says why: by-hand, gone (it answered 410), failing."""

    EVENT: ClassVar[str] = "webhook.disabled"
    EXPLAINS: ClassVar[frozenset[str]] = _ENDPOINTS

    endpoint: str


@dataclass(frozen=True, kw_only=True)
class WebhookEnabled(Fact):
    """An endpoint is told again, from where it stopped."""

    EVENT: ClassVar[str] = "webhook.enabled"
    EXPLAINS: ClassVar[frozenset[str]] = _ENDPOINTS

    endpoint: str


@dataclass(frozen=True, kw_only=True)
class WebhookTested(Fact):
    """Somebody had an endpoint sent a message that is about nobody."""

    EVENT: ClassVar[str] = "webhook.tested"

    endpoint: str


@dataclass(frozen=True, kw_only=True)
class WebhookResent(Fact):
    """Somebody had one message sent once more; ``delivery`` is its row."""

    EVENT: ClassVar[str] = "webhook.resent"

    endpoint: str
    delivery: str


@dataclass(frozen=True, kw_only=True)
class WebhookReplayed(Fact):
    """Somebody had a stretch of the feed told again: the entries from ``first`` on, up to the one before ``until``."""

    EVENT: ClassVar[str] = "webhook.replayed"

    endpoint: str
    first: int
    until: int


@dataclass(frozen=True, kw_only=True)
class WebhookRepeated(Fact):
    """A message that had not arrived was sent again by the plan: it tells what was put on record when it was sent first."""

    EVENT: ClassVar[str] = "webhook.repeated"

    endpoint: str


@dataclass(frozen=True, kw_only=True)
class WebhookDropped(Fact):
    """A message that waited was not sent: what it would have told is not shared any more. ``event`` is its place here."""

    EVENT: ClassVar[str] = "webhook.dropped"

    endpoint: str
    event: int
