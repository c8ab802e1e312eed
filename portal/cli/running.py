"""What runs: the demonstration, the server, the worker; and what is done around them: tables, figures of speed."""

import sys

import click

from portal.cli.base import of_instance, of_new_instance, opened
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.jobs import dead_jobs, queue_of


@click.command()
@click.option("--fresh", is_flag=True, help="Throw the demonstration's data away and make it anew.")
def demo(fresh: bool) -> None:
    """Run a lived-in demonstration, and a bookshop beside it."""
    from portal.demo.cast import SERVED_WITH
    from portal.demo.run import run

    with of_new_instance(**SERVED_WITH) as found:
        run(found, fresh=fresh)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on.  [default: $PORT or 8000]")
@click.option("--no-worker", is_flag=True, help="Do not start a worker; `freehold worker` runs elsewhere.")
def serve(host: str, port: int | None, no_worker: bool) -> None:
    """Serve pages and API until told to end, with a worker beside it."""
    from portal.serve import serve as run

    with of_new_instance(port=port) as found:
        run(found, host=host, with_worker=not no_worker)


@click.command(short_help="Send mail, run what is due, keep the access log going.")
@click.option("--status", is_flag=True, help="Say what waits and what was given up, and do nothing.")
def worker(status: bool) -> None:
    """Send mail, run what is due, keep the access log going.

    With --status it exits with 1 if a job was given up: it is not tried any more.
    """
    from portal.worker import main as run

    if not status:
        run(of_instance())
        return
    with opened() as house:
        all_well = _tell_status(house)
    sys.exit(0 if all_well else 1)


def _tell_status(house: House) -> bool:
    with house.reading() as unit:
        queue, dead = queue_of(unit.connection, unit.at), dead_jobs(unit.connection)
    since = f", the oldest for {int(queue.oldest.total_seconds())} s" if queue.due else ""
    click.echo(f"Due: {queue.due}{since}. Given up: {queue.dead}.")
    for id_, kind, trouble, at in dead:
        click.echo(f"{at:%Y-%m-%dT%H:%M:%SZ}  {kind}  {text_of(id_)}  {trouble}")
    return not queue.dead


@click.command()
def migrate() -> None:
    """Bring the database to the newest tables, or make it. Doing it twice changes nothing."""
    with of_new_instance() as found, opened(found):
        click.echo("The tables are up to date.")


@click.command(short_help="Measure speed beside a bare Flask view.")
@click.option("--engine", "engines", multiple=True, type=click.Choice(["sqlite", "postgresql"]), help="One only.")
@click.option("--turns", default=5, show_default=True, type=click.IntRange(1, 50), help="Alternating turns.")
@click.option("--seconds", default=2.0, show_default=True, type=click.FloatRange(0.2, 60), help="Length of a turn.")
def bench(engines: tuple[str, ...], turns: int, seconds: float) -> None:
    """Measure speed, each figure as a ratio to a bare Flask view in the same run.

    Exits with 1 when a goal was missed. Needs two cores: one for the server and its database, one for the load.
    """
    from portal.bench.run import run

    figures = run(engines or ("sqlite", "postgresql"), turns=turns, seconds=seconds)
    sys.exit(0 if all(figure.met for figure in figures) else 1)
