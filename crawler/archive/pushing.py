"""Putting finished WARC files into the store, and letting go of them here once they have been read back from there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crawler.archive.index import INDEX_NAME, Transaction, open_for_writing
from crawler.archive.lock import locked
from crawler.archive.store import StoreError, check, put
from crawler.archive.warc import ArchiveError


@dataclass(frozen=True)
class Pushed:
    """What became of a file: where it is stored now, or why it is not; in that case it is here still."""

    name: str
    length: int
    stored: str | None
    removed: bool = False
    problem: str | None = None


def push(
    folder: Path, prefix: str, *, remove_local: bool = False, moved: Callable[[int], object] = lambda _: None
) -> Iterator[Pushed]:
    """Put every finished file that is not stored yet under the address, verified; then remove it here if wished.

    Raises ArchiveLocked where another process writes the archive, and ArchiveError where its index cannot be.
    """
    if not (folder / INDEX_NAME).exists():
        return
    with locked(folder, datetime.now(UTC)):
        try:
            index = open_for_writing(folder / INDEX_NAME)
        except sqlite3.Error as problem:
            raise ArchiveError(f"{folder / INDEX_NAME}: {problem}") from problem
        try:
            query = "SELECT name, length, stored, sha256 FROM warc_files WHERE finished_at IS NOT NULL ORDER BY name"
            for name, length, stored, sha256 in index.execute(query).fetchall():
                path = folder / name
                if path.exists() and (stored is None or remove_local):
                    yield _push(index, path, length, stored, sha256, prefix, remove_local, moved)
        finally:
            index.close()


def _push(
    index: sqlite3.Connection,
    path: Path,
    length: int,
    stored: str | None,
    sha256: str | None,
    prefix: str,
    remove_local: bool,
    moved: Callable[[int], object],
) -> Pushed:
    address = stored or f"{prefix}/{path.name}"
    try:
        if (size := path.stat().st_size) != length:
            raise StoreError(f"{path.name}: {size} bytes, the index says {length}: not put into the store")
        if stored and sha256:
            check(address, length, sha256, moved)
        else:
            sha256 = put(path, address, moved)
    except (StoreError, OSError) as problem:
        return Pushed(path.name, length, stored, problem=str(problem))
    with Transaction(index):
        index.execute("UPDATE warc_files SET stored = ?, sha256 = ? WHERE name = ?", (address, sha256, path.name))
    if remove_local:
        path.unlink()
    return Pushed(path.name, length, address, removed=remove_local)
