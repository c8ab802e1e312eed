"""Brings a database to the newest tables: one function for the command, the server, the demonstration and the tests."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from portal import resource
from portal.kernel.db import WRITING, isolation


def config_for(engine: Engine) -> Config:
    """Alembic's configuration, without a file: where the migrations are, and on which engine they run."""
    config = Config()
    config.set_main_option("script_location", str(resource("migrations")))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Runs what is missing, in one transaction, one process at a time; does nothing where all is there."""
    if not any((resource("migrations") / "versions").glob("0*.py")):
        return _create(engine)
    command.upgrade(config_for(engine), "head")


def _create(engine: Engine) -> None:
    # Until the first release's tables have settled there is no version to start from.
    from portal.migrations.tables import all_tables

    with engine.connect().execution_options(**isolation(engine, WRITING)) as connection, connection.begin():
        all_tables().create_all(connection)
