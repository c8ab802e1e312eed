"""What the pages about programs share: whose program it is, and that whoever changes it has just proved who they are."""

from flask import render_template
from werkzeug.datastructures import MultiDict

from portal.accounts.reads import require_proof
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.oauth.forms import AddressesForm, KeyForm
from portal.oauth.reads.programs import ProgramView, program_of_company
from portal.vendors.ranks import DEVELOPER, OWNER
from portal.vendors.reads import Staff, staff_of

MAKERS = (OWNER, DEVELOPER)
"""Who looks after a company's programs."""


def mine(unit: Unit, slug: str, client_id: str, *, proved: bool = True) -> tuple[Staff, ProgramView]:
    """The company and its program; NotFound for anybody else's. A change takes a proof of who is there."""
    staff = staff_of(unit, slug, *MAKERS)
    if proved:
        require_proof(unit)
    return staff, program_of_company(unit, staff.vendor.id, client_id)


def program_page(staff: Staff, program: ProgramView, *, keys: KeyForm | None = None, moves: AddressesForm | None = None) -> str:
    """The page of a program, with what was typed into one of its forms."""
    if moves is None:
        moves = AddressesForm(MultiDict())
        moves.redirect_uris.data = "\n".join(program.redirect_uris)
    return render_template(
        "oauth/program.html", staff=staff, program=program, keys=keys or KeyForm(MultiDict()), moves=moves, text_of=text_of
    )
