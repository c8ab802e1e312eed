"""The console: whom it lets in, to which company, and what each of them may do there."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import service as accounts
from portal.accounts.reads import roles_of
from portal.kernel.errors import NotFound, Refused
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import SYSTEM
from portal.oauth.jose import public_key
from portal.oauth.service import make_keyed_client
from portal.vendors.places import PLACES, groups_for
from portal.vendors.purposes import DELIVERY
from portal.vendors.ranks import RANKS
from portal.vendors.reads import colleagues_of, staff_at, staff_live, staff_of
from portal.vendors.service import allow_purpose, block, propose_purpose
from tests import people
from tests.accounts import apps
from tests.oauth.cast import entries
from tests.oauth.keyed import new_key
from tests.roof.walking import walk
from tests.vendors.consoles import OWNER, at_work, begin_sandbox, company, staff


def test_whoever_acts_for_one_company_comes_straight_to_it(app: Flask, house: House) -> None:
    client = at_work(app, house, company(house))
    assert client.get("/sign-in").location == "/console"
    assert client.get("/console").location == "/console/shop"
    page = client.get("/console/shop").text
    assert "Next: Company card" in page
    assert 'href="/console/shop">Console of Shop</a>' in page, "it stands in the menu under one's name"


def test_whoever_acts_for_several_chooses_and_each_is_its_own(app: Flask, house: House) -> None:
    shop, bank = company(house), company(house, "Bank")
    account_id = staff(house, shop)
    with house.writing(SYSTEM) as unit:
        accounts.grant_role(unit, account_id=account_id, role="staff", vendor_id=bank.id, rank="reader")
    client = app.test_client()
    people.sign_in(client, OWNER)
    page = client.get("/console").text
    assert page.index("Bank") < page.index("Shop")
    assert client.get("/console/shop/staff").status_code == 200
    assert client.get("/console/bank").status_code == 200
    assert client.get("/console/bank/staff").status_code == 403, "an owner here is a reader there"


@pytest.mark.parametrize("slug", ["bank", "nobody", "Shop", "sh%00op", "..", "s" * 3000, "%E2%80%AE"])
def test_attack_16_anothers_company_is_not_there_like_one_that_never_was(app: Flask, house: House, slug: str) -> None:
    company(house, "Bank")
    client = at_work(app, house, company(house))
    answers = [client.get(f"/console/{slug}"), client.get("/console/nowhere")]
    assert {answer.status_code for answer in answers} == {404}


def test_a_customer_and_a_stranger_are_not_let_in(app: Flask, house: House, client: FlaskClient) -> None:
    company(house)
    assert client.get("/console/shop").location.startswith("/sign-in")
    people.register(house, "ana@example.org")
    people.sign_in(client, "ana@example.org")
    assert client.get("/console").status_code == client.get("/console/shop").status_code == 403
    assert "/console" not in client.get("/").text


def test_the_console_waits_for_a_second_step_as_the_desk_does(app: Flask, house: House, client: FlaskClient) -> None:
    shop = company(house)
    account_id = people.register(house, OWNER)
    with house.writing(SYSTEM) as unit:
        accounts.grant_role(unit, account_id=account_id, role="staff", vendor_id=shop.id, rank="owner")
    people.sign_in(client, OWNER)
    assert client.get("/console/shop").location == "/account/factors"
    apps.add_app(client)
    assert client.get("/console/shop").status_code == 200


def test_the_menu_holds_what_is_open_to_each_and_every_place_of_it_opens(app: Flask, house: House) -> None:
    shop = company(house)
    for rank in RANKS:
        client = at_work(app, house, shop, f"{rank}@shop.example", rank)
        first = _menu(client.get("/console/shop").text)[0]
        led_to = {path for group in first for row in _menu(client.get(group).text) for path in row}
        for place in PLACES:
            path = app.url_map.bind("localhost").build(place.endpoint, {"slug": "shop"})
            assert (path in led_to) == (rank in place.ranks), (rank, path)
            assert client.get(path).status_code == (200 if rank in place.ranks else 403), (rank, path)


def test_the_menu_is_a_row_of_four_and_below_it_the_places_of_the_group_that_is_open(app: Flask, house: House) -> None:
    client = at_work(app, house, company(house))
    assert [len(row) for row in _menu(client.get("/console/shop").text)] == [4]
    groups, places = _menu(client.get("/console/shop/calls").text)
    assert (len(groups), places["/console/shop/calls"]) == (4, "page")
    assert [lit for lit in groups.values() if lit] == ["true"], "the group is lit, too, and is not the page"
    assert [lit for lit in places.values() if lit] == ["page"]
    assert _menu(client.get("/console/shop/programs/new").text)[1]["/console/shop/programs"] == "page"


def test_a_place_that_is_alone_in_its_group_stands_in_the_menu_by_its_own_name() -> None:
    def names(rank: str, *, sandbox: bool = False) -> list[str]:
        return [str(group.name) for group in groups_for(rank, sandbox=sandbox)]

    assert names("owner") == ["Overview", "Your customers", "For developers", "Your company"]
    assert names("owner", sandbox=True) == ["Overview", "Your customers", "For developers", "Company card"]
    assert names("reader") == ["Overview", "Your customers", "Your company"]


def _menu(page: str) -> list[dict[str, str]]:
    """The rows of a page's menu: where each link leads, and how it is lit."""
    rows = re.findall(r'<nav class="tabs".*?</nav>', page, re.DOTALL)
    return [dict(re.findall(r'<a href="([^"]+)"(?: aria-current="(\w+)")?>', row)) for row in rows]


