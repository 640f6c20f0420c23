"""Spreadsheets (XLSX, XLS, and ET in the shape of either) by calamine: each run of filled rows of a sheet is a table."""

from __future__ import annotations

import datetime
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from io import BytesIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from extract.document import Block, Cell, Document, Grid, Paragraph, UnreadableDocument
from extract.grid import MOST_COLUMNS, MOST_ROWS, distinct

Value = int | float | str | bool | datetime.date | datetime.time | datetime.timedelta
# What a workbook may unpack to, and how many of its sheets are read: a report has one to six.
MOST_BYTES, MOST_SHEETS = 200_000_000, 50
# No label of the official tables is longer; a longer text that has its row to itself is prose.
LONGEST_LABEL = 60
# A filled cell in column AAA or row 10,000 or beyond: calamine lays out every place up to the farthest one, and the whole
# process ends when memory does.
FAR_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*\br="(?P<place>[A-Z]{3,}\d+|[A-Z]+\d{5,})"[^>]*(?<!/)>\s*<')
Row = tuple[Cell | None, ...]


def read(payload: bytes, *, sha256: str, media_type: str, charset: str | None = None) -> Document:
    """A workbook as paragraphs and grids, sheet by sheet; a cell's place is sheet, row and column, counted from 1.

    Hidden sheets are not read. Raises UnreadableDocument: damaged, encrypted or limit.
    """
    if media_type.endswith("sheet"):
        _bound(payload)
    try:
        with CalamineWorkbook.from_filelike(BytesIO(payload)) as workbook:
            shown = [sheet.name for sheet in workbook.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
            if len(shown) > MOST_SHEETS:
                raise UnreadableDocument("limit", f"工作簿有 {len(shown)} 个工作表（上限 {MOST_SHEETS}）")
            blocks = [block for name in shown for block in _blocks(workbook.get_sheet_by_name(name))]
    except PasswordError as error:
        raise UnreadableDocument("encrypted", "表格文件已加密") from error
    except (CalamineError, OSError, ValueError) as error:
        raise UnreadableDocument("damaged", f"表格文件残缺或损坏：{error}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of the Rust library, which cannot be named otherwise
            raise
        raise UnreadableDocument("damaged", f"表格文件残缺或损坏：{error}") from error
    return Document(sha256, media_type, tuple(blocks))


def _bound(payload: bytes) -> None:
    try:
        with zipfile.ZipFile(BytesIO(payload)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > MOST_BYTES:
                raise UnreadableDocument("limit", f"解压后为 {size} 字节（上限 {MOST_BYTES}）")
            for name in archive.namelist():
                far = FAR_CELL.search(archive.read(name)) if name.startswith("xl/worksheets/") else None
                if far is not None:
                    raise UnreadableDocument("limit", f"工作表一直填到 {far['place'].decode()}（上限 {MOST_ROWS} 行）")
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
        raise UnreadableDocument("damaged", f"表格文件残缺或损坏：{error}") from error


def _blocks(sheet: CalamineSheet) -> Iterator[Block]:
    """A sheet's text and tables: rows between empty ones, parted again by rows that hold nothing but a line of text."""
    table: list[Row] = []
    for row in [*_rows(sheet), ()]:
        text = _text_line(row, begun=bool(table))
        if row and text is None and any(cell is not None and cell.text for cell in row):
            table.append(row)
            continue
        if table:
            yield _grid(sheet.name, table)
            table = []
        if text is not None:
            yield from (Paragraph(line.strip(), text.place) for line in text.text.split("\n") if line.strip())


def _text_line(row: Row, *, begun: bool) -> Cell | None:
    """The one cell of a row that is no table's: merged over the whole width, long, or standing before any table."""
    filled = [cell for cell in distinct(row) if cell.text]
    if len(filled) != 1:
        return None
    cell = filled[0]
    width = sum(place is cell for place in row)
    whole = width > 1 and width >= len(row) - 1
    return cell if whole or len(cell.text) > LONGEST_LABEL or (width == 1 and not begun) else None


def _grid(name: str, table: Sequence[Row]) -> Grid:
    first = next(cell.place for row in table for cell in row if cell is not None and cell.place)
    # A sheet is as wide as its widest table.
    width = max(at for row in table for at, cell in enumerate(row, 1) if cell is not None and cell.text)
    return Grid(tuple(row[:width] for row in table), {"part": name, "row": first["row"]})


def _rows(sheet: CalamineSheet) -> list[Row]:
    """All places of a sheet, merged ones sharing their cell."""
    last_row, last_column = sheet.end or (0, 0)
    if last_row >= MOST_ROWS or last_column >= MOST_COLUMNS:
        size = f"{last_row + 1} 行 {last_column + 1} 列"
        raise UnreadableDocument("limit", f"工作表“{sheet.name}”有 {size}（上限 {MOST_ROWS} 行 {MOST_COLUMNS} 列）")
    merged = sheet.merged_cell_ranges
    rows: list[list[Cell | None]] = [
        # Where no places are merged, an empty one may be part of its neighbour rather than a blank.
        [_cell(sheet.name, value, i, j, blank=bool(merged)) for j, value in enumerate(row, 1)]
        for i, row in enumerate(sheet.to_python(skip_empty_area=False), 1)
    ]
    width = max(map(len, rows), default=0)
    places = 0
    for (top, left), (bottom, right) in merged or ():
        if top >= len(rows) or left >= width:
            continue  # merged places beyond all that is filled
        places += max(0, min(bottom + 1, len(rows)) - top) * max(0, min(right + 1, width) - left)
        if places > len(rows) * width:
            raise UnreadableDocument("damaged", f"工作表“{sheet.name}”的合并单元格互相重叠")
        for row in rows[top : bottom + 1]:
            row[left : right + 1] = [rows[top][left]] * len(row[left : right + 1])
    return [tuple(row) for row in rows]


def _cell(name: str, value: Value, row: int, column: int, *, blank: bool) -> Cell | None:
    text = _text(value)
    return Cell(text, {"part": name, "row": row, "column": column}) if text or blank else None


def _text(value: Value) -> str:
    """A value as the sheet shows it, as far as it tells: whole numbers without a point, others to Excel's 15 digits."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return f"{Decimal(f'{value:.15g}'):f}"
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)
