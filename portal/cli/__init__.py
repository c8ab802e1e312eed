"""The command line, for operators and officers. Part of the roof: commands call services and print; nothing else."""

import os
import sys

import click

from portal import __version__
from portal.cli.backups import backup, restore
from portal.cli.doctor import doctor
from portal.cli.keys import keys
from portal.cli.mail import mail
from portal.cli.officers import auditor, officer
from portal.cli.programs import program
from portal.cli.records import audit, import_
from portal.cli.reports import report
from portal.cli.running import bench, demo, migrate, serve, worker
from portal.cli.staff import staff
from portal.cli.vendors import vendor
from portal.cli.webhooks import webhook
from portal.kernel.errors import Problem
from portal.kernel.key_checks import WrongKeys

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=HELP)
@click.version_option(__version__, prog_name="freehold")
def cli() -> None:
    """Freehold: a portal in which customers hold their own side of every relationship with a company.

    Settings come from the environment: FREEHOLD_INSTANCE names the folder of database and keys (./instance),
    PORT the port (8000), FREEHOLD_ORIGIN the address people type, FREEHOLD_DATABASE_URL another database,
    FREEHOLD_ERASURES a file, best on another disk, that remembers who was erased,
    FREEHOLD_CONTACT the e-mail address at which people reach you: it stands on their Account page.
    """


for command in (
    demo, serve, worker, migrate, bench, vendor, program, officer, keys, import_, report, audit, mail, doctor, backup, restore,
    auditor, staff,
):  # fmt: skip
    cli.add_command(command)
vendor.add_command(webhook)


def main() -> None:
    """The console script: every expected trouble is one line and an exit code."""
    # Databases, letters and files that are made here are for their owner alone.
    os.umask(0o077)
    try:
        cli.main(prog_name="freehold", standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except Problem as problem:
        told = "; ".join(f"{name}: {why}" for name, why in problem.fields.items()) or problem.detail or problem.reason
        click.echo(f"Error: {told}", err=True)
        sys.exit(2 if isinstance(problem, WrongKeys) else 1)
    except OSError as trouble:
        click.echo(f"Error: {trouble.strerror or trouble}: {trouble.filename or ''}".rstrip(": "), err=True)
        sys.exit(1)
