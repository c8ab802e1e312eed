"""Settings: from the environment (``FREEHOLD_…``) and, for secrets, from ``…_FILE`` paths."""

import os
import re
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from portal.kernel.key_files import KEYSETS


class Settings(BaseSettings):
    """Everything an operator may set. Read once at the start; a wrong value stops it."""

    model_config = SettingsConfigDict(env_prefix="FREEHOLD_", extra="ignore", frozen=True)

    instance: Path = Path("instance")
    database_url: str = ""
    origin: str = ""
    port: int = Field(default_factory=lambda: os.environ.get("PORT", "8000"), validate_default=True, ge=1, le=65535)
    demo: bool = False
    time_zone: str = "Europe/Madrid"
    processes: int = Field(1, ge=1, le=64)
    proxies: int = Field(0, ge=0, le=5)
    threads: int = Field(16, ge=1, le=256)
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: str = Field("", repr=False)
    smtp_password_file: Path | None = None
    smtp_starttls: bool = True
    mail_from: str = "Freehold <no-reply@localhost>"
    # Where people's answers to mails about a conversation come in (docs/answers.md): "answers@example.net", which also gets
    # what goes to "answers+anything@example.net"; or "@answers.example.net", every address of a domain. Unset: none come.
    answers_to: str = ""
    # Where people reach whoever runs this house; their pages name it.
    contact: str = ""
    # Where a keyset's file lies, if not in the instance's folder "keys".
    keys_seal_file: Path | None = None
    keys_index_file: Path | None = None
    keys_cookie_file: Path | None = None
    keys_cursor_file: Path | None = None
    keys_vendor_file: Path | None = None
    keys_sign_file: Path | None = None
    # What one program may have: tokens of its own in five minutes, renewals of a permission in an hour, pushed
    # requests that wait.
    own_tokens: int = Field(100_000, ge=1)
    renewals: int = Field(120, ge=1)
    pushed_requests: int = Field(1000, ge=1)
    # Lets companies' addresses lead to this very machine, and by http: for whoever tries out a receiver of their own here.
    calls_to_self: bool = False
    # Opens the figures at /metrics; without it there are none.
    metrics_key: str = Field("", repr=False)
    metrics_key_file: Path | None = None
    # Where each erasure leaves a line that no backup takes back: best on another disk than the instance.
    erasures: Path | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("origin")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        try:
            if value:
                make_url(value)
        except ArgumentError:
            raise ValueError("this is no address of a database, such as sqlite:////srv/freehold.db") from None
        return value

    @field_validator("contact")
    @classmethod
    def _a_mailbox(cls, value: str) -> str:
        if value and not (re.fullmatch(r"[\w.!$'*+/=^`{|}~-]+@[\w-]+(\.[\w-]+)*", value, re.ASCII) and len(value) <= 254):
            raise ValueError("this is no e-mail address, such as privacy@example.net")
        return value

    @field_validator("answers_to")
    @classmethod
    def _a_way_in(cls, value: str) -> str:
        # With the mark behind it what stands before the @ may be 64 characters long (RFC 5321, 4.5.3.1.1).
        local, name = r"[\w.!$'*/=^`{|}~-]{0,24}", r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"
        if value and not (re.fullmatch(f"{local}@{name}", value.lower(), re.ASCII) and len(value) <= 200):
            raise ValueError("this is no address that answers can come to, such as answers@example.net or @answers.example.net")
        return value.lower()

    @field_validator("time_zone")
    @classmethod
    def _a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, KeyError):
            raise ValueError("this is no time zone, such as Europe/Madrid") from None
        return value

    @model_validator(mode="after")
    def _derived(self) -> Self:
        instance = self.instance.expanduser().resolve()
        object.__setattr__(self, "instance", instance)
        if not self.database_url:
            object.__setattr__(self, "database_url", f"sqlite:///{instance / 'freehold.db'}")
        if not self.origin:
            object.__setattr__(self, "origin", f"http://localhost:{self.port}")
        erasures = instance / "erasures" if self.erasures is None else self.erasures.expanduser().resolve()
        object.__setattr__(self, "erasures", erasures)
        if self.smtp_password_file is not None:
            object.__setattr__(self, "smtp_password", self.smtp_password_file.read_text().strip())
        if self.metrics_key_file is not None:
            object.__setattr__(self, "metrics_key", self.metrics_key_file.read_text().strip())
        if self.metrics_key and not _is_secret(self.metrics_key):
            raise ValueError("the key of the figures (FREEHOLD_METRICS_KEY) can be guessed: `openssl rand -hex 32` makes one")
        return self

    @property
    def key_files(self) -> dict[str, Path]:
        """The keysets whose files a setting names, and where they lie."""
        named = {name: getattr(self, f"keys_{name}_file") for name in KEYSETS}
        return {name: path.expanduser().absolute() for name, path in named.items() if path is not None}

    @property
    def anchor(self) -> Path:
        """The file with a line for each erasure."""
        return self.erasures or self.instance / "erasures"

    @property
    def secure(self) -> bool:
        """Whether people reach us by https, so that cookies may say ``Secure``."""
        return self.origin.startswith("https://")


def _is_secret(text: str) -> bool:
    """Whether nobody guesses it: 32 characters and more, of the kind that a random source makes."""
    return len(text) >= 32 and len(set(text)) >= 8 and re.fullmatch(r"[\x21-\x7e]+", text) is not None
