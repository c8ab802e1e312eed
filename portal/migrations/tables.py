"""All tables of the house, gathered for comparing and for writing the next version."""

import pkgutil
from importlib import import_module
from pathlib import Path

from sqlalchemy import MetaData

import portal
import portal.kernel
from portal.kernel.db import Base


def all_tables() -> MetaData:
    """Imports the kernel and every room's models; the metadata then holds each table."""
    for module in pkgutil.iter_modules(portal.kernel.__path__, "portal.kernel."):
        import_module(module.name)
    root = Path(portal.__file__).parent
    for path in sorted(root.glob("*/**/models.py")):
        import_module(".".join(("portal", *path.relative_to(root).with_suffix("").parts)))
    return Base.metadata
