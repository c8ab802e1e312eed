"""The receipt of a withdrawal: what was declared, about what, and when; signed as the record of a choice is. Pure.

It says that the declaration was received. Whether the company agrees is not its matter, and never held it up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

TYP = "withdrawal-receipt+jwt"
_WIDE = 72
LAW = "https://eur-lex.europa.eu/eli/dir/2023/2673"


@dataclass(frozen=True, slots=True)
class Declared:
    """All that goes into one receipt."""

    id: str
    origin: str
    at: datetime
    company: str
    order: str
    name: str
    email: str
    language: str
    is_whole: bool
    # Of an order that is known here: when it was placed, and which of its lines are meant. Whoever declares without an
    # account says in their own words what is meant.
    placed_at: datetime | None = None
    pieces: Sequence[tuple[str, str | None, int]] = ()
    words: str | None = None


def payload(said: Declared) -> dict[str, Any]:
    """What is signed, mailed and kept."""
    lines = [{"line": number, "name": name, "quantity": quantity} for number, name, quantity in said.pieces]
    return {
        "type": "withdrawal-receipt",
        "id": said.id,
        "issuer": said.origin,
        "law": LAW,
        "received_at": _iso(said.at),
        "language": said.language,
        "company": said.company,
        "contract": said.order,
        **({} if said.placed_at is None else {"contract_date": _iso(said.placed_at)}),
        "name": said.name,
        "email": said.email,
        "scope": "all" if said.is_whole else "lines" if lines else "described",
        **({"lines": lines} if lines else {}),
        **({} if said.words is None else {"described": said.words}),
    }


def in_lines(signed: str) -> list[str]:
    """A signed receipt as it stands in a letter: lines that no program breaks."""
    return [signed[at : at + _WIDE] for at in range(0, len(signed), _WIDE)]


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
