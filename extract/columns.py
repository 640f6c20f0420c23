"""Which column of a table is which official column, from the texts of its head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from extract.document import Cell
from extract.forms import Column
from extract.grid import distinct
from extract.labels import Label, likeness, read_label
from extract.rows import Row, is_label

# Below this a head's text is not taken for that column's label (本年制 作数量 and 本年(2023)制发件数 lie above).
ALIKE = 0.7


@dataclass(frozen=True, slots=True)
class Head:
    """A table's head as read: the official columns in the order printed, and the grid places that each covers (None:
    order only)."""

    order: tuple[str, ...]
    places: dict[str, range] | None
    texts: dict[str, str]

    @property
    def start(self) -> int:
        """The first grid column that holds figures."""
        return min((place.start for place in self.places.values()), default=0) if self.places else 0


@dataclass(frozen=True, slots=True)
class Placed:
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


def read_head(row: Row, columns: Sequence[Column]) -> Head | None:
    """The head that a row makes for these columns; None where it names none of them.

    Where the row has as many words as there are columns, damaged ones are taken in official order between the certain
    ones.
    """
    cells = [cell for cell in row.cells if is_label(cell.text)]
    named = _best_names(cells, columns)
    if not named:
        return None
    order = tuple(column for _, column in sorted(named.items()))
    texts = {column: cells[index].text for index, column in named.items()}
    if not row.grid.aligned:
        return Head(order, None, texts)
    places = {column: _extent(row, cells[index]) for index, column in named.items()}
    return Head(order, places, texts)


def _best_names(cells: Sequence[Cell], columns: Sequence[Column]) -> dict[int, str]:
    """Cell index → column key, each once, the likest first."""
    pairs = sorted(
        (
            (column_likeness(cell.text, column), -i, -j)
            for i, cell in enumerate(cells)
            for j, column in enumerate(columns)
        ),
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
    """The figure cells of a row under their columns. As many cells as columns: in the head's order; otherwise by grid
    place.

    Columns without a cell are left out: the completeness check names them.
    """
    if len(figures) == len(head.order):
        return tuple(Placed(column, cell) for column, cell in zip(head.order, figures, strict=True))
    if head.places is None or not same_grid or not row.grid.aligned:
        return ()
    placed = []
    taken: set[int] = set()
    for column in head.order:
        under = [
            c
            for c in distinct(
                row.grid.rows[row.index][i] for i in head.places[column] if i < len(row.grid.rows[row.index])
            )
        ]
        under = [cell for cell in under if id(cell) not in taken and any(cell is figure for figure in figures)]
        if under:
            taken.update(id(cell) for cell in under)
            placed.append(Placed(column, under[0], tuple(under[1:])))
    return tuple(placed)
