"""Ruling lines to meshes of cells: collinear pieces joined, what touches taken together, open ends closed.

Knows no format: lengths are in the caller's unit (points for a PDF, pixels for a picture), y grows downwards.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

# In points. Two lines nearer than this are one (double borders, borders drawn once for each cell); no row is that low.
TOLERANCE = 3.0
# A line that runs on for this much past the last one that crosses it opens a further row or column.
LEAST_CELL = 8.0
# A wall stands between two places when a line covers this much of their border.
COVERED = 0.6
# A page with more lines than this is a drawing.
MOST_LINES = 3_000
# Official tables have some 40 rows and 25 columns of lines; what has more places than this is graph paper.
MOST_PLACES = 10_000


class Line(NamedTuple):
    """A ruling line: `at` is its y when it is horizontal, its x when it is vertical; it runs from `start` to `end`."""

    at: float
    start: float
    end: float


class Region(NamedTuple):
    """A cell of a mesh: the rows and columns that it covers, the last ones not included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Mesh:
    """A table's lines: `xs` and `ys` bound its columns and rows, `regions` are its cells, merged ones whole.

    `open_left` …: that outer side has no line of its own; it was closed where the other lines end.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    regions: tuple[Region, ...]
    places: tuple[tuple[int, ...], ...]  # row, column: index of the region that covers it
    open_left: bool = False
    open_right: bool = False
    open_top: bool = False
    open_bottom: bool = False

    def find(self, x: float, y: float) -> int | None:
        """The index of the region in which a point lies; None outside."""
        row, column = bisect_right(self.ys, y) - 1, bisect_right(self.xs, x) - 1
        if 0 <= row < len(self.places) and 0 <= column < len(self.xs) - 1:
            return self.places[row][column]
        return None

    def cut(self, rows: range, columns: range) -> Mesh:
        """The mesh of some of the rows and columns alone; cells that reach out of them are clipped."""
        kept = sorted({self.places[row][column] for row in rows for column in columns})
        index = {old: new for new, old in enumerate(kept)}
        return Mesh(
            self.xs[columns.start : columns.stop + 1],
            self.ys[rows.start : rows.stop + 1],
            tuple(
                Region(
                    max(region.top, rows.start) - rows.start,
                    max(region.left, columns.start) - columns.start,
                    min(region.bottom, rows.stop) - rows.start,
                    min(region.right, columns.stop) - columns.start,
                )
                for region in (self.regions[old] for old in kept)
            ),
            tuple(tuple(index[self.places[row][column]] for column in columns) for row in rows),
            self.open_left and columns.start == 0,
            self.open_right and columns.stop == len(self.xs) - 1,
            self.open_top and rows.start == 0,
            self.open_bottom and rows.stop == len(self.ys) - 1,
        )

    def box(self, region: Region) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of a region."""
        return self.xs[region.left], self.ys[region.top], self.xs[region.right], self.ys[region.bottom]

    @property
    def outline(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the whole."""
        return self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]


def meshes(horizontal: Iterable[Line], vertical: Iterable[Line], tolerance: float = TOLERANCE) -> list[Mesh]:
    """The tables that lines make, from top to bottom; lines that cross no other ones make none."""
    across, down = merged(horizontal, tolerance), merged(vertical, tolerance)
    if len(across) + len(down) > MOST_LINES:
        return []
    found = [mesh for lines in _connected(across, down, tolerance) if (mesh := _mesh(*lines, tolerance)) is not None]
    return sorted(found, key=lambda mesh: (mesh.ys[0], mesh.xs[0]))


def merged(lines: Iterable[Line], tolerance: float = TOLERANCE) -> list[Line]:
    """Collinear pieces as whole lines, by place.

    >>> merged([Line(10, 0, 50), Line(10.5, 50.5, 90), Line(30, 0, 90)])
    [Line(at=10.25, start=0, end=90), Line(at=30.0, start=0, end=90)]
    """
    whole: list[Line] = []
    for group in _near(sorted(lines), tolerance):
        at = sum(line.at for line in group) / len(group)
        group.sort(key=lambda line: line.start)
        start, end = group[0].start, group[0].end
        for line in group:
            if line.start > end + tolerance:
                whole.append(Line(at, start, end))
                start, end = line.start, line.end
            start, end = min(start, line.start), max(end, line.end)
        whole.append(Line(at, start, end))
    return whole


def _near(lines: Sequence[Line], tolerance: float) -> Iterator[list[Line]]:
    """Lines in groups whose places lie within the tolerance of the group's first."""
    group: list[Line] = []
    for line in lines:
        if group and line.at - group[0].at > tolerance:
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _connected(
    across: Sequence[Line], down: Sequence[Line], tolerance: float
) -> Iterator[tuple[list[Line], list[Line]]]:
    """Horizontal and vertical lines that touch each other, component by component."""
    parents = list(range(len(across) + len(down)))
    places = [line.at for line in down]  # sorted, as `merged` leaves them
    for index, line in enumerate(across):
        first, last = bisect_left(places, line.start - tolerance), bisect_right(places, line.end + tolerance)
        for other in range(first, last):
            if down[other].start - tolerance <= line.at <= down[other].end + tolerance:
                _unite(parents, index, len(across) + other)
    components: dict[int, tuple[list[Line], list[Line]]] = defaultdict(lambda: ([], []))
    for index, line in enumerate([*across, *down]):
        components[_root(parents, index)][index >= len(across)].append(line)
    lonely: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for rows, columns in components.values():
        if rows:
            yield rows, columns
        else:  # one row between two page ends: lines downwards that stand side by side
            for line in columns:
                lonely[round(line.start / tolerance), round(line.end / tolerance)].append(line)
    yield from (([], columns) for columns in lonely.values() if len(columns) > 2)


def _root(parents: list[int], index: int) -> int:
    while parents[index] != index:
        parents[index] = parents[parents[index]]
        index = parents[index]
    return index


def _unite(parents: list[int], one: int, other: int) -> None:
    parents[_root(parents, other)] = _root(parents, one)


def _mesh(across: Sequence[Line], down: Sequence[Line], tolerance: float) -> Mesh | None:
    """The mesh of one component; None where it encloses nothing."""
    if len(across) + len(down) < 3 or not down:
        return None
    xs, open_left, open_right = _bounds(down, across)
    ys, open_top, open_bottom = _bounds(across, down)
    if len(xs) < 2 or len(ys) < 2 or len(xs) * len(ys) > MOST_PLACES:
        return None
    floors = _walls(across, ys, xs, tolerance)
    sides = _walls(down, xs, ys, tolerance)
    regions = _regions(len(ys) - 1, len(xs) - 1, floors, sides)
    places = [[0] * (len(xs) - 1) for _ in ys[1:]]
    for index, region in enumerate(regions):
        for row in range(region.top, region.bottom):
            for column in range(region.left, region.right):
                places[row][column] = index
    rows = tuple(map(tuple, places))
    return Mesh(tuple(xs), tuple(ys), tuple(regions), rows, open_left, open_right, open_top, open_bottom)


def _bounds(lines: Sequence[Line], crossing: Sequence[Line]) -> tuple[list[float], bool, bool]:
    """Where the lines stand, once each, with the ends of those that cross them where they run on."""
    places = sorted({line.at for line in lines})
    first = min((line.start for line in crossing), default=places[0] if places else 0.0)
    last = max((line.end for line in crossing), default=places[-1] if places else 0.0)
    before, after = not places or places[0] - first > LEAST_CELL, not places or last - places[-1] > LEAST_CELL
    return [*([first] if before else []), *places, *([last] if after else [])], before, after


def _walls(lines: Sequence[Line], own: Sequence[float], crossing: Sequence[float], tolerance: float) -> list[set[int]]:
    """For each of `own` the places between two of `crossing` along which a line stands."""
    index = {at: number for number, at in enumerate(own)}
    walls: list[set[int]] = [set() for _ in own]
    for line in lines:
        first = max(bisect_right(crossing, line.start) - 1, 0)
        for place in range(first, len(crossing) - 1):
            start, end = crossing[place], crossing[place + 1]
            if start >= line.end:
                break
            if min(end, line.end) - max(start, line.start) >= COVERED * (end - start) - tolerance / 10:
                walls[index[line.at]].add(place)
    return walls


def _regions(height: int, width: int, floors: Sequence[set[int]], sides: Sequence[set[int]]) -> list[Region]:
    """The rectangles into which walls part a grid, in reading order."""
    parents = list(range(height * width))
    for row in range(height):
        for column in range(width):
            here = row * width + column
            if column + 1 < width and row not in sides[column + 1]:
                _unite(parents, here, here + 1)
            if row + 1 < height and column not in floors[row + 1]:
                _unite(parents, here, here + width)
    regions: list[Region] = []
    growing: dict[tuple[int, int, int], int] = {}  # root, left, right: the region that reaches down to the row above
    for row in range(height):
        reached: dict[tuple[int, int, int], int] = {}
        for root, left, right in _stretches([_root(parents, row * width + column) for column in range(width)]):
            key = root, left, right
            if key in growing:
                reached[key] = growing[key]
                regions[growing[key]] = regions[growing[key]]._replace(bottom=row + 1)
            else:  # a region that is no rectangle falls into several
                reached[key] = len(regions)
                regions.append(Region(row, left, row + 1, right))
        growing = reached
    return regions


def _stretches(roots: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    start = 0
    for column in range(1, len(roots) + 1):
        if column == len(roots) or roots[column] != roots[start]:
            yield roots[start], start, column
            start = column
