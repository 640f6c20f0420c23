from __future__ import annotations

import pytest

from extract.document import Cell, Grid, UnreadableDocument
from extract.grid import MOST_ROWS, Spanned, distinct, expand


def texts(grid: Grid) -> list[list[str | None]]:
    return [[cell.text if cell else None for cell in row] for row in grid.rows]


def test_spans_are_filled_with_the_same_cell() -> None:
    corner = Cell("corner")
    grid = expand([[Spanned(corner, rowspan=2, colspan=2), Spanned(Cell("a"))], [Spanned(Cell("b"))]])
    assert texts(grid) == [["corner", "corner", "a"], ["corner", "corner", "b"]]
    assert grid.rows[1][1] is corner


def test_a_rowspan_is_clipped_at_the_end_of_the_table() -> None:
    assert texts(expand([[Spanned(Cell("a"), rowspan=99), Spanned(Cell("b"))]])) == [["a", "b"]]


def test_a_rowspan_of_zero_reaches_the_end() -> None:
    grid = expand([[Spanned(Cell("a"), rowspan=0), Spanned(Cell("b"))], [Spanned(Cell("c"))]])
    assert texts(grid) == [["a", "b"], ["a", "c"]]


def test_short_rows_have_nothing_at_their_end() -> None:
    assert texts(expand([[Spanned(Cell("a")), Spanned(Cell("b"))], [Spanned(Cell("c"))]])) == [["a", "b"], ["c", None]]


def test_distinct_takes_spans_back_and_keeps_equal_neighbours() -> None:
    zero, other = Cell("0"), Cell("0")
    assert distinct([zero, zero, None, other]) == [zero, other]


def test_a_table_beyond_all_measure_is_refused() -> None:
    with pytest.raises(UnreadableDocument) as refused:
        expand([[Spanned(Cell("0"))]] * (MOST_ROWS + 1))
    assert refused.value.kind == "limit"
