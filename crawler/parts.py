"""Parts of a run: archives of their own below the main one, each written by one process, that the main one adopts.

A part begins with what the main index knows of its portals and of the hosts that it asks: so unchanged pages are known
as such, and what the run has already is not asked for again. WARC files never change, so those of the main archive are
read where they are. What a process adds stands in files named after the part (taken over by crawler.adoption).
"""

from __future__ import annotations

import re
import secrets
import shutil
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from crawler.archive import Archive, ArchiveLocked, Capture
from crawler.archive.captures import UNLISTED
from crawler.archive.index import INDEX_NAME, open_for_writing
from crawler.archive.warc import read_bytes
from crawler.estates import Batch, estate_of
from crawler.portals import host_of

PARTS = "parts"  # the folder below the archive's that keeps parts: parts/<run>/<part>
BEING_MADE = ".making"
HOST_ENDS = re.compile(r"[/?#]")
PATIENCE = 60.0  # seconds that a part waits for the process that had it before to end

SCHEMA = """
CREATE TABLE part (run_id TEXT NOT NULL) STRICT;
CREATE TABLE elsewhere (portal TEXT NOT NULL, estate TEXT NOT NULL, PRIMARY KEY (portal, estate)) STRICT;
"""
WANTED = "CREATE TEMP TABLE wanted (id INTEGER PRIMARY KEY)"
# All that is known of some addresses, but that a page was unchanged only the last time: years of runs say it.
KNOWN = """
INSERT OR IGNORE INTO temp.wanted
SELECT id FROM main.captures WHERE {which} AND (outcome IS NOT 'unchanged' OR run_id = :run)
UNION ALL
SELECT max(id) FROM main.captures WHERE {which} AND outcome = 'unchanged' GROUP BY url, method, request_sha256
"""
OF_HOST = "url >= :first AND url < :next"
MET = "url IN (SELECT url FROM main.captures WHERE portal = :portal AND outcome = 'new')"
OF_RUN = "INSERT OR IGNORE INTO temp.wanted SELECT id FROM main.captures WHERE run_id = :run AND portal = :portal"
ORIGINALS = """
INSERT OR IGNORE INTO temp.wanted
SELECT refers_to FROM main.captures JOIN temp.wanted USING (id) WHERE refers_to IS NOT NULL
"""
LISTED = f"""
portal = :portal AND run_id IN (:run, (
  SELECT runs.id FROM main.portal_runs AS before JOIN main.runs ON runs.id = before.run_id
  WHERE before.portal = :portal AND before.run_id <> :run AND before.verdict IN ('good', 'partial')
    AND before.finished_at IS NOT NULL AND EXISTS (
      SELECT 1 FROM main.entries AS listed
      WHERE listed.run_id = runs.id AND listed.portal = :portal AND listed.kind <> '{UNLISTED}')
  ORDER BY runs.rowid DESC LIMIT 1))
"""


class Part(Archive):
    """A part, open for writing by this process alone. Waits a while for the process that had it before to end."""

    def __init__(self, folder: Path, *, writable: bool = True, patience: float = PATIENCE) -> None:
        until = time.monotonic() + patience
        while True:
            try:
                super().__init__(folder, writable=writable)
                break
            except ArchiveLocked:
                if time.monotonic() >= until:
                    raise
                time.sleep(0.1)
        self._main = folder.parents[2]
        (self.part_of,) = self._index.execute("SELECT run_id FROM part").fetchone()

    def start_run(
        self,
        portals: Iterable[str],
        *,
        contact: str | None = None,
        configuration: Mapping[str, object] | None = None,
        run_id: str | None = None,
    ) -> str:
        """Continue the run that this is a part of."""
        return super().start_run(portals, contact=contact, configuration=configuration, run_id=run_id or self.part_of)

    @property
    def has_begun(self) -> bool:
        """Whether any process has asked something for this run that this part knows of."""
        query = "SELECT 1 FROM captures WHERE run_id = ? LIMIT 1"
        return self._index.execute(query, (self.part_of,)).fetchone() is not None

    def leave(self, portal: str, estate: str) -> None:
        """Write down that a portal leads to an estate that this process must not ask."""
        with self._transaction():
            self._index.execute("INSERT OR IGNORE INTO elsewhere VALUES (?, ?)", (portal, estate))

    def elsewhere(self) -> Mapping[str, Collection[str]]:
        """The estates that portals lead to and that were left for later, by portal."""
        left: dict[str, set[str]] = {}
        for portal, estate in self._index.execute("SELECT portal, estate FROM elsewhere"):
            left.setdefault(portal, set()).add(estate)
        return left

    def finished(self) -> tuple[str, ...]:
        """The portals that are through."""
        query = "SELECT portal FROM portal_runs WHERE run_id = ? AND finished_at IS NOT NULL ORDER BY finished_at"
        return tuple(portal for (portal,) in self._index.execute(query, (self.part_of,)))

    def _path(self, number: int) -> Path:
        return self.folder / f"nianbao-{self.run_id}-{number:05d}-{self.folder.name}.warc.gz"

    def _record(self, capture: Capture) -> bytes:
        if capture.warc_file and capture.warc_length and capture.warc_offset is not None:
            path = self._main / capture.warc_file
            if not (self.folder / capture.warc_file).exists() and path.exists():
                return read_bytes(path, capture.warc_offset, capture.warc_length, capture.url)
        return super()._record(capture)


