"""Receivers of outgoing calls on this machine: polite ones and others; and a name server that changes its mind."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from dns import message, rrset

Answer = Callable[[socket.socket], None]
"""What a receiver does once it has read a request."""


@dataclass
class Receiver:
    """A server on one port: what it heard, and how much of its answers it got rid of."""

    port: int
    heard: list[bytes] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    """The names that TLS asked for."""
    connections: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    """A conversation is over, from this end."""


@contextmanager
def receiving(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver that gives each caller the same answer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        receiver = Receiver(listening.getsockname()[1])
        if tls is not None:
            tls.sni_callback = lambda _sock, name, _context: receiver.names.append(name)
        threading.Thread(target=_serve, args=(listening, receiver, answer, tls), daemon=True).start()
        try:
            yield receiver
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)


def _serve(listening: socket.socket, receiver: Receiver, answer: Answer, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            caller, _ = listening.accept()
        except OSError:
            return
        receiver.connections += 1
        threading.Thread(target=_converse, args=(caller, receiver, answer, tls), daemon=True).start()


def _converse(caller: socket.socket, receiver: Receiver, answer: Answer, tls: ssl.SSLContext | None) -> None:
    # Whatever the caller does, and however it hangs up, this ends.
    with suppress(OSError), caller:
        caller.settimeout(30)
        spoken = tls.wrap_socket(caller, server_side=True) if tls is not None else caller
        with spoken:
            request = _request(spoken)
            receiver.heard.append(request)
            if request:
                answer(spoken)
    receiver.ended.set()


def _request(caller: socket.socket) -> bytes:
    heard = b""
    while b"\r\n\r\n" not in heard:
        piece = caller.recv(65536)
        if not piece:
            return heard
        heard += piece
    head, _, body = heard.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < int((lengths or [b"0"])[0]):
        piece = caller.recv(65536)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body


def saying(*pieces: bytes) -> Answer:
    """Sends these bytes and hangs up."""
    return lambda caller: caller.sendall(b"".join(pieces))


def status(line: str, *headers: str, body: bytes = b"") -> Answer:
    """A plain answer."""
    head = "".join(f"{header}\r\n" for header in (f"HTTP/1.1 {line}", f"Content-Length: {len(body)}", *headers))
    return saying(head.encode("latin-1"), b"\r\n", body)


def endless(begin: bytes, piece: bytes, seconds: float = 0.0) -> Answer:
    """Begins, then sends a piece again and again, until the caller hangs up; a pause before each where it drips."""

    def answer(caller: socket.socket) -> None:
        caller.sendall(begin)
        pause = threading.Event()
        while True:
            pause.wait(seconds)
            caller.sendall(piece)

    return answer


def silent(caller: socket.socket) -> None:
    """Says nothing, until the caller hangs up."""
    caller.recv(1)


class Authority:
    """A certificate authority of a test, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of a test")])
        basics = x509.BasicConstraints(ca=True, path_length=0)
        built = _builder(self._name, self._name, self._key, 1).add_extension(basics, critical=True)
        self.roots = folder / "roots.pem"
        self.roots.write_bytes(built.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def server(self, *names: str, common: str = "A receiver", days: int = 1) -> ssl.SSLContext:
        """The TLS of a server with a certificate for these names; with ``days`` in the past, one that is over."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
        built = _builder(subject, self._name, key, days)
        if names:
            built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path = self._folder / "server.pem"
        certificate = built.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        path.write_bytes(key.private_bytes(*form) + certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
    )


@contextmanager
def naming(*answers: str) -> Iterator[tuple[int, list[str]]]:
    """The port of a name server that gives these addresses one after the other, and the names it was asked for."""
    asked: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))

        def answer() -> None:
            while True:
                try:
                    data, caller = listening.recvfrom(4096)
                    if not data:
                        return
                    question = message.from_wire(data)
                    asked.append(str(question.question[0].name))
                    told = message.make_response(question)
                    address = answers[min(len(asked), len(answers)) - 1]
                    told.answer.append(rrset.from_text(question.question[0].name, 0, "IN", "A", address))
                    listening.sendto(told.to_wire(), caller)
                except OSError:
                    return

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1], asked
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join(1)
