"""Tables of word processors that give each row its own cell edges (DOC, RTF): marks of cells and rows become grids.

Rows of one table need not share their edges; all edges together make the grid, as gridSpan does in DOCX.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from extract.document import Block, Cell, Grid, Paragraph, UnreadableDocument
from extract.grid import MOST_COLUMNS, MOST_ROWS

# Edges nearer than this (twips; 1 mm) are one edge drawn by hand twice: no figure fits between them.
SNAP = 57
# Tables inside tables inside tables: more than any layout needs.
MOST_DEPTH = 16


@dataclass(frozen=True, slots=True)
class RowShape:
    """A row's cell edges from left to right (twips), and which cells go on with the one left of them or above."""

    edges: tuple[int, ...]
    joined_left: frozenset[int] = frozenset()
    joined_above: frozenset[int] = frozenset()


NO_SHAPE = RowShape(())
Contents = list[Block]


@dataclass
class _Level:
    """A table that is being read: its ended rows, the ended cells of the row, and what the cell holds so far."""

    number: int
    rows: list[tuple[list[Contents], RowShape]] = field(default_factory=list)
    cells: list[Contents] = field(default_factory=list)
    contents: Contents = field(default_factory=list)


@dataclass
class Assembly:
    """Blocks in the order printed, out of a stream of paragraphs and of marks that end cells and rows.

    `depth` is 0 for text outside tables, 1 in a table, 2 in a table inside a cell.
    """

    part: str
    blocks: list[Block] = field(default_factory=list)
    tables: int = 0
    _levels: list[_Level] = field(default_factory=list)
    _hanging: list[Block] = field(default_factory=list)

    def paragraph(self, text: str, depth: int, *, heading: bool = False) -> None:
        """A paragraph has ended."""
        into = self._reach(depth)
        into += (Paragraph(line.strip(), None, heading) for line in text.split("\n") if line.strip())
        if not depth:
            self._drop_hanging()

    def hang(self, blocks: Iterable[Block]) -> None:
        """Blocks that follow once the paragraph or table that is being told has ended (a text box)."""
        self._hanging += blocks

    def end_cell(self, depth: int) -> None:
        """The paragraph that was told last ended a cell."""
        self._reach(depth)
        level = self._levels[depth - 1]
        level.cells.append(level.contents)
        level.contents = []

    def end_row(self, depth: int, shape: RowShape, *, deleted: bool = False) -> None:
        """A row has ended; a deleted one leaves nothing."""
        self._reach(depth)
        level = self._levels[depth - 1]
        if level.cells and not deleted:
            level.rows.append((level.cells, shape))
        level.cells, level.contents = [], []
        if len(level.rows) > MOST_ROWS:
            raise UnreadableDocument("limit", f"表格超过 {MOST_ROWS} 行")

    def finish(self) -> tuple[Block, ...]:
        """All blocks, every table ended."""
        self._reach(0)
        self._drop_hanging()
        return tuple(self.blocks)

    def _reach(self, depth: int) -> Contents:
        """Open or end tables until `depth` of them are open; where text goes then."""
        if depth > MOST_DEPTH:
            raise UnreadableDocument("limit", f"表格嵌套超过 {MOST_DEPTH} 层")
        while len(self._levels) > depth:
            level = self._levels.pop()
            into = self._levels[-1].contents if self._levels else self.blocks
            into += _table(level, self.part)
            if not self._levels:
                self._drop_hanging()
        while len(self._levels) < depth:
            self.tables += 1
            self._levels.append(_Level(self.tables))
        return self._levels[-1].contents if self._levels else self.blocks

    def _drop_hanging(self) -> None:
        self.blocks += self._hanging
        self._hanging.clear()


def _table(level: _Level, part: str) -> Iterable[Block]:
    """A table's blocks: its grid and then the tables inside; of a table that only places things, its contents."""
    if level.cells or level.contents:  # the file ends within a row
        level.rows.append(([*level.cells, level.contents], NO_SHAPE))
    every = [contents for cells, _ in level.rows for contents in cells]
    inner = [block for contents in every for block in contents if isinstance(block, Grid)]
    widest = max((len(cells) for cells, _ in level.rows), default=0)
    if widest < 2 or (inner and widest < 4):
        return [block for contents in every for block in contents]
    return [lay_out(level.rows, part, level.number), *inner]


def lay_out(rows: Sequence[tuple[list[Contents], RowShape]], part: str, number: int) -> Grid:
    """The grid on the union of all rows' edges. Raises UnreadableDocument (limit) where that has too many columns."""
    edges = [_edges(len(cells), shape) for cells, shape in rows]
    bounds = _bounds(edges, SNAP)
    if any(bisect_right(bounds, left) == bisect_right(bounds, right) for row in edges for left, right in pairwise(row)):
        bounds = _bounds(edges, 0)  # a cell is narrower than the snap
    width = len(bounds) - 1
    if width > MOST_COLUMNS:
        raise UnreadableDocument("limit", f"表格有 {width} 列（上限 {MOST_COLUMNS}）")
    filled: list[list[Cell | None]] = []
    for at, ((cells, shape), own) in enumerate(zip(rows, edges, strict=True)):
        here: list[Cell | None] = [None] * width
        above = filled[-1] if filled else here
        last: Cell | None = None
        for index, contents in enumerate(cells):
            left, right = (bisect_right(bounds, edge) - 1 for edge in own[index : index + 2])
            cell = last if index in shape.joined_left else above[left] if index in shape.joined_above else None
            if cell is None:
                cell = Cell(_text(contents), {"part": part, "table": number, "row": at + 1, "column": left + 1})
            here[left:right] = [cell] * (right - left)
            last = cell
        filled.append(here)
    return Grid(tuple(map(tuple, filled)), {"part": part, "table": number})


def _edges(count: int, shape: RowShape) -> list[int]:
    """One edge more than there are cells, each right of the one before, also where the file gives too few of them."""
    edges = list(shape.edges[: count + 1]) or [0]
    for index in range(1, count + 1):
        if index == len(edges):
            edges.append(edges[-1] + 1000)
        edges[index] = max(edges[index], edges[index - 1] + 1)
    return edges


def _bounds(rows: Iterable[Sequence[int]], snap: int) -> list[int]:
    """The edges of all rows, each group of near ones by its first."""
    bounds: list[int] = []
    for edge in sorted({edge for row in rows for edge in row}):
        if not bounds or edge - bounds[-1] > snap:
            bounds.append(edge)
    return bounds


def _text(contents: Contents) -> str:
    return "\n".join(block.text for block in contents if isinstance(block, Paragraph))
