"""Writes a printed report as a Word document: the same bytes each time, the oddities of real ones on request."""

from __future__ import annotations

import io
import zipfile
from html import escape

from making.printed import Made, Printed, PrintedCell, PrintedParagraph, PrintedTable

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
TIME = (2024, 1, 1, 0, 0, 0)
REVISION = 'w:id="{}" w:author="sample" w:date="2024-01-01T00:00:00Z"'

CONTENT_TYPES = f"""{HEAD}<Types xmlns="{PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="{KIND}.document.main+xml"/>
<Override PartName="/word/styles.xml" ContentType="{KIND}.styles+xml"/>
</Types>"""
ROOT_RELATIONS = f"""{HEAD}<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{R}/officeDocument" Target="word/document.xml"/>
</Relationships>"""
RELATIONS = f"""{HEAD}<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{R}/styles" Target="styles.xml"/>
</Relationships>"""
STYLES = f"""{HEAD}<w:styles xmlns:w="{W}">
<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/><w:basedOn w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/></w:style>
<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/></w:style>
</w:styles>"""
STYLE_OF = {"title": "Title", "heading": "Heading1"}


def write_docx(
    printed: Printed,
    *,
    content_controls: bool = False,
    insertions: bool = False,
    deletions: bool = False,
    nested: bool = False,
    split_runs: bool = False,
) -> bytes:
    """A report as a Word document.

    `content_controls` wraps tables, rows and cells in w:sdt; `insertions` marks each second figure as inserted;
    `deletions` leaves a deleted 9 before each third figure; `nested` puts every table into a cell of a layout table;
    `split_runs` has each character of a figure in a run of its own.
    """
    writer = _Writer(content_controls, insertions, deletions, nested, split_runs)
    body = "".join(writer.table(part) if isinstance(part, PrintedTable) else paragraph(part) for part in printed.parts)
    return package(body)


def make_docx(printed: Printed, **options: bool) -> Made:
    """The document of `write_docx` with its truth."""
    return Made.of(printed, write_docx(printed, **options))


def package(body: str) -> bytes:
    """A Word document around a body (WordprocessingML)."""
    parts = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": ROOT_RELATIONS,
        "word/_rels/document.xml.rels": RELATIONS,
        "word/document.xml": f'{HEAD}<w:document xmlns:w="{W}"><w:body>{body}<w:sectPr/></w:body></w:document>',
        "word/styles.xml": STYLES,
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return file.getvalue()


def paragraph(part: PrintedParagraph) -> str:
    """A paragraph with its style."""
    style = STYLE_OF.get(part.role)
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{_run(part.text)}</w:p>"


def _run(text: str, tag: str = "t") -> str:
    lines = (escape(line, quote=False) for line in text.split("\n"))
    broken = "<w:br/>".join(f'<w:{tag} xml:space="preserve">{line}</w:{tag}>' for line in lines)
    return f"<w:r>{broken}</w:r>" if text else ""


class _Writer:
    """Writes tables, counting figures so that every second or third gets its oddity."""

    def __init__(self, controls: bool, insertions: bool, deletions: bool, nested: bool, split_runs: bool) -> None:
        self.controls, self.insertions, self.deletions = controls, insertions, deletions
        self.nested, self.split_runs = nested, split_runs
        self.figures = 0

    def table(self, table: PrintedTable) -> str:
        rows = []
        for number, row in enumerate(table.spread()):
            cells = "".join(self.cell(cell, reaches_down) for cell, reaches_down in row)
            rows.append(self.controlled(f"<w:tr>{cells}</w:tr>", number % 5 == 3))
        grid = "<w:gridCol/>" * table.width
        look = '<w:tblPr><w:tblStyle w:val="TableGrid"/></w:tblPr>'
        written = self.controlled(f"<w:tbl>{look}<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>", True)
        if self.nested:
            cell = f"<w:tc><w:p/>{written}<w:p/></w:tc>"
            return f"<w:tbl>{look}<w:tblGrid><w:gridCol/></w:tblGrid><w:tr>{cell}</w:tr></w:tbl>"
        return written

    def cell(self, cell: PrintedCell, reaches_down: bool) -> str:
        span = f'<w:gridSpan w:val="{cell.colspan}"/>' if cell.colspan > 1 else ""
        merge = "<w:vMerge/>" if reaches_down else '<w:vMerge w:val="restart"/>' if cell.rowspan > 1 else ""
        content = "" if reaches_down else self.figure(cell.text) if cell.address else _run(cell.text)
        written = f"<w:tc><w:tcPr>{span}{merge}</w:tcPr><w:p>{content}</w:p></w:tc>"
        return self.controlled(written, bool(cell.address) and self.figures % 7 == 3)

    def figure(self, text: str) -> str:
        self.figures += 1
        run = "".join(_run(character) for character in text) if self.split_runs else _run(text)
        if self.insertions and self.figures % 2 == 0:
            run = f"<w:ins {REVISION.format(self.figures)}>{run}</w:ins>"
        if self.deletions and self.figures % 3 == 0:
            deleted = _run("9", "delText")
            run = f"<w:del {REVISION.format(10_000 + self.figures)}>{deleted}</w:del>{run}"
        return run

    def controlled(self, content: str, wanted: bool) -> str:
        """The content in a content control, where the document has them."""
        if not (self.controls and wanted):
            return content
        return f"<w:sdt><w:sdtPr/><w:sdtContent>{content}</w:sdtContent></w:sdt>"
