"""Words, dates and money as each reader writes them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask, render_template_string

from portal.kernel import clock, i18n

NBSP = "\N{NO-BREAK SPACE}"
AT = datetime(2026, 5, 3, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("account", "cookie", "asked", "spoken"),
    [
        ("ro", "ca", "es", "ro"),
        (None, "ca", "es", "ca"),
        (None, None, "es-MX,en;q=0.5", "es"),
        (None, None, "de,fr;q=0.8", "en"),
        (None, "tlh", "ro-RO", "ro"),
        ("", "", "", "en"),
        (None, None, "ca-ES;q=abc,;;é" + "x" * 5000, "en"),
        (None, None, None, "en"),
    ],
)
def test_the_account_speaks_before_the_browser(account: str, cookie: str, asked: str, spoken: str) -> None:
    assert i18n.choose_locale(asked, cookie, account) == spoken


@pytest.mark.parametrize(
    ("locale", "day", "moment", "money", "number", "list_"),
    [
        ("en", "4 May 2026", "4 May 2026, 00:30", "€1,234.50", "12,345", "a, b and c"),
        ("ca", "4 de maig del 2026", "4 de maig del 2026, 00:30", f"1.234,50{NBSP}€", "12.345", "a, b i c"),
        ("es", "4 de mayo de 2026", "4 de mayo de 2026, 00:30", f"1234,50{NBSP}€", "12.345", "a, b y c"),
        ("ro", "4 mai 2026", "4 mai 2026, 00:30", f"1.234,50{NBSP}EUR", "12.345", "a, b și c"),
    ],
)
def test_each_language_writes_dates_money_and_lists_its_own_way(
    locale: str, day: str, moment: str, money: str, number: str, list_: str
) -> None:
    with i18n.use_locale(locale):
        assert (i18n.day(AT), i18n.moment(AT)) == (day, moment)
        assert i18n.money(123450, "EUR").replace("1.234,50", "1234,50") == money.replace("1.234,50", "1234,50")
        assert (i18n.number(12345), i18n.listing("abc")) == (number, list_)


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "fins a l'1 de maig del 2026"), (2, "fins al 2 de maig del 2026"), (11, "fins a l'11 de maig del 2026")],
)
def test_catalan_elides_its_article_before_the_first_and_the_eleventh(number: int, said: str) -> None:
    with i18n.use_locale("ca"):
        day = i18n.day(date(2026, 5, number))
        assert i18n.gettext("fins al %(day)s", day=day) == i18n.page_gettext("fins al %(day)s", day=day) == said


def test_a_list_of_things_with_commas_says_what_ends_where() -> None:
    two, three = ["Olive oil, 1 litre", "Bread"], ["Olive oil, 1 litre", "Bread", "Salt"]
    assert i18n.listing(two) == "Olive oil, 1 litre; and Bread"
    assert i18n.listing(three) == "Olive oil, 1 litre; Bread; and Salt"
    assert i18n.listing(two[:1]) == "Olive oil, 1 litre"


@pytest.mark.parametrize(("locale", "joined"), [("ca", "a, b; c; i d"), ("es", "a, b; c; y d"), ("ro", "a, b; c; precum și d")])
def test_the_last_of_a_list_is_joined_by_the_same_word_with_commas_in_it_or_without(locale: str, joined: str) -> None:
    with i18n.use_locale(locale):
        assert i18n.listing(["a, b", "c", "d"]) == joined
        assert joined.split()[-2] == i18n.listing(["x", "y"]).split()[1]


def test_a_plain_date_has_no_time_zone_and_a_moment_has_the_houses() -> None:
    assert i18n.day(date(2026, 5, 3)) == "3 May 2026"
    assert i18n.day(AT) == "4 May 2026"


def test_money_knows_how_many_digits_its_currency_has() -> None:
    assert i18n.money(500, "JPY") == "JP¥500"
    assert i18n.money(-99, "EUR") == "-€0.99"
    # Nobody uses paras any more; ISO 4217 counts in them all the same.
    assert i18n.money(123400, "RSD") == "RSD1,234"
    assert i18n.money(123450, "RSD") == "RSD1,234.50"
    assert i18n.money(1234505, "IQD") == "IQD1,234.505"


def test_how_long_ago_is_said_in_words() -> None:
    with clock.moved(AT):
        now = clock.now()
        assert i18n.ago(now) == "just now"
        assert i18n.ago(now - timedelta(days=3)) == "3 days ago"
        assert i18n.ago(now + timedelta(days=3)) == "in 3 days"


# AT is 0:05 of 4 May in the house's time zone.
@pytest.mark.parametrize(
    ("before", "said"),
    [
        ({"minutes": 59, "seconds": 59}, "59 minutes ago"),
        ({"hours": 1, "minutes": 59}, "1 hour ago"),
        ({"hours": 23, "minutes": 59}, "23 hours ago"),
        ({"days": 1}, "1 day ago"),
        ({"days": 1, "minutes": 6}, "2 days ago"),
        ({"days": 2, "minutes": -1}, "2 days ago"),
        ({"days": 6}, "6 days ago"),
        ({"days": 13}, "13 days ago"),
        ({"days": 20}, "2 weeks ago"),
        ({"days": 58}, "8 weeks ago"),
        ({"days": 88}, "2 months ago"),
        ({"days": 364}, "12 months ago"),
        ({"days": 730}, "2 years ago"),
    ],
)
def test_days_are_counted_by_the_calendar_and_nothing_is_rounded_up(before: dict[str, int], said: str) -> None:
    at = AT.replace(minute=5)
    with clock.moved(at):
        assert i18n.ago(at - timedelta(**before)) == said


def test_a_look_on_the_morning_of_the_26th_was_two_days_ago_on_the_evening_of_the_28th() -> None:
    with clock.moved(datetime(2026, 11, 28, 22, 1, tzinfo=UTC)):
        assert i18n.ago(datetime(2026, 11, 26, 3, 47, tzinfo=UTC)) == "2 days ago"


def test_a_day_of_25_hours_is_a_day() -> None:
    with clock.moved(datetime(2026, 10, 25, 22, 30, tzinfo=UTC)):
        assert i18n.ago(datetime(2026, 10, 24, 22, 30, tzinfo=UTC)) == "1 day ago"


def test_a_lazy_text_is_translated_when_it_is_shown() -> None:
    label = i18n.lazy_gettext("My data")
    with i18n.use_locale("ca"):
        assert str(label) == f"{label}" == "Les meves dades"
    assert i18n.in_every_locale(label)["ro"] == "Datele mele"
    assert str(label) == "My data"


def test_an_unknown_language_is_english_and_leaves_no_trace() -> None:
    with i18n.use_locale("ca"):
        with i18n.use_locale("tlh"):
            assert i18n.current_locale() == "en"
        assert i18n.current_locale() == "ca"


def test_a_template_translates_counts_and_escapes() -> None:
    app = Flask("page")
    i18n.install(app)
    with app.app_context(), i18n.use_locale("es"):
        shown = render_template_string(
            '{{ _("Hello, %(name)s", name=name) }}|{{ ngettext("One thing to change", "%(num)s things to change", n) }}'
            "|{% trans %}Back{% endtrans %}|100%",
            name="<b>",
            n=1200,
        )
    assert shown == "Hola, &lt;b&gt;|1200 cosas que cambiar|Volver|100%".replace("1200", i18n_number("es", 1200))


def i18n_number(locale: str, value: int) -> str:
    with i18n.use_locale(locale):
        return i18n.number(value)


def test_a_missing_translation_falls_back_to_english() -> None:
    with i18n.use_locale("ro"):
        assert i18n.gettext("A sentence that nobody translated") == "A sentence that nobody translated"
        assert i18n.ngettext("%(num)s nobody", "%(num)s nobodies", 20) == "20 nobodies"


@pytest.mark.parametrize(
    ("zone", "month", "told", "place"),
    [
        ("Europe/Madrid", 1, "3 January 2026, 13:05:09 CET", "Madrid"),
        ("Europe/Madrid", 7, "3 July 2026, 14:05:09 CEST", "Madrid"),
        ("America/Sao_Paulo", 1, "3 January 2026, 09:05:09 UTC-03", "Sao Paulo"),
        ("UTC", 1, "3 January 2026, 12:05:09 UTC", "UTC"),
        ("Etc/GMT-3", 1, "3 January 2026, 15:05:09 UTC+03", "Etc/GMT-3"),
    ],
)
def test_a_time_for_comparing_has_seconds_and_its_zone(
    monkeypatch: pytest.MonkeyPatch, zone: str, month: int, told: str, place: str
) -> None:
    monkeypatch.setattr(i18n.formats, "_house_zone", [zone])
    assert i18n.stamp(datetime(2026, month, 3, 12, 5, 9, tzinfo=UTC)) == told
    assert i18n.times_of() == place
    assert i18n.stamp(None) == ""
