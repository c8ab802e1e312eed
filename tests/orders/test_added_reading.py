"""What a mail or a table says of orders is read as it stands there, and what is no order is told in a sentence."""

import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.errors import Invalid
from portal.kernel.money import MOST
from portal.orders.added.mails import work
from portal.orders.added.shapes import Added, Line, read_order
from portal.orders.added.sheets import read_sheet
from portal.orders.amounts import amount_in_words, amount_of
from tests.orders.mailed import IN_WORDS, WITH_DATA, WITH_MICRODATA, mail


def said(data: bytes) -> Any:
    """What a mail says."""
    return dict(work(io.BytesIO(data), io.BytesIO()))


def test_a_mails_data_for_machines_is_read_by_line() -> None:
    assert said(WITH_DATA) == {
        "company": "Llibreria Far",
        "number": "LF-2041",
        "day": "2026-03-02",
        "currency": "EUR",
        "lines": [
            {"name": "The heron atlas", "quantity": "2", "amount": "36.00"},
            {"name": "Wrapping", "quantity": "1", "amount": "5.00"},
        ],
    }


def test_a_mails_microdata_says_the_same() -> None:
    found = said(WITH_MICRODATA)
    assert (found["company"], found["number"], found["day"], found["currency"]) == ("Flors Roca", "R-77", "2026-04-05", "EUR")
    assert found["lines"] == [{"name": "Twelve roses", "quantity": "1", "amount": "24.90"}]


@pytest.mark.parametrize("locale", IN_WORDS)
def test_a_mail_without_such_data_is_read_by_its_words(locale: str) -> None:
    found = said(IN_WORDS[locale])
    assert (found["company"], found["number"], found["day"]) == ("Casa Lumen", "A-1009", "2026-03-02")
    assert found["currency"] == ("RON" if locale == "ro" else "EUR")
    assert [line["quantity"] for line in found["lines"]] == ["2", "1"]
    assert [amount_of(line["amount"], "EUR") for line in found["lines"]] == [2500, 350]


def test_of_a_mail_that_only_tells_a_sum_one_line_is_made() -> None:
    found = said(mail("Total: 1.234,50 €", subject="Order 4711 confirmed"))
    assert found["number"] == "4711"
    assert [(line["name"], amount_of(line["amount"], "EUR")) for line in found["lines"]] == [("Order 4711 confirmed", 123450)]


def test_what_is_attached_to_a_mail_does_not_hide_what_it_says() -> None:
    whole = mail("Your order number is A-1009\n\n1 x Cup: €3.50\n\nTotal: €3.50\n", attached=bytes(6 * 1024 * 1024))
    assert (said(whole)["number"], said(whole)["lines"][0]["name"]) == ("A-1009", "Cup")


_DEEP: Any = {"@type": "Order", "orderNumber": "7"}
for _ in range(200):
    _DEEP = {"a": [_DEEP]}
ODD = [
    b"",
    b"From: x\n\n",
    b"From: =?utf-8?q?" + b"=00" * 500 + b"?=\nDate: never\n\nTotal " + b"9" * 5000,
    mail(page=f'<script type="application/ld+json">{"[" * 5000}</script>'),
    mail(page=f'<script type="application/ld+json">{json.dumps(_DEEP)}</script>'),
    mail(page='<script type="application/ld+json">{"@type":"Order","acceptedOffer":[1,null,{"itemOffered":[[]]}],"seller":7}</script>'),
    mail(page="<div itemscope itemprop=x>" * 2000 + "</div>" * 100),
    mail(page="<p>" + "<b>" * 20000),
    b"Content-Type: multipart/mixed; boundary=a\nFrom: x\n\n" + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 800,
    WITH_DATA.replace(b"utf-8", b"no-such-letters"),
]


@pytest.mark.parametrize("data", ODD, ids=range(len(ODD)))
def test_a_mail_that_is_odd_says_what_it_can_and_breaks_nothing(data: bytes) -> None:
    assert json.dumps(said(data))


