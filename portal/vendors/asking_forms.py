"""What a company's owners would like to ask for, for one purpose."""

from collections.abc import Mapping

from wtforms import SelectMultipleField, TextAreaField

from portal.customers.catalogue import CATALOGUE, label_of
from portal.kernel.forms import Form, at_most
from portal.kernel.i18n import LOCALES, gettext, lazy_language_name
from portal.kernel.i18n import lazy_gettext as _


def _sentence(language: str) -> TextAreaField:
    label = _("Why, in a sentence, in %(language)s", language=lazy_language_name(language))
    return TextAreaField(label, [at_most(300)], render_kw={"rows": 2, "lang": language})


def _names() -> dict[str, str]:
    return {path: label_of(path) for path in CATALOGUE}


class AskingForm(Form):
    """By attribute, whether it may be asked for and whether it may be called required; and the company's own sentence."""

    datatypes = SelectMultipleField(_("What you would ask for"), choices=_names)
    may_require = SelectMultipleField(_("What of it you could not do without"), choices=_names)
    text_en, text_ca, text_es, text_ro = (_sentence(language) for language in LOCALES)

    def show(self, datatypes: list[str], may_require: list[str], text: Mapping[str, str]) -> None:
        """Puts what may be asked for, or is proposed, into the fields."""
        self.datatypes.data, self.may_require.data = list(datatypes), list(may_require)
        for language in LOCALES:
            self[f"text_{language}"].data = text.get(language, "")

    def text(self) -> dict[str, str]:
        """The sentence, by language; what is empty is left out."""
        written = {language: " ".join((self[f"text_{language}"].data or "").split()) for language in LOCALES}
        return {language: sentence for language, sentence in written.items() if sentence}

    def refuse_members(self, members: Mapping[str, str]) -> None:
        """Says beside its field what is not right."""
        said = {
            "datatypes": ("datatypes", gettext("Tick what you would ask for.")),
            "may_require": ("may_require", gettext("What you could not do without must be ticked as asked for, too.")),
        }
        other = ("", gettext("Write your sentence in plain characters, at most 300 of them."))
        self.refuse(dict(said.get(member, other) for member in members))
