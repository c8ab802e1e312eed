"""The conversation with the mail server: bounded as a whole, and what each answer means for the mail."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from threading import Timer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from portal.kernel.settings import Settings

TIME_OUT = 20.0
"""Seconds that one answer may take."""
LONGEST = 120.0
"""Seconds that the whole conversation may take: well within a job's claim, so that no second worker begins it, too."""


class Failure(Exception):  # noqa: N818 - what became of a mail, not an error of ours
    """A mail that did not go: the state it is in now, and the server's code where it gave one."""

    def __init__(self, state: str, code: int | None = None) -> None:
        super().__init__(state)
        self.state, self.code = state, code


def send_by_smtp(settings: "Settings", message: EmailMessage) -> None:
    """Hands a message to the server. Only what it says of recipient or message is about the mail; the rest is ours."""
    try:
        _converse(settings, message)
    except smtplib.SMTPRecipientsRefused as error:
        code = max(reply[0] for reply in error.recipients.values())
        raise Failure(_kind(code), code) from None
    except smtplib.SMTPDataError as error:
        raise Failure(_kind(error.smtp_code), error.smtp_code) from None
    except smtplib.SMTPResponseException as error:
        # Our sender, our password or our machine is refused: somebody has to mend it, then the mail goes.
        kind = "temporary-failure" if 400 <= error.smtp_code < 500 else "technical-failure"
        raise Failure(kind, error.smtp_code) from None
    except (smtplib.SMTPException, OSError):
        raise Failure("technical-failure") from None


def _kind(code: int) -> str:
    return "permanent-failure" if 500 <= code < 600 else "temporary-failure"


class _Bounded(smtplib.SMTP):
    """A conversation that is cut off when it has lasted too long, however lively the other end trickles."""

    def _get_socket(self, *where: Any) -> socket.socket:
        opened: socket.socket = super()._get_socket(*where)  # type: ignore[misc]
        self.end = Timer(LONGEST, self._cut, (opened,))
        self.end.daemon = True
        self.end.start()
        return opened

    def _cut(self, opened: socket.socket) -> None:
        # After STARTTLS it is another socket that holds the connection.
        for one in (opened, self.sock):
            with suppress(OSError, AttributeError):
                one.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]


class _BoundedTls(_Bounded, smtplib.SMTP_SSL):
    """The same with TLS from the first byte (RFC 8314)."""


def _converse(settings: "Settings", message: EmailMessage) -> None:
    with open_server(settings) as server:
        server.send_message(message)


@contextmanager
def open_server(settings: "Settings", time_out: float | None = None) -> Iterator[smtplib.SMTP]:
    """A conversation with the mail server, begun as the settings say: TLS, then our name."""
    context = ssl.create_default_context()
    server = _connected(settings, context, TIME_OUT if time_out is None else time_out)
    try:
        if settings.smtp_starttls and settings.smtp_port != 465:
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        yield server
    finally:
        # The message is taken or it is not: whatever becomes of the farewell, it is not sent again for that.
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.end.cancel()
        server.close()


def _connected(settings: "Settings", context: ssl.SSLContext, time_out: float) -> _Bounded:
    if settings.smtp_port == 465:
        return _BoundedTls(settings.smtp_host, settings.smtp_port, timeout=time_out, context=context)
    return _Bounded(settings.smtp_host, settings.smtp_port, timeout=time_out)
