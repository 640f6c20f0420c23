"""Making the index again from the WARC files, or bringing it up to what they say. WARC files are not changed, save for
a torn tail, which is cut off and kept beside the file.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from crawler.archive.absorbing import FILE_NAME, Absorbed, absorb
from crawler.archive.index import INDEX_NAME, Transaction, open_for_writing
from crawler.archive.lock import locked
from crawler.archive.store import open_stored, store_of_environment, stored_files
from crawler.archive.warc import ArchiveError, stamp

OUT_OF_ORDER = "SELECT 1 FROM captures AS a JOIN captures AS b ON b.id = a.id + 1 WHERE b.captured_at < a.captured_at LIMIT 1"


def repair(folder: Path, moved: Callable[[int, int], object] = lambda done, total: None) -> tuple[str, ...]:
    """Repair the index of a folder from its WARC files; what was done and what cannot be, in lines.

    An index that is damaged is put aside, never deleted. Raises ArchiveLocked, and ArchiveError where there is nothing
    to repair from.
    """
    if not folder.is_dir():
        raise ArchiveError(f"{folder} is not there")
    now = datetime.now(UTC)
    with locked(folder, now):
        path = folder / INDEX_NAME
        sound = path.exists() and _is_sound(path)
        stored = _stored(path if sound else None)
        names = {file.name for file in folder.glob("*.warc.gz")} | set(stored)
        if not names:
            raise ArchiveError(f"{folder}: there are no WARC files to make the index from")
        target = path if sound else folder / f"{INDEX_NAME}.new"
        if not sound:
            _remove(target)
        try:
            lines = tuple(_repair(folder, target, sorted(names, key=_age), stored, stamp(now), moved))
        except sqlite3.Error as problem:
            raise ArchiveError(f"{target}: {problem}") from problem
        if sound:
            return lines
        made = f"{INDEX_NAME} was {'damaged' if path.exists() else 'not there'}: made again from {len(names)} WARC files"
        if path.exists():
            aside = path.with_name(f"{INDEX_NAME}.damaged-{stamp(now).replace(':', '')}")
            for suffix in ("", "-wal", "-shm"):
                if (part := path.with_name(path.name + suffix)).exists():
                    part.rename(aside.with_name(aside.name + suffix))
            made += f"; the damaged one is {aside.name}"
        target.rename(path)
        return (made, *lines)


def _repair(
    folder: Path,
    target: Path,
    names: list[str],
    stored: dict[str, str],
    now: str,
    moved: Callable[[int, int], object],
) -> Iterator[str]:
    index = open_for_writing(target)
    added: Counter[str] = Counter()
    try:
        with Transaction(index):
            committed = dict(index.execute("SELECT name, length FROM warc_files"))
            finished = {name for (name,) in index.execute("SELECT name FROM warc_files WHERE finished_at IS NOT NULL")}
            for number, name in enumerate(names, start=1):
                told = _absorb(index, folder / name, stored.get(name))
                added += told.added
                yield from (f"{name}: cannot be repaired: {line}" for line in told.lost)
                may_be_torn = name not in finished and (folder / name).exists()
                if told.torn and may_be_torn and told.whole >= committed.get(name, 0):
                    yield _cut(folder / name, told)
                if told.lost:  # it is not written on
                    index.execute("UPDATE warc_files SET finished_at = coalesce(finished_at, ?) WHERE name = ?", (now, name))
                if address := stored.get(name):
                    index.execute("UPDATE warc_files SET stored = ? WHERE name = ? AND stored IS NULL", (address, name))
                moved(number, len(names))
            _finish_files(index)
            if index.execute(OUT_OF_ORDER).fetchone():
                _number_again(index)
        index.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        index.close()
    if told_of := ", ".join(f"{count} {table.replace('_', ' ')}" for table, count in sorted(added.items()) if count):
        yield f"entered into the index from the WARC files: {told_of}"


def _absorb(index: sqlite3.Connection, path: Path, address: str | None) -> Absorbed:
    with ExitStack() as opened:
        here = path.exists() or address is None
        file = opened.enter_context(path.open("rb") if here else open_stored(address or ""))
        return absorb(index, path.name, file)


def _cut(path: Path, told: Absorbed) -> str:
    """Cut a torn tail off, and keep it beside the file."""
    aside = path.with_name(f"{path.name}.torn-{told.whole}")
    with path.open("rb") as file, aside.open("wb") as kept:
        file.seek(told.whole)
        shutil.copyfileobj(file, kept)
    os.truncate(path, told.whole)
    return f"{path.name}: a torn tail of {told.size - told.whole} bytes cut off, kept as {aside.name}"


def _is_sound(path: Path) -> bool:
    try:
        index = open_for_writing(path)
        try:
            return [line for (line,) in index.execute("PRAGMA integrity_check(1)")] == ["ok"]
        finally:
            index.close()
    except sqlite3.Error:
        return False


def _stored(index_path: Path | None) -> dict[str, str]:
    """The files that are in the store: by the index, else by the store that the environment names."""
    if index_path:
        index = sqlite3.connect(index_path)
        try:
            return dict(index.execute("SELECT name, stored FROM warc_files WHERE stored IS NOT NULL"))
        finally:
            index.close()
    prefix = store_of_environment()
    return stored_files(prefix) if prefix else {}


def _age(name: str) -> tuple[str, bool, str]:
    """Runs in their order; in a run first the files that were taken over, since the run's own have the last word."""
    match = FILE_NAME.fullmatch(name)
    return (match["run"] if match else name, not (match and match[2]), name)


def _finish_files(index: sqlite3.Connection) -> None:
    """A file is complete when its run is, or when the run has begun a further one."""
    index.execute(
        """UPDATE warc_files SET finished_at = coalesce(
             (SELECT finished_at FROM runs WHERE id = run_id),
             (SELECT max(captured_at) FROM captures WHERE warc_file = name AND EXISTS
               (SELECT 1 FROM warc_files AS later WHERE later.run_id = warc_files.run_id AND later.name > warc_files.name)))
           WHERE finished_at IS NULL"""
    )


def _number_again(index: sqlite3.Connection) -> None:
    """Number captures and runs in the order in which they were made: that is what their readers go by."""
    index.execute("PRAGMA defer_foreign_keys = ON")
    index.execute(
        "CREATE TEMP TABLE numbers AS"
        " SELECT id, row_number() OVER (ORDER BY captured_at, id) AS number FROM captures"
    )
    index.execute("CREATE UNIQUE INDEX temp.numbers_id ON numbers (id)")
    new = "(SELECT -number FROM temp.numbers WHERE id = captures.{})"
    index.execute(f"UPDATE captures SET id = {new.format('id')}, refers_to = {new.format('refers_to')}")
    index.execute("UPDATE captures SET id = -id, refers_to = -refers_to")
    index.execute("DROP TABLE temp.numbers")
    order = "(SELECT count(*) FROM runs AS b WHERE b.started_at < runs.started_at OR (b.started_at = runs.started_at AND b.id <= runs.id))"
    index.execute(f"UPDATE runs SET rowid = -{order}")
    index.execute("UPDATE runs SET rowid = -rowid")


def _remove(index: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        index.with_name(index.name + suffix).unlink(missing_ok=True)
