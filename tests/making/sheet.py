"""Writes a printed report as a workbook (XLSX): the same bytes each time, all on one sheet or a table a sheet."""

from __future__ import annotations

import io
import zipfile
from html import escape

from making.printed import Made, Printed, PrintedParagraph, PrintedTable

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
TIME = (2024, 1, 1, 0, 0, 0)
# The ways in which offices lay a workbook out: options of write_xlsx.
LAYOUTS = {"one sheet": {}, "sheets": {"sheets": True}, "unmerged": {"merged": False}, "texts": {"numbers": False}}
WIDTH = 15  # of the widest official table: titles and prose are merged over it


def write_xlsx(printed: Printed, *, merged: bool = True, sheets: bool = False, numbers: bool = True) -> bytes:
    """A report as a workbook.

    `merged` spans cells as the form does, otherwise a cell stands at its top left alone; `sheets` gives each table a
    sheet of its own behind the first with the text; `numbers` stores figures as numbers rather than as text.
    """
    if sheets:
        text = [part for part in printed.parts if isinstance(part, PrintedParagraph)]
        pages = [("正文", text), *((f"表{n}", [table]) for n, table in enumerate(printed.tables(), 1))]
    else:
        pages = [("Sheet1", list(printed.parts))]
    return package([(name, _sheet(parts, merged, numbers)) for name, parts in pages])


def make_xlsx(printed: Printed, **options: bool) -> Made:
    """The workbook of `write_xlsx` with its truth."""
    return Made.of(printed, write_xlsx(printed, **options))


def package(sheets: list[tuple[str, str]]) -> bytes:
    """A workbook around sheets: names and their XML."""
    numbered = list(enumerate(sheets, 1))
    parts = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{KIND}.worksheet+xml"/>'
            for n, _ in numbered
        )
        + "</Types>",
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1"'
        f' Type="{R}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="rId{n}" Type="{R}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n, _ in numbered
        )
        + "</Relationships>",
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{R}"><sheets>'
        + "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, (name, _) in numbered)
        + "</sheets></workbook>",
        **{f"xl/worksheets/sheet{n}.xml": xml for n, (_, xml) in numbered},
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return file.getvalue()


def _sheet(parts: list[PrintedParagraph | PrintedTable], merged: bool, numbers: bool) -> str:
    rows: list[str] = []
    ranges: list[str] = []
    for part in parts:
        if isinstance(part, PrintedParagraph):
            number = len(rows) + 1
            rows.append(_row(number, {1: (part.text, False)} if part.text else {}))
            if part.text:
                ranges.append(f"A{number}:{_name(WIDTH)}{number}")
            continue
        for row in part.spread():
            number, column, cells = len(rows) + 1, 1, {}
            for cell, reaches_down in row:
                if not reaches_down:
                    cells[column] = (cell.text, numbers and cell.address is not None)
                    if cell.colspan > 1 or cell.rowspan > 1:
                        end = f"{_name(column + cell.colspan - 1)}{number + cell.rowspan - 1}"
                        ranges.append(f"{_name(column)}{number}:{end}")
                column += cell.colspan
            rows.append(_row(number, cells))
    spans = "".join(f'<mergeCell ref="{place}"/>' for place in ranges) if merged else ""
    return (
        f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{"".join(rows)}</sheetData>'
        + (f'<mergeCells count="{len(ranges)}">{spans}</mergeCells>' if spans else "")
        + "</worksheet>"
    )


def _row(number: int, cells: dict[int, tuple[str, bool]]) -> str:
    return f'<row r="{number}">' + "".join(_cell(number, *item) for item in cells.items()) + "</row>"


def _cell(row: int, column: int, content: tuple[str, bool]) -> str:
    text, is_number = content
    place = f"{_name(column)}{row}"
    if is_number and text.lstrip("-").replace(".", "", 1).isascii() and text.lstrip("-").replace(".", "", 1).isdigit():
        return f'<c r="{place}"><v>{text}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(text, quote=False)}</t></is></c>'


def _name(column: int) -> str:
    return chr(ord("A") + column - 1)
