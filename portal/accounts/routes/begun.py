"""What this browser has begun and not finished: an app or a passkey that is being added."""

from flask import flash, g, redirect, session
from flask.typing import ResponseReturnValue

from portal.accounts import service
from portal.accounts.service import Begun
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Unit


def begun_here(unit: Unit, purpose: str) -> Begun | None:
    """What was begun for a purpose, here and by whoever is signed in; the browser keeps its mark under the purpose."""
    begun = service.find_challenge(unit, mark=session.get(purpose), purpose=purpose)
    return begun if begun is not None and begun.account_id == g.account.account_id else None


def too_late(purpose: str) -> ResponseReturnValue:
    """Back to the beginning: it is over, or was finished elsewhere."""
    session.pop(purpose, None)
    flash(_("That took too long, or was finished in another window. Begin again."), "error")
    return redirect("/account/factors", 303)
