"""Freehold: the portal in which customers hold their own side of every relationship with a company."""

from pathlib import Path

__version__ = "0.1.0"

_HERE = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """The folder `templates`, `static`, `translations` or `migrations`: in the package, or beside it in a checkout."""
    inside = _HERE / name
    return inside if inside.is_dir() else _HERE.parent / name
