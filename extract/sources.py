"""What the archive holds to read: payloads, each with what its captures tell of it, and how one is read."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from email.message import Message
from itertools import groupby
from types import MappingProxyType
from typing import Protocol

from crawler.archive import Archive, ArchiveError, Capture
from crawler.archive.captures import CAPTURE_COLUMNS
from extract import readers
from extract.document import UnreadableDocument
from extract.facts import Issue
from extract.kept import Kept
from extract.packing import Packed, pack
from extract.reading import Hint, Reading, read_report
from extract.workers import Overrun

# Only what was fetched as a report or its attachment is read; lists and robots.txt are evidence of the crawl.
# `parts` are distinct payloads in the order first met; the pictures of one page are parts of one source. A source is
# numbered by its first capture. `current`: some address answered this last.
SOURCES = """
CREATE TEMP TABLE answers AS
  SELECT id, url, payload_sha256 AS payload FROM main.captures
  WHERE payload_sha256 IS NOT NULL AND status < 400
    AND (error IS NULL OR error NOT LIKE 'blocked:%' AND error NOT LIKE 'gone:%')  -- the portal's refusals and regrets
    AND (role IN ('report', 'attachment') OR url IN (SELECT url FROM temp.report_columns));
CREATE INDEX temp.answers_payload ON answers (payload, id);
CREATE INDEX temp.answers_url ON answers (url, id);
CREATE TEMP TABLE latest (payload TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT OR IGNORE INTO latest
  SELECT payload FROM (SELECT payload, max(id) FROM answers GROUP BY url);  -- of the row with that id
CREATE TEMP TABLE titles (url TEXT PRIMARY KEY, title TEXT NOT NULL) WITHOUT ROWID;
INSERT OR REPLACE INTO titles
  SELECT c.url, c.title FROM answers JOIN main.captures AS c USING (id) WHERE c.title <> '' AND c.role = 'report' ORDER BY id;
INSERT OR REPLACE INTO titles SELECT url, title FROM temp.report_columns;
CREATE TEMP TABLE parts (
  source INTEGER NOT NULL, first INTEGER NOT NULL, payload TEXT NOT NULL, current INTEGER NOT NULL, PRIMARY KEY (source, first)
) WITHOUT ROWID;
INSERT INTO parts
  SELECT CASE WHEN count(*) OVER pictures > 1 THEN min(id) OVER pictures ELSE id END, id, payload, payload IN (SELECT payload FROM latest)
  FROM (SELECT min(id) AS id, payload FROM answers GROUP BY payload) JOIN main.captures AS c USING (id)
  WINDOW pictures AS (PARTITION BY
    CASE WHEN c.role = 'attachment' AND c.found_on <> '' AND c.media_type LIKE 'image/%' THEN c.found_on ELSE payload END);
"""
CAPTURES = f"""
SELECT p.source, p.current, {", ".join(f"c.{name}" for name in CAPTURE_COLUMNS.split(", "))}
FROM temp.parts AS p CROSS JOIN temp.answers AS a ON a.payload = p.payload CROSS JOIN main.captures AS c ON c.id = a.id
{{where}} ORDER BY p.source, p.first, a.id
"""


@dataclass(frozen=True, slots=True)
class Source:
    """Something to read: one payload, or the pictures of one page in their order; `captures` are all places, earliest first."""

    number: int
    captures: tuple[Capture, ...]
    payloads: tuple[str, ...]
    hint: Hint
    current: bool

    @property
    def firsts(self) -> tuple[Capture, ...]:
        """The first capture of each payload: the one whose bytes are read."""
        return tuple(next(c for c in self.captures if c.payload_sha256 == payload) for payload in self.payloads)

    @property
    def key(self) -> bytes:
        """A digest of all that its reading depends on, apart from what reads: the payloads, what the server said of them
        (as the records say that the first captures name), and the hint."""
        told = [(c.payload_sha256, c.media_type, c.warc_file, c.warc_offset, c.captured_at) for c in self.firsts]
        hint = [getattr(self.hint, field.name) for field in fields(Hint)]
        return hashlib.sha256(repr((told, hint)).encode()).digest()


@dataclass(frozen=True, slots=True)
class Job:
    """A source's bytes with all that its reading needs, fit to be handed to another process or machine."""

    payloads: tuple[bytes, ...]
    media_type: str | None
    charset: str | None
    hint: Hint
    damaged: str | None = None


class Sources:
    """The sources among the captures of a database: distinct payloads in the order first met; several pictures of one
    page together. Works them out in temporary tables, so that their number costs no memory."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        divisions: Mapping[str, str | None],
        reports_in_columns: Mapping[str, str] = MappingProxyType({}),
        portal_names: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """By portal's key its division and name. `reports_in_columns`: the title by address of a column that is itself a
        report."""
        self.divisions = divisions
        self.portal_names = portal_names
        self._db = connection
        self._db.execute("CREATE TEMP TABLE report_columns (url TEXT PRIMARY KEY, title TEXT NOT NULL) WITHOUT ROWID")
        self._db.executemany("INSERT INTO report_columns VALUES (?, ?)", reports_in_columns.items())
        self._db.executescript(SOURCES)

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(DISTINCT source) FROM temp.parts").fetchone()[0])

    def __iter__(self) -> Iterator[Source]:
        return self._sources("")

    def __getitem__(self, number: int) -> Source:
        """The source of this number. Raises KeyError."""
        for source in self._sources("WHERE p.source = ?", number):
            return source
        raise KeyError(number)

    def _sources(self, where: str, *values: object) -> Iterator[Source]:
        rows = self._db.execute(CAPTURES.format(where=where), values)
        for number, found in groupby(rows, key=lambda row: row[0]):
            lines = list(found)
            captures = tuple(Capture(*row[2:]) for row in lines)
            payloads = tuple(dict.fromkeys(str(capture.payload_sha256) for capture in captures))
            yield Source(number, captures, payloads, self._hint(captures[0]), any(row[1] for row in lines))

    def _hint(self, capture: Capture) -> Hint:
        on_page = self._title(capture.found_on) if capture.role == "attachment" else None
        told = tuple(filter(None, dict.fromkeys((capture.title, on_page, self._title(capture.url)))))
        portal = capture.portal
        return Hint(
            told, self.divisions.get(portal), capture.url, capture.published, self.portal_names.get(portal)
        )

    def _title(self, url: str | None) -> str | None:
        row = self._db.execute("SELECT title FROM temp.titles WHERE url = ?", (url,)).fetchone()
        return str(row[0]) if row else None


def reports_in_columns(archive: Archive) -> dict[str, str]:
    """The columns that are themselves a report (one year's column without a list): address → title as listed."""
    return {
        entry.url: entry.title
        for run in archive.portal_runs()
        for entry in archive.entries(run.run_id, run.portal)
        if entry.url == entry.found_on
    }


def fetch(archive: Archive, source: Source) -> Job:
    """A source's bytes from the archive; what cannot be fetched is told in the job, so that the others go on."""
    try:
        exchanges = [archive.exchange(first) for first in source.firsts]
    except ArchiveError as error:
        return Job((), None, None, source.hint, str(error))
    payloads = tuple(exchange.body for exchange in exchanges)
    return Job(payloads, source.firsts[0].media_type, _charset(exchanges[0].headers), source.hint)


class Strategy(Protocol):
    """How documents are read: results in the order of the jobs, which are taken only as fast as results are.

    Here another way to read comes in, such as handing batches of jobs to other machines: `function` and the jobs can be
    pickled, what `function` gives is the same wherever it runs, and it raises nothing for a document's own faults.
    """

    def __call__(self, function: Callable[[Job], Packed], jobs: Iterable[Job], /) -> Iterator[Packed | Overrun]:
        """`function` of each job; an Overrun for one that had to be stopped."""


def read_missing(archive: Archive, sources: Iterable[Source], kept: Kept, strategy: Strategy) -> None:
    """Read the sources that are not kept yet, and keep what was read."""
    under_way: deque[bytes] = deque()

    def missing() -> Iterator[Job]:
        for source in sources:
            if not kept.holds(key := source.key):
                under_way.append(key)
                yield fetch(archive, source)

    for outcome in strategy(read_job, missing()):
        if isinstance(outcome, Overrun):
            outcome = pack(Issue("limit", "error", outcome.detail), lasting=outcome.lasting)
        kept.add(under_way.popleft(), outcome)


def read_job(job: Job) -> Packed:
    """A job's reading, or the issue that says why there is none. Raises nothing for a document's own faults."""
    if job.damaged is not None:  # an archive can be repaired
        return pack(Issue("damaged", "error", job.damaged), lasting=False)
    return pack(_read(job))


def _read(job: Job) -> Reading | Issue:
    try:
        if len(job.payloads) > 1:
            document = readers.read_pictures(job.payloads)
        else:
            document = readers.read(job.payloads[0], media_type=job.media_type, charset=job.charset)
    except UnreadableDocument as error:
        return Issue(error.kind, "error", error.detail)
    return read_report(document, job.hint)


def _charset(headers: Iterable[tuple[str, str]]) -> str | None:
    """The charset that the server declared."""
    message = Message()
    message["Content-Type"] = next((value for name, value in headers if name.lower() == "content-type"), "")
    return message.get_content_charset()
