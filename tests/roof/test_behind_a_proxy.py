"""Freehold behind nginx and behind Caddy, with the configuration of docs/serving.md as it stands there."""

import http.client
import json
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from cryptography.exceptions import InvalidTag
from playwright.sync_api import Browser
from psycopg import sql
from sqlalchemy import select
from sqlalchemy.engine import make_url

from portal.audit.models import LogEntry, LogPersonal
from portal.cli import cli
from portal.kernel.house import House
from portal.kernel.migrate import bring_up
from portal.kernel.sealing import Holder
from portal.kernel.settings import Settings
from portal.wiring import open_house
from tests import people
from tests.browsing import LiveServer, free_port
from tests.databases import Databases
from tests.processes import call
from tests.roof.serving_page import NAME, PAGE, blocks, certificate, environment, program, running

ANA = "ana@example.org"
FORGED = {
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example",
    "Forwarded": "for=203.0.113.9;host=evil.example;proto=http",
    "X-Real-IP": "203.0.113.9",
}


@dataclass(frozen=True)
class Front:
    """A portal behind its proxy."""

    house: House
    server: LiveServer
    port: int
    trust: Path

    @property
    def url(self) -> str:
        """Where people reach it."""
        return f"https://localhost:{self.port}"

    def ask(self, path: str, *, source: str = "127.0.0.1", method: str = "GET", body: str | None = None, **headers: str) -> http.client.HTTPResponse:
        """Asks as somebody at an address of this machine."""
        context = ssl.create_default_context(cafile=str(self.trust))
        connection = http.client.HTTPSConnection("localhost", self.port, source_address=(source, 0), context=context, timeout=20)
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        answer.text = answer.read().decode()  # type: ignore[attr-defined]
        connection.close()
        return answer


def _nginx(folder: Path, inner: int, plain: int, outer: int) -> tuple[list[str], Path]:
    whole, key = certificate(folder)
    proxy = folder / "freehold_proxy.conf"
    proxy.write_text(blocks("nginx-proxy")[0])
    site = blocks("nginx")[0]
    for said, here in (
        ("127.0.0.1:8000", f"127.0.0.1:{inner}"), ("listen 80;", f"listen {plain};"), ("listen 443 ", f"listen {outer} "),
        ("[::]:80;", f"[::1]:{plain};"), ("[::]:443 ", f"[::1]:{outer} "), (NAME, "localhost"),
        ("/etc/ssl/freehold/fullchain.pem", str(whole)), ("/etc/ssl/freehold/privkey.pem", str(key)),
        ("/etc/nginx/freehold_proxy.conf", str(proxy)),
    ):  # fmt: skip
        assert said in site, f"{PAGE}: {said}"
        site = site.replace(said, here)
    if not socket.has_ipv6 or not _has_ipv6():
        site = "\n".join(line for line in site.splitlines() if "[::1]" not in line)
    own = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = folder / "nginx.conf"
    account = "user root;" if os.geteuid() == 0 else ""
    config.write_text(
        f"{account} daemon off; pid {folder}/nginx.pid; error_log stderr;"
        f" events {{}} http {{ {own} include /etc/nginx/mime.types;\n{site}\n}}"
    )
    return [program("nginx", "nginx-light"), "-c", str(config), "-p", str(folder), "-e", "stderr"], whole


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _caddy(folder: Path, inner: int, plain: int, outer: int) -> tuple[list[str], Path]:
    site = blocks("caddyfile")[0]
    for said, here in ((NAME, f"localhost:{outer}"), ("127.0.0.1:8000", f"127.0.0.1:{inner}")):
        assert said in site, f"{PAGE}: {said}"
        site = site.replace(said, here)
    config = folder / "Caddyfile"
    config.write_text(f"{{\n\tadmin off\n\tlocal_certs\n\tskip_install_trust\n\thttp_port {plain}\n\thttps_port {outer}\n}}\n{site}")
    return [program("caddy", "caddy"), "run", "--config", str(config), "--adapter", "caddyfile"], folder / "caddy/pki/authorities/local/root.crt"


PROXIES = {"nginx": _nginx, "caddy": _caddy}


