"""How a company's file of orders is read, by the name of its format. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from portal.kernel.errors import TooLarge
from portal.orders.maps import odoo, timelines, woocommerce
from portal.orders.maps.names import ODOO, TIMELINES, WOOCOMMERCE
from portal.orders.maps.rows import Row

_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read: its format, words for states that the format has not, the zone of times that say none."""

    format: str = TIMELINES
    statuses: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo | None = None

    def rows(self, data: bytes) -> list[Row]:
        """The rows of a file. :class:`Invalid` where it is no such file at all."""
        if len(data) > _MOST_BYTES:
            raise TooLarge("too-large", "The file is larger than 64 MB. Split it.")
        if self.format == WOOCOMMERCE:
            return woocommerce.read(data, self.statuses)
        if self.format == ODOO:
            return odoo.read(data, self.statuses, self.zone or odoo.ZONE)
        return timelines.read_rows(data)

    @property
    def names(self) -> Mapping[str, str]:
        """Our members in the file's words."""
        return {WOOCOMMERCE: woocommerce.NAMES, ODOO: odoo.NAMES}.get(self.format, timelines.NAMES)