def test_every_page_of_the_console_is_led_to_and_opens(app: Flask, house: House) -> None:
    shop = company(house)
    client = at_work(app, house, shop)
    with house.writing(SYSTEM) as unit:
        make_keyed_client(unit, shop.id, "Till", [public_key(new_key().as_dict(private=False))])
        allow_purpose(unit, vendor_id=shop.id, purpose=DELIVERY, datatypes=["profile.name"], may_require=["profile.name"])
        propose_purpose(unit, vendor_id=shop.id, purpose="dpv#CustomerCare", datatypes=["profile.email"])
    people.post(client, "/console/shop/staff/new", email="new@shop.example", rank="agent")
    begin_sandbox(client, "shop")
    opened = {rule: answer.status_code for rule, answer in walk(client, ["/console"]) if rule.startswith("/console")}
    assert set(opened.values()) == {200, 303}, opened
    assert [rule for rule, code in opened.items() if code == 303] == ["/console"]
    own = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(("vendors.", "oauth."))}
    own = {rule for rule in own if rule.startswith("/console")}
    assert {rule for rule in own if "GET" in _methods(app, rule)} <= opened.keys()


def _methods(app: Flask, rule: str) -> set[str]:
    return {method for one in app.url_map.iter_rules() if one.rule == rule for method in one.methods or ()}


def test_a_blocked_company_is_told_so_and_does_nothing_more(app: Flask, house: House) -> None:
    shop = company(house)
    client = at_work(app, house, shop)
    with house.writing(SYSTEM) as unit:
        block(unit, vendor_id=shop.id)
    assert "has shut your company out" in client.get("/console/shop").text
    answer = client.get("/console/shop/staff")
    assert (answer.status_code, "is shut out" in answer.text) == (403, True)


def test_the_log_sees_that_somebody_acts_for_a_company_no_more_or_as_something_else(house: House) -> None:
    shop, bank = company(house), company(house, "Bank")
    account_id = staff(house, shop)
    args = [(account_id, shop.id, "owner"), (account_id, shop.id, "reader"), (account_id, bank.id, "owner")]
    with house.reading() as unit:
        assert staff_live(unit.connection, args, unit.at) == {1, 2}
        role = roles_of(unit, account_id)[0].id
    with house.writing(SYSTEM) as unit:
        accounts.end_role(unit, role_id=role)
    with house.reading() as unit:
        assert staff_live(unit.connection, args, unit.at) == {0, 1, 2}


def test_a_unit_acts_for_the_company_that_was_asked_for(house: House) -> None:
    shop, bank = company(house), company(house, "Bank")
    account_id = staff(house, shop)
    with house.writing(SYSTEM) as unit:
        accounts.grant_role(unit, account_id=account_id, role="staff", vendor_id=bank.id, rank="agent")
    with house.reading(people.actor(house, account_id, "staff")) as unit:
        assert staff_of(unit, "bank", "agent").vendor == bank
        assert unit.actor.vendor_id == bank.id
        with pytest.raises(Refused):
            staff_of(unit, "bank", "owner", "developer")
    with house.reading() as unit, pytest.raises(NotFound):
        staff_at(unit, "shop")


def test_an_owner_ends_a_colleague_who_is_signed_out_and_the_record_names_the_owner(app: Flask, house: House) -> None:
    shop = company(house)
    owner, other = at_work(app, house, shop), at_work(app, house, shop, "dan@shop.example", "developer")
    with house.reading() as unit:
        leaving = next(one for one in colleagues_of(unit, shop.id) if one.rank == "developer")
    path = f"/console/shop/staff/{text_of(leaving.role_id)}/end"
    assert f'href="{path}"' in owner.get("/console/shop/staff").text
    assert other.get("/console/shop").status_code == 200
    assert people.post(owner, path).location == "/console/shop/staff"
    assert other.get("/console/shop").location.startswith("/sign-in")
    house.lead()
    ended = entries(house, "role.ended")[-1]
    assert (ended["actor"]["kind"], ended["vendor"]) == ("staff", text_of(shop.id))
    assert people.post(owner, path, "/console/shop/staff").status_code == 404, "pressed twice"


def test_the_last_owner_cannot_be_ended_and_somebody_of_another_company_is_not_there(app: Flask, house: House) -> None:
    shop, bank = company(house), company(house, "Bank")
    owner = at_work(app, house, shop)
    staff(house, bank, "banker@bank.example")
    with house.reading() as unit:
        [me], [banker] = colleagues_of(unit, shop.id), colleagues_of(unit, bank.id)
    path = f"/console/shop/staff/{text_of(me.role_id)}/end"
    people.post(owner, path)
    assert "the only owner" in owner.get("/console/shop/staff").text
    foreign = f"/console/shop/staff/{text_of(banker.role_id)}/end"
    assert owner.get(foreign).status_code == people.post(owner, foreign, path).status_code == 404
    staff(house, shop, "second@shop.example")
    assert people.post(owner, path).location == "/"
    assert owner.get("/console").location.startswith("/sign-in")
