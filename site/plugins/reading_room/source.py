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
from extract.originals import Document, Face, Place, UnreadableDocument
from reading_room.visit import File, Page, Visit, row_address


@dataclass(frozen=True, slots=True)
class Asked:
    """The figure whose cell the reader wants to see."""

    fact: sqlite3.Row
    label: sqlite3.Row | None
    report: sqlite3.Row
    place: Place
    record: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An original as shown: its text and tables drawn, or the picture of one of its pages; `box` is where the cell stands on it."""

    drawn: Markup | None = None
    face: Face | None = None
    box: tuple[float, float, float, float] | None = None
    marked: bool = False


def page(connection: sqlite3.Connection, visit: Visit) -> Page | None:
    """The page of an archived document; None where the database knows none of that digest."""
    sha256 = visit.named["sha256"]
    captures = _captures(connection, sha256)
    if not captures:
        return None
    asked = _asked(connection, visit, sha256)
    place = asked.place if asked else None
    shown, trouble = Shown(), ""
    try:
        shown = _show(visit, sha256, place)
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
            "shown": shown,
            "trouble": trouble,
        },
    )


def download(connection: sqlite3.Connection, visit: Visit) -> File | None:
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
    return File(found.payload, name=f"{sha256[:16]}{extension}", lasting=True)


def picture(connection: sqlite3.Connection, visit: Visit) -> File | None:
    """The picture of a page; None where there is none."""
    sha256 = visit.named["sha256"]
    try:
        found = originals.original(visit.archive, sha256) if _captures(connection, sha256) else None
        drawn = originals.face(found, int(visit.named["number"])) if found and originals.is_paged(found) else None
    except (ArchiveError, UnreadableDocument):
        return None
    return File(drawn.picture, "image/webp", lasting=True) if drawn else None


def _show(visit: Visit, sha256: str, place: Place | None) -> Shown:
    """The original with the place marked. Raises FileNotFoundError, ArchiveError, UnreadableDocument."""
    found = originals.original(visit.archive, sha256)
    if found is None:
        raise FileNotFoundError(sha256)
    if originals.is_paged(found):
        on_page = place.get("page") if place else None
        number = visit.number("page") or (on_page if isinstance(on_page, int) else 1)
        face = originals.face(found, number) or originals.face(found, 1)
        box = _box(place) if place and face and on_page == face.number else None
        return Shown(face=face, box=box, marked=box is not None)
    document = _document(visit.archive, sha256)
    # Drawn by extract.originals out of escaped text and its own tags: nothing of the original's markup is in it.
    drawn = Markup(originals.draw(document, place))
    return Shown(drawn, marked=bool(place and originals.find(document, place)))


def _box(place: Place) -> tuple[float, float, float, float] | None:
    box = place.get("box")
    if not isinstance(box, list) or len(box) != 4 or not all(isinstance(side, (int, float)) for side in box):
        return None
    return box[0], box[1], box[2], box[3]


@lru_cache(maxsize=16)
def _document(archive: Path, sha256: str) -> Document:
    """The document as read, kept for the next figures of the same report; a digest never means anything else."""
    found = originals.original(archive, sha256)
    if found is None:
        raise FileNotFoundError(sha256)
    return originals.read_original(found)


def _asked(connection: sqlite3.Connection, visit: Visit, sha256: str) -> Asked | None:
    report, keys = visit.number("report"), visit.query("cell").split("/")
    if len(keys) != 3 or report is None:
        return None
    fact = connection.execute(
        "select * from facts where report_id = ? and table_key = ? and row_key = ? and column_key = ?",
        (report, *keys),
    ).fetchone()
    if fact is None:
        return None
    locator = json.loads(fact["locator"])
    if locator.pop("sha256", None) != sha256:
        return None
    told = connection.execute("select * from reports where id = ?", (report,)).fetchone()
    label = connection.execute(
        "select label_zh, label_en from lines where table_key = ? and row_key = ? and column_key = ? order by form = ? desc limit 1",
        (*keys, told["form"] or ""),
    ).fetchone()
    return Asked(fact, label, told, locator, row_address("facts", report, *keys))


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
