"""`freehold audit verify`: the report on a terminal, with progress while it is made."""

import sqlite3

from rich.console import Console
from rich.progress import Progress as RichProgress
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from portal.audit.report import Report, print_report
from portal.audit.verify.walk import verify
from portal.kernel.db import open_engine
from portal.kernel.house import House, Wiring
from portal.kernel.i18n import gettext
from portal.kernel.key_checks import keys_of
from portal.kernel.keysets import Keys
from portal.kernel.settings import Settings


def run(settings: Settings) -> int:
    """`freehold audit verify`: opens the instance, makes nothing, prints the report, gives the exit code."""
    engine = open_engine(settings.database_url)
    house = House(settings, engine, _keys(engine, settings), Wiring())
    try:
        report = _with_progress(house)
    finally:
        house.close()
    if not report.checked:
        where = make_url(settings.database_url).render_as_string(hide_password=True)
        report.could_not = f"{report.could_not}: {where}"
    print_report(report)
    return report.exit_code


def _keys(engine: Engine, settings: Settings) -> Keys:
    # With keys of another database every sealed part would look as if somebody had changed it.
    folder = settings.instance / "keys"
    try:
        return keys_of(engine, folder, settings.key_files, make=False)
    except (SQLAlchemyError, sqlite3.Error):
        # The walk comes upon the same trouble, and says what it is.
        return Keys(folder, settings.key_files)


def _with_progress(house: House) -> Report:
    console = Console(stderr=True)
    with RichProgress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(gettext("Entries"), total=None)
        return verify(house, lambda done, size: bar.update(task, completed=done, total=size or None))
