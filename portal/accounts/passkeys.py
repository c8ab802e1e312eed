"""Passkeys (WebAuthn): what a browser is asked, and whether what it answers proves anything. Pure.

Only those are taken that verify who uses them (a finger, a face, a PIN) and find their account by themselves: such a one
is two factors in one, and opens an account alone. The library is loaded where it is first needed: it takes a quarter of a
second, and most processes never meet a passkey.
"""

import ipaddress
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from portal.kernel.errors import Invalid

LONGEST = 20_000
TIMEOUT = 5 * 60_000


@dataclass(frozen=True, slots=True)
class Site:
    """For whom passkeys are made: the address people reach us by, and its host."""

    origin: str

    @property
    def host(self) -> str:
        """The relying party's id."""
        return urlsplit(self.origin).hostname or ""

    @property
    def usable(self) -> bool:
        """Whether browsers make passkeys for it: by https or on this very machine, and by a name."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return self.origin.startswith("https://") or self.host == "localhost"
        return False


@dataclass(frozen=True, slots=True)
class Passkey:
    """What is kept of a passkey: its id, its public key, and how often it was used by its own count."""

    id: bytes
    public_key: bytes
    counter: int

    def text(self) -> str:
        """Id and key, to be sealed."""
        return json.dumps({"id": self.id.hex(), "key": self.public_key.hex()})


def kept(text: str, counter: int) -> Passkey:
    """The passkey behind :meth:`Passkey.text`."""
    found = json.loads(text)
    return Passkey(bytes.fromhex(found["id"]), bytes.fromhex(found["key"]), counter)


def to_make(site: Site, challenge: str, *, user_id: bytes, email: str, there: list[bytes]) -> str:
    """What the browser is asked to make one; ``there`` are those that the account has."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import structs

    options = generate_registration_options(
        rp_id=site.host,
        rp_name="Freehold",
        user_id=user_id,
        user_name=email,
        user_display_name=email,
        challenge=challenge.encode(),
        timeout=TIMEOUT,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in there],
    )
    return options_to_json(options)


def to_use(site: Site, challenge: str, there: list[bytes] | None = None) -> str:
    """What the browser is asked to use one: any of this site's, or one of those that are there."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers import structs

    options = generate_authentication_options(
        rp_id=site.host,
        challenge=challenge.encode(),
        timeout=TIMEOUT,
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in there or ()],
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def made(site: Site, challenge: str, answer: str) -> Passkey:
    """The passkey that the browser made for this challenge; Invalid for anything else."""
    from webauthn import verify_registration_response

    with _from_outside():
        found = verify_registration_response(
            credential=_read(answer),
            expected_challenge=challenge.encode(),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    return Passkey(found.credential_id, found.credential_public_key, found.sign_count)


def named(answer: str) -> tuple[bytes, bytes]:
    """Which passkey an answer says it comes from, and of which user; nothing of it is proved yet."""
    from webauthn.helpers import base64url_to_bytes

    try:
        read = _read(answer)
        return base64url_to_bytes(read["rawId"]), base64url_to_bytes(read["response"].get("userHandle") or "")
    except _NOT_ITS_SHAPE as problem:
        raise Invalid("passkey") from problem


def used(site: Site, challenge: str, answer: str, passkey: Passkey) -> int:
    """The passkey's count after this use; Invalid unless it answers this challenge, here, by its verified owner."""
    from webauthn import verify_authentication_response

    with _from_outside():
        found = verify_authentication_response(
            credential=_read(answer),
            expected_challenge=challenge.encode(),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.counter,
            require_user_verification=True,
        )
    return int(found.new_sign_count)


# JSON or base64 that is none, a member that is missing, or of another kind, or too deep.
_NOT_ITS_SHAPE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


@contextmanager
def _from_outside() -> Iterator[None]:
    try:
        yield
    except Exception as problem:  # three libraries parse the answer, CBOR and keys in it, and name not all of their errors
        raise Invalid("passkey") from problem


def _read(answer: str) -> dict[str, Any]:
    from webauthn.helpers import base64url_to_bytes

    if len(answer) > LONGEST:
        raise ValueError("too long")
    read: dict[str, Any] = json.loads(answer)
    told = json.loads(base64url_to_bytes(read["response"]["clientDataJSON"]))
    # Another site's frame around ours could lead a person to press what they do not see.
    if told.get("crossOrigin") or told.get("topOrigin"):
        raise ValueError("in a frame of another site")
    return read