@given(st.text(max_size=400))
def test_whatever_a_page_of_a_mail_holds_it_is_read_or_left(page: str) -> None:
    assert json.dumps(said(mail(page=page.encode("utf-8", "replace").decode().replace("\0", ""))))


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("12.50", 1250), ("12,50", 1250), ("12", 1200), ("1.234,56", 123456), ("1,234.56", 123456), ("1 234,56", 123456),
        ("€ 12.50", 1250), ("12,50 €", 1250), ("1.234", 123400), ("0,5", 50), ("12.", 1200), (".50", None), ("1'234.50", 123450),
        ("", None), ("x", None), ("-5", None), ("12.505", 1250500), ("1.2.3,4", None), ("12 or 50", None), ("(5.00)", None), ("12,-", 1200), ("28,50 lei", 2850),
        ("RON 12", 1200), ("R$ 12,50", 1250), ("1\u00a0234,50\u00a0€", 123450), ("\u22125", None), ("٣", None), ("9" * 40, None), ("12,505,1", None),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_people_write_it(text: str, minor: int | None) -> None:
    assert amount_of(text, "EUR") == minor


@given(st.integers(0, MOST), st.sampled_from(["EUR", "JPY", "BHD"]))
def test_an_amount_that_is_shown_in_a_field_is_read_back_as_it_was(minor: int, currency: str) -> None:
    assert amount_of(amount_in_words(minor, currency), currency) == minor
    assert Decimal(amount_in_words(minor, currency)) >= 0


