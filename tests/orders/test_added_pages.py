"""Orders that a customer adds: written, read from what the company sent, changed, removed, and seen by nobody else."""

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import delete, func, select

from portal.customers.service import erase
from portal.files.models import File, FileChunk, LooseFile
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from portal.orders.added.models import AddedLine, AddedOrder
from tests.customers.erased import everything
from tests.files import corpus
from tests.files.corpus import NAMES, refused, taken
from tests.grants.cast import person, signed_in
from tests.orders.cast import CARE, an_order, company, found, line, own, shared_with, tell
from tests.orders.mailed import WITH_DATA

HAND = "/orders/add/hand"
TYPED = {
    "company": "Casa Lumen", "number": "A-7", "day": "2026-03-02", "currency": "EUR", "file": "",
    "name_0": "Blue lamp", "quantity_0": "2", "amount_0": "25,00", "name_1": "Cup", "quantity_1": "", "amount_1": "3.50",
}  # fmt: skip


class Ana:
    """A customer with a browser."""

    def __init__(self, app: Flask, house: House, email: str = "ana@example.org") -> None:
        self.actor: Actor = person(house, email)
        self.browser: FlaskClient = signed_in(app, self.actor)

    def get(self, path: str) -> str:
        """A page."""
        answer = self.browser.get(path)
        assert answer.status_code == 200, answer.status
        return answer.text

    def post(self, path: str, page: str = HAND, **fields: Any) -> Any:
        """Sends a form."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page))
        assert token is not None
        return self.browser.post(path, data={"csrf_token": token[1], **fields})

    def sends(self, data: bytes, name: str = "x", path: str = "/orders/add", **fields: str) -> Any:
        """Sends a file."""
        return self.post(path, file=(io.BytesIO(data), name), **fields)

    def adds(self, **fields: str) -> str:
        """Adds an order by hand; gives its address."""
        answer = self.post(HAND, **{**TYPED, **fields})
        assert answer.status_code == 303, answer.text
        return str(answer.location)


@pytest.fixture
def ana(app: Flask, house: House) -> Ana:
    return Ana(app, house)


def count(house: House, model: Any) -> int:
    with house.reading(SYSTEM) as unit:
        return unit.connection.execute(select(func.count()).select_from(model)).scalar_one()


def values_of(page: str) -> dict[str, str]:
    """What stands in the fields of a form."""
    found = re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', page)
    return dict(found)


def test_an_order_is_written_by_hand_shown_and_marked_as_ones_own(ana: Ana) -> None:
    page = ana.get(ana.adds())
    for words in ("Order A-7", "Casa Lumen", "Added by you", "Blue lamp", "2 pieces", "€28.50", "2 March 2026", "No company sees it"):
        assert words in page, words
    listed = ana.get("/orders")
    assert "Casa Lumen, order A-7" in listed
    assert "Added by you" in listed
    assert "1 order, €28.50 in all" in " ".join(listed.split())


def test_told_and_added_orders_stand_in_one_list_by_date_and_can_be_narrowed(app: Flask, house: House) -> None:
    seller = company(house, "Llibreria Far")
    days = {"F-1": 1, "F-2": 20}
    tell(house, seller.vendor_id, *(an_order(number, "c", line(number, 500), day=day) for number, day in days.items()))
    ana = Ana.__new__(Ana)
    ana.actor = found(house, seller, "c", "ana@example.org")
    ana.browser = signed_in(app, ana.actor)
    for at in range(30):
        ana.adds(number=f"A-{at}", day=f"2026-03-{10 if at else 28}")
    seen, path = list[str](), "/orders"
    while path:
        page = ana.get(path)
        seen += re.findall(r"(?:Casa Lumen|Llibreria Far), order ([A-Z]-\d+)<", page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = older[1].replace("&amp;", "&") if older else ""
    assert seen[:2] == ["A-0", "F-2"]
    assert seen[-1] == "F-1"
    assert len(seen) == len(set(seen)) == 32
    own_ones = " ".join(ana.get("/orders?company=added").split())
    assert "Llibreria Far, order" not in own_ones
    assert "30 orders, €855.00 in all" in own_ones
    assert "Casa Lumen, order" not in ana.get("/orders?since=2026-03-19&until=2026-03-21")


def test_what_was_typed_stays_and_what_is_wrong_is_said_beside_its_field(house: House, ana: Ana) -> None:
    answer = ana.post(HAND, **{**TYPED, "day": "", "amount_0": "twelve", "quantity_1": "0"})
    assert answer.status_code == 422
    assert values_of(answer.text)["name_0"] == "Blue lamp"
    for name in ("day", "amount_0", "quantity_1"):
        assert f'id="{name}-error"' in answer.text
        assert f'href="#{name}"' in answer.text
    assert count(house, AddedOrder) == 0


def test_more_lines_are_given_and_nothing_is_lost_or_added(house: House, ana: Ana) -> None:
    answer = ana.post(HAND, **TYPED, more="1")
    assert answer.status_code == 200
    assert values_of(answer.text)["name_1"] == "Cup"
    assert 'name="name_7"' in answer.text
    assert count(house, AddedOrder) == 0


def test_nobody_adds_an_order_twice(house: House, ana: Ana) -> None:
    ana.adds()
    answer = ana.post(HAND, **{**TYPED, "company": "CASA lumen", "number": "a-7"})
    assert answer.status_code == 422
    assert "with this number already" in answer.text
    ana.adds(number="")
    ana.adds(number="")
    assert count(house, AddedOrder) == 3


def test_an_order_is_changed_and_removed_with_its_files(house: House, ana: Ana) -> None:
    path = ana.adds()
    assert values_of(ana.get(f"{path}/change"))["amount_0"] == "25.00"
    assert ana.post(f"{path}/change", **{**TYPED, "name_0": "Green lamp", "name_1": "", "amount_1": ""}).status_code == 303
    page = ana.get(path)
    assert "Green lamp" in page
    assert "Cup" not in page
    assert ana.post(f"{path}/change", **{**TYPED, "company": ""}).status_code == 422
    ana.sends(corpus.pdf(), "invoice.pdf", f"{path}/files")
    assert "goes, too" in ana.get(f"{path}/remove")
    assert ana.post(f"{path}/remove", f"{path}/remove").status_code == 303
    assert ana.browser.get(path).status_code == 404
    assert [count(house, model) for model in (AddedOrder, AddedLine, File, FileChunk, LooseFile)] == [0] * 5


def test_of_a_saved_mail_the_order_is_read_looked_through_and_kept_with_the_mail(ana: Ana) -> None:
    page = ana.sends(WITH_DATA, "order.eml").text
    values = values_of(page)
    assert "Look through it before you add it." in page
    assert (values["company"], values["number"], values["day"]) == ("Llibreria Far", "LF-2041", "2026-03-02")
    assert (values["name_0"], values["quantity_0"], values["amount_0"]) == ("The heron atlas", "2", "36.00")
    wrong = ana.post(HAND, **{**values, "currency": "EUR", "day": ""})
    assert wrong.status_code == 422
    assert "order.eml" in wrong.text
    path = ana.post(HAND, **{**values_of(wrong.text), "currency": "EUR", "day": "2026-03-02"}).location
    page = ana.get(path)
    assert "€41.00" in page
    [file] = re.findall(rf'href="({path}/files/[\w-]{{22}})"', page)
    assert ana.browser.get(file).data == WITH_DATA
    again = ana.post(HAND, **{**values, "once": "", "currency": "EUR", "number": "another"})
    assert again.status_code == 422
    assert "not here any more" in again.text


def test_a_pdf_or_a_picture_is_kept_with_the_order_that_is_then_written(ana: Ana) -> None:
    page = ana.sends(corpus.ACTIVE["script"], "invoice.pdf").text
    assert "invoice.pdf" in page
    assert "It holds a script" in page
    path = ana.post(HAND, **{**TYPED, "file": values_of(page)["file"]}).location
    assert "It holds a script" in ana.get(path)


TABLE = b"number,date,name,quantity,amount\n7,2026-03-02,Lamp,1,12.50\n7,2026-03-02,Cup,1,3\n8,2026-03-04,Jug,1,9\n"


def through(ana: Ana, table: bytes, name: str = "orders.csv", **fields: str) -> Any:
    """Sends a table, looks through what was found and adds it."""
    answer = ana.sends(table, name, **{"company": "Casa Lumen", "currency": "EUR", **fields})
    assert answer.status_code == 200, answer.text
    found = {name: value for name, value in values_of(answer.text).items() if name in ("file", "company", "currency")}
    return ana.post("/orders/add/table", **found)


def test_of_a_table_what_was_found_is_shown_before_anything_is_added(house: House, ana: Ana) -> None:
    page = " ".join(ana.sends(TABLE, company="Casa Lumen", currency="RON").text.split())
    for words in ("2 orders, RON24.50 in all", "2–4 Mar 2026", "Casa Lumen, order 7", "Lamp; Cup", "RON9.00", "Add 2 orders"):
        assert words in page, words
    assert count(house, AddedOrder) == 0


def test_of_a_table_every_order_is_added_once(house: House, ana: Ana) -> None:
    answer = through(ana, TABLE)
    assert (answer.status_code, answer.location) == (303, "/orders")
    assert "2 orders added." in ana.get("/orders")
    through(ana, TABLE, company="casa lumen")
    assert "0 orders added. 2 orders were here already." in ana.get("/orders")
    without = b"date,name,amount\n2026-03-02,Tram ticket,2.50\n2026-03-02,Tram ticket,2.50\n2026-03-03,Tram ticket,2.50\n"
    through(ana, without)
    assert "3 orders added." in ana.get("/orders")
    through(ana, without + b"2026-03-02,Tram ticket,2.50\n")
    assert "1 order added. 3 orders were here already." in ana.get("/orders")
    assert count(house, AddedOrder) == 6


def test_a_table_that_is_sent_on_twice_is_added_once(house: House, ana: Ana) -> None:
    found = values_of(ana.sends(b"date,name\n2026-03-02,Lamp\n", company="Casa", currency="EUR").text)
    for _press in range(2):
        assert ana.post("/orders/add/table", **{name: found[name] for name in ("file", "company", "currency")}).status_code == 303
    assert count(house, AddedOrder) == 1


def test_every_wrong_line_of_a_table_is_named_with_its_reason_and_nothing_is_added(house: House, ana: Ana) -> None:
    faulty = TABLE + b"9,never,,x,y\n10,2026-03-05,Vase,1,2,3\n8,2026-04-04,Saucer,1,2\n"
    answer = ana.sends(faulty, "orders.csv", company="Casa Lumen", currency="EUR")
    assert answer.status_code == 422
    page = " ".join(re.sub(r"<[^>]+>", "", answer.text).split())
    for words in (
        "3 lines of it are wrong, and nothing was added.",
        "Line 5, date: Write a date, with day, month and year.",
        "Line 5, name: Please fill this in.",
        "Line 5, quantity: Write a whole number, from 1 to 9999.",
        "Line 5, amount: Write an amount such as 12.50, without the currency.",
        "Line 6: It has more or fewer cells than the first line.",
        "Line 7, date: The lines of an order must have the same date.",
    ):
        assert words in page, words
    assert values_of(answer.text)["company"] == "Casa Lumen"
    assert 'id="file-error"' in answer.text
    assert (count(house, AddedOrder), count(house, LooseFile)) == (0, 0)


def test_of_many_wrong_lines_some_are_named_and_the_others_counted(ana: Ana) -> None:
    page = ana.sends(b"date,name\n" + b"never,Lamp\n" * 70, company="Casa", currency="EUR").text
    assert page.count("Write a date") == 50
    assert "And 20 more." in page


def test_a_table_whose_company_nobody_names_is_told_so_beside_that_field(ana: Ana) -> None:
    answer = ana.sends(TABLE)
    assert answer.status_code == 422
    assert 'id="company-error"' in answer.text
    assert 'id="currency-error"' in ana.sends(TABLE, company="Casa", currency="none").text


def test_a_table_is_asked_for_again_where_it_is_gone_changed_or_somebody_elses(app: Flask, house: House, ana: Ana) -> None:
    found = values_of(ana.sends(TABLE, company="Casa", currency="EUR").text)
    joan = Ana(app, house, "joan@example.org")
    sent = {name: found[name] for name in ("file", "company", "currency")}
    for browser, fields in ((joan, sent), (ana, {**sent, "file": "x"}), (ana, {**sent, "currency": "none"}), (ana, {**sent, "company": "a\u202eb"}), (ana, {})):
        answer = browser.post("/orders/add/table", **fields)
        assert answer.status_code == 422
        assert 'id="file-error"' in answer.text
    with house.writing(SYSTEM) as unit:
        unit.connection.execute(delete(FileChunk))
        unit.connection.execute(delete(LooseFile))
    assert ana.post("/orders/add/table", **sent).status_code == 422
    assert count(house, AddedOrder) == 0


def test_a_table_of_more_than_two_megabytes_is_told_to_be_divided(house: House, ana: Ana) -> None:
    answer = ana.sends(b"date,name\n" + b"2026-03-02,a cup of tea\n" * 100_000, company="Casa", currency="EUR")
    assert answer.status_code == 422
    assert "2 MB at most" in answer.text


def test_an_order_that_is_sent_twice_is_added_once_and_leads_to_the_same_page(house: House, ana: Ana) -> None:
    page = ana.sends(corpus.pdf(), "invoice.pdf").text
    sent = {**TYPED, "number": "", **{name: values_of(page)[name] for name in ("file", "once")}}
    assert len({ana.post(HAND, **sent).location for _press in range(3)}) == 1
    assert (count(house, AddedOrder), count(house, File)) == (1, 1)


def test_added_orders_are_found_by_their_words_number_and_company(ana: Ana) -> None:
    ana.adds(number="A-7")
    ana.adds(number="B-8", company="Fleca Ribó", name_0="Pa de pagès")
    for words, number in (("lamp", "A-7"), ("ribo pages", "B-8"), ("b-8", "B-8"), ("casa blue", "A-7")):
        page = ana.get(f"/orders?q={words}")
        assert re.findall(r"order ([AB]-\d)<", page) == [number], words
        assert "1 order, " in " ".join(page.split())
    assert "No order here" in ana.get("/orders?q=lamp+ribo")
    assert "No order here" in ana.get("/orders?state=OrderDelivered")


@pytest.mark.parametrize("path", ["/orders/add", "files"])
def test_attack_83_a_file_that_is_not_taken_is_told_beside_its_field_and_nothing_is_kept(house: House, ana: Ana, path: str) -> None:
    where = f"{ana.adds()}/files" if path == "files" else path
    for name in ("page", "drawing", "zip", "bomb", "half a jpeg", "moving png", "program", "pdf and zip", "nothing"):
        answer = ana.sends(refused()[name], "invoice.pdf", where)
        assert answer.status_code == 422, name
        assert 'id="file-error"' in answer.text
    assert (count(house, File), count(house, FileChunk)) == (0, 0)
    assert ana.post(where).status_code == 422


@pytest.mark.parametrize("name", ["photograph of a page", "png", "pdf: script", "text about a page", "mail of a page", "table of formulas"])
def test_attack_82_what_is_kept_is_saved_and_never_opened(ana: Ana, name: str) -> None:
    path = ana.adds()
    for called in ("x.html", "a%0D%0ASet-Cookie: b=1.svg"):
        assert ana.sends(taken()[name][0], called, f"{path}/files").status_code == 303
    page = ana.get(path)
    assert SCRIPT_OF_PAGES not in page
    for file in re.findall(rf'(?:href|src)="({path}/files/[\w/-]+)"', page):
        answer = ana.browser.get(file)
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers.getlist("X-Content-Type-Options") == ["nosniff"]
        assert answer.headers.getlist("Cache-Control") == ["no-store"]
        assert "html" not in answer.headers["Content-Type"]
        assert "Set-Cookie" not in {header for header, value in answer.headers if "b=1" in value}


SCRIPT_OF_PAGES = corpus.SCRIPT


def test_a_picture_that_is_kept_says_nothing_of_where_it_was_taken(ana: Ana) -> None:
    path = ana.adds()
    ana.sends(corpus.jpeg(6), "photo.jpg", f"{path}/files")
    [file] = re.findall(rf'href="({path}/files/[\w-]{{22}})"', ana.get(path))
    kept = Image.open(io.BytesIO(ana.browser.get(file).data))
    assert dict(kept.getexif()) == {}
    assert kept.height > kept.width
    small = ana.browser.get(f"{file}/preview")
    assert Image.open(io.BytesIO(small.data)).format == "JPEG"


@pytest.mark.parametrize("called", [name for name in NAMES if name.strip()])
def test_attack_86_whatever_a_file_is_called_its_page_and_its_download_say_the_plain_name(ana: Ana, called: str) -> None:
    page = ana.sends(corpus.pdf(), called).text
    assert "is kept with the order" in page
    assert "\u202e" not in page


def test_attack_86_files_and_orders_of_others_are_not_there(app: Flask, house: House, ana: Ana) -> None:
    path = ana.adds()
    ana.sends(corpus.jpeg(), "photo.jpg", f"{path}/files")
    [file] = re.findall(rf'href="({path}/files/[\w-]{{22}})"', ana.get(path))
    joan = Ana(app, house, "joan@example.org")
    theirs = joan.adds()
    own_id = file.rpartition("/")[2]
    for address in (path, f"{path}/change", f"{path}/remove", file, f"{file}/preview", f"{theirs}/files/{own_id}", f"{theirs}/files/..%2f..%2fetc"):
        assert joan.browser.get(address).status_code == 404, address
    for address in (f"{path}/change", f"{path}/remove", f"{path}/files", f"{file}/remove", f"{theirs}/files/{own_id}/remove"):
        fields = {**TYPED, "file": (io.BytesIO(corpus.TEXT), "x")} if address.endswith("/files") else TYPED
        assert joan.post(address, **fields).status_code == 404, address
    assert app.test_client().get(file).status_code == 303
    assert ana.browser.get(file).status_code == 200


def test_another_persons_file_is_not_kept_with_ones_own_order(app: Flask, house: House, ana: Ana) -> None:
    token = values_of(ana.sends(corpus.pdf(), "invoice.pdf").text)["file"]
    joan = Ana(app, house, "joan@example.org")
    path = joan.adds(file=token)
    assert "invoice.pdf" not in joan.get(path)


def test_no_company_reads_an_added_order_whatever_is_shared(app: Flask, house: House) -> None:
    seller, reader = company(house, "Llibreria Far"), company(house, "Mercat Verd")
    tell(house, seller.vendor_id, an_order("F-1", "c", line("Atlas", 500)))
    ana = Ana.__new__(Ana)
    ana.actor = found(house, seller, "c", "ana@example.org")
    ana.browser = signed_in(app, ana.actor)
    theirs, shared = own(app, seller), shared_with(app, reader, ana.actor, CARE)
    before = shared.get().data, theirs.get().data
    ana.adds(company="Llibreria Far", number="F-1")
    assert (shared.get().data, theirs.get().data) == before


def test_nothing_that_is_added_lies_unsealed_and_an_erased_customer_leaves_nothing(house: House, ana: Ana) -> None:
    path = ana.adds(company="Zephyrine", name_0="Quillfeather")
    ana.sends(b"Thistledown was here", "Marigold.txt", f"{path}/files")
    left = everything(house)
    assert not any(word in left for word in (b"Zephyrine", b"Quillfeather", b"Thistledown", b"Marigold"))
    assert ana.actor.customer_id is not None
    with house.writing(SYSTEM) as unit:
        erase(unit, customer_id=ana.actor.customer_id)
    assert [count(house, model) for model in (AddedOrder, AddedLine, File)] == [0, 0, 0]


def test_removed_files_are_gone_and_the_order_stays(house: House, ana: Ana) -> None:
    path = ana.adds()
    ana.sends(corpus.TEXT, "a.txt", f"{path}/files")
    [file] = re.findall(rf'href="({path}/files/[\w-]{{22}})"', ana.get(path))
    assert ana.post(f"{file}/remove").status_code == 303
    assert ana.browser.get(file).status_code == 404
    assert "There is none yet." in ana.get(path)
    assert count(house, FileChunk) == 0


@pytest.mark.parametrize("body", [b"", b"\r\n\r\n", b"--x", b"--x\r\n" * 2000, b"--x\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n"])
@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x", 'multipart/form-data; boundary="', "multipart/form-data; boundary="])
def test_attack_84_a_form_that_is_none_is_refused_and_breaks_nothing(ana: Ana, body: bytes, kind: str) -> None:
    assert ana.browser.post("/orders/add", data=body, content_type=kind).status_code in (400, 413)


def test_attack_84_a_form_of_more_than_a_thousand_parts_is_refused(ana: Ana) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\nc\r\n'
    answer = ana.browser.post("/orders/add", data=part * 1001 + b"--x--\r\n", content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413


def test_only_forms_that_bear_a_file_may_be_large_and_only_of_whoever_is_signed_in(app: Flask, ana: Ana) -> None:
    large = {"file": (io.BytesIO(bytes(2_000_000)), "x")}
    assert ana.browser.post("/orders/add", data=dict(large)).status_code == 400, "read, and refused for its token"
    assert ana.browser.post("/data/import", data={"file": (io.BytesIO(bytes(2_000_000)), "x")}).status_code == 413
    assert app.test_client().post("/orders/add", data={"file": (io.BytesIO(bytes(2_000_000)), "x")}).status_code == 413
    assert ana.browser.post("/orders/add", data={"file": (io.BytesIO(bytes(12_000_000)), "x")}).status_code == 413
