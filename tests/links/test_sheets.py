"""Files of customers as companies have them: read whole, each fault by its line, nothing taken that the API would refuse."""

import pytest

from portal.kernel.errors import Invalid, TooLarge
from portal.links.sheets import MOST_BYTES, read_sheet


def faults(data: bytes) -> list[tuple[int, str | None]]:
    """Line and column of each fault."""
    return [(fault.line, fault.column) for fault in read_sheet(data).faults]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("sign", [",", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_commas_and_semicolons_with_and_without_a_mark(mark: bytes, sign: str, end: str) -> None:
    lines = ("Number", "email", "name", "language"), ("4711", "eva@example.org", '"Eva, or; Ève"', "ca"), ("12", "", "", "")
    sheet = read_sheet(mark + end.join(sign.join(cells) for cells in lines).encode())
    assert sheet.faults == []
    assert sheet.items == [{"number": "4711", "email": "eva@example.org", "language": "ca"}, {"number": "12"}]


def test_each_line_that_is_wrong_is_named_with_its_column() -> None:
    data = b"number,email,language,deliver\n1,a@b,,\n,x@example.org,,\n3,,,mail\n4,,xx,\n5,,,pigeon\n5,,,\n5,,,\n6,,\n\xff,,,\n"
    assert faults(data) == [
        (2, "email"), (3, "number"), (4, "email"), (5, "language"), (6, "deliver"), (8, "number"), (9, None), (10, "number"),
    ]  # fmt: skip


def test_a_cell_over_several_lines_does_not_move_the_count() -> None:
    assert faults(b'number,note\n1,"a\nb\nc"\n\n ,x\n') == [(6, "number")]


def test_what_no_number_holds_is_a_fault_of_its_line() -> None:
    assert faults(b'number\n\x00\x00"\n1\n') == [(2, "number")]


def test_what_a_line_does_not_say_is_said_for_all() -> None:
    sheet = read_sheet(b"number,email,deliver\n1,a@example.org,\n2,,link\n3,,\n", deliver="mail")
    assert [item["deliver"] for item in sheet.items] == ["mail", "link"]
    assert [(fault.line, fault.column) for fault in sheet.faults] == [(4, "email")]


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"email\na@example.org\n", b"number,number\n1,2\n", b"\xff\xfen\x00", b'number\n"1', b'number\n"1"2\n'],
)  # fmt: skip
def test_what_is_no_such_file_is_refused_whole(data: bytes) -> None:
    with pytest.raises(Invalid):
        read_sheet(data)


def test_a_file_has_its_bounds() -> None:
    with pytest.raises(TooLarge):
        read_sheet(b"x" * (MOST_BYTES + 1))
    assert faults(b"number,note\n1," + b"x" * 5000 + b"\n") == [(2, None)]
