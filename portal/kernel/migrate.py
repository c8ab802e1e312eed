"""Brings a database to the newest tables: one function for the command, the server, the demonstration and the tests."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from portal import resource
from portal.kernel.house import House


def config_for(engine: Engine) -> Config:
    """Alembic's configuration, without a file: where the migrations are, and on which engine they run."""
    config = Config()
    config.set_main_option("script_location", str(resource("migrations")).replace("%", "%%"))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Runs what is missing, in one transaction, one process at a time; does nothing where all is there."""
    command.upgrade(config_for(engine), "head")


def bring_up(house: House) -> None:
    """The same for a house, which then knows its keys: what it keeps from here on is theirs to open."""
    upgrade(house.engine)
    house.hold_keys()