def make_part(main: Archive, batch: Batch) -> Path:
    """The folder of a new part of the main archive's run, with what is known for a batch of portals."""
    above = main.folder / PARTS / main.run_id
    above.mkdir(parents=True, exist_ok=True)
    folder = above / secrets.token_hex(4)
    making = folder.with_suffix(BEING_MADE)
    making.mkdir()
    index = main._index
    with closing(open_for_writing(making / INDEX_NAME)) as begun:
        begun.executescript(SCHEMA)
    index.execute("ATTACH ? AS part", (str(making / INDEX_NAME),))
    try:
        index.execute(WANTED)
        with main._transaction():
            _copy(index, main.run_id, batch)
    finally:
        index.execute("DROP TABLE IF EXISTS temp.wanted")
        index.execute("DETACH part")
    making.rename(folder)  # so that there is no part that is half made
    return folder


def parts_of(folder: Path) -> Iterator[Path]:
    """The folders of the parts below an archive's folder; what was never made whole is removed."""
    for path in sorted((folder / PARTS).glob("*/*")):
        if path.suffix == BEING_MADE:
            shutil.rmtree(path)
        elif (path / INDEX_NAME).exists():
            yield path


def _copy(index: sqlite3.Connection, run: str, batch: Batch) -> None:
    for origin in _origins(index):
        if estate_of(host_of(origin)) in batch.estates:
            index.execute(KNOWN.format(which=OF_HOST), {"run": run, "first": origin, "next": _after(origin)})
    for portal in batch.portals:
        index.execute(KNOWN.format(which=MET), {"run": run, "portal": portal.key})
        index.execute(OF_RUN, {"run": run, "portal": portal.key})
    index.execute(ORIGINALS)
    _insert(index, "runs", "TRUE", {})
    _insert(index, "warc_files", "TRUE", {})
    _insert(index, "captures", "id IN (SELECT id FROM temp.wanted)", {})
    for portal in batch.portals:
        for table, which in (("portal_runs", "portal = :portal"), ("entries", LISTED)):
            _insert(index, table, which, {"run": run, "portal": portal.key})
    # Whole, whatever they are in the main archive: the part writes files of its own.
    index.execute("UPDATE part.warc_files SET finished_at = coalesce(finished_at, '')")
    index.execute("INSERT INTO part.part VALUES (?)", (run,))


def _insert(index: sqlite3.Connection, table: str, which: str, told: Mapping[str, str]) -> None:
    """Copy rows; by the names of their columns, whose order is another in an index of an earlier version."""
    names = ", ".join(row[1] for row in index.execute(f"PRAGMA part.table_info ({table})"))
    index.execute(f"INSERT INTO part.{table} ({names}) SELECT {names} FROM main.{table} WHERE {which} ORDER BY rowid", told)


def _origins(index: sqlite3.Connection) -> Iterator[str]:
    """Every scheme://host that an address of the index begins with, found by leaps over its other addresses."""
    url = ""
    while (url := index.execute("SELECT min(url) FROM main.captures WHERE url >= ?", (url,)).fetchone()[0]) is not None:
        scheme, _, rest = url.partition("://")
        origin = f"{scheme}://{HOST_ENDS.split(rest, maxsplit=1)[0]}"
        yield origin
        url = max(_after(origin), f"{url}\0")


def _after(origin: str) -> str:
    """The first text that is behind all addresses of a host."""
    return f"{origin}0"  # 0 follows / in the order of characters
