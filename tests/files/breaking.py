"""Work that is done apart and does what it should not."""

import os
import resource
from collections.abc import Mapping
from typing import Any, BinaryIO


def work(source: BinaryIO, _out: BinaryIO) -> Mapping[str, Any]:
    """Takes more memory than there is, or says what it can see of the process that asked for it."""
    if source.read() == b"memory":
        return {"size": len(bytearray(200 * 1024 * 1024))}
    found = []
    for number in range(32):
        try:
            os.fstat(number)
            found.append(number)
        except OSError:
            continue
    return {"environment": sorted(os.environ), "open": found, "memory": resource.getrlimit(resource.RLIMIT_DATA)[0]}
