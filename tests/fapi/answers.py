"""What an answer says."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests


def json_of(answer: requests.Response) -> dict[str, Any]:
    """The members of a JSON answer; none where it is no JSON object."""
    try:
        found = json.loads(answer.text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def error_of(answer: requests.Response) -> str:
    """The error code of an answer, or nothing."""
    return str(json_of(answer).get("error", ""))


def wants_nonce(answer: requests.Response) -> bool:
    """Whether the request is to be made again with the nonce of this answer (RFC 9449 sections 8 and 9)."""
    told = "use_dpop_nonce"
    return error_of(answer) == told or told in answer.headers.get("WWW-Authenticate", "")


def parameters_of(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
