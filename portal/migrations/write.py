"""``python -m portal.migrations.write "what changed"``: the next version, from what models say and tables lack.

Read it before you commit it. Predicates of partial indexes are to be written as expressions (`sa.column("own")`): what
is generated is the words of one engine.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

from portal.kernel.db import open_engine
from portal.kernel.migrate import config_for, upgrade


def write(message: str) -> Path:
    """Writes the next numbered version, by comparing an empty, upgraded database with the models."""
    versions = Path(__file__).with_name("versions")
    number = f"{len(list(versions.glob('[0-9]*.py'))) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/empty.db")
        if number != "0001":
            upgrade(engine)
        config = config_for(engine)
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        command.revision(config, message=message, autogenerate=True, rev_id=number)
        engine.dispose()
    written = next(versions.glob(f"{number}_*.py"))
    subprocess.run([sys.executable, "-m", "ruff", "check", "-q", "--fix", str(written)], check=False)
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(written)], check=True)
    return written


if __name__ == "__main__":
    sys.stdout.write(f"{write(' '.join(sys.argv[1:]))}\n")
