"""The page behind an invitation: strangers learn nothing from it, and looking at it uses nothing up."""

import pytest
from flask.testing import FlaskClient

from portal.kernel.house import House
from portal.kernel.i18n import LOCALES
from portal.links.reads import link_between
from portal.vendors.reads import find_vendor
from tests.customers.someone import company, signed_in, someone
from tests.customers.test_pages import text_of_page
from tests.links.test_folding import invite, prospect, write_orders
from tests.people import post


@pytest.fixture
def secret(house: House) -> str:
    shop = company(house, "Llibreria Àvila")
    link = prospect(house, shop.id, "C-1")
    write_orders(house, shop.id, "C-1", 3)
    return invite(house, link)


def test_a_stranger_learns_nothing_whether_the_invitation_is_real_or_not(client: FlaskClient, secret: str) -> None:
    real, made_up = client.get(f"/invitations/{secret}"), client.get("/invitations/" + "A" * len(secret))
    assert real.status_code == made_up.status_code == 200
    assert "Llibreria" not in real.text
    without = [answer.text.replace(secret, "x").replace("A" * len(secret), "x") for answer in (real, made_up)]
    assert _plain(without[0]) == _plain(without[1])
    assert f"next=/invitations/{secret}" in real.text.replace("%2F", "/")


def _plain(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if "csrf" not in line)


@pytest.mark.parametrize("locale", LOCALES)
def test_who_is_signed_in_sees_from_whom_and_how_many_orders(
    house: House, client: FlaskClient, secret: str, locale: str
) -> None:
    signed_in(house, client, someone(house))
    post(client, "/language", "/data/add", locale=locale, next="/data")
    for _ in range(2):
        page = client.get(f"/invitations/{secret}")
        assert page.status_code == 200
        assert "Llibreria Àvila" in text_of_page(page)
        assert "3" in text_of_page(page)


def test_a_press_takes_over_the_orders_once(house: House, client: FlaskClient, secret: str) -> None:
    ana = someone(house)
    signed_in(house, client, ana)
    path = f"/invitations/{secret}"
    answer = post(client, path)
    assert (answer.status_code, answer.location) == (303, "/orders")
    assert "You are connected with Llibreria Àvila." in text_of_page(client.get("/orders"))
    with house.reading() as unit:
        assert link_between(unit, ana.customer_id or b"", find_vendor(unit, "Llibreria Àvila").id) is not None
    assert client.get(path).status_code == 410
    assert post(client, path, "/data/add").status_code == 410


def test_a_stranger_cannot_accept(client: FlaskClient, secret: str, house: House) -> None:
    answer = post(client, f"/invitations/{secret}", "/sign-in")
    assert answer.status_code in (302, 303, 401)
    signed_in(house, client, someone(house))
    assert client.get(f"/invitations/{secret}").status_code == 200


def test_any_other_token_is_an_invitation_that_is_over(house: House, client: FlaskClient) -> None:
    signed_in(house, client, someone(house))
    for token in ("x", "é", "a" * 500, "%ff"):
        assert client.get(f"/invitations/{token}").status_code == 410
    assert client.get("/invitations/%00").status_code == 404
