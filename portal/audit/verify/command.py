"""`freehold audit verify`: the report on a terminal, with progress while it is made."""

from rich.console import Console
from rich.progress import Progress as RichProgress
from sqlalchemy import make_url

from portal.audit.report import Report, print_report
from portal.audit.verify.walk import verify
from portal.kernel.db import open_engine
from portal.kernel.house import House, Wiring
from portal.kernel.i18n import gettext
from portal.kernel.keysets import Keys
from portal.kernel.settings import Settings


def run(settings: Settings) -> int:
    """`freehold audit verify`: opens the instance, makes nothing, prints the report, gives the exit code."""
    house = House(settings, open_engine(settings.database_url), Keys(settings.instance / "keys"), Wiring())
    try:
        report = _with_progress(house)
    finally:
        house.close()
    if not report.checked:
        where = make_url(settings.database_url).render_as_string(hide_password=True)
        report.could_not = f"{report.could_not}: {where}"
    print_report(report)
    return report.exit_code


def _with_progress(house: House) -> Report:
    console = Console(stderr=True)
    with RichProgress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(gettext("Entries"), total=None)
        return verify(house, lambda done, size: bar.update(task, completed=done, total=size or None))
