"""Cases: nobody learns who somebody is without a reason, another officer who agrees, and an entry that the person sees."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.accounts import service
from portal.accounts.models import Case
from portal.accounts.reads import LEAD, roles_of
from portal.accounts.reads.cases import case_of, case_open, reason_of
from portal.audit.reads import Line, size_of
from portal.audit.search import Query, batches
from portal.audit.verify import verify
from portal.customers.service import erase, set_attributes
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from tests import people

ANA, OTTO, OLGA, LEA = (f"{name}@example.org" for name in ("ana", "otto", "olga", "lea"))
DAY = timedelta(hours=24)
REASON = "She wrote that somebody else uses her account."


class Desk:
    """Ana, and officers with a browser each."""

    def __init__(self, house: House, app: Flask) -> None:
        self.house, self.app = house, app
        account_id = people.register(house, ANA)
        self.ana = people.actor(house, account_id)
        assert self.ana.customer_id is not None
        with house.writing(self.ana) as unit:
            names = {"profile.given_name": "Ana", "profile.family_name": "Puig Ferrer"}
            set_attributes(unit, customer_id=self.ana.customer_id, values=names)
        self.accounts = {ANA: account_id, OTTO: people.officer(house, OTTO)}
        self.otto = self.browser(OTTO)

    def browser(self, email: str) -> FlaskClient:
        """Somebody signed in."""
        client = self.app.test_client()
        people.sign_in(client, email)
        return client

    def officer(self, email: str, rank: str | None = None) -> FlaskClient:
        """Another officer, signed in."""
        self.accounts[email] = people.officer(self.house, email, rank=rank)
        return self.browser(email)

    def opens(self, client: FlaskClient, customer: str | None = None, **changed: str) -> str:
        """An officer opens a case; gives its page."""
        fields = {"customer": customer or self.ana.name or "", "kind": "misuse", "reason": REASON, **changed}
        answer = people.post(client, "/desk/cases", "/desk/cases/new", **fields)
        assert answer.status_code == 303, answer.text
        return answer.location

    def press(self, client: FlaskClient, path: str) -> int:
        """Presses a button."""
        return people.post(client, path, "/desk/cases/new").status_code

    def lines(self, *events: str) -> list[Line]:
        """Entries of these events."""
        self.house.lead()
        with self.house.reading() as unit:
            every = [line for batch in batches(unit, Query(), size_of(unit.connection)) for line in batch]
        return [line for line in every if line.event in events]


@pytest.fixture
def desk(house: House, app: Flask) -> Desk:
    """Otto, who is an officer, and Ana."""
    return Desk(house, app)


def text(client: FlaskClient, path: str) -> str:
    """What a page says."""
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def test_attack_87_who_somebody_is_opens_with_a_reason_and_a_second_officer_and_the_customer_sees_it(desk: Desk) -> None:
    olga = desk.officer(OLGA)
    case = desk.opens(desk.otto)
    assert desk.otto.get(f"{case}/identity").status_code == 404
    assert REASON in text(olga, case)
    assert desk.press(olga, f"{case}/confirm") == 303
    shown = text(desk.otto, f"{case}/identity")
    assert "Ana Puig Ferrer" in shown
    assert ANA in shown
    [line] = desk.lines("identity.read")
    assert line.customer == desk.ana.name
    assert (line.actor_name, line.second["id"]) == tuple(
        people.actor(desk.house, desk.accounts[email]).name for email in (OTTO, OLGA)
    )
    assert set(line.given) == {"profile.name", "profile.email"}
    assert line.detail == {"case": 1, "kind": "misuse", "mode": "two"}
    ana = desk.browser(ANA)
    assert "Audit (data protection team)" in text(ana, "/activity")
    told = text(ana, f"/activity/{line.index}")
    for words in ("They saw who you are", "A suspicion that an account is misused", "Two of them had to agree"):
        assert words in told
    assert REASON not in told
    assert "this company" not in told + text(ana, "/activity")
    people.do_jobs(desk.house)
    assert not [mail for mail in people.mails(desk.house, ANA) if "who you are" in mail["Subject"]], "as the page of mails says"


def test_a_case_that_waits_is_counted_for_each_officer_who_could_agree_and_for_nobody_else(desk: Desk) -> None:
    olga = desk.officer(OLGA, LEAD)
    counted, told = "(1 waits for you)", "One case waits for another officer to agree."
    assert counted not in text(olga, "/desk") + text(olga, "/")
    case = desk.opens(desk.otto)
    assert text(olga, "/desk").count(counted) == 2, "among the places, and among the tabs"
    assert told in text(olga, "/desk")
    assert told in text(olga, "/")
    assert counted in text(olga, "/data"), "wherever she is"
    for other in (desk.otto, desk.browser(ANA)):
        assert counted not in text(other, "/data")
        assert told not in text(other, "/")
    assert counted not in text(desk.otto, "/desk/cases"), "whoever asked cannot agree"
    desk.press(olga, f"{case}/confirm")
    assert counted not in text(olga, "/desk") + text(olga, "/")


def test_a_case_about_an_officer_is_not_counted_for_them(desk: Desk) -> None:
    olga = desk.officer(OLGA)
    desk.officer(LEA)
    desk.opens(desk.otto, people.actor(desk.house, desk.accounts[OLGA]).name)
    assert "waits for you" not in text(olga, "/desk")
    assert "waits for you" in text(desk.browser(LEA), "/desk")


def test_attack_87_every_look_at_who_somebody_is_is_an_entry_of_its_own(desk: Desk) -> None:
    olga = desk.officer(OLGA)
    case = desk.opens(desk.otto)
    desk.press(olga, f"{case}/confirm")
    for _ in range(3):
        desk.otto.get(f"{case}/identity")
    assert len(desk.lines("identity.read")) == 3


def test_attack_87_nobody_agrees_with_themselves_and_the_try_is_on_record(desk: Desk) -> None:
    olga = desk.officer(OLGA, LEAD)
    case = desk.opens(desk.otto)
    assert "Agree" not in re.findall(r"<button[^>]*>(.*?)</button>", desk.otto.get(case).text)
    row = olga.get(case).text.partition('<div class="actions">')[2].partition("</div>")[0]
    assert "Agree" in row and "Close the case" in row, "beside each other with room between them"
    assert desk.press(desk.otto, f"{case}/confirm") == 403
    assert desk.otto.get(f"{case}/identity").status_code == 404
    [line] = desk.lines("case.refused")
    assert (line.reason, line.outcome) == ("same-person", "refused")


def test_attack_87_nobody_opens_reads_agrees_to_or_closes_a_case_about_themselves(desk: Desk) -> None:
    olga = desk.officer(OLGA, LEAD)
    own = people.actor(desk.house, desk.accounts[OTTO]).name or ""
    asked = {"customer": own, "kind": "asked", "reason": REASON}
    assert people.post(desk.otto, "/desk/cases", "/desk/cases/new", **asked).status_code == 403
    case = desk.opens(desk.otto, people.actor(desk.house, desk.accounts[OLGA]).name)
    assert olga.get(case).status_code == 404
    assert desk.press(olga, f"{case}/confirm") == 404
    assert desk.press(olga, f"{case}/close") == 404
    assert case not in olga.get("/desk/cases").text
    assert case in desk.otto.get("/desk/cases").text
    assert [line.reason for line in desk.lines("case.refused")] == ["own-case"] * 4


def test_attack_87_whoever_is_looked_into_does_not_follow_the_case_by_the_log_either(desk: Desk) -> None:
    olga, lea = desk.officer(OLGA), desk.officer(LEA)
    name = people.actor(desk.house, desk.accounts[OLGA]).name
    case = desk.opens(desk.otto, name)
    desk.press(lea, f"{case}/confirm")
    lines = desk.lines("case.opened", "case.confirmed", "case.read")
    assert {line.customer for line in lines} == {name}
    for path in ("/desk/entries?event=case.", f"/desk/entries?customer={name}", "/desk/entries", "/desk/export.jsonl"):
        theirs, others = olga.get(path).text, desk.otto.get(path).text
        mark = '"case.opened"' if "export" in path else f'"/desk/entries/{lines[0].index}'
        assert (mark in theirs, mark in others) == (False, True), path
    for line in lines:
        assert olga.get(f"/desk/entries/{line.index}").status_code == 404
        assert desk.otto.get(f"/desk/entries/{line.index}").status_code == 200


def test_one_confirmation_opens_one_person_to_one_officer(desk: Desk) -> None:
    olga, lea = desk.officer(OLGA), desk.officer(LEA)
    joan = people.actor(desk.house, people.register(desk.house, "joan@example.org")).name
    first, second = desk.opens(desk.otto), desk.opens(desk.otto, joan)
    desk.press(olga, f"{first}/confirm")
    assert desk.otto.get(f"{first}/identity").status_code == 200
    assert desk.otto.get(f"{second}/identity").status_code == 404
    assert {client.get(f"{first}/identity").status_code for client in (olga, lea)} == {404}


def test_what_a_case_opens_is_shut_a_day_later(desk: Desk) -> None:
    olga = desk.officer(OLGA)
    case = desk.opens(desk.otto)
    desk.press(olga, f"{case}/confirm")
    with desk.house.reading() as unit:
        known = case_of(unit, 1)
        assert known.until is not None
        args = [(known.id, desk.accounts[OTTO]), (known.id, desk.accounts[OLGA])]
        assert case_open(unit.connection, args, known.until - timedelta(seconds=1)) == {1}
        assert case_open(unit.connection, args, known.until) == {0, 1}
    with clock.moved(known.until):
        client = desk.browser(OTTO)
        assert client.get(f"{case}/identity").status_code == 404
        assert "Its day is over" in text(client, case)


def test_where_nobody_could_agree_the_customer_is_told_at_once_and_a_day_passes(desk: Desk) -> None:
    case = desk.opens(desk.otto)
    people.do_jobs(desk.house)
    letters = [mail for mail in people.mails(desk.house, ANA) if "who you are" in mail["Subject"]]
    assert len(letters) == 1
    assert "A suspicion that an account is misused" in " ".join(letters[0].get_content().split())
    assert REASON not in letters[0].get_content()
    assert desk.otto.get(f"{case}/identity").status_code == 404
    with desk.house.reading() as unit:
        known = case_of(unit, 1)
    with clock.moved(known.opened_at + DAY - timedelta(minutes=1)):
        assert desk.browser(OTTO).get(f"{case}/identity").status_code == 404
    with clock.moved(known.opened_at + DAY):
        assert ANA in text(desk.browser(OTTO), f"{case}/identity")
        [line] = desk.lines("identity.read")
        assert line.second is None
        assert "Nobody was there to agree" in text(desk.browser(ANA), f"/activity/{line.index}")


def test_a_case_that_waits_for_nobody_cannot_be_hurried_by_a_later_officer(desk: Desk) -> None:
    case = desk.opens(desk.otto)
    olga = desk.officer(OLGA)
    assert desk.press(olga, f"{case}/confirm") == 409
    assert desk.otto.get(f"{case}/identity").status_code == 404


def test_an_officer_whose_role_ended_agrees_to_nothing_and_counts_as_nobody(desk: Desk) -> None:
    olga = desk.officer(OLGA)
    with desk.house.writing(SYSTEM) as unit:
        [role] = [one for one in roles_of(unit, desk.accounts[OLGA]) if one.role == "officer"]
        service.end_role(unit, role_id=role.id)
    case = desk.opens(desk.otto)
    assert olga.get(case).status_code in (303, 403)
    with desk.house.reading() as unit:
        assert case_of(unit, 1).alone


def test_who_leads_closes_every_case_and_others_their_own(desk: Desk) -> None:
    olga, lea = desk.officer(OLGA), desk.officer(LEA, LEAD)
    first, second = desk.opens(desk.otto), desk.opens(desk.otto)
    desk.press(lea, f"{first}/confirm")
    assert desk.press(olga, f"{first}/close") == 403
    assert desk.press(lea, f"{first}/close") == 303
    assert desk.otto.get(f"{first}/identity").status_code == 404
    assert "Shows who it is" not in text(desk.otto, first), "and its page says so"
    assert desk.press(desk.otto, f"{second}/close") == 303
    assert "who it" not in text(desk.otto, second), "it never did"
    assert desk.press(desk.otto, f"{second}/close") == 303
    assert desk.press(olga, f"{second}/confirm") == 409
    assert len(desk.lines("case.closed")) == 2


def test_a_closed_case_says_until_when_it_showed_who_somebody_is(desk: Desk) -> None:
    olga = desk.officer(OLGA)
    case = desk.opens(desk.otto)
    desk.press(olga, f"{case}/confirm")
    with clock.moved(timedelta(minutes=3)):
        assert desk.press(desk.otto, f"{case}/close") == 303
    with desk.house.reading() as unit:
        kept = case_of(unit, 1)
    assert kept.opens_at is not None and kept.shows_until == kept.closed_at
    assert timedelta(minutes=3) <= kept.shows_until - kept.opens_at < timedelta(minutes=30)
    assert "Showed who it was" in text(desk.otto, case)


def test_a_case_about_nobody_or_without_a_reason_is_not_opened(desk: Desk) -> None:
    good = {"customer": desk.ana.name or "", "kind": "misuse", "reason": REASON}
    for wrong in ({"customer": "A" * 22}, {"customer": "x"}, {"kind": "curious"}, {"kind": ""}, {"reason": " "}):
        answer = people.post(desk.otto, "/desk/cases", "/desk/cases/new", **{**good, **wrong})
        assert answer.status_code == 422, wrong
        [name] = wrong
        assert f'id="{name}-error"' in answer.text
    assert desk.lines("case.opened") == []


PAGES = ("/desk/cases", "/desk/cases/new", "/desk/cases/1", "/desk/cases/1/identity")


@pytest.mark.parametrize("path", PAGES)
def test_attack_89_cases_are_for_officers_alone(desk: Desk, path: str) -> None:
    desk.opens(desk.otto)
    assert desk.app.test_client().get(path).status_code == 303
    people.somebody(desk.house, "ada@example.org", "auditor", expires_at=clock.now() + DAY)
    for email in (ANA, "ada@example.org"):
        client = desk.browser(email)
        assert client.get(path).status_code == 403
        for action in ("", "/1/confirm", "/1/close"):
            assert people.post(client, f"/desk/cases{action}", "/language").status_code == 403


def test_the_reason_is_sealed_and_goes_with_the_person(desk: Desk) -> None:
    desk.officer(OLGA)
    case = desk.opens(desk.otto)
    with desk.house.reading() as unit:
        kept = unit.connection.execute(select(Case.reason)).scalar_one()
        assert REASON.encode() not in kept
        assert reason_of(unit, case_of(unit, 1)) == REASON
    with desk.house.writing(SYSTEM) as unit:
        erase(unit, customer_id=desk.ana.customer_id or b"")
    with desk.house.reading() as unit:
        left = select(func.count()).select_from(Case).where(Case.account_id.is_not(None) | (Case.reason != b""))
        assert unit.connection.execute(left).scalar_one() == 0
    assert "Erased with the customer" in text(desk.otto, case)
    assert "Somebody who is no longer here" in text(desk.otto, "/desk/cases")
    assert desk.opens(desk.otto, people.actor(desk.house, desk.accounts[OLGA]).name).endswith("/2")
    assert verify(desk.house).exit_code == 0


def test_the_words_of_a_reason_stand_in_no_entry(desk: Desk) -> None:
    desk.officer(OLGA)
    desk.otto.get(desk.opens(desk.otto))
    lines = desk.lines("case.opened", "case.read")
    assert [line.event for line in lines] == ["case.opened", "case.read"]
    assert not any("somebody else" in str(line.entry) for line in lines)


def test_a_case_is_agreed_to_once(desk: Desk) -> None:
    olga, lea = desk.officer(OLGA), desk.officer(LEA)
    case = desk.opens(desk.otto)
    assert [desk.press(client, f"{case}/confirm") for client in (olga, lea)] == [303, 409]
    assert len(desk.lines("case.confirmed")) == 1
