"""Which run of rows is which official table, and which row is which line: one monotone alignment for every format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from extract.columns import ALIKE, Head, Placed, column_likeness, place, read_head
from extract.document import Cell
from extract.forms import Column, Form, FormTable, Line, load_forms
from extract.grid import distinct
from extract.labels import likeness, read_label, similarity
from extract.matching import certainty, line_spellings, pair_rows
from extract.rows import Row, is_label

# A head this alike is another form's own, and no damaged one of this form.
PLAINLY = 0.9
# The head of table 四 has three rows; page breaks and layout rows may stand between it and the figures.
HEAD_ROWS = 8


@dataclass(frozen=True, slots=True)
class AlignedRow:
    """A row found to be a line of a table: its figures under their columns, and how sure the words make it (0 to 1)."""

    line: Line
    row: Row
    placed: tuple[Placed, ...]
    certainty: float
    head: Head | None = None


@dataclass(frozen=True, slots=True)
class AlignedTable:
    """An official table found in a document: its form's definition and the rows that were found, in printed order."""

    form: Form
    table: FormTable
    rows: tuple[AlignedRow, ...]
    score: float
    mixed: tuple[str, ...] = ()  # rows with figures under another form's heads


def align(rows: Sequence[Row], forms: tuple[Form, ...]) -> dict[str, AlignedTable]:
    """The official tables found among a document's rows, by table key; each in the form whose labels it bears."""
    found: dict[str, list[AlignedTable]] = {}
    for form, table in _widest(forms):
        aligned = LAYOUTS[table.layout](rows, form, table)
        if aligned is not None:
            found.setdefault(table.key, []).append(aligned)
    return {key: _mixed(sorted(tables, key=lambda table: -table.score)) for key, tables in found.items()}


def _mixed(tables: Sequence[AlignedTable]) -> AlignedTable:
    """The table in the form whose labels it bears most; figures that stand under another form's heads are kept as those."""
    best, *others = tables
    cells = {id(placed.cell) for row in best.rows for placed in row.placed}
    addresses = {(row.line.key, placed.column) for row in best.rows for placed in row.placed}
    strays = []
    for other in others:
        columns = {column.key: column for block in other.table.blocks for column in block.columns}
        for row in other.rows:
            texts = row.head.texts if row.head else {}
            under = tuple(
                placed
                for placed in row.placed
                if id(placed.cell) not in cells
                and placed.cell.certain
                and (row.line.key, placed.column) not in addresses
                and column_likeness(texts.get(placed.column, ""), columns[placed.column]) >= PLAINLY
            )
            if under:
                strays.append(replace(row, placed=under))
    return replace(best, rows=(*best.rows, *strays), mixed=tuple(row.line.key for row in strays)) if strays else best


@cache
def _widest(forms: tuple[Form, ...]) -> tuple[tuple[Form, FormTable], ...]:
    """The tables to look for: one that only has fewer lines than another form's is found as that one (三 of 2019 as
    三 of 2021)."""
    tables = [(form, table) for form in forms for table in form.tables.values()]
    asked = [
        frozenset((table.key, line.key, c.key) for b in table.blocks for line in b.lines for c in b.columns)
        for _, table in tables
    ]
    return tuple(
        pair
        for i, pair in enumerate(tables)
        if not any(asked[i] < other or (asked[i] == other and k < i) for k, other in enumerate(asked))
    )


# ------------------------------------------------------------------ 二: blocks of lines, each under its own head


def find_blocks(rows: Sequence[Row], form: Form, table: FormTable) -> AlignedTable | None:
    """Table 二 in one form's wording; None where none of its heads and lines stand together."""
    aligned: list[AlignedRow] = []
    evidence = 0.0
    pairs = pair_rows([row for row in rows if row.labels and row.figures], table)
    for row, line, _ in pairs:
        columns = next(block.columns for block in table.blocks if line in block.lines)
        head_row = _head_above(rows, row, table)
        if head_row is None:
            continue
        head = read_head(head_row, columns) or _head_by_order(head_row, columns, _rivals(form, table.key, line.key))
        if head is None:
            continue
        evidence += sum(max(0.0, similarity(read_label(text).words, read_label(c.label).words) - ALIKE) for c in columns
                        for key, text in head.texts.items() if key == c.key)  # fmt: skip
        same_grid = head_row.grid is row.grid
        aligned.append(
            AlignedRow(line, row, place(row, row.figures, head, same_grid=same_grid), certainty(row, line), head)
        )
    if not aligned:
        return None
    return AlignedTable(form, table, tuple(aligned), evidence + 0.1 * len(aligned))


