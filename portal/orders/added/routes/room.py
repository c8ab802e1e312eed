"""The blueprint of added orders, whose they are, and where one chooses how to add."""

from collections.abc import Sequence

from flask import Blueprint, render_template

from portal.audit.doors import whose
from portal.orders.added.forms import FileForm
from portal.orders.added.sheets import Fault

blueprint = Blueprint("added", __name__)


def me() -> bytes:
    """The customer whose orders these are."""
    return whose()["customer_id"]


def choice(form: FileForm, faults: Sequence[Fault] = (), count: int = 0) -> str:
    """The page of both ways, with what is wrong in a table that was chosen: some lines, and how many there are."""
    return render_template("orders/add.html", form=form, faults=faults, more=count - len(faults))
