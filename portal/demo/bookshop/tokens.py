"""The shop's own shelf of tokens: one small SQLite file, so that a restart of either side disconnects nobody."""

import json
import os
import sqlite3
from contextlib import closing
from typing import Any


class Tokens:
    """Tokens by shopper. Keep this file as safe as you keep passwords."""

    def __init__(self, path: str) -> None:
        self._path = path
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with closing(self._open()) as db, db:
            db.execute("CREATE TABLE IF NOT EXISTS tokens (shopper TEXT PRIMARY KEY, token TEXT NOT NULL)")

    def get(self, shopper: str) -> dict[str, Any] | None:
        """What Freehold gave us for this shopper, or None."""
        with closing(self._open()) as db:
            row = db.execute("SELECT token FROM tokens WHERE shopper = ?", (shopper,)).fetchone()
        return None if row is None else json.loads(row[0])

    def keep(self, shopper: str, token: dict[str, Any]) -> None:
        """Puts a token in the place of the one before."""
        with closing(self._open()) as db, db:
            db.execute("INSERT OR REPLACE INTO tokens VALUES (?, ?)", (shopper, json.dumps(token)))

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=10)
