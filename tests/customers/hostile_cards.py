"""Reads cards that were written to keep a reader busy, within a bound of work that the system sets. A program of its own."""

import resource
import time
from itertools import cycle, product

from portal.customers.vcard import LARGEST, read
from portal.kernel.errors import Invalid

SECONDS = 5
"""Of the processor, a card. Going through one once takes some hundredths of a second; going back in it, years."""
UNITS = [
    "A;", ";A", "A;A=", ";A=b", ";A,", ';A="', ';A="b"', ';A="b",', ";A=b,c", 'A=";', '"', '";"', ",", "=", ":", "A.", ".", "-",
    "\\", "\\;", "\\,", "\\n", ";\\", "=\n", " =\n", "\n ", "\n\t\n", "\r", "=C3", "=\r\n ", "BEGIN:VCARD\n", "BEGIN:X\n", "N:\n", "ñ",
]  # fmt: skip
STARTS = [
    "A;", "N:", "N;", "A;A", "A.A;", ";A", "N;ENCODING=QUOTED-PRINTABLE:", "N;QUOTED-PRINTABLE;", "ADR;TYPE=", 'TEL;TYPE="',
    "N;ENCODING=QUOTED-PRINTABLE;CHARSET=punycode:", "N;ENCODING=QUOTED-PRINTABLE;CHARSET=idna:", "TEL;CELL;CELL;",
]  # fmt: skip
ENDS = ["", ":x", ';B=":"', ';B="', '":x', '=b":x', "\x00"]


def _card(start: str, unit: str, end: str) -> bytes:
    frame = f"BEGIN:VCARD\nVERSION:3.0\n{start}%s{end}\nEND:VCARD\n"
    room = LARGEST - len(frame.encode()) - 2
    return (frame % (unit * (room // len(unit.encode())))).encode()


def main() -> None:
    """Reads every card; the outcome does not matter here."""
    ends = cycle(ENDS)
    for start, unit in product(STARTS, UNITS):
        most = int(time.process_time()) + SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
        try:
            read(_card(start, unit, next(ends)))
        except Invalid:
            continue


if __name__ == "__main__":
    main()
