"""Rows of glued text: what their runs of digits may be, and the cells that come of it, each with what determined it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from extract.alignment import AlignedRow
from extract.columns import Head, Placed
from extract.document import Cell, Grid, Place
from extract.forms import Column, Line
from extract.matching import certainty
from extract.rows import Row
from extract.running import Fit, Run, RunningText
from extract.splits import MOST_SPLITS, Kind, Split, printed_apart

# So many of the possible cuts are told.
SHOWN = 3


@dataclass(slots=True)
class GluedRow:
    """A row on its way: its line, its run, and what its figures may be.

    `runs`: the run, twice where its last digit may be the number of the label behind it. `apart`: where its figures
    stand, if printed apart; `found`: the splits that its own sum allows; `left`: those that the columns leave.
    `doubtful`: its own sum and the columns want different splits.
    """

    line: Line
    run: Run
    fit: Fit
    runs: tuple[str, ...] = ()
    apart: tuple[tuple[int, int], ...] | None = None
    found: list[Split] = field(default_factory=list)
    left: list[Split] = field(default_factory=list)
    doubtful: bool = False

    @property
    def digits(self) -> int:
        """How many digits the run has."""
        return max(sum(sign.isdigit() for sign in run) for run in self.runs)

    def cut(self, kinds: Sequence[Kind], found: Sequence[Split]) -> None:
        """Takes the figures as printed where all stand apart, otherwise the splits found."""
        apart = [spans for run in self.runs if (spans := printed_apart(run, kinds)) is not None]
        if apart and len(self.runs) == 1:
            self.apart = apart[0]
        else:
            self.found = self.left = list(found)


def cells_of(
    text: RunningText, reading: GluedRow, width: int, sparse: bool, by: str, asked: Sequence[str] = ()
) -> list[Cell]:
    """A row's figures: as printed where they stand apart, as cut where only one cut is left, else the whole run.

    `sparse`: the table has empty cells, so that a run may hold fewer figures than columns, unless it is all zeros.
    """
    start = reading.run.start
    if reading.apart is not None:
        return [text.cell(start + first, start + last) for first, last in reading.apart]
    end = start + max(map(len, reading.runs))
    run, place = " ".join(text.printed[start:end].split()), text.place(start, end)
    sparse = sparse and reading.left != [("0",) * width]
    how = _how(run, reading, width, sparse, by, asked)
    certain = [] if sparse or reading.doubtful or len(reading.left) > MOST_SPLITS else reading.left
    cells = []
    for values in zip(*certain, strict=True) if certain else [()] * width:
        same = values[0] if len(set(values)) == 1 else None
        note = f"；各种分法中此数都是{same}" if same is not None and len(certain) > 1 else ""
        cells.append(Cell(run if same is None else same, place, how=how + note, certain=same is not None))
    return cells


def _how(run: str, reading: GluedRow, width: int, sparse: bool, by: str, asked: Sequence[str]) -> str:
    """In a sentence: what determined the cut of a run, or why nothing does."""
    found, left = len(reading.found), reading.left
    if sparse:
        return f"连写数字“{run}”不能确定其中有几个数：表中有些格看来是空的，或夹有他数"
    if not found:
        return f"连写数字“{run}”没有一种分成{width}个数的分法符合{by}"
    if reading.doubtful:
        return f"连写数字“{run}”按{by}只有一种分法，但各列的勾稽关系（{'、'.join(asked)}）要求另一种，不能确定"
    if found == 1:
        return f"连写数字“{run}”按{by}只有一种分法"
    ways = f"连写数字“{run}”按{by}有 {f'{MOST_SPLITS} 多' if found > MOST_SPLITS else found} 种分法"
    if len(left) < found:
        ways += f"，其中 {len(left)} 种符合各列的勾稽关系（{'、'.join(asked)}）"
    shown = "、".join("/".join(split) for split in left[:SHOWN])
    return ways if len(left) == 1 else f"{ways}：{shown}{'……' if len(left) > SHOWN else ''}"


def row_of(
    text: RunningText, reading: GluedRow, columns: Sequence[Column], cells: Sequence[Cell],
    heading: Cell | None = None, head: Head | None = None,
) -> AlignedRow:  # fmt: skip
    own = text.cell(reading.fit.start, reading.run.start)
    place = text.place(reading.fit.start, reading.run.end)
    return made_row(reading.line, [own] if heading is None else [heading, own], columns, cells, place, head)


def made_row(
    line: Line, labels: Sequence[Cell], columns: Sequence[Column], cells: Sequence[Cell], place: Place,
    head: Head | None = None, sure: float | None = None,
) -> AlignedRow:  # fmt: skip
    """An aligned row with a grid of its own."""
    grid = Grid(((*labels, *cells),), place, aligned=False)
    row = Row(grid, 0, (*labels, *cells), tuple(labels), tuple(cells))
    placed = tuple(Placed(column.key, cell) for column, cell in zip(columns, cells, strict=True))
    return AlignedRow(line, row, placed, certainty(row, line) if sure is None else sure, head)
