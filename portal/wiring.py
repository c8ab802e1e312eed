"""One page: which verb answers which fact, and what the log holds a disclosure against.

Each reaction runs in the transaction of the fact it answers. A house test proves that no chain of them comes back.
"""

from portal.audit.sequencer import Sequencer
from portal.kernel.house import House, Wiring
from portal.kernel.settings import Settings

WIRING = Wiring(
    leader=Sequencer,
    reactions={},
    conditions={},
)


def open_house(settings: Settings) -> House:
    """The house of an instance, wired."""
    return House.open(settings, WIRING)
