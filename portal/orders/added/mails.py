"""What an order's mail says of the order: by its data for machines (schema.org), else by its own words. Works apart.

What is found is offered to whoever sent it, who looks through it before anything is added: a guess costs a correction.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO

from portal.orders.added.mail_pages import Page, all_of

# What was ordered stands before what is attached; to read ten megabytes would take six times as much.
_MOST_BYTES = 2 * 1024 * 1024
_MOST_PARTS = 60
_MOST_TEXT = 600_000
_MOST_LINES = 50
_NUMBER = re.compile(
    r"(?:order|comanda|comenzii|comenzi|comandă|pedido|encàrrec|commande|bestellung)\s*"
    r"(?:(?:number|no\.?|nr\.?|num\.?|número|numărul|núm\.?|n[.º°]+|is|es|és|este|id|[#:-])\s*){0,4}"
    r"([A-Z0-9][A-Z0-9/_-]{2,30})\b",
    re.I,
)
_MONEY = r"(?:€|\$|£|EUR|RON|USD|GBP|lei)?\s?\d[\d.,'\u00a0 ]*\d?\s?(?:€|\$|£|EUR|RON|USD|GBP|lei)?"
_TOTAL = re.compile(rf"\b(?:grand total|order total|import total|total)\b[^\d\n€$£]{{0,30}}({_MONEY})", re.I)
_LINE = re.compile(rf"^\s*(\d{{1,3}})\s*[x×]\s+(.{{2,110}}?)[\s:·–-]+({_MONEY})\s*$", re.I | re.M)
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "lei": "RON", "eur": "EUR", "ron": "RON", "usd": "USD", "gbp": "GBP"}


def work(source: BinaryIO, _out: BinaryIO) -> Mapping[str, Any]:
    """What the mail says: ``company``, ``number``, ``day``, ``currency`` and ``lines``; what it does not say is left out."""
    try:
        mail = message_from_bytes(source.read(_MOST_BYTES), policy=default)
        assert isinstance(mail, EmailMessage)
        return _told(mail)
    except Exception:
        # What is wrong in a mail breaks its reader in many ways; then it says nothing, and is kept as it is.
        return {}


def _told(mail: EmailMessage) -> dict[str, Any]:
    pages, texts = list[Page](), list[str]()
    for part in _readable(mail):
        text = _text_of(part)
        if part.get_content_type() == "text/html":
            page = Page()
            page.feed(text)
            pages.append(page)
        else:
            texts.append(text)
    found = _by_words(mail, "\n".join(texts) or "\n".join(page.text for page in pages))
    for page in pages:
        for order in page.orders():
            return found | _by_data(order)
    return found


def _readable(mail: EmailMessage) -> Iterator[EmailMessage]:
    for at, part in enumerate(mail.walk()):
        if at > _MOST_PARTS:
            return
        if part.get_content_type() in ("text/plain", "text/html") and part.get_content_disposition() != "attachment":
            yield part


def _text_of(part: EmailMessage) -> str:
    try:
        return str(part.get_content())[:_MOST_TEXT]
    except (LookupError, ValueError):
        return (part.get_payload(decode=True) or b"").decode("utf-8", "replace")[:_MOST_TEXT]  # type: ignore[union-attr]


def _first(value: Any, *names: str) -> str:
    """The first of these members that says something; of a thing its name."""
    for name in names:
        for one in all_of(value.get(name)) if isinstance(value, dict) else []:
            said = _first(one, "name") if isinstance(one, dict) else str(one).strip()
            if said:
                return said
    return ""


def _by_data(order: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "company": _first(order, "seller", "merchant", "broker", "provider"),
        "number": _first(order, "orderNumber", "confirmationNumber"),
        "day": _first(order, "orderDate")[:10],
        "currency": _first(order, "priceCurrency", "totalPaymentDueCurrency").upper(),
    }
    offers = [one for one in all_of(order.get("acceptedOffer")) if isinstance(one, dict)]
    items = [one for one in all_of(order.get("orderedItem")) if isinstance(one, dict)]
    lines = [_of_offer(one) for one in offers] or [_of_item(one) for one in items]
    lines = [line for line in lines if line["name"]][:_MOST_LINES]
    if lines:
        said["lines"] = _priced(lines, _number(_first(order, "price", "totalPrice", "discountedPrice")))
    if not said["currency"]:
        said["currency"] = next((code for one in offers if (code := _first(one, "priceCurrency"))), "")
    return {name: value for name, value in said.items() if value}


def _of_offer(offer: dict[str, Any]) -> dict[str, str]:
    quantity = next((one for one in all_of(offer.get("eligibleQuantity")) if isinstance(one, dict)), {})
    name = _first(offer, "itemOffered", "name")
    return {"name": name, "quantity": _first(quantity, "value") or "1", "amount": _first(offer, "price")}


def _of_item(item: dict[str, Any]) -> dict[str, str]:
    name = _first(item, "orderedItem", "name")
    return {"name": name, "quantity": _first(item, "orderQuantity") or "1", "amount": _first(item, "price")}


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", ".")) if re.fullmatch(r"\d{1,9}([.,]\d{1,3})?", text) else None
    except InvalidOperation:
        return None


def _priced(lines: list[dict[str, str]], total: Decimal | None) -> list[dict[str, str]]:
    """A price may be of one piece or of all: which it is shows where both are not the sum that is told."""
    prices = [(_number(line["amount"]), _number(line["quantity"]) or Decimal(1)) for line in lines]
    if all(price is not None for price, _count in prices):
        together = sum(price for price, _count in prices if price is not None)
        if total is None or together != total:
            return [
                {**line, "quantity": str(int(count)), "amount": str(price * count)}
                for line, (price, count) in zip(lines, prices, strict=True)
                if price is not None
            ]
    return lines


def _by_words(mail: EmailMessage, text: str) -> dict[str, Any]:
    subject = str(mail.get("Subject", ""))
    number = _told_number(subject) or _told_number(text)
    said: dict[str, Any] = {"company": _sender(mail), "number": number, "day": _day(mail)}
    said["lines"] = [
        {"name": name.strip(), "quantity": count, "amount": _plain(money)} for count, name, money in _LINE.findall(text)
    ][:_MOST_LINES]
    totals = _TOTAL.findall(text)
    if totals:
        said["currency"] = next((code for sign, code in _SIGNS.items() if sign in totals[-1].lower()), "")
    if totals and not said["lines"]:
        said["lines"] = [{"name": subject.strip()[:110], "quantity": "1", "amount": _plain(totals[-1])}]
    return {name: value for name, value in said.items() if value}


def _told_number(text: str) -> str:
    found = (one for one in _NUMBER.findall(text) if any(letter.isdigit() for letter in one))
    return next(found, "").strip("-/_")


def _plain(money: str) -> str:
    return re.sub(r"[^\d.,]", "", money).strip(".,")


def _sender(mail: EmailMessage) -> str:
    addresses = getattr(mail.get("From"), "addresses", ())
    return str(addresses[0].display_name or addresses[0].domain) if addresses else ""


def _day(mail: EmailMessage) -> str:
    try:
        at: datetime = parsedate_to_datetime(str(mail.get("Date", "")))
    except (ValueError, TypeError, IndexError):
        return ""
    return at.date().isoformat()
