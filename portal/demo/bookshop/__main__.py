"""Starts the shop: ``python -m portal.demo.bookshop CONFIG.json``.

The file is JSON: ``name`` of the shop, ``freehold`` (its origin), ``client_id``, ``client_secret``, ``redirect_uri``,
``port``, ``secret_key`` (for the shop's own cookie) and ``database`` (a path for the shop's own tokens).
"""

import json
import sys
from pathlib import Path

from werkzeug.serving import make_server

from .shop import create_shop


def main() -> None:
    """Serves until told to end."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m portal.demo.bookshop CONFIG.json")
    config = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    make_server("127.0.0.1", config["port"], create_shop(config), threaded=True).serve_forever()


main()
