"""The page that asks who is there before something that matters, and the second step of signing in.

A form that was sent without a fresh proof is not lost: the page carries it, and the browser sends it again (307).
"""

from urllib.parse import quote

from flask import flash, g, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from portal.accounts import limits, passwords, reads, service
from portal.accounts.addresses import local_path
from portal.accounts.facts.sessions import SignInRefused
from portal.accounts.forms import CodeForm, ProveByCodeForm, ProveByPasswordForm
from portal.accounts.loading import renew_session
from portal.accounts.passkeys import to_use
from portal.accounts.reads import Person
from portal.accounts.routes import blueprint
from portal.accounts.routes.common import (
    SECOND,
    agent,
    answer_of,
    device_mark,
    landing_of,
    network,
    next_path,
    options_answer,
    signed_in,
    too_many,
    wrong_code,
)
from portal.accounts.routes.entering import end_former
from portal.accounts.service import Begun
from portal.accounts.waits import wait_sentence
from portal.audit.doors import do, reading, record_refusal, see, writing
from portal.kernel.errors import Gone, Invalid, NeedsProof, TooMany
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit

ProveForm = ProveByCodeForm | ProveByPasswordForm
_PROVE = "prove"
_OWN = {"csrf_token", "proof_code", "proof_credential", "proof_password", "proof_for", "proof_again"}


@blueprint.get("/sign-in/second")
@see("accounts:enter")
def second_step(unit: Unit) -> ResponseReturnValue:
    """The form for the second step; whoever did not come by the first one begins there."""
    begun = service.find_challenge(unit, mark=session.get(SECOND), purpose="second")
    if begun is None:
        return redirect("/sign-in", 303)
    return _second_page(begun, CodeForm(next=next_path(request.args.get("next")) or ""))


def _second_page(begun: Begun, form: CodeForm) -> str:
    paper = request.args.get("by") == "paper"
    with reading() as unit:
        apps, passkeys = _kinds(unit, begun.account_id)
    return render_template(
        "accounts/second.html", form=form, paper=paper, next=next_path(form.next.data), apps=apps, passkeys=passkeys
    )


def _kinds(unit: Unit, account_id: bytes) -> tuple[bool, bool]:
    """Whether the account has apps, and passkeys that work at this address."""
    kinds = {one.kind for one in reads.factors_of(unit, account_id)}
    return "app" in kinds, "passkey" in kinds and service.site_of(unit).usable


@blueprint.post("/sign-in/second")
@do("accounts:sign-in")
def finish_sign_in() -> ResponseReturnValue:
    """Signs in with a code of an app or of paper."""
    form = CodeForm()
    with reading() as unit:
        begun = service.find_challenge(unit, mark=session.get(SECOND), purpose="second")
    if begun is None:
        return _too_late()
    if not form.validate():
        return _second_page(begun, form), 422
    try:
        with writing() as unit:
            secret = service.finish(
                unit,
                begun=begun,
                code=form.code.data,
                network=network(),
                device=device_mark(begun.account_id, reads.password_changed_at(unit, begun.account_id)),
                agent=agent(),
            )
            if secret is not None:
                end_former(unit)
    except TooMany as problem:
        record_refusal(SignInRefused(holder=begun.holder_id, reason="too-many"))
        form.refuse({"": wait_sentence(problem)})
        return too_many(_second_page(begun, form), problem)
    except Gone:
        return _too_late()
    if secret is None:
        form.refuse({"code": wrong_code()})
        return _second_page(begun, form), 422
    return signed_in(secret, begun.account_id, next_path(form.next.data) or landing_of(begun.account_id))


def _too_late() -> ResponseReturnValue:
    session.pop(SECOND, None)
    flash(_("That took too long, or was finished in another window. Sign in again."), "error")
    return redirect("/sign-in", 303)


@blueprint.app_errorhandler(NeedsProof)
def ask_for_proof(_problem: NeedsProof) -> ResponseReturnValue:
    """Something that matters was asked for: first the proof, then on from there."""
    if request.method == "GET":
        return redirect(_prove_address(request.full_path.rstrip("?")), 303)
    # A password stands in no page, not even in a hidden field: it is typed again.
    if any("password" in name for name in request.form) or request.files:
        return redirect(_prove_address(request.path), 303)
    with reading() as unit:
        form = _form(unit)
    return _prove_page(form, request.full_path.rstrip("?"), carried=list(request.form.items(multi=True))), 403


def _prove_address(path: str) -> str:
    return f"/account/prove?next={quote(path, safe='')}"


def _form(unit: Unit) -> ProveForm:
    person: Person = g.account
    return ProveByCodeForm() if reads.has_factor(unit, person.account_id) else ProveByPasswordForm()


