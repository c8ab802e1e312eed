"""From a line to the company: a letter with the line quoted, limited, and kept where it cannot be sent."""

from email.message import EmailMessage

from flask import Flask

from tests import people
from tests.audit.small_facts import CITY, EMAIL
from tests.audit.story import Story


def _mails(story: Story) -> dict[str, EmailMessage]:
    people.do_jobs(story.house)
    return {str(mail["To"]): mail for mail in people.mails(story.house) if "books" in str(mail).lower()}


def test_a_letter_goes_to_the_company_with_the_line_quoted_and_a_copy_comes_back(story: Story) -> None:
    index = story.looks(CITY)
    answer = people.post(story.client, f"/activity/{index}/write", message="What did you need my city for?")
    assert (answer.status_code, answer.location) == (303, f"/activity/{index}")
    mails = _mails(story)
    letter, copy = mails["privacy@books.example"], mails["ana@example.org"]
    assert letter["Reply-To"] == "ana@example.org"
    for mail in (letter, copy):
        body = mail.get_content()
        assert "What did you need my city for?" in body
        assert "> What they got: City you live in" in body
        assert str(index) in body
    with story.house.reading() as unit:
        from portal.audit.reads import last_of

        story.house.lead()
    with story.house.reading() as unit:
        entry = last_of(unit, "privacy.written")
    assert entry is not None
    assert entry.detail == {"entry": index}
    assert "city for" not in str(entry.entry)


def test_an_empty_letter_is_not_sent_and_says_what_to_change(story: Story) -> None:
    index = story.looks(CITY)
    answer = people.post(story.client, f"/activity/{index}/write", message="  ")
    assert answer.status_code == 422
    assert "Write what you want to ask them." in answer.text
    assert _mails(story) == {}


def test_a_letter_that_is_too_long_keeps_what_was_typed(story: Story) -> None:
    index = story.looks(CITY)
    answer = people.post(story.client, f"/activity/{index}/write", message="why " * 2000)
    assert answer.status_code == 422
    assert "why why why" in answer.text


def test_a_company_without_a_contact_gets_no_letter(story: Story) -> None:
    index = story.looks(EMAIL, by=story.bank)
    assert "has named nobody who answers for privacy" in story.page(f"/activity/{index}/write")
    token = people.csrf_of(story.client, "/language")
    answer = story.client.post(f"/activity/{index}/write", data={"csrf_token": token, "message": "hello"})
    assert answer.status_code == 422


def test_letters_are_limited(story: Story) -> None:
    index = story.looks(CITY)
    codes = [
        people.post(story.client, f"/activity/{index}/write", message=f"letter {n}").status_code for n in range(11)
    ]
    assert codes == [303] * 10 + [429]


def test_nobody_else_sees_any_of_it(story: Story, app: Flask) -> None:
    index = story.looks(CITY)
    stranger = app.test_client()
    for path in ("/activity", f"/activity/{index}", f"/activity/{index}/write"):
        assert stranger.get(path).status_code == 303
