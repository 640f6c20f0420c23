"""Documents inside documents: what an inner reader found, placed by the name of the part that holds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from extract.document import Block, Cell, Grid, Paragraph, Place


def in_part(blocks: Iterable[Block], part: str) -> Iterator[Block]:
    """The blocks with `part` before the part that their places name already, if any; shared cells stay shared."""
    for block in blocks:
        if isinstance(block, Paragraph):
            yield Paragraph(block.text, _placed(block.place, part), block.heading)
            continue
        cells = {id(cell): cell for row in block.rows for cell in row if cell is not None}
        moved = {
            key: Cell(cell.text, _placed(cell.place, part), cell.confidence, cell.how, cell.certain)
            for key, cell in cells.items()
        }
        rows = tuple(tuple(None if cell is None else moved[id(cell)] for cell in row) for row in block.rows)
        yield Grid(rows, _placed(block.place, part), block.aligned)


def _placed(place: Place | None, part: str) -> Place:
    inner = dict(place or {})
    name = inner.pop("part", None)
    return {"part": f"{part}/{name}" if name else part, **inner}
