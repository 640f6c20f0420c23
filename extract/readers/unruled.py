"""Tables whose lines were not drawn: rows told by lines that hold figures, labels and heads by what stands over each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from extract.document import Cell, Grid
from extract.labels import CHINESE_DIGITS, read_label
from extract.numerals import is_figure
from extract.readers.glyphs import TextLine, line_of
from extract.readers.pages import Content, Fragment, Frame, Item
from extract.rows import is_label

# A cell ends where the distance to the next character is more than this share of the line's height.
CELL_GAP = 0.55
# A table shows itself by a row of at least so many figures; without one by at least so many rows with a label and a figure.
MANY_FIGURES, MANY_ROWS = 4, 3
# Lines of one label stand under each other: their sides or middles agree within this share of the height,
# and the next one begins before this many heights.
UNDER, STEP = 0.6, 1.9
# A piece of text wider than this share of the page is running text.
WIDEST = 0.5


@dataclass(slots=True)
class _Chunk:
    """Text without a wide gap on one line; a label's lines are gathered in `lines`."""

    line: TextLine
    lines: list[TextLine] = field(init=False)
    words: list[str] = field(init=False)  # of the lines
    is_figure: bool = field(init=False)

    def __post_init__(self) -> None:
        words = self.line.text
        self.lines, self.words = [self.line], [words]
        # The 三 of 三、本年度办理结果, set downwards, is no figure.
        self.is_figure = is_figure(words) and words not in CHINESE_DIGITS

    def add(self, other: _Chunk) -> None:
        """One line more of a label."""
        self.lines.append(other.line)
        self.words.append(other.words[0])

    @property
    def text(self) -> str:
        return "\n".join(self.words)

    @property
    def top(self) -> float:
        return self.lines[0].top

    @property
    def bottom(self) -> float:
        return self.lines[-1].bottom

    def cell(self, frame: Frame) -> Cell:
        left, right = min(line.left for line in self.lines), max(line.right for line in self.lines)
        return Cell(self.text, frame.place((left, self.top, right, self.bottom)))


def with_unruled(contents: Sequence[Content]) -> list[Content]:
    """The pages of a document, their tables found by text alone where no page has a ruled one."""
    if any(isinstance(item, Fragment | Grid) for content in contents for item in content.items):
        return list(contents)
    pages = [[[_Chunk(part) for part in _parts(item)] for item in page.items if isinstance(item, TextLine)] for page in contents]
    rows = [[_is_row(parts) for parts in lines] for lines in pages]
    found = []
    for index, (content, lines) in enumerate(zip(contents, pages, strict=True)):
        goes_on = index + 1 < len(rows) and any(rows[index + 1][:1])
        shows = any(sum(chunk.is_figure for chunk in parts) >= MANY_FIGURES for parts in lines) or sum(rows[index]) >= MANY_ROWS
        if shows or goes_on:
            kinds = _kinds(lines, rows[index], content.frame.width, goes_on)
            content = Content(content.frame, tuple(_items(content, lines, kinds)))
        found.append(content)
    return found


def _items(content: Content, lines: Sequence[Sequence[_Chunk]], kinds: Sequence[bool]) -> Iterator[Item]:
    """The page's items, each run of tabular lines as a grid."""
    gathered: list[Sequence[_Chunk]] = []
    rest = iter(zip(lines, kinds, strict=True))
    for item in content.items:
        parts, inside = next(rest) if isinstance(item, TextLine) else ((), False)
        if inside:
            gathered.append(parts)
            continue
        if gathered:
            yield _grid(gathered, content.frame)
            gathered = []
        yield item
    if gathered:
        yield _grid(gathered, content.frame)


def _parts(line: TextLine) -> Iterator[TextLine]:
    height = line.bottom - line.top
    start = 0
    for index, (one, other) in enumerate(pairwise(line.glyphs), start=1):
        if other.left - one.right > CELL_GAP * height:
            yield line_of(line.glyphs[start:index])
            start = index
    yield line_of(line.glyphs[start:])


def _is_row(parts: Sequence[_Chunk]) -> bool:
    """Whether a line ends in figures after a label, or holds many of them."""
    figures = sum(chunk.is_figure for chunk in parts)
    return figures >= MANY_FIGURES or (figures > 0 and len(parts) > figures and parts[-1].is_figure)