def _prove_page(form: ProveForm, target: str, carried: list[tuple[str, str]] | None = None) -> str:
    own = [pair for pair in carried or () if pair[0] not in _OWN]
    with reading() as unit:
        apps, passkeys = _kinds(unit, g.account.account_id)
    return render_template(
        "accounts/prove.html", form=form, target=target, carried=own, again=carried is not None,
        by_code=isinstance(form, ProveByCodeForm), apps=apps, passkeys=passkeys,
    )  # fmt: skip


@blueprint.post("/account/prove/begin")
@do("account:prove")
def begin_proof() -> ResponseReturnValue:
    """A challenge for one of the person's passkeys; asked for by the button's script."""
    mine = g.account.account_id
    with writing() as unit:
        session[_PROVE] = service.begin_passkey_proof(unit, account_id=mine)
        there = [one.passkey.id for one in reads.passkeys_of(unit, mine)]
        return options_answer(to_use(service.site_of(unit), session[_PROVE], there))


@blueprint.get("/account/prove")
@see("account:see")
def prove_page(unit: Unit) -> ResponseReturnValue:
    """The form that asks for a proof."""
    return _prove_page(_form(unit), local_path(request.args.get("next")) or "/account")


@blueprint.post("/account/prove")
@do("account:prove")
def prove() -> ResponseReturnValue:
    """Takes the proof; what was sent before it is sent again by the browser, or the page that was asked for opens."""
    person: Person = g.account
    target, again = local_path(request.form.get("proof_for")) or "/account", request.form.get("proof_again") == "1"
    carried = list(request.form.items(multi=True)) if again else None
    with reading() as unit:
        form = _form(unit)
    answer = answer_of("proof_credential")
    if not answer and not form.validate():
        return _prove_page(form, target, carried), 422
    try:
        secret = _proved_by_passkey(person, answer) if answer else _proved(person, form)
    except TooMany as problem:
        form.refuse({"": wait_sentence(problem)})
        return too_many(_prove_page(form, target, carried), problem)
    if secret is None:
        form.refuse({"": _("This passkey proves nothing here.")} if answer else _wrong(form))
        return _prove_page(form, target, carried), 422
    renew_session(secret)
    return redirect(target, 307 if again else 303)


def _wrong(form: ProveForm) -> dict[str, str]:
    by_code = isinstance(form, ProveByCodeForm)
    return {"proof_code": wrong_code()} if by_code else {"proof_password": _("This is not your password.")}


def _proved_by_passkey(person: Person, answer: str) -> str | None:
    mark = session.pop(_PROVE, None) or ""
    try:
        with writing() as unit:
            begun = service.find_challenge(unit, mark=mark, purpose="use")
            if begun is None or begun.account_id != person.account_id:
                return None
            return service.prove_by_passkey(
                unit, begun=begun, mark=mark, answer=answer, session_id=person.session_id
            )
    except (Gone, Invalid):
        with writing() as unit:
            service.spend(unit, mark=mark, purpose="use", network=network(), holder_id=person.holder_id)
        return None


def _proved(person: Person, form: ProveForm) -> str | None:
    if isinstance(form, ProveByPasswordForm):
        return _proved_by_password(person, form.proof_password.data)
    with writing() as unit:
        by = service.try_code(
            unit,
            account_id=person.account_id,
            holder_id=person.holder_id,
            code=form.proof_code.data,
            network=network(),
            device=device_mark(person.account_id, reads.password_changed_at(unit, person.account_id)),
        )
        return by and service.prove(unit, account_id=person.account_id, session_id=person.session_id, by=by)


def _proved_by_password(person: Person, password: str) -> str | None:
    if not is_password(person, password):
        return None
    with writing() as unit:
        return service.prove(unit, account_id=person.account_id, session_id=person.session_id, by="password")


def require_second(unit: Unit) -> None:
    """For forms that ask for the password themselves: whoever has more to prove proves that, too."""
    person: Person = g.account
    if reads.has_factor(unit, person.account_id):
        reads.require_proof(unit)


def is_password(person: Person, password: str) -> bool:
    """Whether this is the person's password. A stolen session must not become a place to guess it.

    What strangers try at sign-in is counted elsewhere: they keep nobody from proving who they are who is in already.
    """
    with writing() as unit:
        stored = reads.password_hash_of(unit, person.account_id)
        for rule in limits.CONFIRM_PASSWORD:
            limits.charge(unit, rule, text_of(person.account_id))
    if passwords.matches(stored, password):
        return True
    record_refusal(SignInRefused(holder=person.holder_id, reason="wrong-password"))
    return False
