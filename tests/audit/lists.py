"""From the lists of fields that a page shows to the numbers that stand for them in the entry above."""

import hashlib
import json
import re
from html import unescape


def numbers_follow_from_lists(page: str) -> None:
    """Each number of the entry is the SHA-256 of a list beside it, which is named as in the entry."""
    entry = json.loads(unescape(re.findall(r'<pre class="technical"[^>]*>(\{.*?\})</pre>', page, re.DOTALL)[0]))
    shown = {}
    rows = r"<dt>((?:(?!</dt>).)*)</dt><dd><code class=\"field-list\">(.*?)</code><br><code class=\"hash list-number\">(\w+)</code>"
    for members, text, number in re.findall(rows, page, re.DOTALL):
        assert hashlib.sha256(unescape(text).encode()).hexdigest() == number
        shown |= dict.fromkeys(re.findall(r"<code>(\w+)</code>", members), number)
    assert shown
    assert shown == {name: entry[name] for name in ("asked", "given") if name in entry}
