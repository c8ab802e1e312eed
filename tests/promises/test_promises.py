"""The eight promises of Freehold in short: what a customer may count on, and how one sees that it holds.

Each is proved at greater length in the rooms it concerns; `test_no_field_beyond.py` holds the first to random choices.
"""

from datetime import datetime, timedelta

from flask import Flask

from portal.audit.reads import queue_state
from portal.audit.report import CHANGED, SOUND
from portal.audit.verify import verify
from portal.kernel import clock
from portal.kernel.house import House
from tests.audit.faults import refusing
from tests.grants.cast import DELIVERY, SUGGESTIONS
from tests.oauth.cast import active, entries
from tests.processes import ROOT
from tests.promises.cast import PERSONAL, Company, Customer, technical
from tests.promises.letters import WEEKLY, WHY, all_letters
from tests.promises.outside import change_an_entry, size_of_the_log, take_the_last_entry_out

# 1. No basis, no data.


def test_promise_1_without_a_permission_nothing_is_read(ana: Customer, bookshop: Company) -> None:
    assert bookshop.read().status_code == 401
    assert bookshop.own_read("profile").status_code == 403
    assert bookshop.own_read("profiles", purpose=SUGGESTIONS).json["profiles"] == []
    assert bookshop.own_read("orders", basis="grant", purpose=SUGGESTIONS).json["orders"] == []
    assert bookshop.own_read("grants").json["grants"] == []


def test_promise_1_a_company_reads_what_was_ticked_and_nothing_else(ana: Customer, bookshop: Company) -> None:
    ana.shares(bookshop, "Phone number")
    assert bookshop.read().json["profile"] == {"name": "Anastasia Vila", "phone": "+34612345678"}


def test_promise_1_a_permission_for_one_purpose_is_none_for_another(ana: Customer, bookshop: Company) -> None:
    ana.shares(bookshop)
    refused = bookshop.read(purpose=SUGGESTIONS)
    assert (refused.status_code, refused.json["reason"]) == (403, "no-grant")


def test_promise_1_without_a_permission_a_company_reads_back_its_own_orders_alone(
    ana: Customer, bookshop: Company, florist: Company
) -> None:
    bookshop.sold(ana, "B-1", "The Shadow of the Wind")
    florist.sold(ana, "F-1", "Twelve roses")
    own = bookshop.own_read("orders")
    assert [order["number"] for order in own.json["orders"]] == ["B-1"]
    assert b"roses" not in own.data
    assert not [value for value in PERSONAL if value in own.data]


# 2. Ended is ended.


def test_promise_2_once_a_stop_has_answered_no_read_succeeds(ana: Customer, bookshop: Company) -> None:
    ana.shares(bookshop, "E-mail address")
    assert bookshop.read().status_code == 200
    ana.stops(bookshop)
    refused = bookshop.read()
    assert (refused.status_code, refused.json["reason"]) == (401, "revoked")
    assert not [value for value in PERSONAL if value in refused.data]
    assert bookshop.renew().status_code == 400
    assert not active(bookshop.http, bookshop.program, bookshop.token)
    assert bookshop.own_read("profiles", purpose=DELIVERY).json["profiles"] == []


def test_promise_2_an_end_is_decided_at_the_read_and_no_job_has_to_run(ana: Customer, bookshop: Company) -> None:
    ana.shares(bookshop)
    [permission] = bookshop.own_read("grants").json["grants"]
    left = _seconds_until(permission["expires_at"])
    with clock.moved(timedelta(seconds=left - 60)):
        bookshop.renew()
        assert bookshop.read().status_code == 200
    with clock.moved(timedelta(seconds=left + 1)):
        assert bookshop.read().json["reason"] == "expired"


def _seconds_until(moment: str) -> float:
    return (datetime.fromisoformat(moment) - clock.now()).total_seconds()


