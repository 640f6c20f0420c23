"""Absences: what a crawl learnt of an address besides its documents: that it was gone, and that nothing listed it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crawler.unlisted import bare

# 404 and 410 say it themselves; of other answers the crawler said it (crawler/absence.py).
TABLES = """
CREATE TEMP TABLE absences AS
  SELECT bare(url) AS address, url, captured_at, id, run_id, CASE WHEN error LIKE 'gone:%' THEN substr(error, 6) ELSE status END AS how
  FROM main.captures WHERE status IN (404, 410) OR error LIKE 'gone:%';
CREATE INDEX temp.absences_address ON absences (address, id);
CREATE TEMP TABLE unlisted (address TEXT NOT NULL, run_id TEXT NOT NULL, PRIMARY KEY (address, run_id)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Absence:
    """An answer that says that nothing is there: when it came, and how it said it (404, 410, soft_404, home)."""

    url: str
    moment: str
    capture: int
    run: str
    how: str


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one address: when it was gone, and in which runs it was asked for though nothing listed it."""

    absences: Sequence[Absence] = ()
    unlisted_in: frozenset[str] = frozenset()


class Absences:
    """The absences among the captures of a database, by address (its scheme and www. left aside)."""

    def __init__(self, connection: sqlite3.Connection, unlisted: Iterable[tuple[str, str]] = ()) -> None:
        """`unlisted`: run and address of what was asked for though no column listed it any more."""
        self._db = connection
        self._db.create_function("bare", 1, bare, deterministic=True)
        self._db.executescript(TABLES)
        rows = ((bare(url), run_id) for run_id, url in unlisted)
        self._db.executemany("INSERT OR IGNORE INTO temp.unlisted VALUES (?, ?)", rows)
        (self._any,) = self._db.execute("SELECT EXISTS (SELECT 1 FROM absences) OR EXISTS (SELECT 1 FROM unlisted)").fetchone()

    def at(self, address: str) -> Told:
        """What is known of a bare address."""
        if not self._any:
            return Told()
        query = "SELECT url, captured_at, id, run_id, how FROM temp.absences WHERE address = ? ORDER BY id"
        absences = [Absence(url, moment, number, run, str(how)) for url, moment, number, run, how in self._db.execute(query, (address,))]
        runs = self._db.execute("SELECT run_id FROM temp.unlisted WHERE address = ?", (address,))
        return Told(absences, frozenset(run_id for (run_id,) in runs))
