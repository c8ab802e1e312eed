"""``/api/v1/invitations``: many at a time, each by itself, and nothing told of who has an account."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.kernel import clock
from portal.kernel.house import House
from portal.links.models import Link
from portal.links.service import inviting
from portal.oauth.models import Repeat
from tests.accounts.answers import statements
from tests.customers.someone import someone
from tests.grants.cast import signed_in
from tests.links.bringing import PATH, Bringer, by_mail, count, letters, press
from tests.oauth.cast import bearing, entries, own_token
from tests.orders.cast import an_order, list_of, tell
from vendor_api.idempotency import Run


@pytest.fixture
def shop(app: Flask, house: House) -> Bringer:
    """The company on this engine."""
    return Bringer(app, house)


def test_each_customer_is_invited_or_refused_by_itself(shop: Bringer, house: House) -> None:
    results = shop.invite(
        by_mail("1", "eva@example.org"),
        {"number": "2", "deliver": "link"},
        {"number": "3", "email": "joan@example.org"},
        {"number": "4", "deliver": "mail"},
        {"number": "5", "email": "nobody", "deliver": "mail"},
        {"number": "1", "deliver": "link"},
        {"number": "6", "name": "Eva"},
    )
    assert [one["state"] for one in results] == ["invited", "invited", "held", *["refused"] * 4]
    assert [one.get("reason") for one in results[3:]] == ["email-needed", "not-an-address", "repeated", "unknown-field"]
    assert all("sub" in one for one in results[:3]) and all(one["detail"] for one in results[3:])
    assert results[1]["link"].startswith(house.settings.origin + "/invitations/")
    assert shop.report() == {"1": "waiting", "2": "waiting", "3": "unmatched"}
    assert [mail.to for mail in letters(house)] == ["eva@example.org"]


def test_an_invitation_attaches_to_whom_orders_were_told_of_before(app: Flask, shop: Bringer, house: House) -> None:
    tell(house, shop.vendor_id, an_order("A-1", "4711"))
    [made] = shop.invite({"number": "4711", "deliver": "link"})
    eva = someone(house, "eva@example.org")
    path = made["link"].removeprefix(house.settings.origin)
    assert press(signed_in(app, eva), path).status_code == 303
    assert [one.number for one in list_of(house, eva)] == ["A-1"]
    assert shop.report() == {"4711": "joined"}
    assert shop.states({"number": "4711", "deliver": "link"}) == ["linked"]


def test_a_request_said_again_makes_nothing_anew_and_tells_the_same_links(shop: Bringer, house: House) -> None:
    items = [{"number": str(number), "deliver": "link"} for number in range(60)]
    first, again = shop.invite(*items, key="once"), shop.invite(*items, key="once")
    assert first == again
    assert len({one["link"] for one in first}) == 60 == count(house)


def test_what_is_kept_for_a_repetition_holds_no_link(shop: Bringer, house: House) -> None:
    [made] = shop.invite({"number": "1", "deliver": "link"})
    secret = made["link"].rpartition("/")[2]
    with house.reading() as unit:
        for row in unit.connection.execute(select(Repeat.results, Repeat.answer)):
            assert secret not in json.dumps(row.results) + (row.answer or b"").decode()


def test_work_that_was_cut_off_goes_on_where_it_stopped(
    shop: Bringer, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [by_mail(str(number), f"p{number}@example.org") for number in range(120)]
    whole, turns = Run.advance, iter([True, False])

    def cut(self: Run, unit: Any, results: Any) -> None:
        whole(self, unit, results)
        if not next(turns, True):
            raise RuntimeError("the power is gone")

    monkeypatch.setattr(Run, "advance", cut)
    assert shop.send(*items, key="cut").status_code == 500
    monkeypatch.setattr(Run, "advance", whole)
    assert count(house) == inviting.IN_ONE_UNIT
    assert [one["state"] for one in shop.invite(*items, key="cut")] == ["invited"] * 120
    assert count(house) == 120
    assert len(letters(house)) == 120


def test_an_address_with_an_account_is_answered_as_any_other_by_the_same_statements(
    app: Flask, shop: Bringer, house: House
) -> None:
    someone(house, "eva@example.org")
    shop.invite(by_mail("0", "first@example.org"))
    with statements(house) as known:
        [one] = shop.invite(by_mail("1", "eva@example.org"))
    with statements(house) as unknown:
        [other] = shop.invite(by_mail("2", "who@example.org"))
    assert [_plain(one) for one in known] == [_plain(one) for one in unknown]
    assert {**one, "sub": "", "number": ""} == {**other, "sub": "", "number": ""}
    letters(house)
    answers = {row["number"]: {**row, "number": "", "sub": ""} for row in shop.get().json["invitations"]}
    assert answers["1"] == answers["2"] | {"invited_at": answers["1"]["invited_at"], "expires_at": answers["1"]["expires_at"]}


def _plain(statement: str) -> str:
    return re.sub(r"sa_savepoint_[0-9]+", "sa_savepoint", statement)


def test_an_invitation_lapses_after_thirty_days_and_can_be_made_again(shop: Bringer) -> None:
    shop.invite({"number": "1", "deliver": "link"})
    with clock.moved(timedelta(days=31)):
        assert shop.report() == {"1": "lapsed"}
        assert shop.report(state="waiting") == {}
        assert shop.states({"number": "1", "deliver": "link"}) == ["invited"]
        assert shop.report(state="waiting") == {"1": "waiting"}


def test_one_that_waits_is_not_made_again_but_a_lost_link_is(shop: Bringer, house: House) -> None:
    assert shop.states(by_mail("1", "eva@example.org")) == ["invited"]
    assert shop.states(by_mail("1", "eva@example.org")) == ["waiting"]
    assert len(letters(house)) == 1
    [one], [other] = (shop.invite({"number": "2", "deliver": "link"}) for _ in range(2))
    assert one["link"] != other["link"] and one["sub"] == other["sub"]


def test_what_was_taken_back_is_good_for_nothing_and_is_not_mailed(app: Flask, shop: Bringer, house: House) -> None:
    [made] = shop.invite({"number": "a/1 b", "deliver": "link"})
    shop.invite(by_mail("2", "eva@example.org"))
    assert [shop.withdraw(number).status_code for number in ("a/1 b", "a/1 b", "2")] == [204, 204, 204]
    assert letters(house) == []
    path = made["link"].removeprefix(house.settings.origin)
    assert press(signed_in(app, someone(house, "eva@example.org")), path).status_code == 410
    assert shop.report() == {}
    assert len(entries(house, "invitation.withdrawn")) == 2


def test_another_companys_invitations_are_not_there(app: Flask, shop: Bringer, house: House) -> None:
    shop.invite({"number": "1", "deliver": "link"})
    other = Bringer(app, house, "Floristería")
    assert other.report() == {}
    assert other.withdraw("1").status_code == 404
    cursor = None
    shop.invite({"number": "2", "deliver": "link"})
    cursor = shop.get(limit="1").json["next"]
    assert other.get(cursor=cursor).json["reason"] == "bad-cursor"
    assert shop.get(cursor=cursor, state="waiting").json["reason"] == "bad-cursor"


def test_whoever_has_come_is_no_invitation_to_take_back(app: Flask, shop: Bringer, house: House) -> None:
    [made] = shop.invite({"number": "1", "deliver": "link"})
    press(signed_in(app, someone(house, "eva@example.org")), made["link"].removeprefix(house.settings.origin))
    assert shop.withdraw("1").json["reason"] == "already-joined"


def test_a_report_is_on_record_for_each_customer_on_it(shop: Bringer, house: House) -> None:
    shop.invite(*({"number": str(number)} for number in range(3)))
    assert len(shop.get().json["invitations"]) == 3
    assert len({entry["customer"] for entry in entries(house, "invitation.listed")}) == 3


def test_a_token_without_the_scope_brings_nobody(app: Flask, shop: Bringer) -> None:
    narrow = own_token(shop.client, shop.program, "orders:write")
    headers = bearing(narrow, **{"Idempotency-Key": "k"})
    for answer in (
        shop.client.post(PATH, json={"invitations": [{"number": "1"}]}, headers=headers),
        shop.client.get(PATH, headers=headers),
        shop.client.delete(f"{PATH}/1", headers=headers),
    ):
        assert (answer.status_code, answer.json["reason"]) == (403, "scope-needed")


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({}, "missing"),
        ({"number": ""}, "invalid"),
        ({"number": " 1"}, "invalid"),
        ({"number": "1\n"}, "invalid"),
        ({"number": "x" * 65}, "invalid"),
        ({"number": 1}, "invalid"),
        ({"number": "é"}, "invalid"),
        ({"number": "1", "email": "a@b"}, "not-an-address"),
        ({"number": "1", "email": "a@example.org\r\nBcc: b@example.org"}, "not-an-address"),
        ({"number": "1", "email": "a@example.org, b@example.org"}, "not-an-address"),
        ({"number": "1", "email": ["a@example.org"]}, "invalid"),
        ({"number": "1", "email": "a" * 400 + "@example.org"}, "invalid"),
        ({"number": "1", "deliver": "pigeon"}, "unknown-word"),
        ({"number": "1", "language": "tlh"}, "unknown-word"),
        ({"number": "1", "name": "Eva"}, "unknown-field"),
    ],
)
def test_what_cannot_be_invited_is_refused_with_its_reason_and_does_nothing(
    shop: Bringer, house: House, item: Any, reason: str
) -> None:
    [refused, good] = shop.invite(item, {"number": "good"})
    assert (refused["state"], refused["reason"], good["state"]) == ("refused", reason, "held")
    assert "example.org" not in json.dumps(refused)
    with house.reading() as unit:
        assert unit.connection.execute(select(Link.number)).scalars().all() == ["good"]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"invitations":[]}', b'{"invitations":{}}', b'{"invitations":[{"number":"1"}],"more":1}',
     b'{"invitations":[{"number":"1"}],"invitations":[]}', b"\xff", b"[" * 100_000, b'{"invitations":[NaN]}',
     b'{"invitations":[{"number":"1"},null]}', b'{"invitations":["1"]}'],
)  # fmt: skip
def test_a_body_that_is_none_is_refused(shop: Bringer, house: House, body: bytes) -> None:
    headers = bearing(shop.token, **{"Idempotency-Key": "raw", "Content-Type": "application/json"})
    assert shop.client.post(PATH, data=body, headers=headers).status_code in (400, 413, 422)
    assert count(house) == 0


def test_a_thousand_at_once_and_no_more(shop: Bringer) -> None:
    assert shop.send(*({"number": str(number)} for number in range(1001))).status_code == 422


@pytest.mark.parametrize("query", [{"state": "asleep"}, {"limit": "0"}, {"limit": "51"}, {"cursor": "x"}, {"who": "me"}])
def test_a_page_that_there_is_not_is_refused(shop: Bringer, query: dict[str, str]) -> None:
    assert shop.get(**query).status_code == 400


@pytest.mark.parametrize("number", ["x" * 65, "%FF", "%00", "..%2F..", "é"])
def test_a_number_that_there_is_not_is_not_found(shop: Bringer, number: str) -> None:
    assert shop.withdraw(number).status_code in (404, 308)


def test_a_programs_key_is_needed(shop: Bringer) -> None:
    answer = shop.client.post(PATH, json={"invitations": [{"number": "1"}]}, headers=bearing(shop.token))
    assert answer.json["reason"] == "key-needed"


