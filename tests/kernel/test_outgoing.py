"""Outgoing calls lead nowhere inside: every form of address, every answer of a name server, every redirect."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from portal.kernel.outgoing import Failed, Reply, Rules, get
from portal.kernel.settings import Settings
from tests.kernel.inward import INWARD, METADATA, OUTWARD, PUBLIC, Form
from tests.kernel.receivers import Answer, naming, receiving, status
from tests.processes import ROOT
from tests.prove.sizes import PROVING

Dialled = dict[str, Any]
KERNEL = PROVING and shutil.which("strace") is not None
"""At full size, where it can be, the kernel is asked as well as the interpreter."""
REDIRECTS = ("300 Choices", "301 Moved", "302 Found", "303 See Other", "305 Use Proxy", "307 Same", "308 Same")


def dial(forms: Iterable[Form], *faults: str, strace: Path | bool = False, **environment: str) -> list[Dialled]:
    """Each form called by a process of its own, that tells what it was about to connect to."""
    command = [sys.executable, "-m", "tests.kernel.dialling", *faults]
    if strace:
        command = ["strace", "-f", "-qq", "-yy", "-e", "trace=connect", "-o", str(strace), *command]
    told = json.dumps([form.told() for form in forms])
    made = subprocess.run(
        command, input=told, capture_output=True, text=True, cwd=ROOT, env={**os.environ, **environment}, timeout=300
    )
    assert made.returncode == 0, made.stderr
    answers: list[Dialled] = json.loads(made.stdout)
    return answers


def connections(dialled: list[Dialled]) -> list[str]:
    """Everything that was connected to, each with the form that led there."""
    return [f"{one['url']!r} led to {host}:{port}" for one in dialled for host, port in one["connected"]]


def test_attacks_75_and_76_no_form_of_address_leads_to_a_connection(tmp_path: Path, figure: Callable[..., float]) -> None:
    dialled = dial(INWARD, strace=KERNEL and tmp_path / "seen")
    assert connections(dialled) == []
    assert [one["url"] for one in dialled if isinstance(one["said"], int)] == []
    figure("forms of address that lead inside", len(set(INWARD)), goal=120)
    figure("connections made for them", len(connections(dialled)), goal=0, better="equal")
    if KERNEL:
        seen = figure("connections made for them that the kernel saw", len(list(_seen(tmp_path / "seen"))), goal=0, better="equal")
        assert seen == 0


def test_what_may_be_called_is_called_at_the_address_that_was_looked_up_and_at_no_other() -> None:
    for form, one in zip(OUTWARD, dial(OUTWARD), strict=True):
        assert one["connected"] == [list(OUTWARD[form])], form
        assert len(one["asked"]) <= 1, form


def test_with_calls_to_itself_nothing_but_loopback_is_reached_in_no_form() -> None:
    dialled = dial(Form(form.url, form.answers, to_self=True) for form in INWARD)
    reached = {host for one in dialled for host, _ in one["connected"]}
    assert {"127.0.0.1", "::1"} <= reached
    assert [host for host in reached if host != "::1" and not host.startswith("127.")] == []


@pytest.mark.parametrize("fault", ["no-ranges", "one-is-enough"])
def test_a_guard_that_is_broken_is_found(fault: str, tmp_path: Path) -> None:
    assert connections(dial(INWARD, fault, strace=KERNEL and tmp_path / "seen")) != []
    assert not KERNEL or list(_seen(tmp_path / "seen")) != []


def test_a_guard_that_looks_up_again_is_found() -> None:
    dialled = dial(OUTWARD, "looked-up-again")
    assert ["127.0.0.1", 443] in [place for one in dialled for place in one["connected"]]
    assert [METADATA, 443] in [place for one in dialled for place in one["connected"]]


def test_a_name_server_that_changes_its_mind_is_asked_once() -> None:
    with naming(PUBLIC, "127.0.0.1") as (port, asked):
        (one,) = dial([Form("https://hooks.example.com/x", stub=port)])
    assert (one["connected"], asked) == ([[PUBLIC, 443]], ["hooks.example.com."])
    with receiving(status("200 OK")) as receiver, naming("127.0.0.1", METADATA) as (port, asked):
        (one,) = dial([Form(f"http://hooks.example.com:{receiver.port}/x", to_self=True, stub=port)])
    assert (one["said"], one["connected"], asked) == (200, [["127.0.0.1", receiver.port]], ["hooks.example.com."])


def test_no_redirect_is_followed(figure: Callable[..., float]) -> None:
    forms: dict[Form, int] = {}
    with receiving(status("200 OK")) as inside:
        places = [
            f"http://127.0.0.1:{inside.port}/", f"//127.0.0.1:{inside.port}/", "/elsewhere", "", f"http://{METADATA}/latest/",
            "https://[::1]/", "https://10.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_INFO", f"https://{PUBLIC}/",
        ]  # fmt: skip
        answers = [status(line, f"Location: {place}") for line in REDIRECTS for place in places]
        with _receivers(answers) as ports:
            forms = {Form(f"http://127.0.0.1:{port}/", to_self=True): port for port in ports}
            dialled = dial(forms)
        assert {one["said"] for one in dialled} == {"redirect"}
        assert [one["connected"] for one in dialled] == [[["127.0.0.1", port]] for port in forms.values()]
        assert inside.connections == 0
    figure("redirects that would lead inside", len(forms), goal=len(forms))


def test_nothing_in_an_answer_leads_on() -> None:
    with receiving(status("200 OK")) as inside:
        there = f"http://127.0.0.1:{inside.port}/"
        headers = [f"Refresh: 0; url={there}", f"Content-Location: {there}", f'Alt-Svc: h2="127.0.0.1:{inside.port}"', f"Location: {there}"]
        with receiving(status("200 OK", *headers, f"Link: <{there}>; rel=preload")) as receiver:
            (one,) = dial([Form(f"http://127.0.0.1:{receiver.port}/", to_self=True)])
    assert (one["said"], one["connected"], inside.connections) == (200, [["127.0.0.1", receiver.port]], 0)


def test_a_proxy_in_the_environment_is_not_used() -> None:
    with receiving(status("200 OK")) as proxy, receiving(status("204 Nothing")) as receiver:
        there = f"http://127.0.0.1:{proxy.port}"
        names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        called = [Form(f"http://localhost:{receiver.port}/", to_self=True), Form("https://hooks.example.com/", ((PUBLIC,),)), *INWARD[:40]]
        dialled = dial(called, **dict.fromkeys(names, there), no_proxy="", NO_PROXY="")
        assert proxy.connections == 0
    assert [one["connected"] for one in dialled] == [[["127.0.0.1", receiver.port]], [[PUBLIC, 443]], *[[] for _ in INWARD[:40]]]


def test_the_system_looks_a_name_up_once_and_then_hears_numbers_alone() -> None:
    with receiving(status("200 OK")) as receiver:
        program = (
            "import sys; from portal.kernel.outgoing import Rules, get; asked = []\n"
            "sys.addaudithook(lambda event, given: asked.append(given[0]) if event == 'socket.getaddrinfo' else None)\n"
            f"get('http://localhost:{receiver.port}/', {{}}, Rules(to_self=True)); print(*asked)"
        )
        made = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    first, *others = made.stdout.split()
    assert first == "localhost"
    assert [ip_address(other).is_loopback for other in others] == [True] * len(others) != []


def test_no_call_reaches_this_machine_unless_a_setting_says_so(tmp_path: Path) -> None:
    with receiving(status("200 OK")) as receiver:
        url = f"http://localhost:{receiver.port}/"
        for demo in (False, True):
            with pytest.raises(Failed, match="https://"):
                get(url, {}, Rules.of(Settings(instance=tmp_path, demo=demo)))
        assert receiver.connections == 0
        reply = get(url, {}, Rules.of(Settings(instance=tmp_path, calls_to_self=True)))
    assert isinstance(reply, Reply)


def test_http_and_other_ports_stay_on_this_machine() -> None:
    for url, reason in (("http://hooks.example.com/", "scheme"), ("https://hooks.example.com:444/", "port")):
        with pytest.raises(Failed) as failed:
            get(url, {}, Rules(to_self=True, resolve=lambda name: [PUBLIC]))
        assert (failed.value.reason, failed.value.was_made) == (reason, False)


@contextmanager
def _receivers(answers: Iterable[Answer]) -> Iterator[list[int]]:
    with ExitStack() as open_:
        yield [open_.enter_context(receiving(answer)).port for answer in answers]


def _seen(strace: Path) -> Iterator[str]:
    """The addresses of the internet's families that a process connected to."""
    for line in strace.read_text().splitlines():
        found = re.search(r'connect\(.*(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"', line)
        if found:
            yield found[1]
