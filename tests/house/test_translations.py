"""Every sentence of ours is there in every language, and says what the English says."""

from pathlib import Path

import pytest

from portal.kernel import i18n
from tests.house.words import LANGUAGES, Entry, Sentence, catalogs, entries, faults, sentences


@pytest.fixture(scope="module")
def said() -> dict[str, Sentence]:
    return sentences()


@pytest.mark.parametrize("locale", LANGUAGES)
def test_nothing_that_is_said_is_left_untranslated(locale: str, said: dict[str, Sentence]) -> None:
    assert faults(locale, said, entries(locale)) == []


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_file_declares_the_plural_forms_that_are_looked_up(locale: str) -> None:
    for name, catalog in catalogs(locale).items():
        assert catalog.num_plurals == len(i18n.PLURALS[locale]), name
        assert str(catalog.locale) == locale, name


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("count", [0, 1, 2, 5, 11, 19, 20, 21, 100, 101, 119, 120, 1000])
def test_the_form_of_a_count_is_the_one_the_file_declares(locale: str, count: int) -> None:
    declared = {
        "ca": lambda n: int(n != 1),
        "es": lambda n: int(n != 1),
        "ro": lambda n: 0 if n == 1 else 1 if n == 0 or 0 < n % 100 < 20 else 2,
    }
    assert i18n.plural_form(locale, count) == declared[locale](count)


def test_romanian_counts_from_twenty_with_de() -> None:
    with i18n.use_locale("ro"):
        said = [i18n.ngettext("One thing to change", "%(num)s things to change", count) for count in (1, 2, 20)]
    assert said == ["Un lucru de schimbat", "2 lucruri de schimbat", "20 de lucruri de schimbat"]


def test_every_kind_of_planted_fault_is_found(tmp_path: Path) -> None:
    code = tmp_path / "portal" / "room.py"
    code.parent.mkdir()
    code.write_text(
        '_("Hello")\n_("Only here")\n_("From %(who)s")\n_("Read <a>this</a>")\n_("Whole sentence.")\n'
        'ngettext("%(num)s order", "%(num)s orders", n)\nlazy_gettext("Spread "\n    "over lines")\n'
    )
    written = [
        Entry("a.po", ("Hello",), ("Hola",), fuzzy=False),
        Entry("b.po", ("Hello",), ("Ei",), fuzzy=False),
        Entry("a.po", ("Gone",), ("Fora",), fuzzy=False),
        Entry("a.po", ("From %(who)s",), ("De %(whom)s",), fuzzy=False),
        Entry("a.po", ("Read <a>this</a>",), ("Llegeix això",), fuzzy=False),
        Entry("a.po", ("Whole sentence.",), ("Frase sencera",), fuzzy=False),
        Entry("a.po", ("%(num)s order", "%(num)s orders"), ("%(num)s comandă",), fuzzy=False),
        Entry("a.po", ("Spread over lines",), ("Repartit",), fuzzy=True),
    ]
    found = [line.split(":")[0] for line in faults("ro", sentences(tmp_path), written)]
    assert sorted(found) == [
        "1 forms instead of 3",
        "ends otherwise",
        "not translated",
        "not translated",
        "other placeholders",
        "other tags",
        "translated but said nowhere",
        "two translations",
    ]


def test_a_message_that_was_passed_by_mistake_cannot_bring_tags_into_a_page() -> None:
    assert i18n.page_gettext("<script>alert(1)</script>") == "&lt;script&gt;alert(1)&lt;/script&gt;"
    assert i18n.page_gettext("From %(who)s", who="<b>") == "From &lt;b&gt;"
