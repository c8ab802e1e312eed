"""Forms keep what was typed and say, next to the field, what to change."""

import pytest
from flask import Flask, render_template_string
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, EmailField, IntegerField, RadioField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import URL, DataRequired, Email, Length, NumberRange

from portal import resource
from portal.kernel import i18n
from portal.kernel.forms import Form


class Example(Form):
    """One field of each kind."""

    name = StringField("Name", [DataRequired(), Length(max=3)], description="As on your letters")
    mail = EmailField("E-mail", [Email()])
    way = SelectField("Way", choices=[SelectChoice("post", "Post")])
    until = RadioField("Until", choices=[SelectChoice("year", "A year"), SelectChoice("month", "A month")])
    sure = BooleanField("I am sure")
    born = DateField("Born")
    count = IntegerField("Count", [NumberRange(1, 5)])
    web = StringField("Web", [URL()])


WRONG = {"name": "Joana", "mail": "x@", "way": "crow", "until": "ever", "born": "soon", "count": "9", "web": "no"}


@pytest.fixture
def pages() -> Flask:
    app = Flask("forms", template_folder=str(resource("templates")), static_folder=str(resource("static")))
    app.secret_key = "only in this test"
    i18n.install(app)
    return app


def shown(pages: Flask, **typed: str) -> tuple[Form, str]:
    with pages.test_request_context("/", method="POST"):
        form = Example(MultiDict(typed))
        form.validate()
        template = (
            '{% from "_parts/forms.html" import field, error_summary %}{{ error_summary(form) }}'
            "{% for f in form %}{{ field(f) }}{% endfor %}"
        )
        return form, render_template_string(template, form=form)


@pytest.mark.parametrize("locale", i18n.LOCALES)
def test_every_sentence_of_the_form_library_is_said_in_our_words(pages: Flask, locale: str) -> None:
    other = {"en": "This cannot be right", "ca": "Això no pot ser", "es": "Esto no puede ser", "ro": "Nu poate fi"}
    with i18n.use_locale(locale):
        form, html = shown(pages, **WRONG)
        said = {wrong.anchor: wrong.sentence for wrong in form.wrong()}
    assert set(said) == set(WRONG)
    assert not [sentence for sentence in said.values() if sentence.startswith(other[locale])]
    assert all(sentence in html.replace("&#39;", "'") for sentence in said.values())


def test_each_error_is_tied_to_its_field_and_leads_to_it(pages: Flask) -> None:
    _form, html = shown(pages, **WRONG)
    assert 'aria-describedby="name-hint name-error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="name-error"' in html
    assert '<a href="#name">Name: Write at most 3 characters.</a>' in html
    assert '<fieldset class="field field-wrong" id="until"' in html


def test_what_was_typed_is_kept(pages: Flask) -> None:
    _form, html = shown(pages, **WRONG)
    for typed in ("Joana", "x@", "soon", "9", "no"):
        assert f'value="{typed}"' in html


def test_a_form_without_errors_says_nothing_of_errors(pages: Flask) -> None:
    form, html = shown(
        pages,
        name="Joa",
        mail="a@b.example",
        way="post",
        until="year",
        born="1980-02-01",
        count="3",
        web="https://a.example",
    )
    assert form.wrong() == []
    assert "aria-invalid" not in html
    assert 'role="alert"' not in html


def test_a_refusal_of_a_service_stands_beside_its_field(pages: Flask) -> None:
    with pages.test_request_context("/", method="POST"):
        form = Example(MultiDict({"name": "Joa"}))
        form.validate()
        form.refuse({"name": "Somebody has this one.", "elsewhere": "Not today."})
        assert ("name", "Name", "Somebody has this one.") in form.wrong()
        assert ("", "", "Not today.") in form.wrong()
