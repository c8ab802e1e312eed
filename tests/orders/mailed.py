"""Mails of shops, as people save them: with data for machines, in two ways, and in words alone, in four languages."""

from email.message import EmailMessage

_DATA = """<script type="application/ld+json">{"@context": "http://schema.org", "@graph": [{"@type": "Order",
"merchant": {"@type": "Organization", "name": "Llibreria Far"}, "orderNumber": "LF-2041", "orderDate": "2026-03-02T10:00:00+01:00",
"priceCurrency": "EUR", "price": "41.00", "acceptedOffer": [
{"@type": "Offer", "itemOffered": {"@type": "Product", "name": "The heron atlas"}, "price": "18.00", "priceCurrency": "EUR",
 "eligibleQuantity": {"@type": "QuantitativeValue", "value": "2"}},
{"@type": "Offer", "itemOffered": {"@type": "Product", "name": "Wrapping"}, "price": "5.00", "priceCurrency": "EUR"}]}]}</script>"""
_MICRODATA = """<div itemscope itemtype="http://schema.org/Order"><div itemprop="seller" itemscope
itemtype="http://schema.org/Organization"><b itemprop="name">Flors Roca</b></div><span itemprop="orderNumber">R-77</span>
<meta itemprop="priceCurrency" content="EUR"><time itemprop="orderDate" datetime="2026-04-05">5 April</time>
<div itemprop="acceptedOffer" itemscope itemtype="http://schema.org/Offer"><div itemprop="itemOffered" itemscope
itemtype="http://schema.org/Product"><span itemprop="name">Twelve roses</span></div><meta itemprop="price" content="24.90"></div></div>"""


def mail(
    text: str = "", page: str = "", *, sender: str = "Shop <orders@shop.example>", subject: str = "Thank you", attached: bytes = b""
) -> bytes:
    """A mail as a program saves it."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Date"] = sender, "ana@example.org", subject, "Mon, 2 Mar 2026 23:30:00 +0100"
    made.set_content(text or "Thank you.")
    if page:
        made.add_alternative(f"<html><body>{page}</body></html>", subtype="html")
    if attached:
        made.add_attachment(attached, maintype="application", subtype="pdf", filename="invoice.pdf")
    return made.as_bytes()


WITH_DATA = mail(page=_DATA)
WITH_MICRODATA = mail(page=_MICRODATA)
IN_WORDS = {
    "en": mail("Your order number is A-1009\n\n2 x Blue lamp  €25.00\n1 x Cup: €3.50\n\nTotal: €28.50\n", sender="Casa Lumen <x@lumen.example>"),
    "ca": mail("La teva comanda núm. A-1009\n\n2 x Làmpada blava 25,00 €\n1 x Tassa 3,50 €\nTotal 28,50 €\n", sender="Casa Lumen <x@lumen.example>"),
    "es": mail("Pedido n.º A-1009\n\n2 x Lámpara azul 25,00 €\n1 x Taza 3,50 €\nTotal: 28,50 €\n", sender="Casa Lumen <x@lumen.example>"),
    "ro": mail("Comanda nr. A-1009\n\n2 x Lampă albastră 25,00 lei\n1 x Cană 3,50 lei\nTotal: 28,50 lei\n", sender="Casa Lumen <x@lumen.example>"),
}
