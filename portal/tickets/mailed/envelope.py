"""To whom a mail was delivered and who its envelope says it is from, as the mail server that hands it over tells. Pure."""

from typing import IO, BinaryIO, NamedTuple

from portal.kernel.apart import memory_file
from portal.tickets.mailed.reading import MOST_BYTES

_MOST_HEADERS = 64 * 1024
_DELIVERED = (b"delivered-to", b"x-original-to", b"envelope-to", b"x-envelope-to")


class Envelope(NamedTuple):
    """Recipient and sender; None where nobody tells, and a sender of "" is nobody."""

    recipient: str | None
    sender: str | None


def taken_from(stream: IO[bytes]) -> BinaryIO:
    """What comes, in memory, up to a byte more than is taken: what is larger is never read."""
    found, left = memory_file(), MOST_BYTES + 1
    while left and (piece := stream.read(min(left, 256 * 1024))):
        found.write(piece)
        left -= len(piece)
    while not left and stream.read(1024 * 1024):
        pass  # a server whose mail is not read to its end would think that it broke off
    found.seek(0)
    return found


def envelope_of(source: BinaryIO, given: Envelope) -> Envelope:
    """What was given; what was not, by the first such headers: a server puts its own before all that a sender wrote."""
    source.seek(0)
    headers = dict[bytes, str]()
    for line in source.read(_MOST_HEADERS).splitlines():
        if not line:
            break
        name, _, value = line.partition(b":")
        headers.setdefault(name.strip().lower(), value.strip().decode("ascii", "replace"))
    recipient = given.recipient or next((headers[name] for name in _DELIVERED if name in headers), None)
    sender = headers.get(b"return-path") if given.sender is None else given.sender
    return Envelope(recipient, None if sender is None else sender.strip().strip("<>"))
