"""The folder of an instance: whether there is an instance in it, and at which address it was served last."""

import os
from pathlib import Path

from sqlalchemy import make_url

from portal.kernel.settings import Settings

_ORIGIN = "origin"


def absence(settings: Settings) -> str | None:
    """Why the settings name no instance that was made; None where they do. A database server is asked by its client."""
    url = make_url(settings.database_url)
    is_file = url.get_backend_name() == "sqlite" and Path(url.database or "").is_file()
    # A database whose keys are lost is an instance that was made: whoever opens it says what is missing.
    if not is_file and not (settings.instance / "keys").is_dir():
        return f"There is no Freehold instance in {settings.instance}."
    if not is_file and url.get_backend_name() == "sqlite":
        return f"The Freehold instance in {settings.instance} has no database {url.database}."
    return None


def remember_origin(settings: Settings) -> None:
    """Keeps the address at which the instance is served, for whoever writes it into a link without serving."""
    half = settings.instance / "origin.new"
    half.write_text(settings.origin)
    half.replace(settings.instance / _ORIGIN)


def known_origin(settings: Settings) -> str | None:
    """The address at which people reach the instance: what the operator says, else that of the last serving.

    None where neither is known. A port alone says nothing: it is that of a server to come.
    """
    said = os.environ.get("FREEHOLD_ORIGIN")
    kept = settings.instance / _ORIGIN
    return settings.origin if said else kept.read_text() if kept.is_file() else None
