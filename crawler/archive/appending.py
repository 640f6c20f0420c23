"""AppendingArchive: WARC file and index written as one: the bytes first, then the rows that name them, or neither."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from crawler.archive.absorbing import absorb
from crawler.archive.index import Transaction
from crawler.archive.notes import Value
from crawler.archive.reading import ReadArchive
from crawler.archive.warc import ArchiveError, stamp
from crawler.archive.warc_file import WarcFile

SYNC_EVERY = 5.0  # seconds; a sync a page would cost four times the write
WARC_FILE_LIMIT = 1 << 30  # bytes; a further file is begun past it, as archives customarily do


class AppendingArchive(ReadArchive):
    """An archive that this process writes: its WARC file, and what the file has yet to say."""

    index_path: Path
    _clock: Callable[[], datetime]
    _file_limit = WARC_FILE_LIMIT
    _contact: str | None = None
    _configuration: Mapping[str, object] = {}
    _run: str | None = None
    _warc: WarcFile | None = None
    _unsaid: Mapping[str, list[dict[str, Value]]] = {}
    _last_sync = 0.0

    @property
    def run_id(self) -> str:
        """The run that is written."""
        if self._run is None:
            raise ArchiveError(f"{self.folder}: no run was started")
        return self._run

    def sync(self) -> None:
        """Bring what was written to the disk."""
        self._last_sync = time.monotonic()
        if self._warc:
            self._warc.sync()

    @contextmanager
    def _appending(self) -> Iterator[WarcFile]:
        """The file to append to. What the block writes there and into the index is kept together or not at all."""
        file = self._warc_file()
        before = file.length
        try:
            with self._transaction():
                if self._unsaid:
                    file.append_rows(self._unsaid, self._clock())
                yield file
                self._index.execute("UPDATE warc_files SET length = ? WHERE name = ?", (file.length, file.path.name))
        except BaseException as problem:
            file.cut(before)
            if isinstance(problem, sqlite3.Error):
                raise ArchiveError(f"{self.index_path}: {problem}") from problem
            raise
        self._unsaid = {}
        if time.monotonic() - self._last_sync > SYNC_EVERY:
            self.sync()

    def _rows(self, table: str, condition: str, *values: object) -> list[dict[str, Value]]:
        """Rows of the index as a WARC file says them."""
        cursor = self._index.execute(f"SELECT * FROM {table} WHERE {condition}", values)
        return [dict(zip((column[0] for column in cursor.description), row, strict=True)) for row in cursor]

    def _transaction(self) -> Transaction:
        return Transaction(self._index)

    def _stamp(self) -> str:
        return stamp(self._clock())

    def _warc_file(self) -> WarcFile:
        """The file that this run writes: its last one if that is whole and not full, else a new one."""
        if self._warc and self._warc.length < self._file_limit:
            return self._warc
        if self._warc:
            self._warc.close()
            query = "UPDATE warc_files SET finished_at = ? WHERE name = ?"
            self._index.execute(query, (self._stamp(), self._warc.path.name))
            self._warc = None
        query = "SELECT name, length FROM warc_files WHERE run_id = ? AND finished_at IS NULL ORDER BY name DESC LIMIT 1"
        for name, length in self._index.execute(query, (self.run_id,)).fetchall():
            path = self.folder / name
            if length < self._file_limit and path.exists() and path.stat().st_size == length:
                self._warc = WarcFile(path, length)
                return self._warc
        (number,) = self._index.execute("SELECT count(*) FROM warc_files WHERE run_id = ?", (self.run_id,)).fetchone()
        path = self._path(number := number + 1)
        while path.exists():  # also files that the index does not know
            path = self._path(number := number + 1)
        file = WarcFile(path, 0)
        try:
            with self._transaction():
                file.append_warcinfo(self.run_id, self._contact, self._configuration, self._clock())
                self._index.execute(
                    "INSERT INTO warc_files (name, run_id, length) VALUES (?, ?, ?)",
                    (path.name, self.run_id, file.length),
                )
        except BaseException:
            file.close()
            path.unlink()  # it holds nothing
            raise
        self._warc = file
        return file

    def _path(self, number: int) -> Path:
        return self.folder / f"nianbao-{self.run_id}-{number:05d}.warc.gz"

    def _take_up_tails(self) -> None:
        """Bring index and files together after a process was killed between the two.

        What a file of an unfinished run holds whole past its last commit is entered into the index; the rest, which
        is torn, is cut off: records after it could not be read.
        """
        files = dict(self._index.execute("SELECT name, length FROM warc_files WHERE finished_at IS NULL"))
        for (run,) in self._index.execute("SELECT id FROM runs WHERE finished_at IS NULL").fetchall():
            known = {name for (name,) in self._index.execute("SELECT name FROM warc_files WHERE run_id = ?", (run,))}
            begun = {path.name for path in self.folder.glob(f"nianbao-{run}-*.warc.gz")}
            files |= dict.fromkeys(begun - known, 0)
        for name, length in sorted(files.items()):
            path = self.folder / name
            if path.exists() and path.stat().st_size > length:
                with self._transaction(), path.open("rb") as file:
                    told = absorb(self._index, name, file, start=length, uncommitted=True)
                    if told.torn:
                        os.truncate(path, told.whole)
