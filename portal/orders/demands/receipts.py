"""The receipt of a withdrawal: what was declared, about what, and when; signed as the record of a choice is. Pure.

It says that the declaration was received. Whether the company agrees is not its matter, and never held it up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

TYP = "withdrawal-receipt+jwt"
LAW = "https://eur-lex.europa.eu/eli/dir/2023/2673"


@dataclass(frozen=True, slots=True)
class Declared:
    """All that goes into one receipt."""

    id: str
    origin: str
    at: datetime
    company: str
    order: str
    placed_at: datetime
    name: str
    email: str
    language: str
    pieces: Sequence[tuple[str, str | None, int]]
    is_whole: bool


def payload(said: Declared) -> dict[str, Any]:
    """What is signed, mailed and kept."""
    return {
        "type": "withdrawal-receipt",
        "id": said.id,
        "issuer": said.origin,
        "law": LAW,
        "received_at": _iso(said.at),
        "language": said.language,
        "company": said.company,
        "contract": said.order,
        "contract_date": _iso(said.placed_at),
        "name": said.name,
        "email": said.email,
        "scope": "all" if said.is_whole else "lines",
        "lines": [{"line": number, "name": name, "quantity": quantity} for number, name, quantity in said.pieces],
    }


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
