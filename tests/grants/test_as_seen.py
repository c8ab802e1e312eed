"""What a company's staff are shown is the very page on which their customers answer, and nothing comes of it."""

import re
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.grants.models import Request
from portal.kernel.house import House
from portal.kernel.i18n import LOCALES
from portal.kernel.ids import text_of
from portal.kernel.unit import SYSTEM
from portal.vendors.reads import VendorView, purposes_of
from portal.vendors.service import allow_purpose
from tests import people
from tests.grants.cast import DELIVERY, SUGGESTIONS, asked, detail, person, signed_in
from tests.grants.cast import company as delivering
from tests.vendors.consoles import OWNER, at_work, company, staff

DPV = "https://w3id.org/dpv#"


def at_the_console(app: Flask, house: House, shop: VendorView) -> FlaskClient:
    """An owner of the company before its console."""
    staff(house, shop)
    client = app.test_client()
    people.sign_in(client, OWNER)
    return client


def body(page: str) -> str:
    """What a person reads between the heading and the buttons: words and answers, without what differs by design."""
    main = page[page.index('<div class="page-head">') : page.index('<div class="action-bar">')]
    main = re.sub(r'<p>(<u>|<a href="/sharing">).*?</p>', "", main, flags=re.DOTALL)
    main = re.sub(r'<p><a href="/requests/[^"]+/block">.*?</p>', "", main, flags=re.DOTALL)
    main = re.sub(r'<p class="muted">[^<]*Shop[^<]*</p>\s*$', "", main)
    ticks = re.sub(r'<input[^>]*type="checkbox"[^>]*?(checked)?>', r"[\1]", main)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", ticks)).split())


def test_it_is_the_page_of_somebody_who_is_new_here_in_every_language(app: Flask, house: House) -> None:
    shop = company(house)
    # An address and a language are known of everybody who has an account.
    for purpose, names in ((DELIVERY, ("profile.name", "profile.address", "profile.phone")), (SUGGESTIONS, ("profile.tastes",))):
        with house.writing(SYSTEM) as unit:
            allow_purpose(unit, vendor_id=shop.id, purpose=purpose, datatypes=names, may_require=names[:2], text={"en": "Why not?"})
    client = at_the_console(app, house, shop)
    with house.reading() as unit:
        allowed = purposes_of(unit, shop.id)
    new = person(house, "new@example.org")
    wanted = [
        detail(house, purpose=iri, datatypes=tuple(one.datatypes), required=tuple(one.may_require), days=365)
        for iri, one in sorted(allowed.items())
    ]
    request = asked(house, shop, new, *wanted)
    for locale in LOCALES:
        browser = signed_in(app, new)
        people.post(browser, "/language", locale=locale)
        real = browser.get(f"/requests/{text_of(request.id)}").text
        shown = client.get(f"/console/shop/preview?locale={locale}").text
        assert f'<html lang="{locale}"' in shown
        assert body(shown).partition(" Shop ")[2] == body(real).partition(" Shop ")[2], locale


def test_nothing_is_asked_and_nothing_can_be_pressed(app: Flask, house: House) -> None:
    shop = delivering(house, "Shop")
    client = at_the_console(app, house, shop)
    page = client.get("/console/shop/preview").text
    assert 'id="answer"' not in page and "/requests/" not in page
    with house.reading() as unit:
        assert unit.connection.execute(select(func.count()).select_from(Request)).scalar_one() == 0


def test_one_reason_is_shown_alone_and_one_that_is_not_approved_not_at_all(app: Flask, house: House) -> None:
    shop = delivering(house, "Shop")
    client = at_the_console(app, house, shop)
    page = client.get(f"/console/shop/preview?purpose={SUGGESTIONS.removeprefix(DPV)}").text
    assert page.count("<fieldset") < client.get("/console/shop/preview").text.count("<fieldset")
    for odd in ("Nothing", "%00", "<script>", "SellDataToThirdParties"):
        assert "There is nothing to show" in client.get(f"/console/shop/preview?purpose={odd}").text
    assert client.get("/console/shop/preview?locale=tlh").status_code == 200


def test_attack_16_of_another_company_and_of_one_without_a_reason_there_is_none(app: Flask, house: House) -> None:
    delivering(house, "Other")
    client = at_work(app, house, company(house))
    assert client.get("/console/other/preview").status_code == 404
    assert "There is nothing to show" in client.get("/console/shop/preview").text