def test_promise_2_paused_is_refused_and_what_was_taken_out_is_gone(ana: Customer, bookshop: Company) -> None:
    ana.shares(bookshop, "Phone number")
    ana.at(bookshop).press("Pause")
    assert bookshop.read().json["reason"] == "paused"
    ana.at(bookshop).press("Go on sharing")
    ana.at(bookshop).follow("Stop sharing a part").tick("Phone number", on=False)
    ana.browser.press("Save: share only what is left")
    assert bookshop.read().json["profile"] == {"name": "Anastasia Vila"}


# 3. Written first, answered second.


def test_promise_3_an_answer_comes_only_after_its_entry(house: House, ana: Customer, bookshop: Company) -> None:
    ana.shares(bookshop)
    house.lead()
    for _ in range(3):
        before = size_of_the_log(house)
        answer = bookshop.read()
        assert (answer.status_code, size_of_the_log(house)) == (200, before + 1)


def test_promise_3_where_no_entry_can_be_written_no_personal_byte_leaves(
    house: House, ana: Customer, bookshop: Company
) -> None:
    ana.shares(bookshop, "E-mail address")
    house.lead()
    with refusing("log_entries")(house):
        for answer in (bookshop.read(), bookshop.own_read("profiles", purpose=DELIVERY)):
            assert answer.status_code == 503
            assert not [value for value in PERSONAL if value in answer.data + str(answer.headers).encode()]
    assert bookshop.read().status_code == 200


def test_promise_3_a_blocked_attempt_is_written_down_before_its_answer_and_in_the_record_after_it(
    house: House, ana: Customer, bookshop: Company
) -> None:
    ana.shares(bookshop)
    ana.stops(bookshop)
    house.lead()
    before = size_of_the_log(house)
    assert bookshop.read().status_code == 401
    with house.reading() as unit:
        waiting, _age = queue_state(unit.connection)
    assert (size_of_the_log(house), waiting) == (before, 1)
    page = ana.browser.open("/activity").text
    assert size_of_the_log(house) == before + 1
    assert "Every look by a company stands in the record before the company gets its answer, so that none is missing" in page
    assert "Blocked attempt" in page


def test_promise_3_a_refusal_that_cannot_be_written_down_is_not_answered_as_one(
    house: House, ana: Customer, bookshop: Company
) -> None:
    ana.shares(bookshop)
    ana.stops(bookshop)
    house.lead()
    with refusing("log_queue")(house):
        assert bookshop.read().status_code == 503
    assert bookshop.read().status_code == 401


def test_promise_3_of_equal_blocked_attempts_within_a_minute_the_first_ten_are_shown_and_pages_say_at_least(
    ana: Customer, bookshop: Company
) -> None:
    ana.shares(bookshop)
    told = "only the first ten stand here: there may have been more."
    assert bookshop.read().status_code == 200
    assert told not in ana.browser.open("/activity").text
    ana.stops(bookshop)
    with clock.moved(clock.now().replace(second=0, microsecond=0) + timedelta(minutes=1)):
        for _ in range(12):
            assert bookshop.read().status_code == 401
        page, home = ana.browser.open("/activity").text, ana.browser.open("/").text
    assert "At least 10 blocked attempts" in page
    assert "We blocked at least 10 attempts" in home
    assert told in page


# 4. The log proves itself.


def test_promise_4_any_change_to_the_past_is_found(house: House, ana: Customer, bookshop: Company) -> None:
    ana.shares(bookshop)
    bookshop.read()
    ana.stops(bookshop)
    house.lead()
    assert verify(house).exit_code == SOUND
    for index in range(size_of_the_log(house)):
        with change_an_entry(house, index):
            report = verify(house)
            assert report.exit_code == CHANGED
            assert index in [finding.index for finding in report.findings]
    assert verify(house).exit_code == SOUND


def test_promise_4_an_entry_that_is_gone_is_found(house: House, ana: Customer, bookshop: Company) -> None:
    ana.shares(bookshop)
    bookshop.read()
    with take_the_last_entry_out(house):
        assert verify(house).exit_code == CHANGED
    assert verify(house).exit_code == SOUND


# 5. The customer sees what the company sees.