@pytest.fixture(params=PROXIES)
def front(request: pytest.FixtureRequest, house: House, tmp_path: Path, make_server: Callable[..., LiveServer]) -> Iterator[Front]:
    """The portal behind a proxy, with the page's settings."""
    plain, outer = free_port(), free_port()
    inner = free_port()
    command, trust = PROXIES[request.param](tmp_path, inner, plain, outer)
    said = environment()
    settings = {name: said[name] for name in ("FREEHOLD_PROXIES", "FREEHOLD_CONTACT")}
    server = LiveServer(house, "--no-worker", port=inner, **{**settings, "FREEHOLD_ORIGIN": f"https://localhost:{outer}"})
    with ExitStack() as stack:
        stack.callback(server.kill)
        server.start()
        stack.enter_context(running(command, outer, tmp_path, XDG_DATA_HOME=str(tmp_path), HOME=str(tmp_path)))
        _wait_for_tls(outer)
        yield Front(house, server, outer, trust)


def _wait_for_tls(port: int) -> None:
    """A proxy listens before it has the certificate that it makes for itself."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as plain:
            context.wrap_socket(plain, server_hostname="localhost").close()
            return
        time.sleep(0.1)


@pytest.mark.engines("sqlite")  # the same headers whatever the engine
def test_behind_each_proxy_people_have_their_own_addresses_and_forged_headers_are_ignored(front: Front) -> None:
    for source in ("127.0.0.1", "127.0.0.2", "127.0.0.3"):
        for forged in ({}, FORGED):
            seen = json.loads(front.ask("/healthz", source=source, **forged).text)["seen"]  # type: ignore[attr-defined]
            assert seen == {"address": source, "scheme": "https", "host": f"localhost:{front.port}"}


@pytest.mark.engines("sqlite")
def test_behind_each_proxy_cookies_are_of_the_host_alone_and_browsers_stay_with_https(front: Front) -> None:
    answer = front.ask("/sign-in", **FORGED)
    cookies = [value for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    assert [cookie.partition("=")[0] for cookie in cookies] == ["__Host-session"]
    assert all("Secure" in cookie and "Domain" not in cookie for cookie in cookies)
    assert answer.headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]
    assert answer.headers["Cache-Control"] == "no-store"
    asked = front.ask("/api/v1/profile", **FORGED)
    assert f'resource_metadata="{front.url}/' in asked.headers["WWW-Authenticate"]


@pytest.mark.engines("sqlite")
def test_behind_each_proxy_the_record_holds_the_right_address(front: Front) -> None:
    people.register(front.house, ANA)
    page = front.ask("/sign-in", source="127.0.0.2", **FORGED)
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]  # type: ignore[attr-defined]
    form = f"csrf_token={token}&email=ana%40example.org&password=a+quiet+harbour+at+dusk"
    sent = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded", "Referer": f"{front.url}/sign-in", **FORGED}
    assert front.ask("/sign-in", source="127.0.0.2", method="POST", body=form, **sent).status == 303
    front.house.lead()
    assert "127.0.0.2" in _addresses(front.house)
    assert not {"203.0.113.9", "198.51.100.7"} & _addresses(front.house)


def _addresses(house: House) -> set[str]:
    """Every address in the personal parts of the log, whichever keys they are sealed under."""
    found = set()
    with house.reading() as unit:
        holders = unit.boxes(unit.connection.execute(select(Holder.id)).scalars().all()).values()
        columns = LogPersonal.sealed, LogEntry.body
        for sealed, body in unit.connection.execute(select(*columns).join(LogEntry, LogEntry.idx == LogPersonal.idx)):
            mark = bytes.fromhex(json.loads(body)["commitment"])
            for box in holders:
                with suppress(LookupError, InvalidTag):
                    text = box.open("log_personal", "sealed", mark, sealed)
                    found.add(json.loads(text[text.index("{") :]).get("address"))
    return found


@pytest.mark.engines("sqlite")
def test_behind_each_proxy_a_browser_signs_in_and_meets_nothing_mixed(front: Front, browser: Browser) -> None:
    people.register(front.house, ANA)
    told: list[str] = []
    asked: list[str] = []
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    page.on("console", lambda message: told.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{front.url}/sign-in")
    page.fill("[name=email]", ANA)
    page.fill("[name=password]", people.PASSWORD)
    page.click("main button[type=submit]")
    for path in ("/data", "/sharing", "/activity", "/orders", "/messages", "/account"):
        page.goto(front.url + path)
        assert page.url == front.url + path
    assert {cookie["name"] for cookie in context.cookies()} == {"__Host-session", "__Host-device"}
    context.close()
    assert told == []
    assert {url for url in asked if not url.startswith((front.url, "data:"))} == set()


@pytest.mark.engines("sqlite")
def test_behind_each_proxy_the_doctor_is_content_with_what_stands_in_front(front: Front) -> None:
    told = {
        "FREEHOLD_INSTANCE": str(front.house.settings.instance), "FREEHOLD_ORIGIN": front.url, "FREEHOLD_PROXIES": "1",
        "REQUESTS_CA_BUNDLE": str(front.trust),
    }  # fmt: skip
    answer = call("portal.cli", "doctor", "--json", environment={**os.environ, **told})
    found = {one["about"]: one for one in json.loads(answer.stdout)["findings"]}
    assert found["proxies"]["state"] == "well", found["proxies"]


@pytest.mark.engines("sqlite")
def test_an_address_that_is_watched_from_this_machine_alone_is_closed_to_others(front: Front) -> None:
    assert front.ask("/readyz").status == 200
    assert front.ask("/readyz", source="127.0.0.2", **FORGED).status == 403
    assert front.ask("/metrics", source="127.0.0.2").status == 403


@pytest.mark.engines("sqlite")
def test_without_a_proxy_no_forwarded_header_is_believed(house: House, live_server: LiveServer) -> None:
    connection = http.client.HTTPConnection("localhost", live_server.port, timeout=20)
    connection.request("GET", "/healthz", headers=FORGED)
    seen = json.loads(connection.getresponse().read())["seen"]
    assert (seen["address"] in ("127.0.0.1", "::1"), seen["scheme"], seen["host"]) == (True, "http", f"localhost:{live_server.port}")


def test_every_setting_of_the_page_is_one_and_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**environment(), **dict(line.split("=", 1) for line in blocks("ini-postgresql")[0].splitlines())}.items():
        assert name == "PORT" or name.removeprefix("FREEHOLD_").lower() in Settings.model_fields
        monkeypatch.setenv(name, value)
    for name in ("SMTP_PASSWORD", "METRICS_KEY"):
        (tmp_path / name).write_text("9f2c4b7e81d03a56c7e8f9a0b1c2d3e4\n")
        monkeypatch.setenv(f"FREEHOLD_{name}_FILE", str(tmp_path / name))
    found = Settings(instance=tmp_path)
    assert (found.secure, found.proxies, found.smtp_password) == (True, 1, found.metrics_key)


def test_systemd_takes_both_units_and_their_commands_are_ours(tmp_path: Path) -> None:
    analyze = program("systemd-analyze", "systemd")
    for name, unit in zip(("freehold.service", "freehold-worker.service"), blocks("systemd"), strict=True):
        command = next(line for line in unit.splitlines() if line.startswith("ExecStart=")).partition("=")[2].split()
        assert command[0] == "/opt/freehold/bin/freehold"
        assert set(command[2:]) <= {one for part in cli.commands[command[1]].params for one in part.opts}
        (tmp_path / name).write_text(unit.replace("/opt/freehold/bin/freehold", "/bin/true").replace("=freehold\n", "=root\n"))
    checked = subprocess.run([analyze, "verify", *map(str, tmp_path.glob("*.service"))], capture_output=True, text=True)
    assert (checked.returncode, [line for line in checked.stderr.splitlines() if str(tmp_path) in line]) == (0, [])


def test_the_units_may_write_where_the_settings_send_them() -> None:
    said = environment()
    for unit in blocks("systemd"):
        [writable] = [line.partition("=")[2].split() for line in unit.splitlines() if line.startswith("ReadWritePaths=")]
        for name in ("FREEHOLD_INSTANCE", "FREEHOLD_ERASURES"):
            assert any(Path(said[name]).is_relative_to(path) for path in writable), name
        [made] = [line.split()[-2:] for line in "".join(blocks("sh")).splitlines() if line.startswith("install -d -o freehold")]
        assert all(any(Path(said[name]).is_relative_to(path) for path in made) for name in ("FREEHOLD_INSTANCE", "FREEHOLD_ERASURES"))


@pytest.mark.engines("postgresql")
def test_the_pages_database_is_made_and_holds_our_tables(databases: Callable[[str], Databases], engine_name: str, tmp_path: Path) -> None:
    admin = make_url(databases("postgresql").fresh(tmp_path)).set(drivername="postgresql")
    name = f"page_{os.getpid()}_{free_port()}"
    with psycopg.connect(admin.render_as_string(hide_password=False), autocommit=True) as connection:
        try:
            for statement in blocks("sql")[0].replace("freehold", name).split(";\n"):
                if statement.strip():
                    connection.execute(statement.encode())
            url = admin.set(drivername="postgresql+psycopg", username=name, password="change-me", database=name)
            house = open_house(Settings(instance=tmp_path, database_url=url.render_as_string(hide_password=False)))
            bring_up(house)
            people.register(house, ANA)
            assert house.lead() >= 1
            house.close()
        finally:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))
