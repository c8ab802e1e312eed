"""Asking somebody to act for a company: once, by mail, and only by who is an owner of it at that moment."""

from datetime import timedelta

import pytest
from flask import Flask

from portal.accounts import service as accounts
from portal.accounts.reads import roles_of
from portal.kernel import clock
from portal.kernel.errors import Conflict, Gone, Invalid
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import SYSTEM, Actor
from portal.vendors.reads import colleagues_of
from portal.vendors.reads.invited import invited_of, staff_invitation
from portal.vendors.service import (
    block,
    end_staff_invitations,
    invite_staff,
    join_staff,
    take_back_invitation,
)
from portal.vendors.service.inviting import MOST, WAITS
from tests import people
from tests.accounts import apps
from tests.oauth.cast import entries
from tests.vendors.consoles import OWNER, asked_to_join, at_work, company, staff

NEW = "new@shop.example"


def test_who_is_asked_says_yes_signs_in_anew_and_is_let_in(app: Flask, house: House) -> None:
    shop = company(house)
    owner = at_work(app, house, shop)
    assert people.post(owner, "/console/shop/staff/new", email=" New@Shop.example ", rank="developer").status_code == 303
    assert "Has not answered yet" in owner.get("/console/shop/staff").text
    people.do_jobs(house)
    [mail] = people.mails(house, NEW)
    path = people.link_in(mail)
    assert "Shop" in str(mail["Subject"]) and OWNER in mail.get_content()
    joining = app.test_client()
    stranger = joining.get(path).text
    assert "Shop" not in stranger and OWNER not in stranger, "a stranger learns that there is an invitation alone"
    account_id = people.register(house, NEW)
    people.sign_in(joining, NEW)
    assert "Act for Shop?" in joining.get(path).text
    assert people.post(joining, path).location == "/sign-in?next=/console"
    assert joining.get("/data").location.startswith("/sign-in"), "rights never grow within a session"
    people.sign_in(joining, NEW)
    assert joining.get("/console/shop").location == "/account/factors"
    apps.add_app(joining)
    assert joining.get("/console/shop").status_code == 200
    assert [entry["detail"]["rank"] for entry in entries(house, "staff.joined")] == ["developer"]
    [invited] = entries(house, "staff.invited")
    assert (invited["actor"]["kind"], invited["vendor"]) == ("staff", text_of(shop.id))
    assert NEW not in str(entries(house))
    page = owner.get("/console/shop/staff").text
    assert NEW in page and "Has not answered yet" not in page
    assert joining.get(path).status_code == people.post(joining, path, "/language").status_code == 410, "once"
    with house.reading() as unit:
        assert {one.account_id: one.rank for one in colleagues_of(unit, shop.id)}[account_id] == "developer"


def _asked(house: House) -> tuple[bytes, bytes, str, Actor]:
    """The company, its owner, the secret of a link, and somebody who could answer it."""
    shop = company(house)
    owner = staff(house, shop)
    secret = asked_to_join(house, shop, owner)
    return shop.id, owner, secret, people.actor(house, people.register(house, "friend@example.org"))


@pytest.mark.parametrize("how", ["taken back", "late", "blocked", "owner gone", "restored", "declined"])
def test_attack_8_a_link_that_is_over_makes_nobody_anything(house: House, how: str) -> None:
    shop, owner, secret, friend = _asked(house)
    after = timedelta()
    with house.writing(SYSTEM) as unit:
        if how == "taken back":
            [waiting] = invited_of(unit, shop)
            take_back_invitation(unit, vendor_id=shop, invitation_id=waiting.id)
            take_back_invitation(unit, vendor_id=shop, invitation_id=waiting.id)
        elif how == "late":
            after = WAITS
        elif how == "blocked":
            block(unit, vendor_id=shop)
        elif how == "owner gone":
            accounts.end_role(unit, role_id=roles_of(unit, owner)[0].id)
        elif how == "restored":
            end_staff_invitations(unit)
    if how == "declined":
        from portal.vendors.service import decline_staff

        with house.writing(friend) as unit:
            decline_staff(unit, token=secret)
    with clock.moved(after):
        with house.reading(friend) as unit:
            assert staff_invitation(unit, secret) is None
        with pytest.raises(Gone), house.writing(friend) as unit:
            join_staff(unit, token=secret)
    with house.reading() as unit:
        assert roles_of(unit, friend.id or b"") == []


def test_attack_16_nobody_takes_back_what_another_company_asked(app: Flask, house: House) -> None:
    shop, _, secret, friend = _asked(house)
    banker = at_work(app, house, company(house, "Bank"), "banker@bank.example")
    with house.reading() as unit:
        [waiting] = invited_of(unit, shop)
    for slug in ("bank", "shop"):
        path = f"/console/{slug}/staff/invitations/{text_of(waiting.id)}/end"
        assert people.post(banker, path, "/console/bank/staff").status_code == 404
    with house.reading(friend) as unit:
        assert staff_invitation(unit, secret) is not None


def test_attack_89_nobody_but_an_owner_asks_and_what_one_is_already_stays(app: Flask, house: House) -> None:
    shop = company(house)
    owner = staff(house, shop)
    for rank in ("developer", "agent", "reader"):
        client = at_work(app, house, shop, f"{rank}@shop.example", rank)
        answer = people.post(client, "/console/shop/staff/new", "/language", email=NEW, rank="owner")
        assert answer.status_code == 403
    secret = asked_to_join(house, shop, owner)
    with pytest.raises(Conflict), house.writing(people.actor(house, owner)) as unit:
        join_staff(unit, token=secret)
    with house.reading() as unit:
        assert {one.rank for one in colleagues_of(unit, shop.id) if one.account_id == owner} == {"owner"}


def test_attack_43_no_other_rank_and_no_other_company_is_taken_from_the_form(app: Flask, house: House) -> None:
    company(house, "Bank")
    client = at_work(app, house, company(house))
    for rank in ("", "officer", "lead", "operator"):
        assert people.post(client, "/console/shop/staff/new", email=NEW, rank=rank).status_code == 422
    assert people.post(client, "/console/bank/staff/new", "/console/shop/staff/new", email=NEW, rank="owner").status_code == 404
    assert entries(house, "staff.invited") == []


def test_so_many_and_no_more_are_asked_and_nobody_twice_who_is_there(house: House) -> None:
    shop = company(house)
    owner = people.actor(house, staff(house, shop), "staff")
    with pytest.raises(Invalid), house.writing(owner) as unit:
        invite_staff(unit, vendor=shop, email=OWNER, rank="agent")
    with house.writing(owner) as unit:
        for number in range(MOST - 1):
            invite_staff(unit, vendor=shop, email=f"n{number}@shop.example", rank="agent")
    with pytest.raises(Conflict), house.writing(owner) as unit:
        invite_staff(unit, vendor=shop, email="one.more@shop.example", rank="agent")


def test_somebody_who_asked_to_be_erased_does_not_join(house: House) -> None:
    from portal.customers.service import ask_to_erase

    shop, _, secret, friend = _asked(house)
    assert friend.customer_id is not None
    with house.writing(friend) as unit:
        ask_to_erase(unit, customer_id=friend.customer_id)
    with pytest.raises(Conflict), house.writing(friend) as unit:
        join_staff(unit, token=secret)
    with house.reading() as unit:
        assert len(invited_of(unit, shop)) == 1, "nothing of it was kept"
