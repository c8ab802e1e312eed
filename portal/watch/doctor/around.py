"""What stands around: the mail server, and the proxies in front, asked as a browser would."""

import smtplib
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests

from portal.kernel.mail import open_server
from portal.kernel.settings import Settings
from portal.watch.doctor.finding import Finding, look, well, wrong

_FORGED = "192.0.2.77"
"""An address of nobody's (RFC 5737): whoever is taken for it was believed."""
_TIME_OUT = 10


def mail(settings: Settings) -> Iterator[Finding]:
    """The mail server greets us, and takes our name and password. No letter is sent."""
    if not settings.smtp_host:
        fix = "set FREEHOLD_SMTP_HOST, and with it FREEHOLD_SMTP_USER and FREEHOLD_SMTP_PASSWORD_FILE"
        said = f"No mail leaves: letters are files in {settings.instance / 'mail'}."
        yield well("mail", said) if settings.demo else look("mail", said, fix)
        return
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        with open_server(settings, _TIME_OUT) as server:
            server.ehlo_or_helo_if_needed()
    except smtplib.SMTPAuthenticationError:
        yield wrong(
            "mail",
            f"{where} does not take our name and password.",
            "check FREEHOLD_SMTP_USER and FREEHOLD_SMTP_PASSWORD_FILE",
        )
    except ssl.SSLError as error:
        yield wrong(
            "mail",
            f"{where} has no certificate that we trust ({error.reason}).",
            "mend its certificate, or name it as its certificate does",
        )
    except smtplib.SMTPNotSupportedError:
        yield wrong(
            "mail",
            f"{where} offers no STARTTLS, or no sign-in.",
            "use its port for TLS (465), or FREEHOLD_SMTP_STARTTLS=0 on this machine alone",
        )
    except (smtplib.SMTPException, OSError) as error:
        yield wrong(
            "mail",
            f"{where} does not answer as a mail server ({type(error).__name__}).",
            "check FREEHOLD_SMTP_HOST and FREEHOLD_SMTP_PORT, and the way there",
        )
    else:
        yield well("mail", f"{where} greets us.")


def proxies(settings: Settings) -> Iterator[Finding]:
    """Seen from outside with forged headers, we believe the proxies and nobody else."""
    forged = {"X-Forwarded-For": _FORGED, "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "evil.example"}
    try:
        answer = requests.get(f"{settings.origin}/healthz", headers=forged, timeout=_TIME_OUT, allow_redirects=False)
        seen = answer.json()["seen"]
    except requests.exceptions.SSLError:
        yield wrong(
            "proxies",
            f"{settings.origin} has no certificate that browsers trust.",
            "mend the certificate of the proxy in front",
        )
        return
    except (requests.RequestException, ValueError, LookupError):
        start = "make demo" if settings.demo else "systemctl start freehold"
        yield look(
            "proxies",
            f"Nobody answers as Freehold at {settings.origin}.",
            f"start it: {start}; or set FREEHOLD_ORIGIN to where people reach it",
        )
        return
    yield from _believed(settings, seen)


def _believed(settings: Settings, seen: dict[str, str]) -> Iterator[Finding]:
    asked = urlsplit(settings.origin)
    faults = []
    if seen["address"] == _FORGED or seen["host"] == "evil.example" or seen["scheme"] == "gopher":
        faults.append(
            (
                "Whoever sends X-Forwarded headers is believed.",
                "lower FREEHOLD_PROXIES to the number of proxies, and let them set these headers anew (docs/serving.md)",
            )
        )
    elif seen["scheme"] != asked.scheme:
        faults.append(
            (
                f"A request by {asked.scheme} arrives as one by {seen['scheme']}.",
                "let the proxy set X-Forwarded-Proto, and FREEHOLD_PROXIES count it (docs/serving.md)",
            )
        )
    elif seen["host"] != asked.netloc:
        faults.append(
            (
                f"A request to {asked.netloc} arrives as one to {seen['host']}.",
                "let the proxy set X-Forwarded-Host, and FREEHOLD_PROXIES count it (docs/serving.md)",
            )
        )
    for said, fix in faults:
        yield wrong("proxies", said, fix)
    if not faults:
        yield well("proxies", f"{settings.origin} answers; forged headers are not believed.")
