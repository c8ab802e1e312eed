"""What attackers type: forty texts, each of which runs where a page takes it for its own."""

from tests.prove.sizes import PROVING

CODE = "alert(1)"
PAYLOADS = (
    f"<script>{CODE}</script>", f"\"><script>{CODE}</script>", f"'><img src=x onerror={CODE}>", f"<svg onload={CODE}>",
    f"<svg/onload={CODE}//", f"<body onload={CODE}>", f"<img src=x onerror=\"{CODE}\">", f"<iframe src=javascript:{CODE}>",
    f"<iframe srcdoc='<script>parent.{CODE}</script>'>", f"javascript:{CODE}", f" jAvAsCrIpT:{CODE}", f"<a href=\"javascript:{CODE}\">x</a>",
    f"data:text/html,<script>{CODE}</script>", f"\" autofocus onfocus={CODE} x=\"", f"' onmouseover='{CODE}", f"\" style=\"animation:x\" onanimationstart=\"{CODE}",
    f"<details open ontoggle={CODE}>", f"<video><source onerror={CODE}>", f"<audio src=x onerror={CODE}>", f"<input autofocus onfocus={CODE}>",
    f"<math><mtext></table><img src=x onerror={CODE}>", f"</textarea><script>{CODE}</script>", f"</title><script>{CODE}</script>",
    f"</style><script>{CODE}</script>", f"--><script>{CODE}</script>", f"<!--<img src=--><img src=x onerror={CODE}>", f"<![CDATA[<script>{CODE}</script>]]>",
    f"<template><script>{CODE}</script></template><script>{CODE}</script>", "<base href=//evil.example><script src=/x.js></script>",
    f"<meta http-equiv=refresh content=\"0;url=javascript:{CODE}\">", "<link rel=stylesheet href=//evil.example/x.css>", "<style>@import '//evil.example'</style>",
    f"<div hx-get=/data hx-trigger=load hx-on::load={CODE}>", f"<div hx-on:click={CODE} hx-vals='js:{{x:{CODE}}}'>", f"{{{{ self.__init__ }}}}<script>{CODE}</script>",
    f"${{{CODE}}}", f"&lt;script&gt;{CODE}&lt;/script&gt;<script>{CODE}</script>", f"\\u003cscript\\u003e{CODE}\\u003c/script\\u003e",
    f"<form action=javascript:{CODE}><button autofocus>x</button></form>", f"<object data=javascript:{CODE}></object><embed src=javascript:{CODE}>",
)  # fmt: skip
USED = PAYLOADS if PROVING else PAYLOADS[1:22:10]
"""Of every kind of place one, where not everything is proved: text, an attribute, the end of an element."""
UNTYPED = USED if PROVING else USED[:1]
"""Those for what no person types: an address, and what a page hides."""


def sheet_of(payload: str) -> bytes:
    """A company's file of customers whose one number is the payload, as much of it as a number may have."""
    number = payload.strip()[:64].strip().replace('"', '""')
    return f'number,email\n"{number}",somebody@example.net\n'.encode()


def card_of(payload: str) -> bytes:
    """An address card that says the same in each of its lines."""
    text = "".join(f"\\{mark}" if mark in "\\;," else mark for mark in payload)
    lines = (f"FN:{text}", f"N:{text};{text};;;", f"EMAIL:{text}", f"TEL:{text}", f"ADR:;;{text};{text};{text};{text};ES")
    return "\r\n".join(("BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", "")).encode()
