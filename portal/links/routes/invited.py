"""Who was a company's customer before: the page behind a one-time invitation, and the way back from a wrong yes."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import current_actor, do, see, writing
from portal.grants.reads import grants_of, statuses_of
from portal.kernel.errors import Gone
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.links.reads import Earlier, LinkView, invited, link_of, my_fold
from portal.links.reads.invitations import about, question_of
from portal.links.reads.orders import orders_of
from portal.links.routes import blueprint
from portal.links.service import accept_invitation, connect, part, say_no, say_no_to_invitation
from portal.vendors.reads import is_sandbox, keep_apart, may_meet, vendor_of


@blueprint.get("/invitations/<token>")
@see("invitations:see")
def invitation(unit: Unit, token: str) -> ResponseReturnValue:
    """To strangers: that there is an invitation, whatever the token. To whoever is signed in: from whom.

    Of a sandbox's: that it is one, before anything is asked of anybody who could not answer. Not whose sandbox it is.
    """
    me, found = unit.actor.customer_id, invited(unit, token)
    if found is not None and _is_of_others(unit, found, me):
        return render_template("links/sandbox.html", token=token, signed_in=me is not None), 200 if me is None else 403
    if me is None:
        return render_template("links/invited.html", token=token)
    if found is None:
        return render_template("links/used.html"), 410
    keep_apart(unit, me, found.vendor_id)
    return render_template("links/accept.html", token=token, about=found, vendor=vendor_of(unit, found.vendor_id))


def _is_of_others(unit: Unit, found: Earlier, me: bytes | None) -> bool:
    """Whether an invitation is a sandbox's, and whoever opens it is none of its made-up customers."""
    return is_sandbox(unit, found.vendor_id) and (me is None or not may_meet(unit, me, found.vendor_id))


@blueprint.post("/invitations/<token>")
@do("invitations:accept")
def accept(token: str) -> ResponseReturnValue:
    """Takes over what the invitation is about."""
    customer_id = current_actor().customer_id
    assert customer_id is not None
    try:
        with writing() as unit:
            said = _connected(unit, accept_invitation(unit, secret=token, customer_id=customer_id))
    except Gone:
        return render_template("links/used.html"), 410
    flash(said, "done")
    return redirect("/orders", 303)


def _connected(unit: Unit, link: LinkView) -> str:
    company = vendor_of(unit, link.vendor_id).name
    if orders_of(unit, link.id):
        return _("You are connected with %(company)s. Your earlier orders are here.", company=company)
    return _("You are connected with %(company)s. They have told us no orders of yours yet.", company=company)


@blueprint.get("/invitations/<token>/decline")
@see("invitations:see")
def declining(unit: Unit, token: str) -> ResponseReturnValue:
    """Asks before a company may invite no more. Looking changes nothing, and tells nothing of the company."""
    return render_template("links/declining.html", action=url_for("links.decline", token=token), done=False)


@blueprint.post("/invitations/<token>/decline")
@do("invitations:decline")
def decline(token: str) -> ResponseReturnValue:
    """Whoever has the link of an invitation, signed in or not, is not invited again."""
    try:
        with writing() as unit:
            say_no_to_invitation(unit, secret=token)
    except Gone:
        return render_template("links/used.html"), 410
    return render_template("links/declining.html", done=True)


@blueprint.get("/connect/<link>")
@see("questions:see")
def question(unit: Unit, link: str) -> ResponseReturnValue:
    """A company says that whoever proved an address is its customer: asked, and never decided for anybody."""
    asked = question_of(unit, id_from(link))
    return render_template("links/question.html", about=about(unit, asked), vendor=vendor_of(unit, asked.vendor_id))


@blueprint.post("/connect/<link>")
@do("questions:answer")
def connect_question(link: str) -> ResponseReturnValue:
    """Yes: what the company wrote for this customer is theirs."""
    with writing() as unit:
        said = _connected(unit, connect(unit, link_id=id_from(link)))
    flash(said, "done")
    return redirect("/orders", 303)


@blueprint.post("/connect/<link>/no")
@do("questions:answer")
def refuse_question(link: str) -> ResponseReturnValue:
    """No: the company is not to ask this person again."""
    with writing() as unit:
        vendor = vendor_of(unit, link_of(unit, id_from(link)).vendor_id)
        say_no(unit, link_id=id_from(link))
    flash(_("%(company)s does not ask you again.", company=vendor.name), "done")
    return redirect("/", 303)


@blueprint.get("/earlier/<fold>")
@see("earlier:see")
def earlier(unit: Unit, fold: str) -> ResponseReturnValue:
    """Asks before earlier orders, which the customer once said were theirs, leave them again."""
    found = my_fold(unit, id_from(fold))
    if found.parted_at is not None:
        return redirect(_company_page(found.link_id), 303)
    link = link_of(unit, found.link_id)
    permissions = statuses_of(unit, grants_of(unit, link_id=link.id), {link.id: link})
    return render_template(
        "links/part.html",
        fold=fold,
        found=found,
        vendor=vendor_of(unit, link.vendor_id),
        shares=any(one.live for one in permissions),
        back=_company_page(link.id),
    )


@blueprint.post("/earlier/<fold>")
@do("earlier:part")
def part_earlier(fold: str) -> ResponseReturnValue:
    """Takes the yes back."""
    with writing() as unit:
        number = my_fold(unit, id_from(fold)).number
        kept = part(unit, fold_id=id_from(fold))
        vendor = vendor_of(unit, kept.vendor_id)
    flash(_("Taken back: customer %(number)s of %(company)s is not you.", number=number, company=vendor.name), "done")
    return redirect(_company_page(kept.id), 303)


def _company_page(link_id: bytes) -> str:
    return url_for("grants.company", link=text_of(link_id))
