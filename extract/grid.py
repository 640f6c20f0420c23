"""From cells with spans to a grid in which every place holds its cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from extract.document import Cell, Grid, Place, UnreadableDocument

# The official tables have some 40 rows and 10 columns; a page of a hundred thousand is something else, and must not
# cost memory.
MOST_ROWS, MOST_COLUMNS = 5_000, 200


class Spanned(NamedTuple):
    """A cell with the spans that its document gives it. A rowspan of 0 reaches to the table's end (HTML standard)."""

    cell: Cell
    rowspan: int = 1
    colspan: int = 1


def expand(rows: Sequence[Iterable[Spanned]], place: Place | None = None) -> Grid:
    """The grid of a table, by the HTML standard's algorithm: spans filled with the same cell, clipped at the table's
    end.

    Raises UnreadableDocument (limit) for tables beyond any report's size.
    """
    if len(rows) > MOST_ROWS:
        raise UnreadableDocument("limit", f"表格有 {len(rows)} 行（上限 {MOST_ROWS}）")
    filled: list[dict[int, Cell]] = [{} for _ in rows]
    whole = 0
    for index, row in enumerate(rows):
        column = 0
        here = filled[index]
        for cell, rowspan, colspan in row:
            while column in here:
                column += 1
            width = min(max(colspan, 1), MOST_COLUMNS - column)
            if width <= 0:
                break
            if width == rowspan == 1:
                here[column] = cell
            else:
                for below in filled[index : index + (rowspan or len(rows))]:
                    for step in range(width):
                        below.setdefault(column + step, cell)
            column += width
        whole = max(whole, column)
    return Grid(tuple(tuple(map(row.get, range(whole))) for row in filled), place)


def distinct(cells: Iterable[Cell | None]) -> list[Cell]:
    """The cells of a row, each once, in order: what stays when spans are taken back.

    >>> a, b = Cell("a"), Cell("a")
    >>> len(distinct([a, a, b, None]))
    2
    """
    found: list[Cell] = []
    for cell in cells:
        if cell is not None and (not found or cell is not found[-1]):
            found.append(cell)
    return found
