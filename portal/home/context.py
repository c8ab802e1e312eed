"""What every page may use: who reads it, in which language and light, and whether this is a demonstration."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import Flask, g, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from portal.access import all_held
from portal.audit.doors import current_actor, reading
from portal.customers import reads as customers
from portal.kernel import i18n
from portal.kernel.house import current_house
from portal.kernel.unit import Actor
from portal.messages.reads import unseen_of

LANGUAGE_COOKIE = "language"
THEME_COOKIE = "theme"
THEMES = ("light", "dark")


@dataclass(frozen=True)
class Reader:
    """The person before the page."""

    actor: Actor

    @property
    def id(self) -> bytes | None:
        """None for a stranger."""
        return self.actor.id if self.actor.session_id is not None else None

    @property
    def roles(self) -> frozenset[str]:
        """What the person may act as, beside being a customer; what waits for a second step leads to where it is set up."""
        return all_held(self.actor.roles)

    @property
    def factors_end_at(self) -> datetime | None:
        """When a second step of theirs that is said to be lost will be removed."""
        account = g.get("account")
        return None if account is None else account.factors_end_at

    @property
    def is_customer(self) -> bool:
        """Whether the five places are theirs."""
        return self.actor.customer_id is not None

    @cached_property
    def name_for_page(self) -> str:
        """The given name, as the person wrote it; empty while nobody did."""
        if self.actor.customer_id is None:
            return ""
        with reading() as unit:
            return str(customers.value_of(unit, self.actor.customer_id, "profile.given_name") or "")


    @cached_property
    def unread(self) -> int:
        """How many notices are new."""
        if self.actor.customer_id is None:
            return 0
        with reading() as unit:
            return unseen_of(unit, self.actor.customer_id)


def speak() -> None:
    """Answer in the reader's language: the account's, else this browser's choice, else what the browser asks for."""
    i18n.set_locale(
        i18n.choose_locale(
            request.headers.get("Accept-Language"),
            request.cookies.get(LANGUAGE_COOKIE),
            getattr(g, "account_locale", None),
        )
    )


def chosen_theme() -> str | None:
    """Light or dark where the reader chose one; without a choice the device decides."""
    theme = request.cookies.get(THEME_COOKIE)
    return theme if theme in THEMES else None


def here_path() -> str:
    """Where a choice of language leads back to: this page, or the first one if this cannot be asked again."""
    if request.method != "GET" or request.routing_exception is not None:
        return "/"
    return request.full_path.rstrip("?")


def csrf_field() -> Markup:
    """The hidden field that every POST form carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def _page_context() -> dict[str, Any]:
    return {
        "current_person": Reader(current_actor()),
        "demo": current_house().settings.demo,
        "theme": chosen_theme(),
    }


def register(app: Flask) -> None:
    """Give the app's templates their surroundings."""
    app.context_processor(_page_context)
    app.jinja_env.globals.update(csrf_field=csrf_field, here_path=here_path)
