"""A WARC file entered into the index: what a killed process had not committed, or all of it where the index is lost.

The last that is said of a row holds. A capture is known by the place of its record, an attempt without an answer by
what it asked and when.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from crawler.archive.notes import FIELDS_TYPE, ROWS_TYPE, Value, read_fields, read_rows
from crawler.archive.records import CUT_SHORT, Record, Stretch, stretches
from crawler.archive.warc import decoded

FILE_NAME = re.compile(r"nianbao-(?P<run>.+?)-\d{5}(-[0-9a-f]+)?\.warc\.gz")
KEYS = {"runs": "id", "portal_runs": "run_id, portal", "entries": "run_id, portal, url"}
NOTED = ("portal", "role", "title", "published", "media_type", "payload_sha256", "error", "etag", "last_modified",
         "outcome")  # fmt: skip
SAME_ATTEMPT = ("run_id", "portal", "url", "captured_at", "error", "role", "method", "request_sha256")


@dataclass
class Absorbed:
    """What became of a file: rows added by table, how much of it holds whole units, and what could not be read."""

    name: str
    added: Counter[str] = field(default_factory=Counter)
    whole: int = 0  # bytes up to the end of the last unit
    size: int = 0
    torn: bool = False  # what stands behind the last unit was cut short in the writing
    lost: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Unit:
    """What was written at once: an answer with its request and notes, or one record alone. `end`: in the file."""

    answer: Stretch | None  # without a record where it is damaged and only its notes can be read
    request: Record | None
    other: Record | None
    end: int


def absorb(
    index: sqlite3.Connection, name: str, file: BinaryIO, *, start: int = 0, uncommitted: bool = False
) -> Absorbed:
    """Enter what a file of this name holds from `start` into the index, within the caller's transaction.

    `uncommitted`: what stands there was never committed, so an end that cannot be read is a torn one however it looks
    (after a loss of power it may be zeros); else only one that was cut short.
    """
    told = Absorbed(name, whole=start)
    run = _run_of(index, name)
    for unit in _units(stretches(file, start=start), told, uncommitted):
        if unit.other and unit.other.kind == "warcinfo":
            run = _fields(unit.other).get("isPartOf", run)
            _run_exists(index, run, unit.other.date)
        elif unit.answer and unit.answer.record:
            _run_exists(index, run, unit.answer.record.date)
            _keep_answer(index, told, run, unit, unit.answer.record)
        elif unit.answer and unit.other:
            _keep_damaged(index, told, run, unit.answer, unit.other)
        elif unit.other and unit.other.content_type == ROWS_TYPE:
            _keep_rows(index, told, unit.other)
        elif unit.other and unit.other.content_type == FIELDS_TYPE:
            _keep_failure(index, told, run, unit.other)
        told.whole = unit.end
    told.size = file.seek(0, os.SEEK_END)
    _run_exists(index, run, "")
    index.execute(
        "INSERT INTO warc_files (name, run_id, length) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET length = max(length, excluded.length)",
        (name, run, told.whole if told.torn else told.size),
    )
    return told


def _units(found: Iterator[Stretch], told: Absorbed, uncommitted: bool) -> Iterator[_Unit]:
    """Whole units only; what is damaged is told, what was torn at the end is left out."""
    answer: Stretch | None = None
    request: Record | None = None
    damage: tuple[str, int] | None = None
    damaged: Stretch | None = None  # may be the answer that the next notes are about
    for stretch in found:
        record, end = stretch.record, stretch.offset + stretch.length
        if damage:  # something comes after it: it is no torn tail
            told.lost.append(damage[0])
            yield _Unit(answer, request, None, damage[1])
            answer = request = damage = None
        if record is None:
            damaged, damage = stretch, (f"offset {stretch.offset}: {stretch.length} bytes: {stretch.problem}", end)
            told.torn = uncommitted or stretch.problem == CUT_SHORT
        elif record.kind in ("response", "revisit") and record.answer:
            if answer:
                yield _Unit(answer, request, None, stretch.offset)
            answer, request, damaged = stretch, None, None
        elif record.kind == "request":
            request = record
        elif record.concurrent_to:
            if answer or damaged:
                yield _Unit(answer or damaged, request, record, end)
            answer = request = damaged = None
        else:
            yield _Unit(None, None, record, end)
    if damage and not told.torn:
        told.lost.append(damage[0])
        yield _Unit(answer, request, None, damage[1])
    elif answer:
        told.torn = True
    elif not damage:
        told.torn = False


def _keep_answer(index: sqlite3.Connection, told: Absorbed, run: str, unit: _Unit, record: Record) -> None:
    """The row of an answer. Without its notes (their record is damaged) only what the answer itself says is known."""
    assert unit.answer is not None
    assert record.answer is not None
    place = (told.name, unit.answer.offset)
    notes: dict[str, str] = _fields(unit.other) if unit.other else {}
    row: dict[str, Value] = {name: notes.get(name) for name in NOTED}
    row |= {"run_id": notes.get("run", run), "found_on": notes.get("via"), "url": record.url}
    row |= {"captured_at": record.date, "status": record.answer.status, "warc_length": unit.answer.length}
    if "outcome" not in notes and record.kind == "response":
        row["payload_sha256"] = hashlib.sha256(decoded(record.answer)[0]).hexdigest()
        row["media_type"] = (record.answer.header("Content-Type") or "").partition(";")[0].strip().lower() or None
    if record.refers_to:
        row["refers_to"] = _original(index, record.refers_to, row["payload_sha256"])
    if unit.request:
        body = unit.request.content
        row |= {"method": unit.request.method, "request_sha256": hashlib.sha256(body).hexdigest() if body else None}
    known = index.execute("SELECT id FROM captures WHERE warc_file = ? AND warc_offset = ?", place).fetchone()
    if known and not unit.other:
        return  # the index knows more than the file still says
    if not unit.other:
        told.lost.append(f"offset {unit.answer.offset}: portal, role and title of {record.url}")
        row |= {"portal": "", "role": "other"}
    if known:
        index.execute(f"UPDATE captures SET {', '.join(f'{name} = ?' for name in row)} WHERE id = ?",
                      (*row.values(), known[0]))  # fmt: skip
    else:
        _insert(index, "captures", row | {"warc_file": place[0], "warc_offset": place[1]})
        told.added["captures"] += 1


def _keep_damaged(index: sqlite3.Connection, told: Absorbed, run: str, answer: Stretch, record: Record) -> None:
    """The row of an answer that cannot be read, of which the notes say what it was: so that it is known to be missed."""
    place = (told.name, answer.offset)
    if not index.execute("SELECT 1 FROM captures WHERE warc_file = ? AND warc_offset = ?", place).fetchone():
        notes = _fields(record)
        row: dict[str, Value] = {name: notes.get(name) for name in NOTED}
        row |= {"run_id": notes.get("run", run), "found_on": notes.get("via"), "url": record.url}
        row |= {"captured_at": record.date, "warc_file": told.name, "warc_offset": answer.offset}
        _run_exists(index, str(row["run_id"]), record.date)
        _insert(index, "captures", row | {"warc_length": answer.length})
        told.added["captures"] += 1


def _keep_failure(index: sqlite3.Connection, told: Absorbed, run: str, record: Record) -> None:
    notes = _fields(record)
    row: dict[str, Value] = {name: notes.get(name) for name in NOTED}
    row |= {"run_id": notes.get("run", run), "found_on": notes.get("via"), "url": record.url}
    row |= {"captured_at": record.date, "method": notes.get("method", "GET")}
    row["request_sha256"] = notes.get("request_sha256")
    same = " AND ".join(f"{name} IS ?" for name in SAME_ATTEMPT)
    values = tuple(row[name] for name in SAME_ATTEMPT)
    if not index.execute(f"SELECT 1 FROM captures WHERE warc_file IS NULL AND {same}", values).fetchone():
        _insert(index, "captures", row)
        told.added["captures"] += 1


def _keep_rows(index: sqlite3.Connection, told: Absorbed, record: Record) -> None:
    for table, rows in read_rows(record.content).items():
        if table not in KEYS:
            continue  # of a later version
        present = {row[1] for row in index.execute(f"PRAGMA table_info ({table})")}
        for said in rows:
            row = {name: value for name, value in said.items() if name in present}
            if "run_id" in row:
                _run_exists(index, str(row["run_id"]), record.date)
            keys = KEYS[table].split(", ")
            same = " AND ".join(f"{name} = ?" for name in keys)
            known = index.execute(f"SELECT 1 FROM {table} WHERE {same}", [row[name] for name in keys]).fetchone()
            told.added[table] += not known
            if table == "entries":
                _insert(index, table, row, "OR REPLACE")  # the order of a list is that of its rows
            elif known:
                index.execute(f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in row)} WHERE {same}",
                              (*row.values(), *(row[name] for name in keys)))  # fmt: skip
            else:
                _insert(index, table, row)


def _original(index: sqlite3.Connection, refers_to: tuple[str, str], sha256: Value) -> int | None:
    """The capture that holds the payload of a revisit."""
    query = """SELECT id FROM captures WHERE url = ? AND captured_at = ? AND payload_sha256 IS ? AND refers_to IS NULL
        AND warc_file IS NOT NULL ORDER BY id LIMIT 1"""
    found = index.execute(query, (*refers_to, sha256)).fetchone()
    return int(found[0]) if found else None


def _insert(index: sqlite3.Connection, table: str, row: Mapping[str, Value], otherwise: str = "") -> None:
    marks = ", ".join("?" * len(row))
    index.execute(f"INSERT {otherwise} INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))


def _run_exists(index: sqlite3.Connection, run: str, date: str) -> None:
    index.execute("INSERT OR IGNORE INTO runs (id, started_at) VALUES (?, ?)", (run, date))


def _run_of(index: sqlite3.Connection, name: str) -> str:
    """The run that a file belongs to, by the index or by its name."""
    if found := index.execute("SELECT run_id FROM warc_files WHERE name = ?", (name,)).fetchone():
        return str(found[0])
    match = FILE_NAME.fullmatch(name)
    return match["run"] if match else name


def _fields(record: Record) -> dict[str, str]:
    return read_fields(record.content)
