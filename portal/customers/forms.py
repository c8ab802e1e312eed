"""Forms of My data. One attribute's form is built from its line of the catalogue."""

import json
from collections.abc import Mapping
from typing import Any

from wtforms import FileField, StringField

from portal.customers.catalogue import ADDRESS_LABELS, Attribute
from portal.customers.fields import field_of, part_field
from portal.customers.postal import postal_hint
from portal.kernel.errors import Invalid
from portal.kernel.forms import Form
from portal.kernel.i18n import country_name, lazy_gettext
from portal.kernel.i18n import gettext as _


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


def form_for(attribute: Attribute, value: Any = None, country: str | None = None) -> AttributeForm:
    """The form of an attribute, filled with the present value or with what was just typed.

    ``country`` is the home address's, whose phone numbers need no prefix.
    """
    fields = _address_fields() if attribute.kind == "address" else _custom_fields(attribute)
    form = type("OneAttributeForm", (AttributeForm,), {**fields, "path": attribute.path})
    filled: AttributeForm = form(data=_filled(attribute, value))
    if attribute.kind == "address":
        filled["postal_code"].description = postal_hint(filled.data) or ""
    if attribute.kind == "phone" and country:
        filled["value"].description = _phone_hint(country)
    return filled


def _phone_hint(country: str) -> str:
    prefix, other = ("+34", "ES") if country == "FR" else ("+33", "FR")
    return _(
        "A number of the country of your home address (%(country)s) needs no prefix. Begin any other with its country's, "
        "such as %(prefix)s for %(other)s.",
        country=country_name(country),
        prefix=prefix,
        other=country_name(other),
    )


def _filled(attribute: Attribute, value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    return {"value": "\n".join(value) if isinstance(value, list) else value}


def _custom_fields(attribute: Attribute) -> dict[str, Any]:
    if attribute.kind == "custom":
        return {"label": StringField(lazy_gettext("What it is")), "value": StringField(lazy_gettext("What it says"))}
    return {"value": field_of(attribute)}


def _address_fields() -> dict[str, Any]:
    return {part: part_field(part) for part in ADDRESS_LABELS}


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
