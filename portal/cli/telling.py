"""What is wrong with what was typed, said of the word or option that it came by."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import click

from portal.kernel.errors import Invalid


@contextmanager
def naming(**options: str) -> Iterator[None]:
    """Within the block, what a service finds wrong with a member is said of the option that it came by."""
    try:
        yield
    except Invalid as wrong:
        if not wrong.fields:
            raise
        told = (f"{options.get(name, name)}: {why}" for name, why in wrong.fields.items())
        raise click.ClickException("; ".join(told)) from None


def unknown(option: str, word: str, known: Iterable[str], such_as: str) -> click.ClickException:
    """A word that is none of those there are, with what was perhaps meant."""
    close = get_close_matches(word, known, n=3, cutoff=0.6)
    hint = f"Did you mean {' or '.join(close)}?" if close else f"Known are names such as {such_as}."
    return click.ClickException(f"{option} {word}: there is no such name. {hint}")


def wrong_setting(error: Mapping[str, Any], bounds: dict[str, int]) -> str:
    """What pydantic found wrong with a setting, as an operator would say it."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in ("int_parsing", "greater_than_equal", "less_than_equal"):
        return f"write a number from {bounds['ge']} to {bounds['le']}" if bounds else "write a whole number"
    if kind == "bool_parsing":
        return "write 1 or 0"
    if kind == "literal_error":
        return f"write {context['expected']}"
    return str(error["msg"].removeprefix("Value error, "))
