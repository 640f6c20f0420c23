"""/source/<sha256>: an archived original as the readers understand it, with the cell of a figure marked; and its bytes as a file."""

from __future__ import annotations

import json
import mimetypes
import sqlite3
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

from crawler.archive import ArchiveError
from extract import originals
from extract.originals import Document, Place, UnreadableDocument
from reading_room.visit import Download, Page, Visit, row_address


@dataclass(frozen=True, slots=True)
class Asked:
    """The figure whose cell the reader wants to see."""

    fact: sqlite3.Row
    label: sqlite3.Row | None
    report: sqlite3.Row
    place: Place
    record: str


def page(connection: sqlite3.Connection, visit: Visit) -> Page | None:
    """The page of an archived document; None where the database knows none of that digest."""
    sha256 = visit.named["sha256"]
    captures = _captures(connection, sha256)
    if not captures:
        return None
    asked = _asked(connection, visit, sha256)
    place = asked.place if asked else None
    drawn, trouble, marked = "", "", False
    try:
        document = _document(visit.archive, sha256)
        marked = bool(place and originals.find(document, place))
        # Drawn by extract.originals out of escaped text and its own tags: nothing of the original's markup is in it.
        drawn = Markup(originals.draw(document, place))
    except FileNotFoundError:
        trouble = visit.texts["source.not_here"]
    except UnreadableDocument as error:
        trouble = f"{visit.texts.name('issue', error.kind)}: {error.detail}"
    except ArchiveError as error:
        trouble = f"{visit.texts['source.damaged']} {error}"
    return Page(
        "source.html",
        {
            "sha256": sha256,
            "captures": captures,
            "reports": _reports(connection, sha256),
            "asked": asked,
            "drawn": drawn,
            "trouble": trouble,
            "marked": marked,
        },
    )


def download(connection: sqlite3.Connection, visit: Visit) -> Download | None:
    """The document's bytes, as a browser would have saved them; None where they are not to be had."""
    sha256 = visit.named["sha256"]
    captures = _captures(connection, sha256)
    try:
        found = originals.original(visit.archive, sha256) if captures else None
    except ArchiveError:
        found = None
    if found is None:
        return None
    extension = mimetypes.guess_extension(found.capture.media_type or "") or ".bin"
    return Download(found.payload, f"{sha256[:16]}{extension}")


@lru_cache(maxsize=16)
def _document(archive: Path, sha256: str) -> Document:
    """The document as read, kept for the next figures of the same report; a digest never means anything else."""
    found = originals.original(archive, sha256)
    if found is None:
        raise FileNotFoundError(sha256)
    return originals.read_original(found)


def _asked(connection: sqlite3.Connection, visit: Visit, sha256: str) -> Asked | None:
    report, keys = visit.query.get("report", ""), visit.query.get("cell", "").split("/")
    if len(keys) != 3 or not (report.isascii() and report.isdigit()) or len(report) > 16:
        return None
    fact = connection.execute(
        "select * from facts where report_id = ? and table_key = ? and row_key = ? and column_key = ?",
        (int(report), *keys),
    ).fetchone()
    if fact is None:
        return None
    locator = json.loads(fact["locator"])
    if locator.pop("sha256", None) != sha256:
        return None
    told = connection.execute("select * from reports where id = ?", (int(report),)).fetchone()
    label = connection.execute(
        "select label_zh, label_en from lines where table_key = ? and row_key = ? and column_key = ? order by form = ? desc limit 1",
        (*keys, told["form"] or ""),
    ).fetchone()
    return Asked(fact, label, told, locator, row_address("facts", int(report), *keys))


def _captures(connection: sqlite3.Connection, sha256: str) -> list[sqlite3.Row]:
    return connection.execute(
        "select url, captured_at, media_type, title from captures where payload_sha256 = ? order by captured_at limit 20",
        (sha256,),
    ).fetchall()


def _reports(connection: sqlite3.Connection, sha256: str) -> list[sqlite3.Row]:
    return connection.execute(
        "select distinct r.id, r.title, r.issuing_body, r.report_year from report_documents d "
        "join reports r on r.id = d.report_id where d.payload_sha256 = ? order by r.report_year limit 20",
        (sha256,),
    ).fetchall()
