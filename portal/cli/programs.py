"""``freehold program``: companies' programs, and the keys by which they prove themselves."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import click

from portal.cli.base import OPERATOR, opened
from portal.cli.telling import naming
from portal.kernel.errors import NotFound
from portal.kernel.unit import Unit

if TYPE_CHECKING:
    from portal.oauth.jose import PublicKey

KEY_FILE = click.File("rb", lazy=False)


@dataclass(frozen=True)
class Proof:
    """How a new program will prove itself: by keys, whose private half is shown where we made it, or by a secret."""

    keys: "Sequence[PublicKey]" = ()
    private: str | None = None
    jwks_uri: str | None = None

    def make(self, unit: Unit, vendor_id: bytes, name: str, redirect_uris: Sequence[str]) -> tuple[str, str | None]:
        """Makes the program; gives its client id and its secret, where it has one."""
        from portal.oauth.service.clients import make_client, make_keyed_client

        if self.keys or self.jwks_uri is not None:
            made = make_keyed_client(
                unit, vendor_id, name, self.keys, redirect_uris=redirect_uris, jwks_uri=self.jwks_uri
            )
            return made, None
        return make_client(unit, vendor_id, name, redirect_uris=redirect_uris)

    def tell(self, shown: tuple[str, str | None]) -> None:
        """Prints what the company needs, once."""
        client_id, secret = shown
        click.echo(f"client_id:     {client_id}")
        if secret is not None:
            click.echo(f"client_secret: {secret}")
            click.echo("The secret is kept as a hash only: write it down now.", err=True)
        elif self.private is not None:
            click.echo(f"private_jwk:   {self.private}")
            click.echo("The private key is kept nowhere here: write it down now.", err=True)


def proof_of(key_file: IO[bytes] | None, *, with_secret: bool, jwks_uri: str | None = None) -> Proof:
    """The proof that the options ask for; without any, a key is made."""
    if (key_file is not None or jwks_uri is not None) and with_secret:
        option = "--key" if key_file is not None else "--jwks-uri"
        raise click.ClickException(f"{option} and --with-secret are two ways to prove a program: give one of them.")
    if with_secret:
        return Proof()
    if key_file is not None or jwks_uri is not None:
        return Proof(read_keys(key_file) if key_file is not None else (), jwks_uri=jwks_uri)
    return _made()


def _made() -> Proof:
    from joserfc.jwk import ECKey

    from portal.oauth.jose import public_key

    made = ECKey.generate_key("P-256")
    named = {"kid": made.thumbprint()}
    return Proof([public_key({**made.as_dict(private=False), **named})], json.dumps({**made.as_dict(private=True), **named}))


def read_keys(file: IO[bytes]) -> "list[PublicKey]":
    """The public keys of a file that holds a JWK or a JWK Set; what is wrong with it is told in a line."""
    from portal.oauth.jose import BadKey
    from portal.oauth.key_sets import MOST_BYTES, keys_from
    from portal.oauth.strict_json import NotJson

    try:
        return keys_from(file.read(MOST_BYTES))
    except NotJson as why:
        raise click.ClickException(f"{file.name}: {why}") from None
    except BadKey as bad:
        raise click.ClickException(f"{file.name}: {bad.why}") from None


@click.group()
def program() -> None:
    """Companies' programs: add one, change its keys, shut it out."""


@program.command("add", short_help="Make one more program for a company.")
@click.argument("company")
@click.option("--name", help="What the program is called; without, as the company.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Where it may send people back to.")
@click.option("--key", "key_file", type=KEY_FILE, help="Its public key, as a JWK or a set of them. Without: one is made.")
@click.option("--jwks-uri", help="Where the company publishes its keys: read there as they are needed.")
@click.option("--with-secret", is_flag=True, help="The simple profile, with a secret and bearer tokens, in place of keys.")
def program_add(
    company: str,
    name: str | None,
    redirect_uris: tuple[str, ...],
    key_file: IO[bytes] | None,
    jwks_uri: str | None,
    with_secret: bool,
) -> None:
    """Make one more program for COMPANY. What is private is shown once."""
    from portal.vendors.reads import find_vendor

    proof = proof_of(key_file, with_secret=with_secret, jwks_uri=jwks_uri)
    with opened() as house:
        options = {"redirect_uris": "--redirect-uri", "keys": "--key", "name": "--name", "jwks_uri": "--jwks-uri"}
        nobody = f"No company is called {company}. See `freehold vendor list`."
        with _known(nobody), naming(**options), house.writing(OPERATOR) as unit:
            found = find_vendor(unit, company)
            shown = proof.make(unit, found.id, name or found.name, redirect_uris)
        proof.tell(shown)


