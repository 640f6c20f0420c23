"""An archived original with one cell marked, drawn through the readers (for the site).

Nothing of the original's own markup is passed on: what the readers understood is drawn with our own tags, its text escaped.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit

from crawler.archive import Archive, Capture
from extract.document import Cell, Document, Grid, Paragraph, Place, UnreadableDocument
from extract.readers import read, sniff
from extract.readers.faces import Face, has_faces
from extract.readers.faces import face as draw_face

# What the site may know of documents comes through here.
__all__ = [
    "Document",
    "Face",
    "Original",
    "Place",
    "UnreadableDocument",
    "draw",
    "face",
    "find",
    "is_paged",
    "original",
    "read_original",
]

# Faces of pages are kept in memory up to this many bytes; never on disk.
MOST_KEPT = 32_000_000

# How far a drawn cell reaches: rows and columns.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Original:
    """An archived payload as a browser would have saved it, and the capture that it came with."""

    capture: Capture
    payload: bytes
    charset: str | None

    @property
    def name(self) -> str:
        """The file name at the end of the address; empty where there is none."""
        return unquote(urlsplit(self.capture.url).path).rpartition("/")[2]


def original(archive: Path, sha256: str) -> Original | None:
    """The payload of that digest; None where the archive does not hold it. Raises ArchiveError where it is damaged."""
    with Archive(archive) as held:
        for capture in held.captures_of(sha256):
            if capture.warc_file is not None:
                exchange = held.exchange(capture)
                return Original(capture, exchange.body, _charset(exchange.headers))
    return None


def read_original(found: Original) -> Document:
    """The original as the readers understand it. Raises UnreadableDocument."""
    return read(found.payload, media_type=found.capture.media_type, charset=found.charset, name=found.name or None)


def is_paged(found: Original) -> bool:
    """Whether the original is shown as pictures of its pages (a PDF, a scan), not as text and tables."""
    try:
        return has_faces(sniff(found.payload, found.capture.media_type))
    except UnreadableDocument:
        return False


def face(found: Original, number: int) -> Face | None:
    """The picture of a page, counted from 1; None where the original has no such page. Raises UnreadableDocument."""
    key = (str(found.capture.payload_sha256), number)
    kept = _faces.pop(key, None) or draw_face(found.payload, sniff(found.payload, found.capture.media_type), number)
    if kept is not None:
        _faces[key] = kept  # the one used last stands last
        while sum(len(each.picture) for each in _faces.values()) > MOST_KEPT:
            _faces.popitem(last=False)
    return kept


_faces: OrderedDict[tuple[str, int], Face] = OrderedDict()


def find(document: Document, place: Place) -> Cell | Paragraph | None:
    """What stands at a place. A locator may say more than the place itself (how a figure was recovered, how sure it is)."""
    standing = [each for each in _standing(document) if each.place and _names(place, each.place)]
    return max(standing, key=lambda each: len(each.place or ()), default=None)


def draw(document: Document, place: Place | None = None) -> str:
    """The document as an HTML fragment: paragraphs and tables, and `<mark id="cell">` around what stands at the place."""
    marked = find(document, place) if place else None
    return "\n".join(
        _paragraph(block, block is marked) if isinstance(block, Paragraph) else _table(block, marked)
        for block in document.blocks
    )


def _standing(document: Document) -> Iterator[Cell | Paragraph]:
    for block in document.blocks:
        if isinstance(block, Paragraph):
            yield block
        else:
            yield from (cell for row in block.rows for cell in row if cell is not None)


def _names(locator: Place, place: Place) -> bool:
    """Whether a locator, which may come out of JSON, names this place."""
    plain = ((key, list(value) if isinstance(value, tuple) else value) for key, value in place.items())
    return all(key in locator and locator[key] == value for key, value in plain)


def _paragraph(block: Paragraph, marked: bool) -> str:
    kind = ' class="heading"' if block.heading else ""
    return f"<p{kind}>{_text(block.text, marked)}</p>"


def _table(grid: Grid, marked: Cell | Paragraph | None) -> str:
    rows = ("".join(_cell(cell, span, cell is marked) for cell, span in row) for row in _spanned(grid))
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


def _cell(cell: Cell | None, span: Span, marked: bool) -> str:
    if cell is None:
        return "<td></td>"
    rows, columns = span
    spans = (f' rowspan="{rows}"' if rows > 1 else "") + (f' colspan="{columns}"' if columns > 1 else "")
    return f"<td{spans}>{_text(cell.text, marked)}</td>"


def _text(text: str, marked: bool) -> str:
    lines = "<br>".join(escape(line) for line in text.split("\n"))
    return f'<mark id="cell">{lines}</mark>' if marked else lines


def _spanned(grid: Grid) -> Iterator[list[tuple[Cell | None, Span]]]:
    """Each row's cells where they begin, with their spans; one that does not fill a rectangle is drawn part by part."""
    drawn: set[tuple[int, int]] = set()
    for top, row in enumerate(grid.rows):
        line: list[tuple[Cell | None, Span]] = []
        for left, cell in enumerate(row):
            if (top, left) in drawn:
                continue
            rows, columns = _reach(grid, top, left)
            drawn.update((y, x) for y in range(top, top + rows) for x in range(left, left + columns))
            line.append((cell, (rows, columns)))
        yield line


def _reach(grid: Grid, top: int, left: int) -> Span:
    cell = grid.rows[top][left]
    if cell is None:
        return 1, 1
    columns = 1
    while left + columns < len(grid.rows[top]) and grid.rows[top][left + columns] is cell:
        columns += 1
    rows = 1
    while top + rows < len(grid.rows) and _filled(grid.rows[top + rows], left, columns, cell):
        rows += 1
    return rows, columns


def _filled(row: tuple[Cell | None, ...], left: int, columns: int, cell: Cell) -> bool:
    return len(row) >= left + columns and all(each is cell for each in row[left : left + columns])


def _charset(headers: tuple[tuple[str, str], ...]) -> str | None:
    """What the server said the bytes are written in."""
    for name, value in headers:
        if name.lower() == "content-type":
            for parameter in value.split(";")[1:]:
                key, _, said = parameter.partition("=")
                if key.strip().lower() == "charset":
                    return said.strip().strip("\"'") or None
    return None
