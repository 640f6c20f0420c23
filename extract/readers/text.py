"""Plain text: paragraphs, and tables saved with one cell a line.

Such a table, as word processors and converters write it: a line that begins with a tab is a cell, a line without one
goes on
with the cell above it, an empty line ends the row. Merged cells leave empty ones behind, so only the order of cells
is known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from extract.document import Block, Cell, Document, Furniture, Grid, Paragraph
from extract.readers.charsets import decode

# Some savers put the page's furniture in front of the text as `name: value` lines, and a ruled line below them.
FURNITURE = re.compile(r"^(?P<name>标题|发布时间|发布日期|发布机构|来源)\s*[:：]\s*(?P<value>.*)$")
FURNITURE_LINES = 12
RULED = re.compile(r"^[=*_-]{5,}")


@dataclass
class _Table:
    first_line: int
    rows: list[list[Cell]] = field(default_factory=list)
    row: list[Cell] = field(default_factory=list)

    def end_row(self) -> None:
        if self.row:
            self.rows.append(self.row)
            self.row = []


def read(payload: bytes, *, sha256: str, media_type: str, charset: str | None = None) -> Document:
    """A text file as paragraphs and grids; every cell's place is its line, counted from 1."""
    lines = decode(payload, charset).splitlines()
    return Document(sha256, media_type, tuple(_blocks(lines, _text_begins(lines))), _furniture(lines[:FURNITURE_LINES]))


def _text_begins(lines: list[str]) -> int:
    """The first line of the report's own text: behind the furniture and the line ruled below it."""
    head = lines[:FURNITURE_LINES]
    named = any(FURNITURE.match(line.strip()) for line in head)
    return next((i + 1 for i, line in enumerate(head) if named and RULED.match(line.strip())), 0)


def _blocks(lines: list[str], begin: int) -> list[Block]:
    blocks: list[Block] = []
    table: _Table | None = None
    for number, line in enumerate(lines[begin:], start=begin + 1):
        if line.startswith("\t"):
            table = table or _Table(number)
            table.row.append(Cell(line[1:].strip(), {"line": number}))
        elif table is None:
            if line.strip():
                blocks.append(Paragraph(line.strip(), {"line": number}))
        elif not line.strip() and "\u3000" not in line:
            table.end_row()
        elif table.row:
            last = table.row[-1]
            table.row[-1] = Cell(f"{last.text}\n{line.strip()}", last.place)
        else:  # text after an ended row: the table is over
            blocks.append(_grid(table))
            table = None
            if line.strip():
                blocks.append(Paragraph(line.strip(), {"line": number}))
    if table is not None:
        blocks.append(_grid(table))
    return blocks


def _grid(table: _Table) -> Grid:
    table.end_row()
    return Grid(tuple(tuple(row) for row in table.rows), {"line": table.first_line}, aligned=False)


def _furniture(lines: list[str]) -> Furniture:
    found: dict[str, str] = {}
    for line in lines:
        if match := FURNITURE.match(line.strip()):
            found.setdefault(match["name"], match["value"].strip())
    return Furniture(
        titles=tuple(filter(None, [found.get("标题")])),
        published=found.get("发布时间") or found.get("发布日期") or None,
        publisher=found.get("发布机构") or found.get("来源") or None,
    )
