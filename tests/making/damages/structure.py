"""Tables laid out otherwise than the form prints them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from extract.forms import load_forms
from making.printed import Damage, Part, Printed, PrintedCell, PrintedParagraph, PrintedTable, Row, lay_out


def _single_other_handling(printed: Printed, rng: random.Random) -> Printed:
    """One row （六）其他处理 as on the 2019 form, with the sum of the three."""
    table = load_forms()[printed.report.form].tables["requests"]
    merged = next(line for line in table.lines if line.unofficial)
    figures = {a: v for a, v in printed.truth.items() if a[:2] not in {("requests", key) for key in merged.stands_for}}
    for column in table.blocks[0].columns:
        parts = [printed.truth["requests", key, column.key] for key in merged.stands_for]
        figures["requests", merged.key, column.key] = sum(part or 0 for part in parts)
    laid_out = lay_out(table, figures)
    changed = printed.with_tables("requests", lambda _: (laid_out,))
    return replace(changed, truth=figures, issues=(*printed.issues, ("old_form", "F-1")))


def _repeated_head(printed: Printed, rng: random.Random) -> Printed:
    """三、本年度办理结果 stands once more, where the page broke."""
    return printed.with_tables("requests", lambda t: (replace(t, rows=_cut(t, _page_break(t))),))


def _split(with_heads: bool) -> Damage:
    def change(printed: Printed, _: random.Random) -> Printed:
        def split(table: PrintedTable) -> tuple[Part, ...]:
            at = _page_break(table)
            rows = _cut(table, at)
            heads = rows[:3] if with_heads else ()
            pieces = replace(table, rows=rows[:at]), replace(table, rows=heads + rows[at:])
            return pieces[0], PrintedParagraph("", "blank"), pieces[1]

        return printed.with_tables("requests", split)

    return change


def _page_break(table: PrintedTable) -> int:
    """The row at which the fourth group of outcomes begins."""
    return next(at for at, row in enumerate(table.rows) if row[0].head and row[0].text.startswith("（四）"))


def _cut(table: PrintedTable, at: int) -> tuple[Row, ...]:
    """The rows, with every cell that reaches over `at` ended there and printed again."""
    again: list[PrintedCell] = []
    rows: list[Row] = []
    for number, row in enumerate(table.rows):
        cells = []
        for cell in row:
            if number < at < number + cell.rowspan:
                again.append(replace(cell, rowspan=number + cell.rowspan - at))
                cell = replace(cell, rowspan=at - number)
            cells.append(cell)
        rows.append((*again, *cells) if number == at else tuple(cells))
    return tuple(rows)


def _ordinal_column(printed: Printed, rng: random.Random) -> Printed:
    """A first column 序号 that the form does not have."""

    def number_rows(table: PrintedTable) -> tuple[Part, ...]:
        heads = sum(not any(cell.address for cell in row) for row in table.rows)
        rows = [
            (PrintedCell("序号", 1, heads, head=True), *row) if at == 0
            else row if at < heads
            else (PrintedCell(str(at - heads + 1), head=True), *row)
            for at, row in enumerate(table.rows)
        ]  # fmt: skip
        return (replace(table, rows=tuple(rows)),)

    return printed.with_tables("requests", number_rows)


def _missing_row(printed: Printed, rng: random.Random) -> Printed:
    """A row is left out: one of zeros where there is one, so that every balance still holds."""
    (table,) = printed.tables("requests")
    # Rows that open no group: their group's label stays where it is, one row shorter.
    inner = {
        at: sum(printed.truth.get(cell.address) or 0 for cell in row if cell.address)
        for at, row in enumerate(table.rows)
        if any(cell.address for cell in row) and row[1].address and row[0].colspan == 1
    }
    gone = rng.choice([at for at, count in inner.items() if count == min(inner.values())])
    rows = [
        tuple(
            replace(cell, rowspan=cell.rowspan - 1) if at < gone < at + cell.rowspan else cell
            for cell in row
        )
        for at, row in enumerate(table.rows)
        if at != gone
    ]  # fmt: skip
    lost = {cell.address for cell in table.rows[gone]}
    changed = printed.with_tables("requests", lambda t: (replace(t, rows=tuple(rows)),))
    truth = {address: value for address, value in printed.truth.items() if address not in lost}
    return replace(changed, truth=truth, issues=(*printed.issues, ("incomplete", None)))


def _phantom_cells(printed: Printed, rng: random.Random) -> Printed:
    """A figure that spans columns is followed by zeros that belong to nothing: 行政处罚 | 2 | 0 | 0."""

    def unmerge(row: Row) -> Row:
        cells: list[PrintedCell] = []
        for cell in row:
            wide = bool(cell.address) and cell.colspan > 1
            cells += [replace(cell, colspan=1), *[PrintedCell("0")] * (cell.colspan - 1)] if wide else [cell]
        return tuple(cells)

    return printed.with_tables(
        "proactive_disclosure", lambda t: (replace(t, rows=tuple(unmerge(row) for row in t.rows)),)
    )


def _empty_layout_cells(printed: Printed, rng: random.Random) -> Printed:
    """Every row ends in empty cells, as spreadsheets leave them."""
    empty = (PrintedCell(""), PrintedCell(""))
    for key in {table.key for table in printed.tables()}:
        printed = printed.with_tables(key, lambda t: (replace(t, rows=tuple(row + empty for row in t.rows)),))
    return printed


def _blank_rows(printed: Printed, rng: random.Random) -> Printed:
    """An empty row stands after the heads and at the end of a table."""

    def pad(table: PrintedTable) -> tuple[Part, ...]:
        empty = (PrintedCell("", table.width),)
        heads = sum(not any(cell.address for cell in row) for row in table.rows)
        return (replace(table, rows=(*table.rows[:heads], empty, *table.rows[heads:], empty)),)

    return printed.with_tables("requests", pad)


def _no_tables(printed: Printed, rng: random.Random) -> Printed:
    """The tables are pictures or attachments: the report is prose alone."""
    parts = tuple(part for part in printed.parts if not isinstance(part, PrintedTable))
    return replace(printed, parts=parts, truth={}, states={}, issues=(*printed.issues, ("incomplete", None)))


def _no_table_of(key: str) -> Damage:
    def change(printed: Printed, _: random.Random) -> Printed:
        truth = {address: value for address, value in printed.truth.items() if address[0] != key}
        issues = (*printed.issues, ("incomplete", None))
        return replace(printed.with_tables(key, lambda _: ()), truth=truth, issues=issues)

    return change


STRUCTURE: Mapping[str, Damage] = {
    "single_other_handling": _single_other_handling,
    "repeated_results_head": _repeated_head,
    "split_table": _split(with_heads=False),
    "split_table_with_heads": _split(with_heads=True),
    "ordinal_column": _ordinal_column,
    "missing_row": _missing_row,
    "phantom_cells": _phantom_cells,
    "empty_layout_cells": _empty_layout_cells,
    "blank_rows": _blank_rows,
    "no_tables": _no_tables,
    "no_disclosure_table": _no_table_of("proactive_disclosure"),
    "no_requests_table": _no_table_of("requests"),
    "no_review_table": _no_table_of("review_and_litigation"),
}
