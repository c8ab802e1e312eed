"""The address in a mail that turns a kind off: one press, of one kind, for one person, however old the mail is."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from itsdangerous import URLSafeSerializer

from portal.customers.service import erase
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.i18n import LOCALES, gettext, use_locale
from portal.kernel.ids import text_of
from portal.kernel.mail import stop_address
from portal.kernel.rotation import make, retire, rotate
from portal.kernel.rotation.rewrapping import rewrap
from portal.kernel.sealing import create_holder, fold_holder
from portal.kernel.unit import SYSTEM, Actor
from portal.messages.kinds import SECURITY, choices_of
from tests.grants.cast import company, person, signed_in
from tests.kernel.noted import Noted
from tests.messages.notices import request_for, told
from tests.messages.test_mailed import a_mailed_request, chosen, sent, stop_of
from tests.oauth.cast import entries

YEAR = timedelta(days=366)
OPERATOR = Actor("operator", name="command-line")


def address_of(house: House, actor: Actor, kind: str) -> str:
    """Where somebody would turn a kind off."""
    assert actor.holder_id is not None
    with house.reading() as unit:
        return urlsplit(stop_address(unit, actor.holder_id, kind)).path


def all_keys_change(house: House) -> None:
    """Every keyset that can be rotated is, and its older keys are retired."""
    for name in ("cookie", "cursor", "index", "seal", "sign"):
        make(house, OPERATOR, name)
        rotate(house, OPERATOR, name, at_once=True)
        if name in ("index", "seal"):
            rewrap(house, OPERATOR, name)
    with clock.moved(YEAR):
        for name in ("cookie", "cursor", "index", "seal", "sign"):
            retire(house, OPERATOR, name)


@pytest.fixture(autouse=True)
def _known_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One process alone needs no time in which others learn."""
    monkeypatch.setattr("portal.kernel.rotation.KNOWN_AFTER", timedelta())


@pytest.mark.parametrize("kind", [kind.name for kind in SECURITY])
def test_attack_72_no_address_turns_off_what_keeps_an_account_safe(app: Flask, house: House, kind: str) -> None:
    ana = person(house)
    assert choices_of(kind) == {}
    path = address_of(house, ana, kind)
    stranger = app.test_client()
    assert [stranger.get(path).status_code, stranger.post(path).status_code] == [404, 404]
    assert chosen(house, ana)[kind] == "mail"


