"""Values: whatever is typed, the outcome is the value in its one form or a sentence beside the field."""

from datetime import UTC, date, datetime

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from portal.customers.catalogue import CATALOGUE, Attribute, find, is_stored, label_of
from portal.customers.derive import answer_of, answers_of, is_in, moved, plan, reaches, sources_of
from portal.customers.said import said
from portal.customers.values import clean, country_code, country_options, language_options
from portal.kernel.errors import Invalid
from portal.kernel.i18n import LOCALES, in_every_locale, use_locale

STORED = [attribute for path, attribute in CATALOGUE.items() if is_stored(path)]
ANYTHING = st.one_of(
    st.text(max_size=300),
    st.text(alphabet=st.characters(codec=None, categories=("Cs", "Cc", "Cf", "Co", "Lo", "Nd", "Zs")), max_size=40),
    st.none(),
    st.integers(),
    st.binary(max_size=20),
    st.lists(st.one_of(st.text(max_size=30), st.integers()), max_size=5),
    st.dictionaries(
        st.sampled_from(["street", "city", "country", "postal_code", "region", "label", "value", "x"]),
        st.one_of(st.text(max_size=30), st.none(), st.integers()),
        max_size=6,
    ),
)


def outcome(attribute: Attribute, raw: object, country: str | None = None) -> tuple[object, dict[str, str]]:
    """The value, or the fields that were refused; anything else is a failure of the test."""
    try:
        return clean(attribute, raw, country=country), {}
    except Invalid as problem:
        return None, problem.fields


@given(st.sampled_from(STORED), ANYTHING, st.sampled_from([None, "ES", "RO", "XX", ""]))
def test_anything_is_a_value_or_a_sentence_for_its_field(attribute: Attribute, raw: object, country: str | None) -> None:
    value, refused = outcome(attribute, raw, country)
    assert (value is None) == bool(refused)
    assert all(name.startswith(attribute.path) and sentence for name, sentence in refused.items())
    if value is not None:
        assert clean(attribute, value, country=country) == value
        assert said(attribute.path, value)


@given(ANYTHING)
def test_a_line_of_ones_own_is_checked_alike(raw: object) -> None:
    attribute = find("profile.custom.0a1b2c3d4e")
    assert attribute is not None
    value, refused = outcome(attribute, raw)
    assert all(name.startswith(attribute.path) for name in refused)
    assert value is None or (isinstance(value, dict) and set(value) == {"label", "value"})


@pytest.mark.parametrize(
    ("path", "raw", "value"),
    [
        ("profile.email", " Ana.Puig@EXAMPLE.org ", "Ana.Puig@example.org"),
        ("profile.phone", "+40 721 234 567", "+40721234567"),
        ("profile.birth_date", "2000-02-29", "2000-02-29"),
        ("profile.birth_date", "29.02.2000", "2000-02-29"),
        ("profile.nationality", "Romania", "RO"),
        ("profile.nationality", "România", "RO"),
        ("profile.nationality", "es", "ES"),
        ("profile.language", "ca-ES", "ca"),
        ("profile.iban", "es91 2100 0418 4502 0005 1332", "ES9121000418450200051332"),
        ("profile.diet", "vegan", "vegan"),
        ("profile.tastes", "maps, novels", ["maps", "novels"]),
        ("profile.address", {"city": " Vic ", "street": None, "country": ""}, {"city": "Vic"}),
    ],
)
def test_a_good_value_is_brought_into_its_one_form(path: str, raw: object, value: object) -> None:
    assert clean(CATALOGUE[path], raw) == value


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        ("profile.email", "ana@localhost"),
        ("profile.email", "ana@@example.org"),
        ("profile.phone", "600123456"),
        ("profile.phone", "+34 000"),
        ("profile.birth_date", "2001-02-29"),
        ("profile.birth_date", "1700-01-01"),
        ("profile.birth_date", "1890-01-01"),
        ("profile.birth_date", "3000-01-01"),
        ("profile.birth_date", "٢٠٠٠-٠١-٠١"),
        ("profile.nationality", "ZZ"),
        ("profile.language", "xx"),
        ("profile.iban", "ES9121000418450200051333"),
        ("profile.diet", "stones"),
        ("profile.tastes", " \n "),
        ("profile.address", {}),
        ("profile.address", {"planet": "Mars"}),
        ("profile.given_name", "a\u202eb"),
        ("profile.given_name", "a\ud800"),
        ("profile.given_name", "x" * 201),
        ("profile.given_name", "   "),
    ],
)
def test_a_bad_value_is_refused_with_a_sentence(path: str, raw: object) -> None:
    with pytest.raises(Invalid) as caught:
        clean(CATALOGUE[path], raw)
    assert all(sentence.endswith((".", ")")) for sentence in caught.value.fields.values())


