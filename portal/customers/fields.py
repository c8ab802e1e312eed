"""Fields in which the value of an attribute is written: the same on My data and where a company's request is answered.

What is typed is checked by :mod:`portal.customers.values`, never by the field.
"""

from collections.abc import Callable
from typing import Any

from wtforms import EmailField, RadioField, SelectField, StringField, TelField, TextAreaField
from wtforms.widgets import DateInput

from portal.customers.catalogue import ADDRESS_LABELS, Attribute, whole_of
from portal.customers.values import country_options, language_options
from portal.kernel.i18n import gettext as _

_ADDRESS_FILL = {
    "street": "street-address",
    "postal_code": "postal-code",
    "city": "address-level2",
    "region": "address-level1",
    "country": "country",
}


def field_of(attribute: Attribute, *, small: bool = False) -> Any:
    """The field of an attribute; ``small`` where it stands among many others."""
    part = whole_of(attribute.path)
    return part_field(part[1]) if part else _MAKERS.get(attribute.kind, _text)(attribute, small)


def part_field(part: str) -> Any:
    """The field of one part of an address."""
    label, fill = ADDRESS_LABELS[part], {"autocomplete": _ADDRESS_FILL[part]}
    return _select(label, country_options(), render_kw=fill) if part == "country" else StringField(label, render_kw=fill)


def _select(label: str, options: list[tuple[str, str]], **more: Any) -> Any:
    return SelectField(label, choices={"": _("Choose"), **dict(options)}, validate_choice=False, default="", **more)


def _fill(attribute: Attribute) -> dict[str, str]:
    return {"autocomplete": attribute.autocomplete or "off"}


def _text(attribute: Attribute, _small: bool) -> Any:
    return StringField(attribute.label, description=attribute.help, render_kw=_fill(attribute))


def _of(field: Callable[..., Any]) -> Callable[[Attribute, bool], Any]:
    def make(attribute: Attribute, _small: bool) -> Any:
        return field(attribute.label, description=attribute.help, render_kw=_fill(attribute))

    return make


def _selecting(options: Callable[[], list[tuple[str, str]]]) -> Callable[[Attribute, bool], Any]:
    def make(attribute: Attribute, _small: bool) -> Any:
        return _select(attribute.label, options(), description=attribute.help, render_kw=_fill(attribute))

    return make


def _choosing(attribute: Attribute, small: bool) -> Any:
    options = {code: str(words) for code, words in attribute.choices.items()}
    if small:
        return _select(attribute.label, list(options.items()), description=attribute.help, render_kw=_fill(attribute))
    return RadioField(attribute.label, description=attribute.help, choices=options, validate_choice=False)


def _date(attribute: Attribute, _small: bool) -> Any:
    return StringField(attribute.label, description=attribute.help, widget=DateInput(), render_kw=_fill(attribute))


def _lines(attribute: Attribute, small: bool) -> Any:
    rows = {**_fill(attribute), "rows": 3 if small else 5}
    return TextAreaField(attribute.label, description=attribute.help, render_kw=rows)


_MAKERS: dict[str, Callable[[Attribute, bool], Any]] = {
    "email": _of(EmailField),
    "phone": _of(TelField),
    "date": _date,
    "country": _selecting(country_options),
    "language": _selecting(language_options),
    "choice": _choosing,
    "list": _lines,
}
