"""What a company's developers write about their programs."""

from collections.abc import Mapping, Sequence

from wtforms import RadioField, StringField, TextAreaField

from portal.kernel.forms import Form, at_most, required
from portal.kernel.i18n import gettext
from portal.kernel.i18n import lazy_gettext as _
from portal.oauth.jose import BadKey, PrivateKey, PublicKey
from portal.oauth.key_sets import MOST_BYTES, keys_from
from portal.oauth.strict_json import NotJson

_MOST_ADDRESSES = 20
_TYPED = {"autocomplete": "off", "spellcheck": "false"}
_PRIVATE = _("This is a private key. It stays with you: paste its public half alone. We have kept nothing of it.")
_NO_KEY = _(
    "This is no public key that we take: a JWK or a set of them, EC P-256, Ed25519, or RSA of 2048 bits and more, for signatures."
)
_KEYS = _("Each key once, each with a name (kid) of its own, at most eight at a time, and none that was ended.")
_ADDRESS = _("Write each address on a line of its own, beginning with https://, without # and without a user's name.")


class _Keys(Form):
    """A field for public keys, which are looked at and never shown again where they are private."""

    keys = TextAreaField(
        _("Public key"),
        description=_("A JWK, or a set of them (JWKS)."),
        render_kw={**_TYPED, "rows": 6},
    )

    def public_keys(self) -> Sequence[PublicKey] | None:
        """The keys that were pasted; None, with the reason beside the field, where they are none."""
        text = (self.keys.data or "").strip()
        try:
            return keys_from(text.encode("utf-8", "replace")[:MOST_BYTES])
        except PrivateKey:
            # It must not stand in another page, nor be sent a second time.
            self.keys.data = ""
            self.refuse({"keys": str(_PRIVATE)})
        except (BadKey, NotJson):
            self.refuse({"keys": str(_NO_KEY)})
        return None

    def refuse_members(self, members: Mapping[str, str]) -> None:
        """Says beside its field what a service found wrong."""
        said = {
            "keys": str(_KEYS),
            "redirect_uris": str(_ADDRESS),
            "name": gettext("Write a plain name of at most 120 characters."),
        }
        self.refuse({name: said.get(name, "") for name in members})


class KeyForm(_Keys):
    """One more key of a program."""


class _Addresses(Form):
    """A field for redirect addresses, one a line."""

    redirect_uris = TextAreaField(
        _("Redirect addresses"),
        [at_most(_MOST_ADDRESSES * 2100)],
        description=_("Where customers come back to after their answer, one a line, compared letter by letter."),
        render_kw={**_TYPED, "rows": 3},
    )

    def addresses(self) -> list[str]:
        """What was written."""
        return [line.strip() for line in (self.redirect_uris.data or "").split("\n") if line.strip()]

    def check(self) -> bool:
        """Whether they are few enough."""
        if len(self.addresses()) > _MOST_ADDRESSES:
            self.refuse({"redirect_uris": gettext("At most %(num)s addresses.", num=_MOST_ADDRESSES)})
        return not self.wrong()


class AddressesForm(_Addresses):
    """Where a program may take its answers."""

    def refuse_members(self, members: Mapping[str, str]) -> None:
        """Says beside the field that an address is none."""
        self.refuse({name: str(_ADDRESS) for name in members})


class ProgramForm(_Keys, _Addresses):
    """A new program: its name, where it takes its answers, and how it proves itself."""

    name = StringField(
        _("Name"), [required(), at_most(120)], description=_("For you and the record; customers see the company's.")
    )
    proof = RadioField(_("How it proves itself"), default="keys", choices=lambda: {
        "keys": gettext("By a key of its own, as outside the sandbox"),
        "secret": gettext("By a secret, for a first try: in the sandbox alone"),
    })  # fmt: skip