def test_promise_5_what_is_shown_before_the_yes_is_what_is_read_after_it(ana: Customer, bookshop: Company) -> None:
    page = ana.browser.open(bookshop.request())
    page.tick("E-mail address optional")
    page.tick("Home address optional")
    [shown] = technical(page.press("See what they will get"))
    bookshop.take(page.press(f"Share with {bookshop.name}").address)
    assert _profile_in(shown) == _profile_in(bookshop.read().data)


def _profile_in(answer: bytes) -> bytes:
    return answer[answer.index(b'"profile":') :]


def test_promise_5_the_preview_is_the_answer_byte_for_byte(ana: Customer, bookshop: Company) -> None:
    ana.shares(bookshop, "E-mail address", "Home address", "Date of birth", "Things you like")
    assert ana.preview(bookshop) == [bookshop.read().data]


def test_promise_5_every_read_and_every_refusal_is_on_the_customers_page(ana: Customer, bookshop: Company) -> None:
    ana.shares(bookshop)
    for _ in range(3):
        assert bookshop.read().status_code == 200
    ana.stops(bookshop)
    for _ in range(2):
        assert bookshop.read().status_code == 401
    page = ana.browser.open("/activity")
    assert "Looked 3 times. They got: full name 2 blocked attempts" in page.text
    assert page.text.count("Blocked attempt You stopped sharing.") == 3  # the newest as unusual, both in their week


# 6. Hidden leaves no trace.


def test_promise_6_hidden_is_as_if_it_had_never_been(ana: Customer, bookshop: Company, florist: Company) -> None:
    florist.sold(ana, "F-1", "Twelve roses")
    ana.shares(bookshop, "Your orders: company, date, state and total", "What you ordered, line by line")
    never = bookshop.read("orders")
    florist.sold(ana, "F-2", "A wreath")
    seen = bookshop.read("orders")
    assert b"A wreath" in seen.data
    ana.browser.open("/orders").follow("Flors Roca, order F-2")
    ana.browser.press("Hide from companies The whole order")
    hidden = bookshop.read("orders")
    assert (hidden.status_code, hidden.data, _telling(hidden)) == (200, never.data, _telling(never))
    assert bookshop.read("orders", etag=never.headers["ETag"]).status_code == 304
    assert bookshop.read("orders", etag=seen.headers["ETag"]).status_code == 200
    assert b"A wreath" in florist.own_read("orders").data, "its seller knows its own order"


def _telling(answer: object) -> dict[str, str]:
    """The headers, but for the number of the request and the hour."""
    headers = dict(answer.headers)  # type: ignore[attr-defined]
    return {name: value for name, value in headers.items() if name not in ("X-Request-Id", "Date")}


def test_promise_6_a_gift_says_nothing_about_tastes(ana: Customer, bookshop: Company, florist: Company) -> None:
    florist.sold(ana, "F-1", "Twelve roses")
    ana.shares(bookshop, "What you ordered, line by line", purpose=SUGGESTIONS)
    assert b"Twelve roses" in bookshop.read("orders").data
    ana.browser.open("/orders").follow("Flors Roca, order F-1")
    ana.browser.press("It was a gift (not my taste) Twelve roses")
    assert bookshop.read("orders").json["orders"] == []


# 8. No message without a reason that can be shown (7 has a file of its own: test_finish.py).


def test_promise_8_every_letter_says_why_it_was_written(app: Flask, house: House) -> None:
    letters = all_letters(app)
    assert {letter.template for letter in letters} == set(WHY)
    folder = ROOT / "templates" / "mail"
    kept = {f"{path.parent.name}/{path.stem}" for path in folder.glob("*/*.txt")}
    assert kept == {*WHY, WEEKLY}, "every letter that can be written was written"
    for letter in letters:
        assert WHY[letter.template] in letter.words, letter.template
        assert letter.cause is not None, letter.template
    caused = {letter.cause for letter in letters if not letter.cause.startswith("job:")}
    assert caused <= {entry["event"] for entry in entries(house)}, "the cause is on record"
