"""Forms of pages: what was typed is kept, and each error stands beside its field in the reader's language.

The request's CSRF token is checked once, at the door, for every POST; a form does not check it again.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import Field
from wtforms.validators import DataRequired, Email, InputRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, FileInput, HiddenInput, RadioInput, Select, SubmitInput

from portal.kernel.i18n import lazy_gettext, ngettext

# The sentences of the form library, said so that the reader knows what to change.
_SENTENCES: Mapping[str, str] = {
    "This field is required.": lazy_gettext("Please fill this in."),
    "Invalid email address.": lazy_gettext("Write an e-mail address such as name@example.org."),
    "Not a valid choice.": lazy_gettext("Choose one of the answers offered."),
    "Invalid Choice: could not coerce.": lazy_gettext("Choose one of the answers offered."),
    "'%(value)s' is not a valid choice for this field.": lazy_gettext("Choose one of the answers offered."),
    "Not a valid date value.": lazy_gettext("Write a date, with day, month and year."),
    "Not a valid integer value.": lazy_gettext("Write a whole number."),
    "Not a valid decimal value.": lazy_gettext("Write a number."),
    "Not a valid float value.": lazy_gettext("Write a number."),
    "Invalid URL.": lazy_gettext("Write a web address that begins with https://."),
    "Number must be at least %(min)s.": lazy_gettext("Write %(min)s or more."),
    "Number must be at most %(max)s.": lazy_gettext("Write %(max)s or less."),
    "Number must be between %(min)s and %(max)s.": lazy_gettext("Write a number from %(min)s to %(max)s."),
    "Date must be at least %(min)s.": lazy_gettext("Choose %(min)s or a later date."),
    "Date must be at most %(max)s.": lazy_gettext("Choose %(max)s or an earlier date."),
    "Date must be between %(min)s and %(max)s.": lazy_gettext("Choose a date from %(min)s to %(max)s."),
    "Field must be equal to %(other_name)s.": lazy_gettext("The two are not the same. Write it again."),
    "Field must be between %(min)d and %(max)d characters long.": lazy_gettext(
        "Write between %(min)d and %(max)d characters."
    ),
}
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_OTHER = lazy_gettext("This cannot be right. Please check it.")


class _Sentences:
    """What the form library asks for its messages."""

    def gettext(self, message: object) -> str:
        return sentence_of(str(message))

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        if "at least" in singular:
            return ngettext("Write at least %(num)s character.", "Write at least %(num)s characters.", count)
        if "longer" in singular:
            return ngettext("Write at most %(num)s character.", "Write at most %(num)s characters.", count)
        return ngettext("Write exactly %(num)s character.", "Write exactly %(num)s characters.", count)


class Wrong(NamedTuple):
    """One error of the list above a form: it leads to its field."""

    anchor: str
    label: str
    sentence: str


class Form(FlaskForm):
    """Base of every form on a page."""

    class Meta(FlaskForm.Meta):
        """One CSRF check at the door, our sentences, and markup that says which error belongs where."""

        csrf = False

        def get_translations(self, form: object) -> _Sentences:
            return _Sentences()

        def render_field(self, field: Field, render_kw: dict[str, Any]) -> Markup:
            markup = _markup_of(field)
            classes = (markup["class"], (field.render_kw or {}).get("class"), render_kw.pop("class", None))
            markup["class"] = " ".join(name for name in classes if name)
            return Markup(super().render_field(field, {**markup, **render_kw}))

    def wrong(self) -> list[Wrong]:
        """Every error of the form, in the order of its fields, for the list at its top."""
        found = [Wrong("", "", str(error)) for error in self.form_errors]
        found += [Wrong(field.id, str(field.label.text), text) for field in self for text in sentences(field)]
        return found

    def refuse(self, fields: Mapping[str, str]) -> None:
        """Put a service's refusal (``Problem.fields``) beside its fields; an unknown one above them all."""
        for name, sentence in fields.items():
            if name in self._fields:
                self._fields[name].errors = [*self._fields[name].errors, sentence]
            else:
                self.form_errors.append(sentence)


def sentences(field: Field) -> Iterator[str]:
    """The errors of a field as text; those inside a list of fields come along."""
    for error in field.errors.values() if isinstance(field.errors, Mapping) else field.errors:
        yield from [str(error)] if not isinstance(error, (list, tuple)) else map(str, error)


def _markup_of(field: Field) -> dict[str, Any]:
    described = [f"{field.id}-hint"] if field.description else []
    described += [f"{field.id}-error"] if field.errors else []
    markup: dict[str, Any] = {"class": _style(field)}
    if described:
        markup["aria-describedby"] = " ".join(described)
    if field.errors:
        markup["aria-invalid"] = "true"
    return markup


def _style(field: Field) -> str:
    widget = field.widget
    if isinstance(widget, (HiddenInput, SubmitInput)):
        return ""
    if isinstance(widget, (CheckboxInput, RadioInput)):
        base = "form-check-input"
    else:
        base = "form-select" if isinstance(widget, Select) else "form-control"
    return f"{base} is-invalid" if field.errors else base


def is_choice(field: Field) -> bool:
    """Whether a field is one tick beside its label."""
    return isinstance(field.widget, (CheckboxInput, RadioInput))


def is_group(field: Field) -> bool:
    """Whether a field is a group of answers under one question."""
    return not isinstance(field.widget, (Select, FileInput)) and hasattr(field, "iter_choices")


def required(sentence: str | None = None) -> DataRequired:
    """The field must be filled in."""
    return DataRequired(sentence)


def chosen(sentence: str | None = None) -> InputRequired:
    """An answer must be given, be it nought."""
    return InputRequired(sentence)


def at_most(characters: int) -> Length:
    """The field holds at most so many characters."""
    return Length(max=characters)


def sentence_of(message: str) -> str:
    """What the reader is told for one of the form library's messages."""
    return str(_SENTENCES.get(message, _OTHER))


def in_our_time(form: object, field: Field) -> None:
    """A day that can be reckoned with: of the first and the last years that there are, none has a day before or after."""
    if field.data is not None and not _FIRST_YEAR <= field.data.year <= _LAST_YEAR:
        raise ValidationError(sentence_of("Not a valid date value."))


def email_address() -> Email:
    """An address that mail can be sent to, as far as its shape shows."""
    return Email()
