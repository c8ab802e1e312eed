"""PostgreSQL's own tools, pg_dump and pg_restore, called for the house's database."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any, BinaryIO

import psycopg
from sqlalchemy.engine import URL

from portal.kernel.errors import Problem


class ToolFailed(Problem):
    """A tool of PostgreSQL is missing, or said no; ``detail`` is how it says so itself."""

    default_reason = "postgresql-tool"


def dump(url: URL, into: BinaryIO) -> None:
    """The whole database as pg_dump's own archive, of one snapshot, while others go on."""
    _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges"], url, stdout=into)


def load(url: URL, archive: BinaryIO) -> None:
    """Fills an empty database from such an archive, in one transaction."""
    told = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run(["pg_restore", *told, "--dbname", _named(url)["PGDATABASE"]], url, stdin=archive, stdout=subprocess.DEVNULL)


def _run(command: list[str], url: URL, **streams: Any) -> None:
    tool = shutil.which(command[0])
    if tool is None:
        raise ToolFailed(detail=f"{command[0]} is not installed: it comes with PostgreSQL's client (postgresql-client).")
    # By the environment, so that no password stands in the list of processes.
    done = subprocess.run(
        [tool, *command[1:]], env={**os.environ, **_named(url)}, stderr=subprocess.PIPE, check=False, **streams
    )
    if done.returncode:
        lines = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
        raise ToolFailed(detail=" ".join(lines[:2]) or f"{command[0]} failed.")


def _named(url: URL) -> Mapping[str, str]:
    """Where the database is, as libpq's variables: PGHOST, PGPORT and so on, whatever form the address has."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    options = {option.keyword: option.envvar for option in psycopg.pq.Conninfo.parse(address.encode()) if option.val}
    given = psycopg.conninfo.conninfo_to_dict(address)
    return {
        variable.decode(): str(given[word.decode()])
        for word, variable in options.items()
        if variable is not None and word.decode() in given
    }