def _head_above(rows: Sequence[Row], row: Row, table: FormTable) -> Row | None:
    """The nearest head (信息内容 …) over a row, in the order printed; None where another table's rows lie between."""
    index = next(i for i, other in enumerate(rows) if other is row)
    for above in reversed(rows[max(0, index - 8) : index]):
        first = read_label(above.cells[0].text).words if above.cells else ""
        if table.head and similarity(first, table.head) >= ALIKE:
            return above
        if any(read_head(above, block.columns) for block in table.blocks) and not any(
            c.text.strip().isdigit() for c in above.cells
        ):
            return above
    return None


def _head_by_order(row: Row, columns: tuple[Column, ...], rivals: Sequence[Column]) -> Head | None:
    """A head so damaged that no text fits, but with as many columns as the form: taken in official order. A head that
    another form words so is none of this form."""
    cells = [cell for cell in row.cells if cell.text.strip()][1:]
    if len(cells) != len(columns) or any(
        column_likeness(cell.text, rival) >= PLAINLY for cell in cells for rival in rivals
    ):
        return None
    return Head(tuple(c.key for c in columns), None, {c.key: cell.text for c, cell in zip(columns, cells, strict=True)})


@cache
def _rivals(form: Form, table: str, line: str) -> tuple[Column, ...]:
    """The columns that other forms have for this line."""
    others = (other.tables[table] for other in load_forms().values() if other is not form and table in other.tables)
    blocks = (block for other in others for block in other.blocks if any(each.key == line for each in block.lines))
    return tuple(column for block in blocks for column in block.columns)


# ------------------------------------------------------------------ 三: a matrix of lines and applicants


def find_matrix(rows: Sequence[Row], form: Form, table: FormTable) -> AlignedTable | None:
    """Table 三: rows by alignment, columns by the head, or the last cells of a row where a fragment has none."""
    columns = table.blocks[0].columns
    heads = {
        id(row): named
        for row in rows
        if (named := read_head(row, columns)) is not None and len(named.order) >= len(columns) - 2
    }
    candidates: list[tuple[Row, Head | None]] = []
    head: Head | None = None
    head_grid: object = None
    for row in rows:
        if id(row) in heads:
            head, head_grid = heads[id(row)], row.grid
        elif row.labels:
            near = head if head is not None and head_grid is row.grid else None
            split = _split_matrix(row, near, len(columns))
            if len(split.figures) >= len(columns) - 2:
                candidates.append((split, head))
    pairs = pair_rows([row for row, _ in candidates], table)
    if len(pairs) < 3:
        return None
    head_of = {id(row): near for row, near in candidates}
    official = Head(tuple(column.key for column in columns), None, {})
    aligned = []
    for row, line, _ in pairs:
        head = _fitting(head_of[id(row)], row, official)
        placed = place(row, row.figures, head, same_grid=True)
        aligned.append(AlignedRow(line, row, placed, certainty(row, line), head_of[id(row)]))
    score = sum(score for _, _, score in pairs) - _missing_penalty(table, aligned)
    return AlignedTable(form, table, tuple(aligned), score)


def _fitting(head: Head | None, row: Row, official: Head) -> Head:
    """The head as read, if it names every column or as many as the row has figures; otherwise the official order."""
    if head is not None and len(head.order) in (len(official.order), len(row.figures)):
        return head
    return official