def test_a_number_without_prefix_is_one_of_the_country_lived_in() -> None:
    assert clean(CATALOGUE["profile.phone"], "600 123 456", country="ES") == "+34600123456"
    assert clean(CATALOGUE["profile.phone"], "0721 234 567", country="RO") == "+40721234567"


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(1, 100), st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_an_age_is_reached_on_the_birthday_and_never_lost(born: date, years: int, today: date) -> None:
    try:
        birthday = born.replace(year=born.year + years)
    except ValueError:
        birthday = date(born.year + years, 3, 1)
    assert reaches(born, years, today) == (today >= birthday)


PROFILES = st.fixed_dictionaries(
    {},
    optional={
        "profile.given_name": st.sampled_from(["Ana", "Joan"]),
        "profile.family_name": st.sampled_from(["Puig", "Pop"]),
        "profile.birth_date": st.sampled_from(["1990-05-03", "1991-05-03", "2009-01-01", "2012-01-01"]),
        "profile.address": st.dictionaries(
            st.sampled_from(["street", "city", "country"]), st.sampled_from(["A", "B"]), min_size=1
        ),
    },
)


@given(PROFILES, PROFILES)
def test_a_path_moves_exactly_when_its_answer_does(before: dict[str, object], after: dict[str, object]) -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    said_to_move = set(moved(before, after, at))
    for path in CATALOGUE:
        assert (path in said_to_move) == (answer_of(path, before, at) != answer_of(path, after, at))


@given(PROFILES)
def test_an_object_of_answers_holds_each_at_its_path(values: dict[str, object]) -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    steps = plan(frozenset(CATALOGUE))[1]
    tree = answers_of(steps, values, at)
    for step in steps:
        node: object = {"profile": tree}
        for name in step.path.split("."):
            node = node.get(name) if isinstance(node, dict) else None
        assert node == answer_of(step.path, values, at)
        assert is_in(tree, step) == (node is not None)


def test_the_catalogue_names_every_line_in_every_language() -> None:
    assert 28 <= len(STORED) <= 40
    assert 10 <= sum(attribute.shown_first for attribute in STORED) <= 13
    for path, attribute in CATALOGUE.items():
        words = [attribute.label, *([attribute.help] if attribute.help else []), *attribute.choices.values()]
        for word in words:
            assert all(in_every_locale(word).values())
        assert all(is_stored(source) for source in sources_of(path)) or attribute.kind == "rows"
    labels = [label_of(path) for path in CATALOGUE]
    assert len(set(labels)) == len(labels)


def test_labels_are_different_in_every_language() -> None:
    for locale in LOCALES:
        with use_locale(locale):
            labels = [label_of(path) for path in CATALOGUE]
        assert len(set(labels)) == len(labels), [label for label in labels if labels.count(label) > 1]


@pytest.mark.parametrize("locale", LOCALES)
def test_languages_begin_with_the_portals_own_and_are_spoken_somewhere(locale: str) -> None:
    with use_locale(locale):
        offered = [code for code, _name in language_options()]
    assert set(offered[: len(LOCALES)]) == set(LOCALES)
    assert len(set(offered)) == len(offered) > 300
    assert {"gl", "oc", "fr", "rom", "tl"} <= set(offered)
    assert not {"tlh", "hit", "zxx", "mul", "und"} & set(offered)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_country_and_language_that_is_offered_is_taken(locale: str) -> None:
    with use_locale(locale):
        for code, name in country_options():
            assert clean(CATALOGUE["profile.nationality"], code) == code
            assert country_code(name) is not None and name != code
        for code, name in language_options():
            assert name and code in Locale.parse(locale).languages, "no bare code, nor another language's word"
            assert clean(CATALOGUE["profile.language"], code) == code


def test_a_province_is_said_unless_it_is_called_as_its_city() -> None:
    place = {"street": "Carrer Nou 5", "postal_code": "08001", "city": "Barcelona", "country": "ES"}
    assert said("profile.address", {**place, "region": "barcelona"}) == "Carrer Nou 5, 08001 Barcelona, Spain"
    assert said("profile.address", {**place, "region": "Catalunya"}) == "Carrer Nou 5, 08001 Barcelona, Catalunya, Spain"
    assert said("profile.address", {"region": "Barcelona"}) == "Barcelona"
