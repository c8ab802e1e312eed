"""From a look to its company: the line promises there what the page has at that moment, in each language."""

from html import unescape

import pytest
from flask import Flask

from portal.accounts.service import choose_language
from portal.audit.reads import size_of
from portal.kernel.house import House
from portal.kernel.i18n import LOCALES, gettext, use_locale
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor
from portal.links import service as links
from tests.audit.small_facts import CITY, Blocked, disclose
from tests.grants.cast import asked, company, given, person, signed_in

OFFERS = {
    "There you can also block the company, so that it cannot ask you again.": {"block"},
    "There you can also pause, or block the company.": {"pause", "block"},
    "There you can also go on sharing, or block the company.": {"resume", "block"},
    "You blocked the company. There you can let it ask again.": {"unblock"},
}


@pytest.mark.parametrize("locale", LOCALES)
def test_a_line_offers_on_the_companys_page_what_is_there_and_nothing_else(app: Flask, house: House, locale: str) -> None:
    ana, shop = person(house), company(house)
    with house.writing(ana) as unit:
        assert ana.customer_id is not None
        link = links.ensure(unit, customer_id=ana.customer_id, vendor_id=shop.id).id
    blocked = Blocked(holder=ana.holder_id, vendor=shop.id, asked=(CITY,), reason="no-grant")
    assert disclose(house, blocked, actor=Actor("vendor", name="some-client"))
    with house.reading() as unit:
        line = f"/activity/{size_of(unit.connection) - 1}"
    browser = signed_in(app, ana)
    with house.writing(ana) as unit:
        assert ana.id is not None
        choose_language(unit, account_id=ana.id, locale=locale)

    def check(buttons: set[str]) -> None:
        page = browser.get(f"/sharing/{text_of(link)}").text
        verbs = {verb for verb in ("pause", "resume", "block", "unblock") if f"/sharing/{text_of(link)}/{verb}\"" in page}
        assert verbs == buttons
        text = unescape(browser.get(line).text)
        assert f'<html lang="{locale}"' in text
        with app.test_request_context(), use_locale(locale):
            assert [OFFERS[words] for words in OFFERS if gettext(words) in text] == [buttons]

    check({"block"})
    given(house, ana, asked(house, shop, ana))
    check({"pause", "block"})
    for verb, then in ((links.pause, {"resume", "block"}), (links.block, {"unblock"})):
        with house.writing(ana) as unit:
            verb(unit, link_id=link)
        check(then)
