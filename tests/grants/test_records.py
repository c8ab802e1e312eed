"""Records of choices: signed, complete, in the language shown, and checked with keys that anybody can fetch."""

import hashlib
import json
from typing import Any

import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from portal.grants import reads
from portal.grants.choices import Choice, everything
from portal.grants.details import stored
from portal.grants.service import give, narrow, refuse, revoke, share_again
from portal.kernel.errors import Conflict
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor
from tests.grants.cast import CARE, DELIVERY, asked, company, detail, given, person

EMAIL = frozenset({"profile.email"})


def verified(house: House, signed: str) -> dict[str, Any]:
    """The payload, after the signature was checked against the published keys alone."""
    keys = KeySet.import_key_set(house.keys.jwks())
    checked = jws.deserialize_compact(signed, keys, algorithms=["ES256"])
    assert checked.headers()["typ"] == "consent-record+jwt"
    content: dict[str, Any] = json.loads(checked.payload)
    return content


def records(house: House, actor: Actor) -> list[dict[str, Any]]:
    """All records, oldest first."""
    with house.reading(actor) as unit:
        return [verified(house, reads.open_record(unit, record)) for record in reversed(reads.records_of(unit))]


def states(content: dict[str, Any]) -> list[str]:
    return [status["@type"] for status in content["dpv:hasRecordOfActivity"]["dpv:hasConsentStatus"]]


def test_a_record_says_who_what_why_until_when_and_how_to_stop(house: House) -> None:
    vendor, ana = company(house), person(house)
    request = asked(house, vendor, ana, detail(house, retention="P90D"), detail(house, CARE, ("profile.email",), ()))
    name = frozenset({"profile.name"})
    grant = given(house, ana, request, {DELIVERY: Choice(name), CARE: Choice(EMAIL)})
    (content,) = records(house, ana)
    record = content["dpv:hasRecordOfActivity"]
    assert content["dct:conformsTo"] == "https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr"
    assert record["dct:conformsTo"] == "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"
    assert record["dpv:hasDataController"]["schema:name"] == vendor.name
    assert record["dpv:hasLegalBasis"] == "eu-gdpr:A6-1-a" and record["dpv:hasRight"]["@type"] == "eu-gdpr:A7-3"
    processes = {one["dpv:hasPurpose"]: one for one in record["dpv:hasProcess"]}
    assert len(record["dpv:hasProcess"]) == 2 == len(processes)
    assert [one["dct:identifier"] for one in processes[DELIVERY]["dpv:hasPersonalData"]] == ["profile.name"]
    assert processes[DELIVERY]["dpv:hasPersonalData"][0]["dpv:hasNecessity"] == "dpv:Required"
    assert processes[DELIVERY]["dpv:hasStorageCondition"]["dpv:hasDuration"] == "P90D"
    assert processes[DELIVERY]["freehold:asked"]["datatypes"] == ["profile.address", "profile.email", "profile.name"]
    places = [one["dpv:isExercisedAt"] for one in record["dpv:hasConsentControl"]]
    assert places == [f"{house.settings.origin}/sharing/{text_of(grant.link_id)}", "privacy@books.example"]
    assert record["freehold:grant"] == text_of(grant.id) and states(content) == ["dpv:ConsentGiven"]


def test_the_record_of_a_no_says_until_when_it_was_asked_for_and_lets_nothing_last(house: House) -> None:
    vendor, ana = company(house), person(house)
    request = asked(house, vendor, ana, detail(house, frequency={"max": 4, "period": "P1D"}))
    with house.writing(ana) as unit:
        refuse(unit, request_id=request.id)
    (content,) = records(house, ana)
    (process,) = content["dpv:hasRecordOfActivity"]["dpv:hasProcess"]
    assert "dpv:hasDuration" not in process and "dpv:hasFrequency" not in process
    assert process["freehold:asked"]["until"] and process["freehold:asked"]["freehold:reads"]["max"] == 4


def test_a_record_holds_no_value_of_the_customer(house: House) -> None:
    vendor = company(house)
    ana = person(house, given_name="Quitèria", family_name="Puigdomènech", birth_date="1990-02-03")
    given(house, ana, asked(house, vendor, ana))
    text = json.dumps(records(house, ana), ensure_ascii=False)
    assert not any(value in text for value in ("Quitèria", "Puigdomènech", "1990", "ana@example.org"))


