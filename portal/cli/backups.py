"""``freehold backup`` and ``freehold restore``."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from portal.cli.base import WrongSetting, of_instance, settings
from portal.kernel.settings import Settings

SHORTEST = 12
_FILE = click.Path(dir_okay=False, path_type=Path)
_passphrase = click.option(
    "--passphrase-file", "passphrase", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file whose first line is the passphrase.",
)  # fmt: skip


def _words(file: Path) -> bytes:
    lines = file.read_bytes().splitlines()
    words = lines[0].strip() if lines else b""
    if len(words) < SHORTEST:
        raise click.ClickException(f"The passphrase in {file} is shorter than {SHORTEST} characters.")
    return words


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


@click.command(short_help="Keep the instance in one encrypted file, while it serves.")
@click.argument("file", type=_FILE)
@_passphrase
@click.option("--with-keys", is_flag=True, help="Put the keys in as well: then file and passphrase open everything.")
def backup(file: Path, passphrase: Path, with_keys: bool) -> None:
    """Keep the instance in one encrypted FILE, while it serves. An older FILE is replaced once the new one is whole."""
    from portal.backup.making import make
    from portal.kernel.last_backup import remember

    found, words, target = of_instance(), _words(passphrase), file.expanduser().absolute()
    if not target.parent.is_dir():
        raise click.ClickException(f"There is no folder {target.parent}.")
    with _bar("Keeping the database") as progress:
        kept = make(found, target, words, with_keys=with_keys, progress=progress)
    click.echo(f"Kept in {target}, {target.stat().st_size / (1 << 20):.1f} MiB.")
    remember(found, kept)
    for warning in _warnings(found, with_keys):
        click.secho(warning, err=True, bold=True)


def _warnings(found: Settings, with_keys: bool) -> Iterator[str]:
    keys = found.instance / "keys"
    if with_keys:
        yield "THE KEYS ARE IN IT: whoever has this file and its passphrase can open everything."
    else:
        yield f"THE KEYS ARE NOT IN IT: keep a copy of {keys} in another place. Without them nobody ever opens this backup."
    if found.anchor.is_relative_to(found.instance):
        yield (
            f"The file of erasures, {found.anchor}, is lost with the instance, and people who were erased would come back "
            "with this backup. Set FREEHOLD_ERASURES to a path on another disk."
        )


@click.command(short_help="Fill an empty instance from a backup.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_passphrase
@click.option("--without-erasures", is_flag=True, help="The file of erasures is lost: restore although some may come back.")
def restore(file: Path, passphrase: Path, without_erasures: bool) -> None:
    """Fill an empty instance, or an empty database, from a backup FILE.

    Whoever was erased since is erased again before anything serves; the record is verified at the end. If anything is
    wrong, nothing is left.
    """
    from portal.backup.restoring import restore as fill

    found, words = settings(), _words(passphrase)
    try:
        with _bar("Filling the instance") as progress:
            done = fill(found, file, words, without_erasures=without_erasures, progress=progress)
    except PermissionError as trouble:
        raise WrongSetting(f"FREEHOLD_INSTANCE: {trouble.strerror}: {trouble.filename}.") from None
    click.echo(f"Restored into {found.instance}. Erased again: {done.erased}. Erasures that wait anew: {done.waiting}.")
    from portal.audit.report import print_report

    print_report(done.report)
    sys.exit(done.report.exit_code)