def test_attack_72_opening_the_address_in_a_mail_changes_nothing_and_a_post_alone_acts(app: Flask, house: House) -> None:
    ana = a_mailed_request(house)
    path, stranger = stop_of(house), app.test_client()
    for _ in range(3):  # as mail programs and scanners do
        page = stranger.get(path)
        assert page.status_code == 200
        assert stranger.head(path).status_code == 200
        assert f'action="{path}"' in page.text and "nothing changes" in page.text
    assert chosen(house, ana)["request"] == "mail"
    # RFC 8058: no session, no form of ours, these words alone; twice is once.
    for _ in range(2):
        answer = app.test_client().post(path, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert chosen(house, ana)["request"] == "inbox"
    assert [entry["detail"] for entry in entries(house, "mail.chosen")] == [{"by": "link", "how": "inbox", "kind": "request"}]
    request_for(house, company(house, "Mercat Verd"), ana)
    assert len(sent(house)) == 1
    assert len(told(house, ana)) == 2, "it still stands in the inbox"


def test_the_address_stands_in_its_header_as_it_is_where_a_mail_program_looks_for_it(house: House) -> None:
    a_mailed_request(house)
    raw = b"".join(file.read_bytes() for file in (house.settings.instance / "mail").glob("*.eml"))
    address = house.settings.origin + stop_of(house)
    assert len(address) > 78 and f"\r\nList-Unsubscribe: <{address}>\r\n".encode() in raw
    # In the letter itself a line that is too long is wrapped softly, as its encoding has it.
    assert address.encode() in raw.replace(b"=\r\n", b"").replace(b"List-Unsubscribe: <" + address.encode(), b"")


def test_attack_72_an_address_that_was_changed_is_good_for_nothing(app: Flask, house: House) -> None:
    ana, eva = a_mailed_request(house), person(house, "eva@example.org")
    path = stop_of(house)
    key, kind, mark = path.rpartition("/")[2].split(".")
    evas = address_of(house, eva, "request").rpartition("/")[2].split(".")
    changed = [[key, "week", mark], [evas[0], kind, mark], [key, kind, evas[2]], [key, kind, mark[:-1]], [key, kind, mark + "A"]]
    wrong = [*(".".join(parts) for parts in changed), key, f"{key}..", f"..{mark}", "x.y.z", "x" * 500, "%00", "%ED%A0%80.a.b"]
    for one in wrong:
        assert app.test_client().post(f"/unsubscribe/{one}").status_code == 404, one
        assert app.test_client().get(f"/unsubscribe/{one}").status_code == 404, one
    assert chosen(house, ana) == chosen(house, eva)


def test_attack_72_one_press_turns_off_one_kind_of_one_person(app: Flask, house: House) -> None:
    ana, eva = a_mailed_request(house), person(house, "eva@example.org")
    before = chosen(house, ana)
    # Signed in as somebody else, in the same browser.
    signed_in(app, eva).post(stop_of(house))
    assert chosen(house, ana) == {**before, "request": "inbox"}
    assert chosen(house, eva) == before


def test_the_address_in_an_old_mail_still_turns_its_kind_off_after_every_key_was_replaced(app: Flask, house: House) -> None:
    ana = a_mailed_request(house)
    path = stop_of(house)
    for _ in range(2):
        all_keys_change(house)
    before = chosen(house, ana)
    with clock.moved(YEAR):
        stranger = app.test_client()
        assert stranger.get(path).status_code == 200
        assert chosen(house, ana) == before
        assert stranger.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert chosen(house, ana) == {**before, "request": "inbox"}


def test_attack_72_no_rotation_makes_an_address_that_turns_off_what_keeps_an_account_safe(app: Flask, house: House) -> None:
    ana = person(house)
    paths = [address_of(house, ana, kind.name) for kind in SECURITY]
    all_keys_change(house)
    before = chosen(house, ana)
    assert {app.test_client().post(path).status_code for path in paths} == {404}
    assert chosen(house, ana) == before


def test_somebody_whose_keys_became_anothers_is_meant_by_their_own_old_mails(app: Flask, house: House) -> None:
    ana, path = a_mailed_request(house), stop_of(house)
    with house.writing() as unit:
        before = create_holder(unit, "person")
    with house.reading() as unit:
        older = urlsplit(stop_address(unit, before, "week")).path
    with house.writing() as unit:
        fold_holder(unit, before, ana.holder_id or b"")
        unit.note(Noted())
    assert [app.test_client().post(one).status_code for one in (path, older)] == [200, 200]
    assert (chosen(house, ana)["request"], chosen(house, ana)["week"]) == ("inbox", "never")


@pytest.mark.parametrize("locale", LOCALES)
def test_the_address_of_somebody_who_was_erased_answers_calmly_and_does_nothing(app: Flask, house: House, locale: str) -> None:
    ana, path = a_mailed_request(house), stop_of(house)
    eva = person(house, "eva@example.org")
    with house.writing(SYSTEM) as unit:
        erase(unit, customer_id=ana.customer_id or b"")
    many = len(entries(house, "mail.chosen"))
    browser = app.test_client()
    language = {"Accept-Language": locale}
    with use_locale(locale):
        said = gettext("This link turns nothing off")
    for answer in (browser.get(path, headers=language), browser.post(path, headers=language)):
        assert answer.status_code == 404
        assert said in answer.text and 'href="/messages/settings"' in answer.text
    assert len(entries(house, "mail.chosen")) == many
    assert browser.post(address_of(house, eva, "request")).status_code == 200


def test_an_address_of_a_mail_from_before_these_marks_is_good_until_its_cookie_key_is_retired(app: Flask, house: House) -> None:
    ana, eva = person(house), person(house, "eva@example.org")
    before = chosen(house, eva)
    signer = URLSafeSerializer(house.keys.cookie_secrets()[0], salt="unsubscribe")
    paths = [f"/unsubscribe/{signer.dumps([text_of(one.holder_id or b''), 'week'])!s}" for one in (ana, eva)]
    make(house, OPERATOR, "cookie")
    rotate(house, OPERATOR, "cookie")
    assert app.test_client().post(paths[0]).status_code == 200
    with clock.moved(YEAR):
        retire(house, OPERATOR, "cookie")
    assert app.test_client().post(paths[1]).status_code == 404
    assert chosen(house, ana)["week"] == "never"
    assert chosen(house, eva) == before
