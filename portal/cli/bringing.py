"""``freehold vendor invite NAME customers.csv``: a company's customers invited by the operator, from a file."""

import os
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from portal.cli.base import OPERATOR
from portal.kernel.errors import Problem
from portal.links.service.inviting import REFUSED, Result, invite_all
from portal.links.shapes import LINK, MAIL
from portal.links.sheets import Fault, read_sheet

if TYPE_CHECKING:
    from portal.kernel.house import House
    from portal.vendors.reads import VendorView

_PART = 250


def invite_file(house: "House", company: "VendorView", data: bytes, links: Path | None) -> int:
    """Invites everybody in the file, or, where a line is wrong, nobody; gives the exit code: 1 where somebody was not.

    The file of links is readable by this account alone: whoever has a link can take a customer's place.
    """
    try:
        sheet = read_sheet(data, deliver=MAIL if links is None else LINK)
    except Problem as wrong:
        raise click.ClickException(wrong.detail or wrong.reason) from None
    if sheet.faults:
        for fault in sheet.faults:
            click.echo(_said(fault))
        click.echo(f"{len(sheet.faults)} lines are wrong. Nobody was invited.", err=True)
        return 1
    with ExitStack() as stack:
        out = None if links is None else stack.enter_context(_new(links))
        results = _invite(house, company, sheet.items)
        if out is not None:
            _write(house, company.id, results, out)
    return _told(results)


def _new(path: Path) -> IO[str]:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as trouble:
        raise click.ClickException(f"--links {path}: {trouble.strerror}. Nobody was invited.") from None
    return os.fdopen(handle, "w", newline="", encoding="utf-8")


def _invite(house: "House", company: "VendorView", items: list[dict[str, Any]]) -> list[Result]:
    test = company.mode == "test"
    batches = invite_all(lambda: house.writing(OPERATOR), vendor_id=company.id, items=items, test=test)
    return [result for batch in batches for result in batch]


def _said(fault: Fault) -> str:
    return f"line {fault.line}: {'' if fault.column is None else f'{fault.column}: '}{fault.reason}"


def _told(results: Sequence[Result]) -> int:
    for result in results:
        if result.refusal is not None:
            click.echo(f"{result.number}: {result.refusal.detail or result.refusal.reason}")
    counts = Counter(result.state for result in results)
    click.echo(", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "The file names nobody.")
    return 1 if counts[REFUSED] else 0


def _write(house: "House", vendor_id: bytes, results: Sequence[Result], out: IO[str]) -> None:
    from portal.audit.export import csv_row
    from portal.links.shared import told_links

    numbers = [result.number for result in results if result.has_link and result.number]
    out.write(csv_row(("number", "link")))
    for start in range(0, len(numbers), _PART):
        with house.reading(OPERATOR) as unit:
            found = told_links(unit, vendor_id, numbers[start : start + _PART])
        for number in numbers[start : start + _PART]:
            out.write(csv_row((number, found[number])))
