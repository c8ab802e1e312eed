"""Brings a database to the newest tables: one function for the command, the server, the demonstration and the tests.

The tool that migrates is large. It is loaded only where there is something to migrate: servers live long and small.
"""

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, column, inspect, select, table

from portal import resource
from portal.kernel.house import House

if TYPE_CHECKING:
    from alembic.config import Config


def config_for(engine: Engine) -> "Config":
    """Alembic's configuration, without a file: where the migrations are, and on which engine they run."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resource("migrations")).replace("%", "%%"))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Runs what is missing, in one transaction, one process at a time; does nothing where all is there."""
    with engine.connect() as connection:
        if revision_of(connection) == newest():
            return
    from alembic import command

    command.upgrade(config_for(engine), "head")


def newest() -> str:
    """The newest revision: migrations are numbered, and their files begin with the number."""
    return max(path.name for path in resource("migrations").joinpath("versions").glob("[0-9]*.py")).partition("_")[0]


def revision_of(connection: Connection) -> str | None:
    """The revision that a database's tables are of; None where it has none of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(select(column("version_num")).select_from(table("alembic_version"))).scalar()
    return found


def bring_up(house: House) -> None:
    """The same for a house, which then knows its keys: what it keeps from here on is theirs to open."""
    upgrade(house.engine)
    house.hold_keys()