def _kinds(chunks: Sequence[Sequence[_Chunk]], rows: Sequence[bool], width: float, goes_on: bool) -> list[bool]:
    """Which lines stand in a table: from the heads above its first row to the last line of its last label.

    `goes_on`: the next page begins with a row, so heads may stand alone at the end of this one.
    """
    inside = list(rows)
    middles = [(parts[0].top + parts[0].bottom) / 2 for parts, is_row in zip(chunks, rows, strict=True) if is_row]
    for index, parts in enumerate(chunks):
        if not inside[index]:
            line = parts[0].line
            near = min((abs(middle - (line.top + line.bottom) / 2) for middle in middles), default=line.top)
            apart = line.right - line.left > WIDEST * width or (
                _is_apart(parts[0].words[0]) and near > STEP * (line.bottom - line.top)
            )
            inside[index] = len(parts) > 1 or not apart
    for run in _runs(inside):
        heads = goes_on and run.stop == len(inside) and any(len(chunks[index]) > 1 for index in run)
        if not heads and not any(rows[index] for index in run):
            for index in run:
                inside[index] = False
    return inside


def _is_apart(text: str) -> bool:
    """Whether a line that stands alone is no part of a table: a sentence's end, or a section's heading (三、…)."""
    return text.endswith("。") or (is_label(text) and text[1:2] == "、" and read_label(text).number in tuple("一二三四五六"))


def _runs(inside: Sequence[bool]) -> Iterator[range]:
    start = 0
    for index in range(len(inside) + 1):
        if index == len(inside) or not inside[index]:
            if index > start:
                yield range(start, index)
            start = index + 1


def _grid(lines: Sequence[Sequence[_Chunk]], frame: Frame) -> Grid:
    """The grid of a run of lines: labels whole, figures in their order."""
    words = _gathered(lines)
    rows: list[tuple[float, list[Cell | None]]] = []
    used: set[int] = set()
    for parts in lines:
        figures = [chunk for chunk in parts if chunk.is_figure]
        if not figures:
            continue
        middle = (figures[0].line.top + figures[0].line.bottom) / 2
        labels = [chunk for chunk in words if chunk.top <= middle <= chunk.bottom and chunk.line.left < figures[0].line.left]
        # A heading's lines do not tell over which rows it reaches: only the label next to the figures is the row's.
        labels = sorted(labels, key=lambda chunk: chunk.line.left)[-1:]
        used.update(map(id, labels))
        rows.append((middle, [chunk.cell(frame) for chunk in [*labels, *figures]]))
    heads = [chunk for chunk in words if id(chunk) not in used]
    heads.sort(key=lambda chunk: chunk.top)
    for level in _levels(heads):  # heads of several levels need not stand over their columns: each level is a row
        rows.append((level[0].top, [chunk.cell(frame) for chunk in sorted(level, key=lambda chunk: chunk.line.left)]))
    rows.sort(key=lambda row: row[0])
    box = (
        min(part.line.left for parts in lines for part in parts),
        lines[0][0].line.top,
        max(part.line.right for parts in lines for part in parts),
        lines[-1][-1].line.bottom,
    )
    return Grid(tuple(tuple(cells) for _, cells in rows), frame.place(box), aligned=False)


def _levels(chunks: Sequence[_Chunk]) -> Iterator[list[_Chunk]]:
    level: list[_Chunk] = []
    for chunk in chunks:
        if level and chunk.top - level[0].top > UNDER * (chunk.line.bottom - chunk.line.top):
            yield level
            level = []
        level.append(chunk)
    if level:
        yield level


def _gathered(lines: Sequence[Sequence[_Chunk]]) -> list[_Chunk]:
    """Words that stand under each other as one label. A number of its own begins a new one, and so does a row of figures:
    only a label with a number may have begun above its row."""
    whole: list[_Chunk] = []
    in_rows: set[int] = set()
    for parts in lines:
        is_row = any(chunk.is_figure for chunk in parts)
        for chunk in parts:
            if chunk.is_figure:
                continue
            above = next((label for label in reversed(whole) if _is_under(label, chunk)), None)
            begins = read_label(chunk.text).number or above is None
            if above is not None and is_row and (id(above) in in_rows or not read_label(above.text).number):
                begins = True
            if above is None or begins:
                whole.append(chunk)
                above = chunk
            else:
                above.add(chunk)
            if is_row:
                in_rows.add(id(above))
    return whole


def _is_under(label: _Chunk, chunk: _Chunk) -> bool:
    last, line = label.lines[-1], chunk.line
    height = line.bottom - line.top
    if not 0.3 * height < line.top - last.top < STEP * height or line.right - line.left > last.right - last.left + height:
        return False  # too far, or the line above had room for more
    middles = abs((last.left + last.right) - (line.left + line.right)) / 2
    return min(abs(last.left - line.left), middles) < UNDER * height