@program.command("keys", short_help="List the keys that prove a program.")
@click.argument("client_id")
def program_keys(client_id: str) -> None:
    """List the keys that prove the program CLIENT_ID."""
    from portal.oauth.jose import thumbprint_text
    from portal.oauth.reads import address_of_program, keys_of_program

    with opened() as house, _known(_NONE.format(client_id)), house.reading(OPERATOR) as unit:
        for key in keys_of_program(unit, client_id):
            ended = f"  ended {key.ended_at:%Y-%m-%d}" if key.ended_at else ""
            click.echo(f"{key.added_at:%Y-%m-%d}  {key.jwk['kty']:<4} {key.kid}{ended}")
        published = address_of_program(unit, client_id)
        if published is not None:
            address, found = published
            read = f"read {found.fetched_at:%Y-%m-%d %H:%M} UTC" if found.fetched_at else "not read yet"
            click.echo(f"{address}  {read}")
            for one in found.keys:
                click.echo(f"{'':10}  {dict(one.members)['kty']:<4} {one.kid or thumbprint_text(one.thumbprint)}")


@program.command("key-address", short_help="Say where a program's keys are read.")
@click.argument("client_id")
@click.option("--jwks-uri", help="Where its company publishes them. Without: nowhere any more.")
def program_key_address(client_id: str, jwks_uri: str | None) -> None:
    """Say where the keys of the program CLIENT_ID are read, beside those that were added; nowhere without --jwks-uri."""
    from portal.oauth.service import set_key_address

    with opened() as house:
        with _known(_NONE.format(client_id)), naming(jwks_uri="--jwks-uri"), house.writing(OPERATOR) as unit:
            set_key_address(unit, client_id=client_id, jwks_uri=jwks_uri)
        told = "They are read there when the program next proves itself." if jwks_uri else "They are read nowhere any more."
        click.echo(told)


@program.command("add-key", short_help="Let one more key prove a program.")
@click.argument("client_id")
@click.argument("file", type=KEY_FILE)
def program_add_key(client_id: str, file: IO[bytes]) -> None:
    """Let the public key in FILE (a JWK) prove the program CLIENT_ID, beside those that it has."""
    from portal.oauth.service.clients import add_key

    with opened() as house:
        keys = read_keys(file)
        with _known(_NONE.format(client_id)), naming(keys=file.name), house.writing(OPERATOR) as unit:
            for key in keys:
                add_key(unit, client_id=client_id, key=key)
        click.echo(f"{len(keys)} added. End the old key once the program signs with the new one: freehold program end-key")


@program.command("end-key", short_help="Let a key prove nothing any more.")
@click.argument("client_id")
@click.argument("kid")
def program_end_key(client_id: str, kid: str) -> None:
    """Let the key KID prove nothing any more, at once. Tokens that were given before stay what they are."""
    from portal.oauth.service.clients import end_key

    with opened() as house:
        with _known(f"The program {client_id} has no key {kid}. See `freehold program keys`."), house.writing(OPERATOR) as unit:
            end_key(unit, client_id=client_id, kid=kid)
        click.echo("Ended.")


@program.command("block", short_help="Shut a program out, at once.")
@click.argument("client_id")
def program_block(client_id: str) -> None:
    """Shut the program CLIENT_ID out, at once, with whatever tokens it holds. It cannot be let in again."""
    from portal.oauth.service import block_client

    with opened() as house:
        with _known(f"No living program is called {client_id}. See `freehold vendor list`."), house.writing(OPERATOR) as unit:
            block_client(unit, client_id=client_id)
        click.echo("It is shut out, and its tokens have ended.")


_NONE = "No living program that proves itself by keys is called {}. See `freehold vendor list`."


@contextmanager
def _known(told: str) -> Iterator[None]:
    """Within the block, what is not found is said in a sentence."""
    try:
        yield
    except NotFound:
        raise click.ClickException(told) from None
