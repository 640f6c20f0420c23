"""A report as printed, before it becomes a file: paragraphs and tables laid out as the official form prints them.

Damages change a `Printed`; writers (html, docx, text) turn one into bytes. So every damage exists in every format.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType

from extract.forms import FormTable, Line, LineBlock, load_forms
from making.figures import Address, Figures, broken_balances
from making.report import Report

Value = int | Decimal | None


@dataclass(frozen=True, slots=True)
class PrintedCell:
    """A cell of a printed table; `address` where it holds a figure of the form."""

    text: str
    colspan: int = 1
    rowspan: int = 1
    head: bool = False
    address: Address | None = None


Row = tuple[PrintedCell, ...]


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """A table as rows of cells, each cell in the row where it begins. `key` is the official table's."""

    key: str
    rows: tuple[Row, ...]

    @property
    def width(self) -> int:
        """How many columns the table spans."""
        return max(sum(cell.colspan for cell, _ in row) for row in self.spread())

    def spread(self) -> Iterator[tuple[tuple[PrintedCell, bool], ...]]:
        """Every row with the cells that reach into it from above, each with whether it began further up."""
        reaching: dict[int, tuple[PrintedCell, int]] = {}  # column: the cell and the rows that it still covers
        for row in self.rows:
            cells: list[tuple[PrintedCell, bool]] = []
            following, below, column = iter(row), {}, 0
            while True:
                if column in reaching:
                    cell, left = reaching[column]
                    cells.append((cell, True))
                else:
                    new = next(following, None)
                    if new is None:
                        if not any(at > column for at in reaching):
                            break
                        column += 1
                        continue
                    cell, left = new, new.rowspan
                    cells.append((cell, False))
                if left > 1:
                    below[column] = (cell, left - 1)
                column += cell.colspan
            reaching = below
            yield tuple(cells)


@dataclass(frozen=True, slots=True)
class PrintedParagraph:
    """A paragraph; `role` is title, heading, text or blank."""

    text: str
    role: str = "text"


Part = PrintedParagraph | PrintedTable


@dataclass(frozen=True, slots=True)
class Printed:
    """A report as it will be printed, with what is then true of it.

    `truth`: what each cell of the form says, None where it says no number; a cell that the document lacks is absent.
    `states`: the state of each cell that is not a plain `number`.
    `issues`: the (kind, rule) that a reader should raise, broken balances apart.
    """

    report: Report
    parts: tuple[Part, ...]
    truth: Mapping[Address, Value]
    states: Mapping[Address, str] = field(default_factory=lambda: MappingProxyType({}))
    issues: tuple[tuple[str, str | None], ...] = ()
    damages: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The title on one line."""
        return "".join(p.text for p in self.paragraphs("title")) or self.report.title

    @property
    def broken(self) -> set[tuple[str, str]]:
        """The balances that the printed figures break: (rule, column or row)."""
        return broken_balances(load_forms()[self.report.form], self.truth)

    def paragraphs(self, role: str) -> Iterator[PrintedParagraph]:
        """The paragraphs of that role."""
        return (part for part in self.parts if isinstance(part, PrintedParagraph) and part.role == role)

    def tables(self, key: str | None = None) -> Iterator[PrintedTable]:
        """The printed tables, or those of one official table."""
        return (part for part in self.parts if isinstance(part, PrintedTable) and key in (None, part.key))

    def with_cells(self, change: Callable[[PrintedCell], PrintedCell]) -> Printed:
        """The same with every table cell changed."""
        return replace(
            self,
            parts=tuple(
                replace(part, rows=tuple(tuple(change(cell) for cell in row) for row in part.rows))
                if isinstance(part, PrintedTable)
                else part
                for part in self.parts
            ),
        )

    def with_figure(self, address: Address, text: str, value: Value, state: str = "number") -> Printed:
        """The same with another text in a figure's cell, and what that text says."""
        states = {**self.states, address: state}
        return replace(
            self.with_cells(lambda cell: replace(cell, text=text) if cell.address == address else cell),
            truth={**self.truth, address: value},
            states={a: s for a, s in states.items() if s != "number"},
        )

    def with_paragraphs(self, change: Callable[[PrintedParagraph], PrintedParagraph]) -> Printed:
        """The same with every paragraph changed."""
        return replace(self, parts=tuple(change(p) if isinstance(p, PrintedParagraph) else p for p in self.parts))

    def with_tables(self, key: str, change: Callable[[PrintedTable], tuple[Part, ...]]) -> Printed:
        """The same with each printed piece of an official table replaced."""
        changed = (change(p) if isinstance(p, PrintedTable) and p.key == key else (p,) for p in self.parts)
        return replace(self, parts=tuple(part for parts in changed for part in parts))


# A change of a printed report that offices are known to make, drawing what it needs from the random numbers given.
Damage = Callable[[Printed, random.Random], Printed]