def _split_matrix(row: Row, head: Head | None, width: int) -> Row:
    """Labels and figures parted by what stands in the cells; where that gives no full row, where the head's first
    figure column stands; else the last cells are the figures."""
    if width in (len(row.figures), sum(bool(cell.text.strip()) for cell in row.figures)):
        return row
    if head is not None and head.places is not None:
        places = row.grid.rows[row.index]
        labels = [cell for cell in distinct(places[: head.start]) if cell.text.strip()]
        figures = tuple(cell for cell in distinct(places[head.start :]) if all(cell is not label for label in labels))
        if labels and figures:
            return Row(row.grid, row.index, row.cells, tuple(labels), figures)
    if len(row.figures) > width and all(cell.text.strip() for cell in row.figures):
        return Row(row.grid, row.index, row.cells, row.labels, row.figures[-width:])
    return row


def _missing_penalty(table: FormTable, aligned: Sequence[AlignedRow]) -> float:
    """Official lines that were not found speak against this form; rows that stand for several count as those."""
    found = {row.line.key for row in aligned}
    stood_for = {key for row in aligned for key in row.line.stands_for}
    return 0.5 * sum(line.key not in found | stood_for for line in table.official_lines)


# ------------------------------------------------------------------ 四: all figures in one row


def find_one_row(rows: Sequence[Row], form: Form, table: FormTable) -> AlignedTable | None:
    """Table 四: the first row with a figure for every column of every line, under a head that names the lines."""
    for index, row in enumerate(rows):
        names = {line for cell in row.cells if (line := _named(cell.text, table)) is not None}
        if not names:
            continue
        for data in rows[index + 1 : index + HEAD_ROWS]:
            figures = _full_row(data, rows[index:], table)
            if figures:
                return AlignedTable(form, table, tuple(_by_line(data, figures, table)), 1.0 + 0.1 * len(names))
    return None


@lru_cache(maxsize=65536)
def _named(text: str, table: FormTable) -> str | None:
    """The line of table 四 that a head's text names."""
    if not is_label(text):
        return None
    label = read_label(text)
    return next((line.key for line in table.lines if likeness(label, line_spellings(line)) >= ALIKE), None)


def _full_row(data: Row, head: Sequence[Row], table: FormTable) -> Sequence[Cell]:
    """The figures of table 四 in official order; empty where the row is none. Of a row with layout cells, the cells
    that stand under a head for each column of each line."""
    width = len(table.blocks[0].columns) * len(table.lines)
    figures = data.figures
    # The row of 结果维持 … 总计 has as many cells as the data row, but they speak in words.
    if len(figures) < width or any(is_label(cell.text) for cell in figures):
        return ()
    filled = [cell for cell in figures if cell.text.strip()]
    for cells in (figures, filled):
        if len(cells) == width:
            return cells
    return _under_heads(data, [row for row in head if row.grid is data.grid and row.index < data.index], table)


def _under_heads(data: Row, heads: Sequence[Row], table: FormTable) -> Sequence[Cell]:
    found: dict[tuple[str, str], Cell] = {}
    if not data.grid.aligned:
        return ()
    for i, cell in enumerate(data.grid.rows[data.index]):
        over = [above for row in heads if (above := row.grid.rows[row.index][i]) is not None]
        line = next((line for above in reversed(over) if (line := _named(above.text, table)) is not None), None)
        column = next(
            (c.key for c in table.blocks[0].columns if over and column_likeness(over[-1].text, c) >= ALIKE), None
        )
        if cell is not None and line and column and (cell.text.strip() or (line, column) not in found):
            found[line, column] = cell
    official = [(line.key, column.key) for line in table.lines for column in table.blocks[0].columns]
    return [found[address] for address in official] if all(address in found for address in official) else ()


def _by_line(row: Row, figures: Sequence[Cell], table: FormTable) -> Iterator[AlignedRow]:
    columns = table.blocks[0].columns
    for i, line in enumerate(table.lines):
        cells = figures[i * len(columns) : (i + 1) * len(columns)]
        placed = tuple(Placed(column.key, cell) for column, cell in zip(columns, cells, strict=True))
        yield AlignedRow(line, row, placed, 1.0)


LAYOUTS: dict[str, Callable[[Sequence[Row], Form, FormTable], AlignedTable | None]] = {
    "blocks": find_blocks,
    "matrix": find_matrix,
    "one_row": find_one_row,
}
