"""The one real report of the project: 丰城市 2023, from the text that stands beside this module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from pathlib import Path

from extract.forms import load_forms
from making.figures import Address
from making.printed import Part, Printed, PrintedParagraph, PrintedTable, lay_out
from making.report import NUMERALS, Report

TEXT = Path(__file__).with_name("fengcheng2023.txt")
TITLE_LINES = 2


def print_fengcheng() -> Printed:
    """The report as printed: its own words in the official layout. Raises ValueError where the text leaves it."""
    lines = iter(TEXT.read_text(encoding="utf-8").split("\n"))
    parts: list[Part] = [PrintedParagraph(text, "title") for text in islice(lines, TITLE_LINES)]
    layouts = _layouts()
    truth: dict[Address, int | Decimal | None] = {}
    for line in lines:
        if not line.startswith("\t"):
            parts.append(PrintedParagraph(line, _role(line)))
            continue
        table = _filled(next(layouts), line, lines)
        parts.append(table)
        truth |= {cell.address: _number(cell.text) for row in table.rows for cell in row if cell.address}
    report = Report(
        issuing_body="丰城市人民政府",
        report_year=2023,
        form="2021",
        figures=truth,
        title="丰城市2023年政府信息公开工作年度报告",
        published_on=None,  # the text does not tell
        preamble=(),
        sections=((), (), (), (), (), ()),
    )
    return Printed(report, tuple(parts), truth, issues=(("label_variant", None),))


def _layouts() -> Iterator[PrintedTable]:
    form = load_forms()["2021"]
    zeros = {(table.key, line.key, c.key): 0 for table in form.tables.values() for _, line, c in table.cells()}
    return (lay_out(table, zeros) for table in form.tables.values())


def _filled(layout: PrintedTable, first: str, lines: Iterator[str]) -> PrintedTable:
    """The official layout with the texts of the file in its cells, in the order that both have."""
    rows = []
    for row in layout.spread():
        texts = _row(lines, first)
        first = ""
        cells = []
        for (cell, reaches_down), text in zip(row, texts, strict=True):
            if reaches_down and text:
                raise ValueError(f"{text!r} stands where {cell.text!r} reaches down")
            if not reaches_down:
                cells.append(replace(cell, text=text))
        rows.append(tuple(cells))
    return PrintedTable(layout.key, tuple(rows))


def _row(lines: Iterator[str], first: str) -> list[str]:
    """The cells of one row: up to the empty line; a line without TAB goes on in the cell before."""
    cells = [first[1:]] if first else []
    for line in lines:
        if not line:
            return cells
        if line.startswith("\t"):
            cells.append(line[1:])
        else:
            cells[-1] += "\n" + line
    return cells


def _role(line: str) -> str:
    if not line.strip():
        return "blank"
    return "heading" if line.strip()[:2] in {f"{numeral}、" for numeral in NUMERALS} else "text"


def _number(text: str) -> int | Decimal:
    return Decimal(text) if "." in text else int(text)


