"""The rows of a document's tables as one stream: what is label, what is figure, what is head."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from extract.document import Cell, Document, Grid
from extract.grid import distinct
from extract.labels import Label, read_label
from extract.numerals import is_figure

HAN = re.compile(r"[\u4e00-\u9fff]")
# Labels stand in the first columns only: 三、本年度办理结果 | （三）不予公开 | 1.属于国家秘密, and at most an added
# 序号 before them.
LABEL_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a grid, cells each once: `labels` from the outermost heading to its own, `figures` right of them."""

    grid: Grid
    index: int
    cells: tuple[Cell, ...]
    labels: tuple[Cell, ...]
    figures: tuple[Cell, ...]

    @property
    def own(self) -> Label:
        """The label nearest to the figures; empty where the row has none."""
        return read_label(self.labels[-1].text) if self.labels else Label("")

    @property
    def parents(self) -> tuple[Label, ...]:
        """The headings before the row's own label."""
        return tuple(read_label(cell.text) for cell in self.labels[:-1])


def rows_of(document: Document) -> list[Row]:
    """All rows of all tables of a document, in the order printed."""
    return [row for grid in document.grids for row in grid_rows(grid)]


def grid_rows(grid: Grid) -> Iterator[Row]:
    """The rows of one grid, label cells told from figure cells by what stands in them."""
    for index, places in enumerate(grid.rows):
        cells = distinct(places)
        end = _label_end(cells)
        labels = tuple(cell for cell in cells[:end] if is_label(cell.text))
        yield Row(grid, index, tuple(cells), labels, tuple(cells[end:]))


@lru_cache(maxsize=65536)
def is_label(text: str) -> bool:
    """Whether a cell speaks in words: a heading or a label, not a figure or a word for none."""
    return HAN.search(text) is not None and not is_figure(text)


def _label_end(cells: Sequence[Cell]) -> int:
    """Where the figures begin: behind the last label among the first columns, before which no number stands after a
    label."""
    end = 0
    for position, cell in enumerate(cells[: LABEL_COLUMNS + 1]):
        if is_label(cell.text):
            end = position + 1
        elif end and cell.text.strip():
            break
    return end
