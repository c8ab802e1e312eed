"""Names of organisations, told apart as people do: by letters and digits alone."""

import hashlib
import re
import unicodedata


def slug_of(name: str) -> str:
    """The name in small ASCII letters, digits and hyphens; one that has none of these becomes a mark of its own."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80]
    return slug or "organisation-" + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
