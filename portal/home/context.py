"""What every page may use: who reads it, in which language and light, and whether this is a demonstration."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import Flask, current_app, g, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException

from portal.access import WHILE_ACTING, all_held, is_lent
from portal.accounts.delegation_words import begin_in_words, only_sees
from portal.accounts.reads import Acting, held_by
from portal.accounts.reads.cases import cases_waiting
from portal.audit.doors import current_actor, reading
from portal.customers import reads as customers
from portal.kernel import i18n
from portal.kernel.house import current_house
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor
from portal.messages.reads import new_by_thing, unseen_of
from portal.vendors.reads import companies_of

LANGUAGE_COOKIE = "language"
THEME_COOKIE = "theme"
THEMES = ("light", "dark")


def acting_here() -> Acting | None:
    """The delegation by which this browser acts for somebody; None where its person acts for themselves."""
    found: Acting | None = getattr(g, "acting", None)
    return found


def _name_of(customer_id: bytes, account_id: bytes) -> str:
    with reading() as unit:
        return customers.name_for_delegate(unit, customer_id, account_id)


@dataclass(frozen=True)
class Reader:
    """The person before the page, whoever's things are on it."""

    actor: Actor
    own_id: bytes | None = None
    acting: Acting | None = None

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

    def sees(self, place: str) -> bool:
        """Whether a place is open: all of one's own, and those that are lent; where somebody works stays where it is."""
        return self.acting is None or place in self.acting.areas or place in ("desk", "console")

    @cached_property
    def name_for_page(self) -> str:
        """The given name, as the person wrote it; empty while nobody did."""
        return self._menu[0]

    @cached_property
    def acts_for(self) -> str:
        """What the customer is called for whom the person acts now."""
        return "" if self.acting is None else _name_of(self.acting.customer_id, self.acting.account_id)

    @property
    def only_sees(self) -> bool:
        """Whether what the person does for somebody else is to look."""
        return self.acting is not None and only_sees(self.acting.areas)

    @cached_property
    def may_act_for(self) -> list[tuple[str, str]]:
        """For whom the person could act: each delegation with what its button says."""
        return [
            (text_of(one.delegation_id), begin_in_words(_name_of(one.customer_id, one.account_id), one.areas))
            for one in self._menu[1]
        ]

    @cached_property
    def _menu(self) -> tuple[str, Sequence[Acting]]:
        """What the menu under the person's name asks for: one look for all of it."""
        if self.own_id is None:
            return "", ()
        delegate = self.actor.id if self.acting is None else None
        with reading() as unit:
            name = str(customers.value_of(unit, self.own_id, "profile.given_name") or "")
            return name, () if delegate is None else held_by(unit, delegate)

    @cached_property
    def companies(self) -> list[tuple[str, str]]:
        """The companies whose console the person could open: the name and the slug of each."""
        account = g.get("account")
        if account is None or "staff" not in self.roles:
            return []
        with reading() as unit:
            return [(one.vendor.name, one.vendor.slug) for one in companies_of(unit, account.account_id)]

    @cached_property
    def cases_waiting(self) -> int:
        """How many cases at the desk wait for the person to agree, who is an officer."""
        if "officer" not in self.actor.roles or self.acting is not None:
            return 0
        with reading() as unit:
            return cases_waiting(unit)

    @cached_property
    def unread(self) -> int:
        """How many notices are new; a delegate finds out where they are, and looks there."""
        if self.actor.customer_id is None or self.acting is not None:
            return 0
        with reading() as unit:
            return unseen_of(unit, self.actor.customer_id)

    def new_about(self, thing: bytes) -> list[str]:
        """The notices that tell of a request, permission or order and are new; a delegate follows nobody's."""
        return sorted(self._new.get(thing, ()))

    @cached_property
    def _new(self) -> dict[bytes, list[str]]:
        if not self.unread or self.actor.customer_id is None:
            return {}
        with reading() as unit:
            return new_by_thing(unit, self.actor.customer_id)


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
    """Where a choice of language leads back to: this page; of one that came of a press and cannot be asked for again, the page
    of the same address, or the nearest above it."""
    if request.routing_exception is not None:
        return "/"
    if request.method == "GET":
        return request.full_path.rstrip("?")
    path = request.path
    while path and _behind(path, "GET") is None:
        path = path.rpartition("/")[0]
    return path or "/"


def csrf_field() -> Markup:
    """The hidden field that every POST form carries."""
    return Markup(f'<input type="hidden" name="csrf_token" value="{escape(generate_csrf())}">')


def may_press(path: str) -> bool:
    """Whether the reader may send a form there, or where there is none may open it.

    Of their own things everybody may; a delegate finds no button in vain.
    """
    actor = current_actor()
    if actor.delegation is None:
        return True
    endpoint = _behind(path, "POST") or _behind(path, "GET")
    if endpoint is None:
        return False
    _, permission = vars(current_app.view_functions[endpoint])["door"]
    return is_lent(permission, actor) or permission in WHILE_ACTING


def _behind(path: str, method: str) -> str | None:
    try:
        endpoint, _ = current_app.url_map.bind("").match(path.partition("?")[0], method=method)
    except HTTPException:
        return None
    return str(endpoint)


def _own_id() -> bytes | None:
    person = getattr(g, "account", None)
    return None if person is None else person.customer_id


def _page_context() -> dict[str, Any]:
    return {
        "current_person": Reader(current_actor(), _own_id(), acting_here()),
        "demo": current_house().settings.demo,
        "theme": chosen_theme(),
    }


def register(app: Flask) -> None:
    """Give the app's templates their surroundings."""
    app.context_processor(_page_context)
    app.jinja_env.globals.update(csrf_field=csrf_field, here_path=here_path, may_press=may_press)
