"""After a restore: codes and tokens that were spent since the backup would be good again, so none of them is kept."""

from sqlalchemy import delete

from portal.kernel.unit import Unit
from portal.oauth.facts import TokensForgotten
from portal.oauth.models import Code, PushedRequest, Token


def forget_all(unit: Unit) -> None:
    """Deletes every code, token and pushed request: they are as unknown as those that were given since the backup."""
    count = sum(unit.connection.execute(delete(table)).rowcount for table in (Token, Code))
    unit.connection.execute(delete(PushedRequest))
    if count:
        unit.note(TokensForgotten(count=count, reason="restored"))
