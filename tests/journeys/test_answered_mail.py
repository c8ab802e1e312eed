"""Somebody answers a mail in the demonstration, with a file, and finds it in the conversation; so does the company."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from portal.kernel.i18n import LOCALES
from portal.kernel.ids import text_of
from portal.tickets.machine import ANSWER
from tests import people
from tests.browsing import LiveServer
from tests.conftest import HouseMaker
from tests.files import corpus
from tests.journeys.counter import BEA, Counter
from tests.journeys.reader import SIZES, before
from tests.prove.sizes import in_turn
from tests.tickets.mailing import letters_to

pytestmark = [
    pytest.mark.engines("sqlite"),  # the same pages whatever the engine
    pytest.mark.slow,
    pytest.mark.parametrize(("locale", "size"), in_turn(LOCALES, SIZES)),
]
WORDS = "Wednesday suits me."


def test_a_mail_of_the_demonstration_is_answered_there_and_stands_in_the_conversation(
    make_house: HouseMaker, make_server: Callable[..., LiveServer], browser: Browser, locale: str, size: str
) -> None:
    house = make_house("sqlite", demo=True, answers_to="answers@freehold.example")
    counter = Counter(house, locale)
    talk = counter.talk("When does it come?")
    talk.answers(ANSWER, "Which day suits you?")
    people.do_jobs(house)
    [letter] = letters_to(house, "ana@example.org", "notice")
    server = make_server(house)
    here = f"/demo/mail/{text_of(letter.id)}"
    with before(server, browser, locale, size) as ana:
        ana.open("/demo/mail")
        ana.follow(here)
        ana.send(f"{here}#answer", words="")
        expect(ana.main.locator("#wrong")).to_be_visible()
        files = [("note.txt", corpus.TEXT), ("all.zip", corpus.refused()["zip"])]
        given = [FilePayload(name=name, mimeType="application/octet-stream", buffer=data) for name, data in files]
        ana.page.set_input_files("main [name=files]", given)
        ana.send(f"{here}#answer", words=WORDS)
        expect(ana.page.locator("[role=status], [role=alert]").first).to_be_visible()
        ana.signs_in(f"/messages/conversations/{text_of(talk.id)}")
        for words in (WORDS, "note.txt", "all.zip"):
            expect(ana.main).to_contain_text(words)
        assert letter.body.splitlines()[0] not in ana.main.inner_text()
    with before(server, browser, locale, size, BEA) as bea:
        bea.signs_in(f"{counter.console}/conversations")
        bea.follow(f"{counter.console}/conversations/Q-")
        expect(bea.main).to_contain_text(WORDS)
        expect(bea.main).to_contain_text("all.zip")
    [said] = [one for one in talk.thread().said if one.by_mail]
    assert (said.words, said.left_out) == (WORDS, [("all.zip", "archive")])