@dataclass(frozen=True, slots=True)
class Made:
    """A made file and what is true of it: what a reader should find, and nothing else."""

    content: bytes
    report: Report
    title: str
    truth: Mapping[Address, Value]
    states: Mapping[Address, str]
    broken: frozenset[tuple[str, str]]
    issues: tuple[tuple[str, str | None], ...]
    damages: tuple[str, ...]

    @classmethod
    def of(cls, printed: Printed, content: bytes) -> Made:
        """The file with the truth of what was printed in it."""
        return cls(
            content, printed.report, printed.title, printed.truth, printed.states,
            frozenset(printed.broken), printed.issues, printed.damages,
        )  # fmt: skip


def print_report(report: Report) -> Printed:
    """A report laid out as the form prescribes: title, preamble, six headed sections, each table where it belongs."""
    form = load_forms()[report.form]
    parts: list[Part] = [PrintedParagraph(report.title, "title")]
    parts += [PrintedParagraph(text) for text in report.preamble]
    for section, heading, texts in zip(form.sections, report.headings, report.sections, strict=True):
        parts.append(PrintedParagraph(heading, "heading"))
        parts += [PrintedParagraph(text) for text in texts]
        for table in form.tables.values():
            if table.section == section.number:
                parts += [lay_out(table, report.figures), PrintedParagraph("", "blank")]
    return Printed(report, tuple(parts), dict(report.figures))


def lay_out(table: FormTable, figures: Figures) -> PrintedTable:
    """An official table with its heads and figures as the form prints it."""
    layout = {"blocks": _blocks, "matrix": _matrix, "one_row": _one_row}[table.layout]
    return PrintedTable(table.key, tuple(tuple(row) for row in layout(table, figures)))


def print_figure(value: Value) -> str:
    """A figure as an office types it: no separators, no exponent; nothing where there is none."""
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)


def _figure(figures: Figures, address: Address, colspan: int = 1) -> PrintedCell:
    return PrintedCell(print_figure(figures[address]), colspan, address=address)


def _blocks(table: FormTable, figures: Figures) -> Iterator[list[PrintedCell]]:
    width = 1 + max(len(block.columns) for block in table.blocks)
    for block in table.blocks:
        spans = [1] * len(block.columns)
        spans[-1] += width - 1 - len(spans)
        yield [PrintedCell(block.label or "", width, head=True)]
        yield [
            PrintedCell(table.head or "", head=True),
            *(PrintedCell(c.label, span, head=True) for c, span in zip(block.columns, spans, strict=True)),
        ]
        for line in block.lines:
            addresses = [(table.key, line.key, column.key) for column in block.columns]
            figure_cells = [_figure(figures, address, span) for address, span in zip(addresses, spans, strict=True)]
            yield [PrintedCell(line.label, head=True), *figure_cells]


def _lines_met(table: FormTable, block: LineBlock, figures: Figures) -> list[Line]:
    return [line for line in block.lines if (table.key, line.key, block.columns[0].key) in figures]


def _matrix(table: FormTable, figures: Figures) -> Iterator[list[PrintedCell]]:
    (block,) = table.blocks
    lines = _lines_met(table, block, figures)
    above = {line.key: _groups_above(table, line) for line in lines}
    depth = 1 + max(len(groups) for groups in above.values())
    grouped = [column for column in block.columns if column.group]
    yield [
        PrintedCell(table.caption or "", depth, 3, head=True),
        PrintedCell(table.head or "", len(block.columns), head=True),
    ]
    second, told = [], set()
    for column in block.columns:
        if not column.group:
            second.append(PrintedCell(column.label, 1, 2, head=True))
        elif column.group not in told:
            told.add(column.group)
            second.append(PrintedCell(column.group, len(grouped), head=True))
    yield second
    yield [PrintedCell(column.label, head=True) for column in grouped]
    opened: set[str] = set()
    for line in lines:
        row = []
        for key in above[line.key]:
            if key not in opened:
                opened.add(key)
                height = sum(key in groups for groups in above.values())
                row.append(PrintedCell(table.group(key).label, 1, height, head=True))
        row.append(PrintedCell(line.label, depth - len(above[line.key]), head=True))
        yield row + [_figure(figures, (table.key, line.key, column.key)) for column in block.columns]


def _groups_above(table: FormTable, line: Line) -> list[str]:
    keys: list[str] = []
    under = line.under
    while under is not None:
        keys.insert(0, under)
        under = table.group(under).under
    return keys


def _one_row(table: FormTable, figures: Figures) -> Iterator[list[PrintedCell]]:
    (block,) = table.blocks
    results = [PrintedCell(column.label, head=True) for column in block.columns]
    first, second, third, told = [], [], [], set()
    for line in block.lines:
        if line.under is None:
            first.append(PrintedCell(line.label, len(results), head=True))
            second += [replace(cell, rowspan=2) for cell in results]
            continue
        if line.under not in told:
            told.add(line.under)
            width = len(results) * sum(other.under == line.under for other in block.lines)
            first.append(PrintedCell(table.group(line.under).label, width, head=True))
        second.append(PrintedCell(line.label, len(results), head=True))
        third += results
    yield from (first, second, third)
    yield [
        _figure(figures, (table.key, line.key, column.key)) for line in block.lines for column in block.columns
    ]
