"""What companies call the columns of the tables that they hand out, in four languages. Pure."""

from collections.abc import Mapping, Sequence

from portal.kernel.errors import Invalid
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import lazy_gettext
from portal.orders.wording import words_of

COMPANY, NUMBER, DATE, NAME, QUANTITY, AMOUNT, PRICE, CURRENCY = (
    "company", "number", "date", "name", "quantity", "amount", "price", "currency",
)  # fmt: skip
NEEDED: Mapping[str, str] = {DATE: lazy_gettext("the date"), NAME: lazy_gettext("what was ordered")}

# Small and without accents; where a table has several of a row, the first one here is meant.
KNOWN: Mapping[str, tuple[str, ...]] = {
    COMPANY: (
        "company", "seller", "merchant", "shop", "store", "vendor", "website",
        "empresa", "botiga", "venedor", "comerc", "tienda", "vendedor", "comercio", "companie", "magazin", "vanzator", "firma",
    ),
    NUMBER: (
        "number", "order number", "order id", "order no", "order nr", "order reference", "order ref", "order", "reference",
        "numero", "numero de comanda", "num comanda", "id comanda", "numero de pedido", "num pedido", "n o de pedido",
        "n o pedido", "id de pedido", "id pedido", "pedido", "numar", "numar comanda", "numarul comenzii", "nr comanda",
        "id comanda", "comanda",
    ),
    DATE: (
        "date", "order date", "date of order", "ordered on", "order placed", "placed at", "placed on", "purchase date",
        "date added", "created at", "data", "data de la comanda", "data de comanda", "data comanda", "data de compra",
        "fecha", "fecha del pedido", "fecha de pedido", "fecha pedido", "fecha de compra", "data comenzii", "data plasarii",
    ),
    NAME: (
        "name", "product name", "item name", "product", "item", "product title", "title", "item description", "description",
        "article", "nom", "nom del producte", "producte", "descripcio", "nombre", "nombre del producto", "producto",
        "articulo", "descripcion", "titulo", "nume", "denumire", "denumire produs", "nume produs", "produs", "articol",
        "descriere",
    ),
    QUANTITY: (
        "quantity", "qty", "quantity ordered", "pieces", "units", "quantitat", "unitats", "peces", "cantidad", "unidades",
        "uds", "cantitate", "bucati", "buc",
    ),
    AMOUNT: (
        "amount", "line total", "item total", "item subtotal", "total price", "subtotal", "total", "import", "preu total",
        "import total", "importe", "importe total", "precio total", "suma", "valoare", "pret total",
    ),
    PRICE: (
        "price", "unit price", "item price", "price each", "price per unit", "purchase price per unit", "preu",
        "preu unitari", "precio", "precio unitario", "pret", "pret unitar",
    ),
    CURRENCY: ("currency", "currency code", "moneda", "divisa", "valuta"),
}  # fmt: skip


def found_in(cells: Sequence[str]) -> dict[str, int]:
    """Which column stands where. Invalid where one that is needed is missing, or one stands there twice."""
    plain = [" ".join(words_of([cell])) for cell in cells]
    chosen = {kind: next((name for name in names if name in plain), None) for kind, names in KNOWN.items()}
    twice = sorted(cells[plain.index(name)] for name in chosen.values() if name and plain.count(name) > 1)
    if twice:
        raise _wrong(_("These columns stand there twice: %(names)s.", names=", ".join(name[:40] for name in twice)))
    missing = [str(words) for kind, words in NEEDED.items() if chosen[kind] is None]
    if missing:
        raise _wrong(_("The first line must name the columns. Missing: %(names)s.", names=", ".join(missing)))
    return {kind: plain.index(name) for kind, name in chosen.items() if name}


def _wrong(sentence: str) -> Invalid:
    return Invalid("unreadable", fields={"file": sentence})
