"""Forms of My data. One attribute's form is built from its line of the catalogue."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from wtforms import (
    EmailField,
    Field,
    FileField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.widgets import DateInput

from portal.customers.catalogue import ADDRESS_LABELS, Attribute
from portal.customers.values import country_options, language_options
from portal.kernel.errors import Invalid
from portal.kernel.forms import Form
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import lazy_gettext

_ADDRESS_FILL = {
    "street": "street-address",
    "postal_code": "postal-code",
    "city": "address-level2",
    "region": "address-level1",
    "country": "country",
}


class AttributeForm(Form):
    """Base of the form of one attribute; :func:`form_for` adds its fields."""

    path = ""

    def raw(self) -> Any:
        """What was typed, as the service takes it."""
        typed = {field.name: field.data for field in self}
        return typed.get("value", typed) if set(typed) == {"value"} else typed

    def refuse_path(self, problem: Invalid) -> None:
        """Puts a refusal of the service, which names paths, beside the fields."""
        self.refuse({self._field_of(name): sentence for name, sentence in problem.fields.items()})

    def _field_of(self, name: str) -> str:
        return "value" if name == self.path else name.removeprefix(self.path + ".")


def form_for(attribute: Attribute, value: Any = None) -> AttributeForm:
    """The form of an attribute, filled with the present value or with what was just typed."""
    fields = _address_fields() if attribute.kind == "address" else _custom_fields(attribute)
    form = type("OneAttributeForm", (AttributeForm,), {**fields, "path": attribute.path})
    filled: AttributeForm = form(data=_filled(attribute, value))
    return filled


def _filled(attribute: Attribute, value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    return {"value": "\n".join(value) if isinstance(value, list) else value}


def _custom_fields(attribute: Attribute) -> dict[str, Any]:
    if attribute.kind == "custom":
        return {"label": StringField(lazy_gettext("What it is")), "value": StringField(lazy_gettext("What it says"))}
    make = _MAKERS.get(attribute.kind, _text)
    return {"value": make(attribute, {"autocomplete": attribute.autocomplete or "off"})}


def _address_fields() -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for part, label in ADDRESS_LABELS.items():
        fill = {"autocomplete": _ADDRESS_FILL[part]}
        if part == "country":
            fields[part] = SelectField(label, choices=_with_none(country_options()), render_kw=fill)
        else:
            fields[part] = StringField(label, render_kw=fill)
    return fields


def _with_none(options: list[tuple[str, str]]) -> dict[str, str]:
    return {"": _("Choose"), **dict(options)}


def _text(attribute: Attribute, fill: dict[str, str]) -> Field:
    return StringField(attribute.label, description=attribute.help, render_kw=fill)


def _of(field: Callable[..., Any]) -> Callable[[Attribute, dict[str, str]], Any]:
    def make(attribute: Attribute, fill: dict[str, str]) -> Any:
        return field(attribute.label, description=attribute.help, render_kw=fill)

    return make


def _selecting(options: Callable[[], list[tuple[str, str]]]) -> Callable[[Attribute, dict[str, str]], Any]:
    def make(attribute: Attribute, fill: dict[str, str]) -> Any:
        return SelectField(attribute.label, description=attribute.help, choices=_with_none(options()), render_kw=fill)

    return make


def _choosing(attribute: Attribute, _fill: dict[str, str]) -> Any:
    options = {code: str(words) for code, words in attribute.choices.items()}
    return RadioField(attribute.label, description=attribute.help, choices=options, validate_choice=False)


def _date(attribute: Attribute, fill: dict[str, str]) -> Any:
    return StringField(attribute.label, description=attribute.help, widget=DateInput(), render_kw=fill)


def _lines(attribute: Attribute, fill: dict[str, str]) -> Any:
    return TextAreaField(attribute.label, description=attribute.help, render_kw={**fill, "rows": 5})


_MAKERS: dict[str, Callable[[Attribute, dict[str, str]], Any]] = {
    "email": _of(EmailField),
    "phone": _of(TelField),
    "date": _date,
    "country": _selecting(country_options),
    "language": _selecting(language_options),
    "choice": _choosing,
    "list": _lines,
}


class CustomForm(Form):
    """A line of one's own."""

    label = StringField(
        lazy_gettext("What it is"), description=lazy_gettext("For example: library card, or name of my dog.")
    )
    value = StringField(lazy_gettext("What it says"))


class CardForm(Form):
    """An address card to read."""

    file = FileField(
        lazy_gettext("Address card"),
        description=lazy_gettext("A file that ends in .vcf, which phones and mail programs can make of a contact."),
        render_kw={"accept": ".vcf,text/vcard,text/x-vcard"},
    )


def taken(typed: Mapping[str, Any], ticked: list[str]) -> dict[str, Any]:
    """The values of the ticked lines, as the page before wrote them into the form."""
    values: dict[str, Any] = {}
    for path in ticked:
        try:
            values[path] = json.loads(typed.get(f"value-{path}", ""))
        except ValueError:
            raise Invalid("invalid", fields={path: _("This cannot be right. Please check it.")}) from None
    return values
