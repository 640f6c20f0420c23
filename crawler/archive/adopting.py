"""Taking over a part of a run: an archive of its own that another process wrote under the same run id.

Its WARC files come first, under names that nothing else has, then all its rows in one transaction. A row that is there
already (a capture by the place of its record, an attempt without an answer by what it asked and when) is not entered
again, so that what a crash interrupted is simply repeated.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from crawler.archive.absorbing import SAME_ATTEMPT
from crawler.archive.index import INDEX_NAME, Transaction
from crawler.archive.warc import ArchiveError

HEAD = 512  # bytes; the first record of a file has an id that no other has


def adopt(index: sqlite3.Connection, folder: Path, part: Path, run: str, now: str) -> None:
    """Enter a part, to which nobody writes, into the index of a folder, and move its WARC files there."""
    if not (part / INDEX_NAME).exists():
        raise ArchiveError(f"{part / INDEX_NAME} is not there: no part of a run")
    index.execute("ATTACH ? AS part", (str(part / INDEX_NAME),))
    try:
        names = _bring_files(index, folder, part, run)
        with Transaction(index):
            _files(index, names, run, now)
            _captures(index, names, run)
            _others(index, run)
    finally:
        index.execute("DETACH part")
    for name in names:
        (part / name).unlink(missing_ok=True)


def _bring_files(index: sqlite3.Connection, folder: Path, part: Path, run: str) -> dict[str, str]:
    """The part's own files, each under the name that it has in the folder from now on."""
    # Written down in the part before anything moves: a file that is gone there must be found again here.
    index.execute("CREATE TABLE IF NOT EXISTS part.adopted (name TEXT PRIMARY KEY, new TEXT NOT NULL) STRICT")
    query = "SELECT name, length, new FROM part.warc_files LEFT JOIN part.adopted USING (name) WHERE run_id = ? ORDER BY name"
    names = {}
    for name, length, new in index.execute(query, (run,)).fetchall():
        path = part / name
        if not path.exists():
            if new:
                names[name] = new
            continue  # brought already, or a file of the folder that the part knows of
        if (size := path.stat().st_size) != length:
            raise ArchiveError(f"{path}: {size} bytes, its index says {length}")
        target = folder / (new or _free_name(index, folder, path))
        index.execute("INSERT OR REPLACE INTO part.adopted VALUES (?, ?)", (name, target.name))
        if _head(target) != _head(path) or target.stat().st_size != size:
            _copy(path, target)
        names[name] = target.name
    _sync(folder)
    return names


def _free_name(index: sqlite3.Connection, folder: Path, path: Path) -> str:
    """The file's own name, or where another file has it, one that only this file can have."""
    head, target = _head(path) or b"", folder / path.name
    known = index.execute("SELECT 1 FROM main.warc_files WHERE name = ?", (path.name,)).fetchone()
    if _head(target) == head or not (known or target.exists()):
        return path.name
    return f"{path.name.removesuffix('.warc.gz')}-{hashlib.sha256(head).hexdigest()[:8]}.warc.gz"


def _copy(path: Path, target: Path) -> None:
    """The file under a further name; on another file system a copy, under that name only when it is whole."""
    target.unlink(missing_ok=True)  # a copy that was cut short
    try:
        os.link(path, target)
    except OSError:
        begun = target.with_name(f"{target.name}.part")
        shutil.copyfile(path, begun)
        with begun.open("rb") as file:
            os.fsync(file.fileno())
        begun.rename(target)


def _files(index: sqlite3.Connection, names: Mapping[str, str], run: str, now: str) -> None:
    index.execute("INSERT OR IGNORE INTO main.runs (id, started_at) SELECT id, started_at FROM part.runs WHERE id = ?", (run,))
    for name, new in names.items():
        query = "SELECT length, coalesce(finished_at, ?) FROM part.warc_files WHERE name = ?"
        row = index.execute(query, (now, name)).fetchone()
        index.execute(
            "INSERT INTO main.warc_files (name, run_id, length, finished_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET finished_at = excluded.finished_at",
            (new, run, *row),
        )


def _captures(index: sqlite3.Connection, names: Mapping[str, str], run: str) -> None:
    numbers: dict[int, int] = {}  # of this part; a part is some portals, not an archive
    for row in _rows(index, "captures", run):
        old = row.pop("id")
        known = _known(index, row | {"warc_file": names.get(row["warc_file"], row["warc_file"])})
        if known is None:
            row["warc_file"] = names.get(row["warc_file"], row["warc_file"])
            if row["refers_to"] is not None:
                row["refers_to"] = numbers.get(row["refers_to"]) or _original(index, row["refers_to"])
            _insert(index, "captures", row)
            (known,) = index.execute("SELECT last_insert_rowid()").fetchone()
        numbers[old] = known


def _known(index: sqlite3.Connection, row: Mapping[str, Any]) -> int | None:
    """The capture of the folder that this row is."""
    same = ("warc_file", "warc_offset") if row["warc_file"] else ("warc_file", *SAME_ATTEMPT)
    condition = " AND ".join(f"{name} IS ?" for name in same)
    found = index.execute(f"SELECT id FROM main.captures WHERE {condition}", [row[name] for name in same]).fetchone()
    return int(found[0]) if found else None


def _original(index: sqlite3.Connection, refers_to: int) -> int:
    """The capture of an earlier run, or of the run before the part was made, that a revisit of the part refers to."""
    query = """SELECT main.captures.id FROM part.captures AS held JOIN main.captures USING (warc_file, warc_offset)
        WHERE held.id = ?"""
    found = index.execute(query, (refers_to,)).fetchone()
    if found is None:
        raise ArchiveError(f"capture {refers_to} of the part, which a revisit refers to, is not in the archive")
    return int(found[0])


def _others(index: sqlite3.Connection, run: str) -> None:
    for row in _rows(index, "entries", run):
        _insert(index, "entries", row, "OR REPLACE")
    for row in _rows(index, "portal_runs", run):
        if row["finished_at"] is not None:
            _insert(index, "portal_runs", row, "OR REPLACE")
        else:
            _insert(index, "portal_runs", row, "OR IGNORE")


def _rows(index: sqlite3.Connection, table: str, run: str) -> Iterator[dict[str, Any]]:
    cursor = index.execute(f"SELECT * FROM part.{table} WHERE run_id = ? ORDER BY rowid", (run,))
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)


def _insert(index: sqlite3.Connection, table: str, row: Mapping[str, Any], otherwise: str = "") -> None:
    marks = ", ".join("?" * len(row))
    index.execute(f"INSERT {otherwise} INTO main.{table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))


def _head(path: Path) -> bytes | None:
    if not path.exists():
        return None
    with path.open("rb") as file:
        return file.read(HEAD)


def _sync(folder: Path) -> None:
    """Bring the folder's names to the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
