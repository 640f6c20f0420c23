"""A laid-out page (characters at places, ruling lines) as what stands on it: tables with their cells, and lines of text.

Knows no format: the readers of PDF, OFD and pictures bring their characters and lines in points from the page's top left.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from extract.document import Block, Cell, Grid, Place
from extract.readers.glyphs import Glyph, TextLine, cell_text, lines_of
from extract.readers.rules import LEAST_CELL, Line, Mesh, meshes

Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Frame:
    """Which page something stands on, and how large it is when its text runs from left to right.

    `turns`: by how many quarters of a circle, clockwise, it is turned from there to how it is shown.
    """

    number: int  # counted from 1
    width: float
    height: float
    turns: int = 0

    def place(self, box: Box) -> Place:
        """Where something stands, in points from the top left of the page as shown."""
        left, top, right, bottom = box
        width, height = self.width, self.height
        for _ in range(self.turns % 4):
            left, top, right, bottom = height - bottom, left, height - top, right
            width, height = height, width
        return {"page": self.number, "box": [round(length, 1) for length in (left, top, right, bottom)]}


@dataclass(frozen=True, slots=True)
class Page:
    """A page as drawn."""

    frame: Frame
    glyphs: Sequence[Glyph]
    across: Sequence[Line]
    down: Sequence[Line]


@dataclass(slots=True)
class Piece:
    """A cell on one page, while it may still turn out to be half of one that a page break parts."""

    frame: Frame
    box: Box
    glyphs: list[Glyph] = field(default_factory=list)
    text: str = ""
    cell: Cell | None = None

    def as_cell(self) -> Cell:
        """The cell itself, the same object each time."""
        if self.cell is None:
            self.cell = Cell(self.text, self.frame.place(self.box))
        return self.cell


@dataclass(slots=True)
class Fragment:
    """A table, or the part of one, that stands on one page."""

    frame: Frame
    mesh: Mesh
    pieces: list[Piece]  # as the mesh's regions
    dropped: set[int] = field(default_factory=set)  # rows that turned out to belong to the page before

    def row(self, index: int) -> list[int]:
        """The regions of a row from left to right, merged ones once; -1 is the last row."""
        return list(dict.fromkeys(self.mesh.places[index]))

    def is_low(self, region: int) -> bool:
        """Whether a cell is one row high."""
        return self.mesh.regions[region].bottom - self.mesh.regions[region].top == 1

    def texts(self, index: int) -> list[str]:
        """What the cells of a row say."""
        return [self.pieces[region].text for region in self.row(index)]

    def as_grid(self) -> Grid:
        """The fragment as a grid: a merged cell is the same object in all its places."""
        cells = [piece.as_cell() for piece in self.pieces]
        rows = (row for index, row in enumerate(self.mesh.places) if index not in self.dropped)
        return Grid(tuple(tuple(cells[region] for region in row) for row in rows), self.frame.place(self.mesh.outline))


Item = TextLine | Fragment | Block


@dataclass(frozen=True, slots=True)
class Content:
    """What stands on a page, from top to bottom. Blocks are what another reader (of pictures) found."""

    frame: Frame
    items: tuple[Item, ...]


def content_of(page: Page) -> Content:
    """The tables and the lines of text of a page, in reading order. Frames around text are no tables."""
    tables = [mesh for mesh in meshes(page.across, page.down) if len(mesh.xs) > 2 and len(mesh.regions) > 1]
    fragments = [Fragment(page.frame, mesh, [Piece(page.frame, mesh.box(region)) for region in mesh.regions]) for mesh in tables]
    outside = _sort_in(page.glyphs, fragments)
    items: list[tuple[float, Item]] = [(line.top, line) for line in lines_of(outside)]
    for fragment in map(_without_empty_sides, fragments):
        for piece in fragment.pieces:
            piece.text = cell_text(piece.glyphs, piece.box[0], piece.box[2])
        if any(piece.text for piece in fragment.pieces):
            items.append((fragment.mesh.ys[0], fragment))
    items.sort(key=lambda item: item[0])
    return Content(page.frame, tuple(item for _, item in items))


def _sort_in(glyphs: Iterable[Glyph], fragments: Sequence[Fragment]) -> list[Glyph]:
    """Put every character into the cell in which its centre lies; those outside all tables come back.

    Characters are met row by row, so that each table looks only at the stretch between its top and bottom.
    """
    ordered = sorted(glyphs, key=lambda glyph: glyph.top + glyph.bottom)
    if not fragments:
        return ordered
    middles = [(glyph.top + glyph.bottom) / 2 for glyph in ordered]
    taken = bytearray(len(ordered))
    for fragment in sorted(fragments, key=lambda fragment: _area(fragment.mesh.outline)):  # an inner table before its outer
        mesh, pieces = fragment.mesh, fragment.pieces
        for row, places in enumerate(mesh.places):
            start, end = bisect_left(middles, mesh.ys[row]), bisect_left(middles, mesh.ys[row + 1])
            for index in range(start, end):
                if taken[index]:
                    continue
                glyph = ordered[index]
                column = bisect_left(mesh.xs, (glyph.left + glyph.right) / 2) - 1
                if 0 <= column < len(places):
                    pieces[places[column]].glyphs.append(glyph)
                    taken[index] = 1
    return [glyph for glyph, inside in zip(ordered, taken, strict=True) if not inside]


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _without_empty_sides(fragment: Fragment) -> Fragment:
    """A fragment without the outer rows and columns that no text fills, where only lines running on have opened them
    or a second frame stands around the table."""
    mesh, pieces = fragment.mesh, fragment.pieces
    rows, columns = [0, len(mesh.ys) - 1], [0, len(mesh.xs) - 1]
    filled = [region for region, piece in zip(mesh.regions, pieces, strict=True) if piece.glyphs]
    if (mesh.open_left or mesh.xs[1] - mesh.xs[0] < LEAST_CELL) and all(region.right > 1 for region in filled):
        columns[0] = 1
    if (mesh.open_right or mesh.xs[-1] - mesh.xs[-2] < LEAST_CELL) and all(region.left < columns[1] - 1 for region in filled):
        columns[1] -= 1
    if (mesh.open_top or mesh.ys[1] - mesh.ys[0] < LEAST_CELL) and all(region.bottom > 1 for region in filled):
        rows[0] = 1
    if (mesh.open_bottom or mesh.ys[-1] - mesh.ys[-2] < LEAST_CELL) and all(region.top < rows[1] - 1 for region in filled):
        rows[1] -= 1
    if rows[0] >= rows[1] or columns[0] >= columns[1]:
        return fragment
    kept = sorted({mesh.places[row][column] for row in range(*rows) for column in range(*columns)})
    return Fragment(fragment.frame, mesh.cut(range(*rows), range(*columns)), [pieces[index] for index in kept])
