"""``GET /api/v1/status``: whether reads and writes are served now, for whoever asks, and nothing else."""

from typing import Literal

from flask import Response, json
from pydantic import BaseModel, Field

from portal.audit.doors import see
from portal.kernel import trial
from portal.kernel.errors import Busy
from portal.kernel.unit import Unit
from vendor_api.operations import NOBODY, operation


class Status(BaseModel):
    """What is served now. Where neither is, the answer is 503."""

    status: Literal["ok", "partly"] = Field(description="`partly`: one of the two is not served, see which")
    reads: bool = Field(description="What is shared can be read. It cannot where reads cannot be put on record")
    writes: bool = Field(description="What you send is taken, and tokens are given")


@operation(
    name="status",
    method="GET",
    path="/api/v1/status",
    summary="Whether reads and writes are served now. Needs no token; ask as often as every five seconds.",
    token=NOBODY,
    answers={200: Status},
    problems=(503,),
)
@see("metadata:see")
def status(unit: Unit) -> Response:
    """The same for everybody; tried once in a few seconds, by whoever comes first."""
    served, holds = unit.house.trial.served(), max(1, int(trial.EVERY))
    if not any(served):
        raise Busy("unavailable", retry_after=holds)
    found = Status(status="ok" if all(served) else "partly", reads=served.reads, writes=served.writes)
    response = Response(json.dumps(found.model_dump()), content_type="application/json")
    response.headers["Cache-Control"] = f"public, max-age={holds}"
    return response
