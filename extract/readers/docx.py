"""Word documents (DOCX), opened by python-docx, walked over their XML.

python-docx's own rows and cells lose tracked insertions, content controls and nested tables, so the walk goes over
the elements:
through content controls, insertions and links, past deletions, moved-away text and fallback branches.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import docx
from docx.opc.exceptions import PackageNotFoundError
from lxml import etree

from extract.document import Block, Cell, Document, Furniture, Grid, Paragraph, UnreadableDocument
from extract.grid import MOST_COLUMNS, MOST_ROWS

Element = Any  # lxml brings no types
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
P, TBL, TR, TC, T = W + "p", W + "tbl", W + "tr", W + "tc", W + "t"
THROUGH = frozenset(
    W + name
    for name in ("sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml", "hyperlink", "fldSimple", "dir", "bdo")
) | {
    MC + "AlternateContent",
    MC + "Choice",
}
GONE = frozenset(W + name for name in ("del", "moveFrom", "instrText", "delText", "rPr", "pPr", "sdtPr")) | {
    MC + "Fallback"
}
TEXT_BOX = W + "txbxContent"
PART = "word/document.xml"
# A document that unpacks to more than this is no report.
MOST_BYTES = 200_000_000


def read(payload: bytes, *, sha256: str, media_type: str, charset: str | None = None) -> Document:
    """A Word document as paragraphs and grids; every cell's place is part, table, row and column, counted from 1.

    Raises UnreadableDocument where the package or its XML is damaged, or unpacks beyond all measure.
    """
    try:
        with zipfile.ZipFile(BytesIO(payload)) as package:
            size = sum(entry.file_size for entry in package.infolist())
        if size > MOST_BYTES:
            raise UnreadableDocument("limit", f"解压后为 {size} 字节（上限 {MOST_BYTES}）")
        document = docx.Document(BytesIO(payload))
    except (zipfile.BadZipFile, PackageNotFoundError, KeyError, ValueError, OSError, etree.XMLSyntaxError) as error:
        raise UnreadableDocument("damaged", f"Word 文件残缺或损坏：{error}") from error
    walk = _Walk()
    walk.body(document.element.body)
    properties = document.core_properties
    titles = (properties.title,) if properties.title else ()
    return Document(sha256, media_type, tuple(walk.blocks), Furniture(titles=titles))


@dataclass
class _Walk:
    """A document being read: its blocks so far, and how many tables were met."""

    blocks: list[Block] = field(default_factory=list)
    tables: int = 0

    def body(self, element: Element) -> None:
        """Paragraphs and tables below an element, in order."""
        for child in _children(element):
            if child.tag == P:
                self._paragraph(child)
            elif child.tag == TBL:
                self._table(child)

    def _paragraph(self, paragraph: Element) -> None:
        for line in _text(paragraph).split("\n"):
            if text := line.strip():
                self.blocks.append(Paragraph(text, None, _is_heading(paragraph)))
        for box in _text_boxes(paragraph):
            self.body(box)

    def _table(self, table: Element) -> None:
        self.tables += 1
        number = self.tables
        rows = [row for row in _children(table) if row.tag == TR and row.find(f"{W}trPr/{W}del") is None]
        if len(rows) > MOST_ROWS:
            raise UnreadableDocument("limit", f"表格有 {len(rows)} 行（上限 {MOST_ROWS}）")
        cells = [[cell for cell in _children(row) if cell.tag == TC] for row in rows]
        nested = [inner for row in cells for cell in row for inner in _nested(cell)]
        if nested and max(map(len, cells)) < 4:  # a table that only places others
            for row in cells:
                for cell in row:
                    self.body(cell)
            return
        self.blocks.append(_grid(rows, cells, number))
        for inner in nested:
            self._table(inner)


def _children(element: Element) -> Iterator[Element]:
    """Child elements, those inside content controls, insertions and chosen alternatives included."""
    for child in element:
        if child.tag in THROUGH:
            yield from _children(child)
        elif child.tag not in GONE:
            yield child


def _text(element: Element) -> str:
    """The text of a paragraph as it shows: runs joined, breaks as line feeds, text boxes left out (they are read
    apart)."""
    parts: list[str] = []
    for child in _children(element):
        tag = child.tag
        if tag == T:
            parts.append(child.text or "")
        elif tag == W + "tab":
            parts.append("\t")
        elif tag in (W + "br", W + "cr"):
            parts.append("\n")
        elif tag == W + "noBreakHyphen":
            parts.append("-")
        elif tag == W + "r":
            parts.append(_text(child))
    return "".join(parts)


def _text_boxes(paragraph: Element) -> Iterator[Element]:
    for box in paragraph.iter(TEXT_BOX):
        if not any(ancestor.tag in GONE for ancestor in box.iterancestors()):
            yield box


def _is_heading(paragraph: Element) -> bool:
    style = paragraph.find(f"{W}pPr/{W}pStyle")
    name = style.get(W + "val", "") if style is not None else ""
    return name.lower().startswith("heading") or paragraph.find(f"{W}pPr/{W}outlineLvl") is not None


def _nested(cell: Element) -> list[Element]:
    return [child for child in _children(cell) if child.tag == TBL]


def _grid(rows: list[Element], cells: list[list[Element]], number: int) -> Grid:
    """Cells on the table's own grid: gridSpan to the right, vMerge from above, gridBefore as nothing."""
    filled: list[dict[int, Cell]] = []
    for i, (row, contents) in enumerate(zip(rows, cells, strict=True), start=1):
        here: dict[int, Cell] = {}
        column = _number(row.find(f"{W}trPr/{W}gridBefore"), 0)
        for element in contents:
            properties = element.find(W + "tcPr")
            span = max(1, _number(properties.find(W + "gridSpan") if properties is not None else None, 1))
            cell = _continued(properties, filled, column)
            if cell is None:
                cell = Cell(_cell_text(element), {"part": PART, "table": number, "row": i, "column": column + 1})
            for step in range(min(span, MOST_COLUMNS - column)):
                here[column + step] = cell
            column += span
        filled.append(here)
    width = max((max(row, default=-1) + 1 for row in filled), default=0)
    return Grid(tuple(tuple(row.get(c) for c in range(width)) for row in filled), {"part": PART, "table": number})


def _continued(properties: Element | None, filled: list[dict[int, Cell]], column: int) -> Cell | None:
    """The cell above that this one goes on with (vMerge without `restart`), if there is one."""
    merge = properties.find(W + "vMerge") if properties is not None else None
    if merge is None or merge.get(W + "val", "continue") != "continue" or not filled:
        return None
    return filled[-1].get(column)


def _number(element: Element | None, default: int) -> int:
    value = element.get(W + "val", "") if element is not None else ""
    return int(value) if value.isdigit() else default


def _cell_text(cell: Element) -> str:
    return "\n".join(text for p in _children(cell) if p.tag == P and (text := _text(p).strip()))
