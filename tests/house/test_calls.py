"""Whatever calls an address goes through the guard of outgoing calls."""

import pytest

from tests.house.calls import OTHERS, call_faults
from tests.house.sources import our_sources

OURS = our_sources()


def test_attack_76_nobody_calls_an_address_past_the_guard() -> None:
    assert call_faults(OURS) == []


@pytest.mark.parametrize(
    "text",
    [
        "import requests",
        "import urllib.request",
        "from urllib import request",
        "from http import client",
        "from http.client import HTTPSConnection",
        "import socket as s",
        "from urllib3.util import Retry",
    ],
)
def test_whoever_does_is_caught(text: str) -> None:
    assert call_faults(OURS.planted("portal/oauth/planted.py", text))


def test_each_of_the_others_is_still_there() -> None:
    assert [name for name in OTHERS if not any(known.startswith(name) for known in OURS.modules)] == []
