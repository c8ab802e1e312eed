"""All tables of the house, gathered for comparing and for writing the next version."""

import pkgutil
from importlib import import_module, util

from sqlalchemy import MetaData

import portal
import portal.kernel
from portal.kernel.db import Base


def all_tables() -> MetaData:
    """Imports the kernel and every room's models; the metadata then holds each table."""
    for module in pkgutil.iter_modules(portal.kernel.__path__, "portal.kernel."):
        import_module(module.name)
    for room in pkgutil.iter_modules(portal.__path__, "portal."):
        if room.ispkg and util.find_spec(f"{room.name}.models"):
            import_module(f"{room.name}.models")
    return Base.metadata
