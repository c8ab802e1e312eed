"""What a company's staff write in its console."""

from collections.abc import Iterator, Mapping
from typing import Any

from wtforms import BooleanField, EmailField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.accounts.addresses import normal_address
from portal.customers.values import country_options
from portal.kernel.forms import Form, at_most, chosen, required, sentence_of
from portal.kernel.i18n import LOCALES, gettext, lazy_language_name, ngettext
from portal.kernel.i18n import lazy_gettext as _
from portal.vendors.ranks import DUTIES

_PLAIN = {"autocomplete": "off"}
_WEB = _("Write a web address that begins with https://.")
_CONTACT = _("Write an e-mail address in plain letters, or a web address that begins with https://.")
_LINES = _("Write each on a line of its own: name; country in two letters; what they do.")
_WRONG: Mapping[str, str] = {
    "web": _WEB,
    "privacy_policy": _WEB,
    "privacy_contact": _CONTACT,
    "email": _CONTACT,
    "country": _("Choose a country."),
    "subcontractors": _LINES,
}
_OTHERWISE = _("Write at most %(num)s characters, and none that cannot be seen.", num=600)


CHANGES = ("address", "slot", "quantity")


def _answer_times() -> Iterator[tuple[str, str]]:
    yield "", gettext("We promise no time")
    for hours in (24, 48, 72):
        yield str(hours), ngettext("Within %(num)s hour", "Within %(num)s hours", hours)
    for days in (7, 14):
        yield str(days * 24), ngettext("Within %(num)s day", "Within %(num)s days", days)


def _line(label: str, hint: str = "", most: int = 200) -> StringField:
    return StringField(label, [at_most(most)], description=hint, render_kw=_PLAIN)


def _text(label: str, language: str) -> TextAreaField:
    return TextAreaField(label, [at_most(600)], render_kw={"rows": 3, "lang": language})


def _does(language: str) -> TextAreaField:
    return _text(_("What you do, in %(language)s", language=lazy_language_name(language)), language)


def _hours(language: str) -> TextAreaField:
    return _text(_("When you are there, in %(language)s", language=lazy_language_name(language)), language)


def _returns(language: str) -> TextAreaField:
    return _text(_("How you take things back, in %(language)s", language=lazy_language_name(language)), language)


class CardForm(Form):
    """A company's card; every part may be left out."""

    description_en, description_ca, description_es, description_ro = (_does(language) for language in LOCALES)
    web = _line(_("Web address"), most=300)
    legal_name = _line(_("Full legal name"))
    register_number = _line(_("Number in the companies' register"))
    city = _line(_("City"))
    country = SelectField(_("Country"), default="", choices=lambda: {"": gettext("Choose"), **dict(country_options())})
    privacy_contact = _line(_("Privacy contact"), _("An e-mail address or a page. Letters about privacy go there."), 300)
    privacy_policy = _line(_("Privacy policy"), _("The web address of its page."), 300)
    phone = _line(_("Telephone"))
    email = _line(_("Where customers write to you"), _("An e-mail address or a page."), 300)
    hours_en, hours_ca, hours_es, hours_ro = (_hours(language) for language in LOCALES)
    returns_en, returns_ca, returns_es, returns_ro = (_returns(language) for language in LOCALES)
    answers_within = SelectField(
        _("When you answer what customers ask about their orders"), default="", choices=lambda: list(_answer_times())
    )
    changes_address = BooleanField(_("Customers may ask for another address before you send an order"))
    changes_slot = BooleanField(_("Customers may ask for another time at which an order comes"))
    changes_quantity = BooleanField(_("Customers may ask for another quantity before you send an order"))
    reorders = BooleanField(_("Customers may ask for the same order again"))
    subcontractors = TextAreaField(
        _("Who works for you with your customers' data"),
        [at_most(6000)],
        description=_(
            "Each on a line of its own: name; country in two letters; what they do. For example: Parcels Ltd; ES; bring "
            "what is ordered"
        ),
        render_kw={"rows": 4},
    )

    TEXTS = ("description", "hours", "returns")
    LINES = ("web", "legal_name", "register_number", "city", "country", "privacy_contact", "privacy_policy", "phone", "email")

    def show(self, card: Mapping[str, Any]) -> None:
        """Puts what a card says into the fields."""
        self.answers_within.data = str(card.get("answers_within", ""))
        for name in CHANGES:
            self[f"changes_{name}"].data = name in card.get("changes", ())
        self.reorders.data = bool(card.get("reorders"))
        for name in self.LINES:
            self[name].data = card.get(name, "")
        for name in self.TEXTS:
            for language in LOCALES:
                self[f"{name}_{language}"].data = card.get(name, {}).get(language, "")
        self.subcontractors.data = "\n".join(map(_line_of, card.get("subcontractors", ())))

    def card(self) -> dict[str, Any]:
        """The card that was written; what is empty is left out."""
        lines = {name: text for name in self.LINES if (text := (self[name].data or "").strip())}
        texts = {name: self._texts(name) for name in self.TEXTS}
        others = [_parts(line) for line in self._written("subcontractors").split("\n") if line.strip()]
        return {**lines, **texts, **self._about_orders(), "subcontractors": others}

    def _about_orders(self) -> dict[str, Any]:
        hours = {"answers_within": int(self.answers_within.data)} if self.answers_within.data else {}
        again = {"reorders": True} if self.reorders.data else {}
        return {**hours, **again, "changes": [name for name in CHANGES if self[f"changes_{name}"].data]}

    def _written(self, name: str) -> str:
        # Browsers end lines as mails do.
        return str(self[name].data or "").replace("\r\n", "\n").strip()

    def _texts(self, name: str) -> dict[str, str]:
        found = {language: self._written(f"{name}_{language}") for language in LOCALES}
        return {language: text for language, text in found.items() if text}

    def refuse_members(self, members: Mapping[str, str]) -> None:
        """Says of each member that is not right what belongs there, beside its field."""
        said = {_field_of(member): str(_WRONG.get(member.partition(".")[0], _OTHERWISE)) for member in members}
        self.refuse(said)


def _line_of(one: Mapping[str, str]) -> str:
    """A line as it was written, whatever order its members are kept in."""
    return "; ".join(one[name] for name in ("name", "country", "does"))


def _parts(line: str) -> dict[str, str]:
    """A line as its members; what is missing is empty, and refused with the card."""
    name, _sign, rest = line.partition(";")
    country, _sign, does = rest.partition(";")
    return {"name": name.strip(), "country": country.strip().upper(), "does": does.strip()}


def _field_of(member: str) -> str:
    """``hours.ca`` is written in the field hours_ca, ``subcontractors.0.name`` in subcontractors."""
    name, _dot, rest = member.partition(".")
    return f"{name}_{rest}" if rest in LOCALES else name


class StaffForm(Form):
    """Whom an owner asks to act for the company, and as what."""

    email = EmailField(_("Their e-mail address"), [required(), at_most(320)], render_kw=_PLAIN)
    rank = RadioField(
        _("What they may do"), [chosen()], choices=lambda: {rank: str(duty) for rank, duty in DUTIES.items()}
    )

    def validate_email(self, field: EmailField) -> None:
        """An address that mail can reach."""
        if normal_address(field.data or "") is None:
            raise ValidationError(sentence_of("Invalid email address."))

    @property
    def address(self) -> str:
        """The address in its one form."""
        found = normal_address(self.email.data or "")
        assert found is not None
        return found
