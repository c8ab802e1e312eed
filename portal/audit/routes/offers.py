"""What a company's page offers beside its permissions, said where a look leads there."""

from portal.grants.once import is_once
from portal.grants.reads import grants_of, last_details, statuses_of
from portal.grants.reads.used import last_used
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Unit
from portal.links.reads import LinkView


def offers_of(unit: Unit, link: LinkView) -> str:
    """What can be done there at this moment, and nothing else."""
    if link.blocked_at is not None:
        return _("You blocked the company. There you can let it ask again.")
    grants = [one.grant for one in statuses_of(unit, grants_of(unit, link_id=link.id), {link.id: link}) if one.live]
    if grants and link.paused_at is not None:
        return _("There you can also go on sharing, or block the company.")
    details = last_details(unit, grants)
    used = last_used(unit, details)
    for grant in grants:
        looked = used.get(grant.id, {})
        if any(not (is_once(one, grant.created_at) and one.purpose in looked) for one in details[grant.id]):
            return _("There you can also pause, or block the company.")
    return _("There you can also block the company, so that it cannot ask you again.")
