"""Mail: a real conversation with a server, the fate of each message kept, and files where there is no server."""

import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.jobs import run_due
from portal.kernel.mail import Mail, compose, prune, queue_mail
from portal.kernel.unit import SYSTEM
from tests import people
from tests.browsing import free_port
from tests.conftest import HouseMaker


class Inbox:
    """A mail server's end: takes what comes, or answers with the codes it was given."""

    def __init__(self, *answers: str) -> None:
        self.taken: list[Envelope] = []
        self._answers = list(answers)

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if self._answers:
            return self._answers.pop(0)
        self.taken.append(envelope)
        return "250 taken"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if address.startswith("nobody@"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 ok"


@contextmanager
def server_of(inbox: Inbox, port: int | None = None, **options: Any) -> Iterator[int]:
    """The port of a running mail server."""
    port = port or free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


MakeSmtpHouse = Callable[..., House]


@pytest.fixture
def smtp_house(make_house: HouseMaker, engine_name: str) -> MakeSmtpHouse:
    """A house that sends by SMTP to a port."""

    def make(port: int, **settings: object) -> House:
        given = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_starttls": False, **settings}
        return make_house(engine_name, mail_from="Freehold <post@freehold.example>", **given)

    return make


def _queue(house: House, to: str = "ana@example.org", locale: str = "en") -> bytes:
    with house.writing(SYSTEM) as unit:
        return queue_mail(unit, to=to, template="accounts/verify", locale=locale, token="t" * 43)


def _state(house: House, mail_id: bytes) -> tuple[str, int | None]:
    with house.reading() as unit:
        statement = select(Mail.state, Mail.reply_code).where(Mail.id == mail_id)
        row = unit.connection.execute(statement).one()
    return row.state, row.reply_code


def test_a_mail_reaches_the_server_with_its_headers_and_words(smtp_house: MakeSmtpHouse) -> None:
    inbox = Inbox()
    with server_of(inbox) as port:
        house = smtp_house(port)
        mail_id = _queue(house, locale="ca")
        assert _state(house, mail_id) == ("created", None)
        run_due(house)
    assert _state(house, mail_id) == ("delivered", 250)
    (envelope,) = inbox.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == ("post@freehold.example", ["ana@example.org"])
    message = message_from_bytes(envelope.content, policy=default)
    assert message["From"] == "Freehold <post@freehold.example>"
    assert message["To"] == "ana@example.org"
    assert message["Subject"] == compose("accounts/verify", "ca", token="t" * 43, origin="")[0]
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "ca"
    assert message["Message-ID"].endswith("@localhost>")
    assert abs(message["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=1)
    assert f"{house.settings.origin}/verify/{'t' * 43}" in message.get_content()


WHATS = {
    "accounts/factors": ("app-added", "app-removed", "passkey-added", "passkey-removed", "codes", "code-used"),
    "accounts/delegation": ("accepted", "declined", "given-back", "ended"),
}


@pytest.mark.parametrize("locale", ["en", "ca", "es", "ro"])
def test_every_mail_is_written_in_every_language(locale: str) -> None:
    words = dict.fromkeys(("token", "name", "inviter", "called", "who", "why"), "N")
    moments = {name: datetime(2026, 5, 3, 14, 5, tzinfo=UTC) for name in ("at", "until", "kept", "opens")}
    context = {"origin": "https://freehold.example", "next_path": None, "left": 3, **words, **moments}
    names = [f"accounts/{template.stem}" for template in sorted(Path("templates/mail/accounts").glob("*.txt"))]
    for name, what in [(each, what) for each in names for what in WHATS.get(each, ("",))]:
        subject, body = compose(name, locale, **context, what=what)
        english = compose(name, "en", **context, what=what)
        assert subject
        assert "https://freehold.example" in body
        if locale != "en":
            for line in (subject, *body.splitlines()):
                assert line not in {"", *english[1].splitlines(), english[0]} or not line or line.startswith(
                    ("https://", "--")
                ), f"{name}: not translated into {locale}: {line}"


def test_later_is_asked_again_and_the_same_message_goes(smtp_house: MakeSmtpHouse) -> None:
    inbox = Inbox("451 come back later")
    with server_of(inbox) as port:
        house = smtp_house(port)
        mail_id = _queue(house)
        run_due(house)
        assert _state(house, mail_id) == ("temporary-failure", 451)
        with clock.moved(timedelta(minutes=1)):
            run_due(house)
    assert _state(house, mail_id) == ("delivered", 250)
    assert len(inbox.taken) == 1


def test_never_is_final_and_told_apart_from_our_own_trouble(smtp_house: MakeSmtpHouse) -> None:
    inbox = Inbox("554 unwanted")
    with server_of(inbox) as port:
        house = smtp_house(port)
        unwanted, unknown = _queue(house), _queue(house, to="nobody@example.org")
        with clock.moved(timedelta(days=2)):
            run_due(house)
            run_due(house)
    states = {_state(house, unwanted), _state(house, unknown)}
    assert states == {("permanent-failure", 554), ("permanent-failure", 550)}
    assert inbox.taken == []


def test_without_a_server_the_mail_waits_and_goes_when_the_server_is_back(smtp_house: MakeSmtpHouse) -> None:
    inbox, port = Inbox(), free_port()
    house = smtp_house(port)
    mail_id = _queue(house)
    run_due(house)
    assert _state(house, mail_id) == ("technical-failure", None)
    with server_of(inbox, port=port), clock.moved(timedelta(minutes=1)):
        run_due(house)
    assert _state(house, mail_id) == ("delivered", 250)


def test_a_server_without_starttls_gets_no_word_in_clear(smtp_house: MakeSmtpHouse) -> None:
    inbox = Inbox()
    with server_of(inbox) as port:
        house = smtp_house(port, smtp_starttls=True)
        mail_id = _queue(house)
        run_due(house)
    assert _state(house, mail_id) == ("technical-failure", None)
    assert inbox.taken == []


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    paths[1].write_bytes(key.private_bytes(*form))
    return paths


def test_starttls_and_a_password_protect_the_conversation(
    smtp_house: MakeSmtpHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = _certificate(tmp_path)
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    given: list[bytes] = []

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        given.append(data.password)
        return AuthResult(success=True)

    inbox = Inbox()
    options = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": authenticate}
    with server_of(inbox, **options) as port:
        settings = {"smtp_starttls": True, "smtp_user": "post", "smtp_password": "open sesame"}
        house = smtp_house(port, smtp_host="localhost", **settings)
        untrusted = _queue(house)
        run_due(house)
        assert _state(house, untrusted) == ("technical-failure", None), "an unknown certificate was trusted"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with clock.moved(timedelta(minutes=1)):
            run_due(house)
    assert _state(house, untrusted) == ("delivered", 250)
    assert given == [b"open sesame"]


def test_without_smtp_each_message_is_a_file_for_its_owner_alone(house: House) -> None:
    mail_id = _queue(house)
    run_due(house)
    (file,) = (house.settings.instance / "mail").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert message_from_bytes(file.read_bytes(), policy=default)["To"] == "ana@example.org"
    assert _state(house, mail_id) == ("delivered", 250)


def test_a_settled_mail_is_forgotten_after_three_months_and_a_waiting_one_never(house: House) -> None:
    settled = _queue(house)
    run_due(house)
    waiting = _queue(house, to="eva@example.org")
    with clock.moved(timedelta(days=91)), house.writing(SYSTEM) as unit:
        assert prune(unit) == 1
    with house.reading() as unit:
        assert unit.connection.execute(select(Mail.id)).scalars().all() == [waiting] != [settled]


def test_nothing_of_a_mail_lies_open_in_the_database(house: House) -> None:
    mail_id = _queue(house, to="canary-address@example.org")
    with house.reading() as unit:
        row = unit.connection.execute(select(*Mail.__table__.columns).where(Mail.id == mail_id)).one()
    everything = b"".join(value for value in row if isinstance(value, bytes))
    for canary in (b"canary-address", b"Confirm", b"tttt"):
        assert canary not in everything


def test_a_line_break_in_a_value_makes_no_header(house: House) -> None:
    subject, _ = compose("accounts/verify", "en", token="x\nBcc: everybody@example.org", origin="")
    assert "\n" not in subject
    with house.writing(SYSTEM) as unit:
        queue_mail(unit, to="ana@example.org", template="accounts/verify", token="x\nBcc: all@example.org")
    people.do_jobs(house)
    (mail,) = people.mails(house)
    assert mail["Bcc"] is None
