"""Word documents (DOCX), opened by python-docx, walked over their XML.

python-docx's own rows and cells lose tracked insertions, content controls and nested tables, so the walk goes over
the elements: through content controls, insertions and links, past deletions, moved-away and hidden text and fallback
branches. Macros are never looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice

from extract import readers
from extract.document import Block, Cell, Document, Furniture, Grid, Paragraph, UnreadableDocument
from extract.grid import MOST_COLUMNS, MOST_ROWS
from extract.readers.parts import in_part
from extract.readers.word_package import Element, W, WordPackage, open_package

MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
P, TBL, TR, TC, R = W + "p", W + "tbl", W + "tr", W + "tc", W + "r"
SIGNS = {W + "tab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-"}
SEEN = (W + "t", *SIGNS)
TC_PR, SPAN, MERGE = W + "tcPr", W + "gridSpan", W + "vMerge"
P_PR, STYLE, LEVEL = W + "pPr", W + "pStyle", W + "outlineLvl"
TR_PR, BEFORE, VAL = W + "trPr", W + "gridBefore", W + "val"
T, VANISH, TEXT_BOX, CHUNK = W + "t", W + "vanish", W + "txbxContent", W + "altChunk"
THROUGH = frozenset(
    [W + name for name in ("sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml", "dir", "bdo")]
    + [MC + "AlternateContent", MC + "Choice"]
)
# What does not show: deleted and moved-away text, what stands in for newer markup, pronunciation aids.
GONE = (W + "del", W + "moveFrom", W + "rt", MC + "Fallback")
CHUNK_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# Of embedded files those that hold text of the report; one Word document inside another is read, a third one is not.
CHUNKS = frozenset([readers.HTML, readers.MHTML, readers.TEXT, readers.RTF])
PART = "word/document.xml"
OFF = frozenset(["0", "false", "off"])


def read(payload: bytes, *, sha256: str, media_type: str, charset: str | None = None) -> Document:
    """A Word document as paragraphs and grids; every cell's place is part, table, row and column, counted from 1.

    Raises UnreadableDocument where the package or its XML is damaged, or unpacks beyond all measure.
    """
    package = open_package(payload)
    walk = _Walk(package)
    walk.document()
    return Document(sha256, media_type, tuple(walk.blocks), Furniture(titles=tuple(filter(None, [package.title]))))


@dataclass
class _Walk:
    """A document being read: its package, whether it stands inside another, its blocks, how many tables were met."""

    package: WordPackage
    embedded: bool = False
    blocks: list[Block] = field(default_factory=list)
    tables: int = 0

    def document(self) -> None:
        """The whole text."""
        _clean(self.package.body)
        self.body(self.package.body)

    def body(self, element: Element) -> None:
        """Paragraphs and tables below an element, in order."""
        for child in _children(element):
            if child.tag == P:
                self._paragraph(child)
            elif child.tag == TBL:
                self._table(child)
            elif child.tag == CHUNK:
                self._chunk(child.get(CHUNK_RELATION, ""))

    def _chunk(self, relation: str) -> None:
        """A file embedded in the text, read in its place."""
        name, payload = self.package.chunk(relation) or ("", b"")
        kind = readers.sniff(payload) if payload else ""
        if kind in CHUNKS:
            self.blocks += in_part(readers.read(payload).blocks, name)
        elif kind == readers.DOCX and not self.embedded:
            walk = _Walk(open_package(payload), embedded=True)
            walk.document()
            self.blocks += in_part(walk.blocks, name)

    def _paragraph(self, paragraph: Element) -> None:
        for line in _text(paragraph).split("\n"):
            if text := line.strip():
                self.blocks.append(Paragraph(text, None, _is_heading(paragraph)))

    def _table(self, table: Element) -> None:
        self.tables += 1
        number = self.tables
        rows = [row for row in _children(table) if row.tag == TR]
        if len(rows) > MOST_ROWS:
            raise UnreadableDocument("limit", f"表格有 {len(rows)} 行（上限 {MOST_ROWS}）")
        cells = [[cell for cell in _children(row) if cell.tag == TC] for row in rows]
        holds_tables = any(inner is not table for inner in table.iter(TBL))
        nested = [inner for row in cells for cell in row for inner in _nested(cell)] if holds_tables else []
        widest = max(map(len, cells), default=0)
        if widest < 2 or (nested and widest < 4):  # a table that only places things
            for row in cells:
                for cell in row:
                    self.body(cell)
            return
        self.blocks.append(_grid(rows, cells, number))
        for inner in nested:
            self._table(inner)


def _clean(body: Element) -> None:
    """Take out what does not show, and put the contents of text boxes behind the paragraphs that they hang on."""
    for element in list(body.iter(*GONE)):
        parent = element.getparent()
        if parent is not None and parent.tag == W + "trPr":  # the whole row is deleted
            element, parent = parent.getparent(), parent.getparent().getparent()
        if parent is not None:
            parent.remove(element)
    for element in list(body.iter(VANISH)):
        run = element.getparent().getparent()
        if run is not None and run.tag == R and element.get(W + "val") not in OFF and run.getparent() is not None:
            run.getparent().remove(run)
    for box in list(body.iter(TEXT_BOX)):
        for paragraph in islice(box.iterancestors(P), 1):
            for content in reversed(list(box)):
                paragraph.addnext(content)


def _children(element: Element) -> list[Element]:
    """Child elements, those inside content controls, insertions and chosen alternatives included."""
    found: list[Element] = []
    for child in element:
        if child.tag in THROUGH:
            found += _children(child)
        else:
            found.append(child)
    return found


def _text(paragraph: Element) -> str:
    """The text of a paragraph as it shows: runs joined, breaks as line feeds."""
    parts: list[str] = []
    for element in paragraph.iter(*SEEN):
        tag = element.tag
        if tag == T:
            parts.append(element.text or "")
        elif element.getparent().tag == R:  # not a tab stop among the paragraph's properties
            parts.append(SIGNS[tag])
    return "".join(parts)


def _is_heading(paragraph: Element) -> bool:
    told = [child for own in paragraph.iterchildren(P_PR) for child in own.iterchildren(STYLE, LEVEL)]
    return any(child.tag == LEVEL or child.get(VAL, "").lower().startswith("heading") for child in told)


def _nested(cell: Element) -> list[Element]:
    return [child for child in _children(cell) if child.tag == TBL]


def _grid(rows: list[Element], cells: list[list[Element]], number: int) -> Grid:
    """Cells on the table's own grid: gridSpan to the right, vMerge from above, gridBefore as nothing."""
    filled: list[dict[int, Cell]] = []
    for i, (row, contents) in enumerate(zip(rows, cells, strict=True), start=1):
        here: dict[int, Cell] = {}
        before = (child for own in row.iterchildren(TR_PR) for child in own.iterchildren(BEFORE))
        column = _number(next(before, None), 0)
        for element in contents:
            span, cell = 1, None
            for own in element.iterchildren(TC_PR):
                for child in own.iterchildren(SPAN, MERGE):
                    if child.tag == SPAN:
                        span = max(1, _number(child, 1))
                    else:
                        cell = _continued(child, filled, column)
            if cell is None:
                cell = Cell(_cell_text(element), {"part": PART, "table": number, "row": i, "column": column + 1})
            for step in range(min(span, MOST_COLUMNS - column)):
                here[column + step] = cell
            column += span
        filled.append(here)
    width = max((max(row, default=-1) + 1 for row in filled), default=0)
    return Grid(tuple(tuple(row.get(c) for c in range(width)) for row in filled), {"part": PART, "table": number})


def _continued(merge: Element, filled: list[dict[int, Cell]], column: int) -> Cell | None:
    """The cell above that this one goes on with (vMerge without `restart`), if there is one."""
    if merge.get(VAL, "continue") != "continue" or not filled:
        return None
    return filled[-1].get(column)


def _number(element: Element | None, default: int) -> int:
    value = element.get(VAL, "") if element is not None else ""
    return int(value) if value.isdigit() else default


def _cell_text(cell: Element) -> str:
    texts = [_text(child).strip() for child in _children(cell) if child.tag == P]
    return texts[0] if len(texts) == 1 else "\n".join(filter(None, texts))