@pytest.mark.parametrize("language", ["en", "ca", "es", "ro"])
def test_a_record_holds_the_language_and_the_very_text_that_was_shown(house: House, language: str) -> None:
    vendor, ana = company(house), person(house)
    request = asked(house, vendor, ana)
    with house.reading(ana, locale=language) as unit:
        shown = reads.compose(unit, reads.request_of(unit, request.id))
    with house.writing(ana, locale=language) as unit:
        give(unit, request_id=request.id, choices=everything(stored(request.details)), notice=shown.version)
    (content,) = records(house, ana)
    notice = content["dpv:hasRecordOfActivity"]["dpv:hasNotice"]
    assert content["dct:language"] == notice["dct:language"] == language
    assert notice["dct:hasVersion"] == f"sha256:{shown.version}"
    raw = json.dumps(notice["dct:description"], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert hashlib.sha256(raw).hexdigest() == shown.version
    with house.reading(ana) as unit:
        record = reads.records_of(unit)[0]
        assert (record.language, reads.notice_of(unit, record)) == (language, shown.raw)


def test_each_language_has_a_text_of_its_own(house: House) -> None:
    vendor, ana = company(house), person(house)
    request = asked(house, vendor, ana)
    versions = set()
    for language in ("en", "ca", "es", "ro"):
        with house.reading(ana, locale=language) as unit:
            shown = reads.compose(unit, reads.request_of(unit, request.id))
            theirs = shown.body["purposes"][0]["theirs"]
            assert theirs["language"] == "es" and theirs["text"] == "Para enviarte tus libros."
            versions.add(shown.version)
    assert len(versions) == 4


def test_a_yes_to_a_text_that_has_changed_since_is_not_taken(house: House) -> None:
    vendor, ana = company(house), person(house)
    request = asked(house, vendor, ana)
    with pytest.raises(Conflict), house.writing(ana) as unit:
        give(unit, request_id=request.id, choices=everything(stored(request.details)), notice="0" * 64)
    assert records(house, ana) == []


@pytest.mark.parametrize("notice", [None, "", "0" * 64])
def test_a_no_to_a_text_that_is_not_known_to_have_been_shown_holds_and_cites_none(
    house: House, notice: str | None
) -> None:
    vendor, ana = company(house), person(house)
    request = asked(house, vendor, ana)
    with house.writing(ana, locale="ca") as unit:
        assert refuse(unit, request_id=request.id, notice=notice).answer == "refused"
    (content,) = records(house, ana)
    assert states(content) == ["dpv:ConsentRefused"]
    assert content["dpv:hasRecordOfActivity"]["dpv:hasNotice"] == {"@type": "dpv:ConsentNotice"}
    with house.reading(ana) as unit:
        assert reads.notice_of(unit, reads.records_of(unit)[0]) is None


def test_a_later_choice_cites_the_text_of_the_yes_in_the_language_of_the_text(house: House) -> None:
    vendor, ana = company(house), person(house)
    request = asked(house, vendor, ana)
    with house.writing(ana, locale="ca") as unit:
        grant = give(unit, request_id=request.id, choices=everything(stored(request.details)))
    with house.writing(ana, locale="en") as unit:
        revoke(unit, grant_id=grant.id)
    withdrawn = records(house, ana)[-1]
    notice = withdrawn["dpv:hasRecordOfActivity"]["dpv:hasNotice"]
    assert withdrawn["dct:language"] == "en"
    assert notice["dct:language"] == notice["dct:description"]["language"] == "ca"


def test_every_choice_has_its_record_and_cites_the_text_of_the_yes(house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    with house.writing(ana) as unit:
        narrow(unit, grant_id=grant.id, keep={DELIVERY: Choice(frozenset({"profile.name"}))})
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    with house.writing(ana) as unit:
        again = share_again(unit, grant_id=grant.id)
    given(house, ana, again)
    refused = asked(house, vendor, ana)
    with house.writing(ana) as unit:
        refuse(unit, request_id=refused.id, notice=reads.compose(unit, refused).version)
    found = records(house, ana)
    assert [states(one)[-1] for one in found] == [
        "dpv:ConsentGiven",
        "dpv:RenewedConsentGiven",
        "dpv:ConsentWithdrawn",
        "dpv:RenewedConsentGiven",
        "dpv:ConsentRefused",
    ]
    versions = [one["dpv:hasRecordOfActivity"]["dpv:hasNotice"]["dct:hasVersion"] for one in found]
    assert versions[0] == versions[1] == versions[2]


def test_a_changed_record_fails_its_check(house: House) -> None:
    vendor, ana = company(house), person(house)
    given(house, ana, asked(house, vendor, ana))
    with house.reading(ana) as unit:
        head, body, mark = reads.open_record(unit, reads.records_of(unit)[0]).split(".")
    place = len(body) // 2
    changed = body[:place] + ("A" if body[place] != "A" else "B") + body[place + 1 :]
    with pytest.raises(BadSignatureError):
        verified(house, f"{head}.{changed}.{mark}")


def test_a_record_is_sealed_where_it_lies(house: House) -> None:
    vendor, ana = company(house), person(house)
    given(house, ana, asked(house, vendor, ana))
    with house.reading(ana) as unit:
        record = reads.records_of(unit)[0]
        assert reads.open_record(unit, record).encode() not in record.jws
        assert b"eyJ" not in record.jws