def typed(**more: Any) -> Any:
    """An order as it is typed."""
    line = {"name": "Lamp", "quantity": "2", "amount": "12.50"}
    return {"company": "Casa", "number": "7", "day": date(2026, 3, 2), "currency": "EUR", "lines": [line], **more}


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("company", {"company": " "}),
        ("company", {"company": "a\u202eb"}),
        ("company", {"company": "x" * 121}),
        ("number", {"number": "x" * 65}),
        ("day", {"day": None}),
        ("day", {"day": date(1400, 1, 1)}),
        ("day", {"day": date(2199, 1, 1)}),
        ("currency", {"currency": "EURO"}),
        ("name_0", {"lines": []}),
        ("name_0", {"lines": [{"name": "", "quantity": "1", "amount": ""}]}),
        ("quantity_0", {"lines": [{"name": "a", "quantity": "0", "amount": ""}]}),
        ("quantity_0", {"lines": [{"name": "a", "quantity": "99999999999", "amount": ""}]}),
        ("quantity_0", {"lines": [{"name": "a", "quantity": "²", "amount": ""}]}),
        ("amount_0", {"lines": [{"name": "a", "quantity": "1", "amount": "twelve"}]}),
        ("name_0", {"lines": [{"name": "a", "quantity": "1", "amount": ""}] * 51}),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(field: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as no:
        read_order(**typed(**wrong))
    assert set(no.value.fields) == {field}


def test_lines_that_are_left_empty_are_none_and_the_sum_is_known_where_all_prices_are() -> None:
    empty = {"name": "", "quantity": " ", "amount": ""}
    order = read_order(**typed(lines=[empty, *typed()["lines"], empty]))
    assert (order.lines, order.total) == ([Line("Lamp", 2, 1250)], 1250)
    unpriced = {"name": "Cup", "quantity": "", "amount": ""}
    assert read_order(**typed(lines=[*typed()["lines"], unpriced])).total is None


def orders_in(data: bytes, company: str = "", currency: str = "EUR") -> list[Added]:
    """The orders of a table without a fault."""
    sheet = read_sheet(data, company=company, currency=currency)
    assert sheet.faults == []
    return sheet.orders


def test_rows_of_a_table_with_one_number_are_one_order() -> None:
    data = "\ufeffnumber;company;date;name;quantity;amount\n7;Casa;02/03/2026;Lamp;2;12,50\n7;Casa;02/03/2026;Cup;;3\n8;Casa;2026-03-04;Jug;1;\n"
    first, second = orders_in(data.encode())
    assert (first.number, first.day, first.total, len(first.lines)) == ("7", date(2026, 3, 2), 1550, 2)
    assert (second.number, second.total) == ("8", None)


def test_what_a_table_does_not_say_the_form_does() -> None:
    [order, other] = orders_in(b"date,name\n2026-03-02,Lamp\n2026-03-02,Lamp\n", "Casa", "RON")
    assert (order.company, order.currency, order.number) == ("Casa", "RON", None)
    assert other == order


@pytest.mark.parametrize(
    "heads",
    [
        "Order ID,Order Date,Currency,Unit Price,Quantity,Product Name,Shipping Address",
        "Número de comanda,Data de la comanda,Moneda,Preu unitari,Unitats,Nom del producte,Adreça",
        "N.º de pedido,Fecha del pedido,Moneda,Precio unitario,Cantidad,Nombre del producto,Dirección",
        "Numărul comenzii,Data comenzii,Monedă,Preț unitar,Cantitate,Denumire produs,Adresă",
    ],
)
def test_a_companys_own_words_for_its_columns_are_read_in_each_language(heads: str) -> None:
    [order] = orders_in(f"{heads}\n7-1,2026-03-02T10:20:30Z,RON,12.50,2.0,Lamp,here\n".encode(), "Casa")
    assert (order.number, order.day, order.currency, order.lines) == ("7-1", date(2026, 3, 2), "RON", [Line("Lamp", 2, 2500)])


def test_of_two_columns_that_could_be_meant_the_plainer_one_is() -> None:
    [order] = orders_in(b"date,product,name,order,number,total,unit price\n2026-03-02,code-1,Lamp,12,7,30,1\n", "Casa")
    assert (order.number, order.lines) == ("7", [Line("Lamp", 1, 3000)])


@pytest.mark.parametrize(
    ("data", "said_of_it"),
    [
        (b"name,amount\na,1\n", "Missing: the date"),
        (b"date,name,name\n2026-03-02,a,b\n", "twice: name"),
        (b"date,name\n", "no order"),
        (b"", "Missing: the date, what was ordered"),
        (b'date,name\n2026-03-02,a\n2026-03-02,"a\n', "Line 3 cannot be read"),
        (b"date,name\n" + b"2026-03-02,a\n" * 501, "500"),
        (b"date,name\n" + b"2026-03-02,a\n" * 2001, "2000"),
    ],
)
def test_a_table_that_is_none_is_told_in_a_sentence(data: bytes, said_of_it: str) -> None:
    with pytest.raises(Invalid) as no:
        read_sheet(data, company="Casa", currency="EUR")
    assert said_of_it in no.value.fields["file"]


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        ("7,2026-03-02,a,1,b\n", [(2, None)]),
        ("7,31/02/2026,a,1\n8,2026-03-02,,1\n", [(2, "Date"), (3, "Name")]),
        ("7,2026-03-02,a,1\n\n7,2026-03-03,b,1\n", [(4, "Date")]),
        ('7,2026-03-02,"a\nb",1\n8,2026-03-02,c,x\n', [(4, "Total")]),
        ("7,2026-03-02,a,1\n7,2026-03-02,b,-1\n", [(3, "Total")]),
        (f"7,2026-03-02,a,{10**14}\n", [(2, "Total")]),
        ("x" * 65 + ",2026-03-02,a,1\n", [(2, "Number")]),
        ("7,2026-03-02,a\u202eb,1\n", [(2, "Name")]),
        ("7,2126-03-02,a,1\n", [(2, "Date")]),
        ("7,2026-03-02 today,a,1\n", [(2, "Date")]),
    ],
)
def test_every_wrong_line_of_a_table_is_named_with_its_column(rows: str, faults: list[tuple[int, str | None]]) -> None:
    sheet = read_sheet(f"Number,Date,Name,Total\n{rows}".encode(), company="Casa", currency="EUR")
    assert [(fault.line, fault.column) for fault in sheet.faults] == faults
    assert all(fault.why for fault in sheet.faults)


def test_an_order_in_two_currencies_is_named() -> None:
    sheet = read_sheet(b"number,date,name,currency\n7,2026-03-02,a,EUR\n7,2026-03-02,b,RON\n", company="Casa", currency="EUR")
    assert [(fault.line, fault.column) for fault in sheet.faults] == [(3, "currency")]


@given(st.text(max_size=300))
def test_whatever_stands_in_a_table_it_is_read_named_or_told(text: str) -> None:
    for head in ("", "date,name,number,amount\n"):
        assert _told_of((head + text).encode("utf-8", "replace"))


def _told_of(data: bytes) -> Any:
    try:
        sheet = read_sheet(data, company="Casa", currency="EUR")
    except Invalid as no:
        return no.fields
    return sheet.orders or sheet.faults
