"""How far a long command has come, on stderr: a bar for whoever watches, a line at each tenth for a journal or a file."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Tell = Callable[[int, int], None]
"""Called with what is done and how much there is: before anything is done, and then again and again."""


@contextmanager
def shown(what: str) -> Iterator[Tell]:
    """Shows how much of ``what`` (in the plural) is done, from where it begins or goes on."""
    # Loaded by whoever shows something: the server never does, and keeps 3 MiB.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield Lines(what)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)

        def tell(done: int, total: int) -> None:
            if bar.tasks[0].total is None:
                bar.console.print(beginning(what, done, total), highlight=False, soft_wrap=True)
                # What was done before is no speed of this run's.
                bar.reset(task, total=total, completed=done)
            bar.update(task, completed=done)

        yield tell


def beginning(what: str, done: int, total: int) -> str:
    """Where a run begins, or goes on."""
    if not done:
        return f"{what}: {total:,} to do."
    return f"{what}: {done:,} of {total:,} are done already; going on with the other {total - done:,}."


class Lines:
    """A line where it begins, and one at each further tenth."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._first: int | None = None
        self._tenths = 0
        self._began = 0.0

    def __call__(self, done: int, total: int) -> None:
        """Says how far it is, where that is news."""
        tenths = 10 * done // total
        if self._first is None:
            self._first, self._began = done, time.monotonic()
            click.echo(beginning(self._what, done, total), err=True)
        elif tenths > self._tenths:
            left = (time.monotonic() - self._began) * (total - done) / (done - self._first)
            until = f", {_span(left)} left" if done < total else ""
            click.echo(f"{self._what}: {100 * done // total} %, {done:,} of {total:,}{until}", err=True)
        self._tenths = max(self._tenths, tenths)


def _span(seconds: float) -> str:
    return f"about {seconds:.0f} s" if seconds < 100 else f"about {seconds / 60:.0f} min"
