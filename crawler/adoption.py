"""Adoption: what a part of a run holds becomes the main archive's, whether the part is through or was left lying.

The WARC files are moved first, the rows follow in one transaction, then the part is removed. A process that is killed
in between leaves a part whose files the main archive has: what is left to do is done by the next adoption.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.archive import Archive
from crawler.parts import PARTS, Part, parts_of

# What a part says anew is the last word; captures are only ever added.
TABLES = ("portal_runs", "entries", "captures", "warc_files")


@dataclass(frozen=True)
class Adopted:
    """What came of a part: the portals that are through, and where the others lead that could not be asked there."""

    finished: tuple[str, ...]
    elsewhere: Mapping[str, Collection[str]]


def adopt(main: Archive, folder: Path) -> Adopted:
    """Take over a part's files and rows. Raises ArchiveLocked where a process is still writing it."""
    with Part(folder) as part:
        found = Adopted(part.finished(), part.elsewhere())
        files = sorted(path for path in folder.glob("*.warc.gz"))
        for path in files:
            path.rename(main.folder / path.name)
        _sync(main.folder)
        _take_rows(main, part)
        # The part must not go before its rows are on the disk: a commit alone may be lost with the power.
        main._index.execute("PRAGMA wal_checkpoint (FULL)")
        shutil.rmtree(folder)
    return found


def adopt_all(main: Archive) -> None:
    """Take over what earlier processes left lying. Raises ArchiveLocked where one of them is still writing."""
    for folder in parts_of(main.folder):
        adopt(main, folder)
    with suppress(OSError):  # others may be in it
        for path in (main.folder / PARTS).glob("*"):
            path.rmdir()
        (main.folder / PARTS).rmdir()


def _take_rows(main: Archive, part: Part) -> None:
    index = main._index
    with main._transaction():
        if _has_any_file(main, part):
            return  # the rows are there, but the process was killed before it could remove the part
        index.execute("INSERT OR IGNORE INTO runs (id, started_at) VALUES (?, ?)", (part.part_of, main._stamp()))
        (last,) = index.execute("SELECT coalesce(max(id), 0) FROM captures").fetchone()
        for table in TABLES:
            for row in part.own(table):
                _insert(main, table, _renumbered(row, part.last_id, last) if table == "captures" else row)
        index.execute(
            "UPDATE warc_files SET finished_at = ? WHERE finished_at IS NULL AND name LIKE ?",
            (main._stamp(), f"%-{part.folder.name}.warc.gz"),
        )


def _has_any_file(main: Archive, part: Part) -> bool:
    return any(
        main._index.execute("SELECT 1 FROM warc_files WHERE name = ?", (row["name"],)).fetchone()
        for row in part.own("warc_files")
    )


def _renumbered(row: dict[str, Any], began_with: int, last: int) -> dict[str, Any]:
    """A capture under its number in the main archive. What the part began with has its number there already."""
    own = row["refers_to"] is not None and row["refers_to"] > began_with
    moved = {"id": row["id"] - began_with + last}
    return row | moved | ({"refers_to": row["refers_to"] - began_with + last} if own else {})


def _insert(main: Archive, table: str, row: Mapping[str, Any]) -> None:
    otherwise = "" if table in ("captures", "warc_files") else "OR REPLACE"
    marks = ", ".join("?" * len(row))
    main._index.execute(
        f"INSERT {otherwise} INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values())
    )


def _sync(folder: Path) -> None:
    """Bring the names of a folder's files to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


