"""What somebody wrote themselves is told from the letter that they answer, in every language; and no word of theirs is lost."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.kernel import i18n
from portal.kernel.mail import compose
from portal.tickets.mailed.markup import text_of_page
from portal.tickets.mailed.own_words import Letter, own_words
from tests.prove.sizes import size
from tests.tickets.programs import ADDED, ADDRESS, LANGUAGES, PAGES, PROGRAMS, SENDER, Answered, broken, marked

ORIGIN = "https://portal.example.org"
WORDS = {
    "en": "Size 40, please.\n\nAnd could you send it on Friday?\nAna",
    "ca": "La talla 40, si us plau.\n\nI me'l podríeu enviar divendres?\nAna",
    "es": "La talla 40, por favor.\n\n¿Y podríais enviarlo el viernes?\nAna",
    "ro": "Mărimea 40, vă rog.\n\nȘi îl puteți trimite vineri?\nAna",
}


def letter_in(locale: str) -> Letter:
    """Our letter to a guest, in one language."""
    subject, body = compose(
        "tickets/guest_answer", locale, can_answer=True, origin=ORIGIN, company="Llibreria Far", number="Q-7", secret="s" * 43
    )
    mark, _, rest = body.partition("\n")
    return Letter(mark, rest, subject, (SENDER, ADDRESS, "answers+x@portal.example.org"))


LETTERS = {locale: letter_in(locale) for locale in LANGUAGES}


def whole(letter: Letter) -> str:
    return f"{letter.mark}\n{letter.body}"


def without_added(text: str, program: str) -> str:
    lines = [line for line in text.split("\n") if line not in ADDED.get(program, ())]
    return "\n".join(lines).strip("\n")


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_words_are_found_as_each_program_writes_them_in_each_language(program: str, language: str, locale: str) -> None:
    letter = LETTERS[locale]
    text = PROGRAMS[program](Answered(WORDS[locale], letter.subject, whole(letter), language))
    assert without_added(own_words(text, letter), program) == WORDS[locale]


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("program", PAGES)
def test_the_words_are_found_in_pages_too(program: str, locale: str) -> None:
    letter = LETTERS[locale]
    page = PAGES[program](Answered(WORDS[locale], letter.subject, whole(letter), locale))
    assert own_words(text_of_page(page), letter) == WORDS[locale]


def test_every_language_has_a_line_above_which_one_writes_and_a_letter_begins_with_it() -> None:
    marks = {locale: letter.mark for locale, letter in LETTERS.items()}
    assert len(set(marks.values())) == len(i18n.LOCALES)
    assert all(mark.startswith("----- ") and mark.endswith(" -----") and len(mark) < 60 for mark in marks.values())


_line = st.text(st.characters(categories=("L", "N", "P", "Zs"), exclude_characters=">\u00a0"), min_size=1, max_size=50).map(
    lambda text: " ".join(text.split())
).filter(lambda text: text and not re.fullmatch("--|[_-]{5,}", text))
"""Anything but a line that only divides: the letter has one of its own, and mail programs put others."""
_words = st.lists(_line, min_size=1, max_size=6)


@settings(max_examples=size(test=60, prove=1500), deadline=None)
@given(words=_words, program=st.sampled_from(sorted(PROGRAMS)), language=st.sampled_from(LANGUAGES), locale=st.sampled_from(LANGUAGES))
def test_no_line_of_whoever_answers_is_ever_lost(words: list[str], program: str, language: str, locale: str) -> None:
    letter = LETTERS[locale]
    said = "\n".join(words)
    text = PROGRAMS[program](Answered(said, letter.subject, whole(letter), language))
    kept = own_words(text, letter).split("\n")
    missing = [line for line in words if line not in kept]
    assert missing == []


@settings(max_examples=size(test=60, prove=1500), deadline=None)
@given(words=_words, places=st.lists(st.integers(0, 30), min_size=6, max_size=6), locale=st.sampled_from(LANGUAGES))
def test_what_is_written_between_the_letters_lines_is_kept(words: list[str], places: list[int], locale: str) -> None:
    letter = LETTERS[locale]
    lines = marked(broken(whole(letter))).split("\n")
    for place, word in zip(places, words, strict=False):
        lines.insert(min(place, len(lines)), word)
    kept = own_words("\n".join(lines), letter).split("\n")
    assert [word for word in words if word not in kept] == []


@pytest.mark.parametrize("short", ["No", "ok", "Hello,", "40", "here:", "Freehold", "-", "[", "*", "| |", "=====", "C"])
def test_a_short_answer_below_the_letter_is_not_taken_for_a_piece_of_it(short: str) -> None:
    letter = LETTERS["en"]
    assert own_words(f"{whole(letter)}\n\n{short}\n", letter) == short
    assert own_words(f"{marked(whole(letter))}\n{short}", letter) == short
    assert own_words(f"{short}\n\n{marked(whole(letter))}", letter) == short


def test_an_answer_that_speaks_of_us_and_a_time_keeps_its_last_line() -> None:
    letter = LETTERS["en"]
    words = "This is what I wrote on Freehold:\nBring it to me"
    assert own_words(f"{words}\n\n{marked(whole(letter))}", letter) == words


def test_the_letter_alone_says_nothing() -> None:
    letter = LETTERS["ca"]
    for text in (whole(letter), marked(whole(letter)), broken(marked(whole(letter)), 60), ""):
        assert own_words(text, letter) == ""


def test_where_the_line_was_deleted_the_rest_of_the_letter_is_still_left_out() -> None:
    letter = LETTERS["en"]
    assert own_words(f"Yes.\n\nOn 11/30/26 10:12, Freehold wrote:\n{marked(letter.body)}", letter) == "Yes."


def test_what_somebody_quotes_themselves_is_kept() -> None:
    letter = LETTERS["en"]
    words = "You wrote to me last year:\n> We send within two days.\nThat was not so."
    assert own_words(f"{words}\n\n{marked(whole(letter))}", letter) == words


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<ul><li>one<li>two</ul>", "- one\n- two"),
        ("<script>alert(1)</script><style>p{}</style><title>x</title>Hello", "Hello"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>c", "> a\n>> b\nc"),
        ('<a href="https://x.example/y">here</a>', "here <https://x.example/y>"),
        ('<a href="https://x.example/">x.example</a> <a href="javascript:go()">b</a>', "x.example b"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("&lt;b&gt; &amp;amp;", "<b> &amp;"),
        ('<img alt="a cat" src="https://track.example/1.gif">', "a cat"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("</blockquote></div></p>", ""),
    ],
)
def test_a_page_is_read_as_people_read_it(page: str, text: str) -> None:
    assert text_of_page(page) == text


@settings(max_examples=size(test=50, prove=2000), deadline=None)
@given(st.text(st.sampled_from("<>/abp !-=\"'&;li\n"), max_size=300))
def test_whatever_stands_in_a_page_it_can_be_read(page: str) -> None:
    assert "\x00" not in text_of_page(page)
