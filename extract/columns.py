"""Which column of a table is which official column, from the texts of its head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from extract.document import Cell
from extract.forms import Column
from extract.grid import distinct
from extract.labels import Label, likeness, read_label
from extract.rows import Row, is_label

# Below this a head's text is not taken for that column's label (本年制 作数量 and 本年(2023)制发件数 lie above).
ALIKE = 0.7


@dataclass(frozen=True, slots=True)
class Head:
    """A table's head as read: the official columns in the order printed, the grid places that each covers (None: order
    only), and the places under heads of the office's own (备注)."""

    order: tuple[str, ...]
    places: dict[str, range] | None
    texts: dict[str, str]
    foreign: frozenset[int] = frozenset()

    @property
    def start(self) -> int:
        """The first grid column that holds figures."""
        return min((place.start for place in self.places.values()), default=0) if self.places else 0


class Placed(NamedTuple):
    """A figure's cell under its column; `others`: further cells that stand under the same head (phantom cells)."""

    column: str
    cell: Cell
    others: tuple[Cell, ...] = ()


@lru_cache(maxsize=65536)
def column_likeness(text: str, column: Column) -> float:
    """How well a head's text fits a column's label, 0 to 1."""
    return likeness(read_label(text), spellings(column))


@cache
def spellings(column: Column) -> tuple[Label, ...]:
    """A column's label and the other spellings met, ready to compare."""
    return tuple(read_label(text) for text in (column.label, *column.aliases))


def read_head(row: Row, columns: tuple[Column, ...]) -> Head | None:
    """The head that a row makes for these columns; None where it names none of them.

    Where it has as many words as there are columns and some are damaged, the rest are taken in official order.
    """
    cells = [cell for cell in row.cells if is_label(cell.text)]
    named = _names(tuple(cell.text for cell in cells), columns)
    if not named:
        return None
    order = tuple(column for _, column in named)
    texts = {column: cells[index].text for index, column in named}
    if not row.grid.aligned:
        return Head(order, None, texts)
    places = {column: _extent(row, cells[index]) for index, column in named}
    known = {index for index, _ in named}
    foreign = (place for i, cell in enumerate(cells) if i > 0 and i not in known for place in _extent(row, cell))
    return Head(order, places, texts, frozenset(foreign))


@lru_cache(maxsize=16384)
def _names(texts: tuple[str, ...], columns: tuple[Column, ...]) -> tuple[tuple[int, str], ...]:
    """Index of the text and key of the column that it names, from left to right."""
    named = _best_names(texts, columns)
    return tuple(sorted(_completed(named, len(texts), columns).items())) if named else ()


def _completed(named: dict[int, str], count: int, columns: Sequence[Column]) -> dict[int, str]:
    """All columns in official order, where the last words of the head are as many and none of the named contradicts."""
    start = count - len(columns)
    official = {start + i: column.key for i, column in enumerate(columns)}
    agrees = start >= 0 and all(official.get(index) == column for index, column in named.items())
    return official if agrees else named


def _best_names(texts: Sequence[str], columns: Sequence[Column]) -> dict[int, str]:
    """Index of the text → column key, each once, the likest first."""
    pairs = sorted(
        ((column_likeness(text, column), -i, -j) for i, text in enumerate(texts) for j, column in enumerate(columns)),
        reverse=True,
    )
    named: dict[int, str] = {}
    for score, i, j in pairs:
        if score >= ALIKE and -i not in named and columns[-j].key not in named.values():
            named[-i] = columns[-j].key
    return named


def _extent(row: Row, cell: Cell) -> range:
    places = [index for index, other in enumerate(row.grid.rows[row.index]) if other is cell]
    return range(places[0], places[-1] + 1)


def place(row: Row, figures: Sequence[Cell], head: Head, *, same_grid: bool) -> tuple[Placed, ...]:
    """The figure cells of a row under their columns.

    As many cells as columns (empty layout cells apart): in the head's order. Otherwise by their places in the grid, and
    if a number is left over then, none of the row is certain. Columns without a cell are left out: the completeness
    check names them.
    """
    width = len(head.order)
    for cells in (figures, [cell for cell in figures if cell.text.strip()]):
        if len(cells) == width:
            return tuple(Placed(column, cell) for column, cell in zip(head.order, cells, strict=True))
    if width == 1 and figures and not (head.places and same_grid):
        return (Placed(head.order[0], figures[0], tuple(figures[1:])),)
    if head.places is None or not same_grid or not row.grid.aligned:
        return ()
    placed = tuple(_by_place(row, figures, head.order, head.places))
    here = row.grid.rows[row.index]
    reached = {id(cell) for each in placed for cell in (each.cell, *each.others)}
    reached |= {id(here[i]) for i in head.foreign if i < len(here)}
    if any(id(cell) not in reached and cell.text.strip() for cell in figures):
        how = f"该行有 {len(figures)} 个单元格，与 {width} 栏对不上"
        return tuple(Placed(each.column, each.cell._replace(how=how, certain=False), each.others) for each in placed)
    return placed


def _by_place(row: Row, figures: Sequence[Cell], order: Sequence[str], places: Mapping[str, range]) -> Iterator[Placed]:
    here = row.grid.rows[row.index]
    taken: set[int] = set()
    for column in order:
        under = [
            cell
            for cell in distinct(here[i] for i in places[column] if i < len(here))
            if id(cell) not in taken and any(cell is figure for figure in figures)
        ]
        if under:
            taken.update(id(cell) for cell in under)
            yield Placed(column, under[0], tuple(under[1:]))
