"""A count of blocked attempts that may have been more says so, on every page that counts them."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.i18n import LOCALES, page_gettext, use_locale
from tests.audit.small_facts import CITY, EMAIL
from tests.audit.story import Story

AT_LEAST = {
    "en": ("At least 10 blocked attempts", "We blocked at least 10 attempts by Corner Books to look at your data."),
    "ca": ("Almenys 10 intents bloquejats", "Hem bloquejat almenys 10 intents de Corner Books de consultar les teves dades."),
    "es": ("Al menos 10 intentos bloqueados", "Hemos bloqueado al menos 10 intentos de Corner Books de consultar tus datos."),
    "ro": ("Cel puțin 10 încercări blocate", "Am blocat cel puțin 10 încercări ale companiei Corner Books de a-ți consulta datele."),
}
MAY_BE_MORE = (
    "Where a company repeated the same attempt within one minute, for the same fields and blocked for the same reason, "
    "only the first ten stand here: there may have been more."
)


@pytest.fixture
def minute() -> datetime:
    """A whole minute of the next Wednesday, far from where weeks begin."""
    soon = clock.now() + timedelta(days=9 - clock.now().weekday())
    return soon.replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def story(house: House, client: FlaskClient, minute: datetime) -> Iterator[Story]:
    """Ana, signed in, and two companies."""
    with clock.moved(minute - timedelta(hours=1)):
        yield Story(house, client)


@pytest.mark.parametrize("locale", LOCALES)
def test_ten_equal_attempts_within_a_minute_are_counted_as_at_least_ten(
    story: Story, minute: datetime, locale: str
) -> None:
    story.speaks(locale)
    with clock.moved(minute):
        for _ in range(10):
            story.tries(CITY)
        listed, home = story.page(), story.page("/")
    badge, card = AT_LEAST[locale]
    assert badge in listed
    assert card in home
    with use_locale(locale):
        assert page_gettext(MAY_BE_MORE) in listed


@pytest.mark.parametrize("apart", ["fields", "reasons", "minutes", "one less"])
def test_attempts_of_which_none_can_be_missing_are_counted_exactly(story: Story, minute: datetime, apart: str) -> None:
    number = 9 if apart == "one less" else 10
    for one in range(number):
        odd = one % 2 == 0
        with clock.moved(minute + timedelta(minutes=odd and apart == "minutes")):
            story.tries(EMAIL if odd and apart == "fields" else CITY, reason="revoked" if odd and apart == "reasons" else "paused")
    with clock.moved(minute + timedelta(minutes=2)):
        listed, home = story.page(), story.page("/")
    assert f"{number} blocked attempts" in listed
    assert f"We blocked {number} attempts by Corner Books" in home
    assert "least" not in listed + home
    assert MAY_BE_MORE not in listed


def test_promise_5_names_the_attempts_that_are_not_on_the_page(client: FlaskClient) -> None:
    said = re.sub(r"\s+", " ", client.get("/promises").text)
    promise = said.split('id="promise-5"')[1].split("</section>")[0]
    kept, not_covered = promise.split('class="not-covered"')
    assert "every blocked attempt" not in kept.lower()
    assert "of the same attempt, repeated within one minute, the first ten stand there" in not_covered
    assert "The rest are counted without your name" in not_covered
