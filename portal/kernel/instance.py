"""The folder of an instance: whether there is an instance in it. Nothing here makes anything."""

from pathlib import Path

from sqlalchemy import make_url

from portal.kernel.settings import Settings


def absence(settings: Settings) -> str | None:
    """Why the settings name no instance that was made; None where they do. A database server is asked by its client."""
    if not (settings.instance / "keys").is_dir():
        return f"There is no Freehold instance in {settings.instance}."
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return f"The Freehold instance in {settings.instance} has no database {url.database}."
    return None
