"""What page breaks part, put together again: rows, headings that reach over several rows, paragraphs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from extract.document import Block
from extract.labels import read_label
from extract.readers.glyphs import TextLine, is_full, lines_of
from extract.readers.pages import Content, Fragment, Frame, Piece
from extract.readers.prose import margins_of, paragraphs, without_furniture
from extract.readers.unruled import with_unruled
from extract.rows import is_label

# In points: the sides of one column on two pages.
SAME_SIDE = 4.0
CLOSING = "）)”》、，。；：,;"
PAIRS = (("（", "）"), ("(", ")"), ("“", "”"), ("《", "》"))
# A head that is printed again on the next page has at most this many rows.
MOST_HEAD_ROWS = 4
# A heading set downwards has this many characters on a line.
DOWNWARDS = 2


def blocks_of(contents: Sequence[Content]) -> tuple[Block, ...]:
    """The pages of a document as one run of paragraphs and grids."""
    pages = with_unruled(without_furniture(contents))
    _stitch_tables(pages)
    return tuple(_blocks(pages))


def _blocks(pages: Sequence[Content]) -> Iterator[Block]:
    margins = margins_of(pages)
    lines: list[tuple[Frame, TextLine]] = []
    for page in pages:
        for item in page.items:
            if isinstance(item, TextLine):
                lines.append((page.frame, item))
                continue
            yield from paragraphs(lines, margins)
            lines = []
            if not isinstance(item, Fragment):
                yield item
            elif len(item.dropped) < len(item.mesh.places):
                yield item.as_grid()
    yield from paragraphs(lines, margins)


def _stitch_tables(pages: Sequence[Content]) -> None:
    """Join over each page break the table that stands last before it with the one that stands first after it."""
    said: set[str] = set()  # in the table that goes on
    for page, following in pairwise(pages):
        above = page.items[-1] if page.items else None
        below = following.items[0] if following.items else None
        if len(page.items) > 1:
            said = set()
        if isinstance(above, Fragment) and isinstance(below, Fragment):
            said.update(piece.text for piece in above.pieces)
            _stitch(above, below, _repeated_rows(said, below))


def _repeated_rows(said: set[str], below: Fragment) -> int:
    """How many rows at the top of a fragment only print the table's head again."""
    most = min(MOST_HEAD_ROWS, len(below.mesh.places) - 1)
    for row in range(most):
        texts = [text for text in below.texts(row) if text]
        if len(texts) < 2 or not all(text in said and is_label(text) for text in texts):
            return row
    return most


def _stitch(above: Fragment, below: Fragment, row: int) -> None:
    """Join the last row of one fragment with a row of the next where they are halves, and let headings reach over."""
    facing = _facing(above, below, row)
    low = [(one, other) for one, other in facing if above.is_low(one) and below.is_low(other)]
    whole = len(facing) == len(above.row(-1)) == len(below.row(row))
    if whole and low and _are_halves([(above.pieces[one], below.pieces[other]) for one, other in low]):
        for one, other in low:
            above.pieces[one] = _joined(above.pieces[one], below.pieces[other])
        below.dropped.add(row)
    for one, other in facing:
        if (one, other) not in low and _reaches_over(above.pieces[one], below.pieces[other]):
            above.pieces[one] = below.pieces[other] = _joined(above.pieces[one], below.pieces[other])


def _facing(above: Fragment, below: Fragment, row: int) -> list[tuple[int, int]]:
    """The cells of two rows that stand in the same columns, as indexes of pieces."""
    sides = {other: below.mesh.box(below.mesh.regions[other]) for other in below.row(row)}
    pairs = []
    for one in above.row(-1):
        left, _, right, _ = above.mesh.box(above.mesh.regions[one])
        for other, (other_left, _, other_right, _) in sides.items():
            if abs(left - other_left) < SAME_SIDE and abs(right - other_right) < SAME_SIDE:
                pairs.append((one, other))
    return pairs


def _are_halves(pairs: Sequence[tuple[Piece, Piece]]) -> bool:
    """Whether two rows, cell facing cell, are one: figures on one side only, and a label that goes on or stands alone."""
    labels = [pair for pair in pairs if any(is_label(piece.text) for piece in pair)]
    figures = [pair for pair in pairs if pair not in labels]
    upper, lower = any(one.text for one, _ in figures), any(other.text for _, other in figures)
    if not labels or not figures or (upper and lower):
        return False
    if any(one.text and other.text for one, other in labels):
        return all(_goes_on(one, other) for one, other in labels if one.text and other.text)
    return lower and all(one.text and not other.text for one, other in labels)


def _reaches_over(one: Piece, other: Piece) -> bool:
    """Whether a merged cell at a page's end and the one that faces it on the next page are one heading."""
    if one.text and other.text:
        return is_label(one.text) and _goes_on(one, other)
    return is_label(one.text or other.text)


def _goes_on(one: Piece, other: Piece) -> bool:
    """Whether the words of one cell go on in the other: it has no number of its own, and the first has no end."""
    if not is_label(one.text) or read_label(other.text).number:
        return False
    if other.text[0] in CLOSING:
        return True
    if not is_label(other.text):
        return False
    if any(one.text.count(opening) > one.text.count(end) for opening, end in PAIRS):
        return True
    lines = lines_of(one.glyphs)
    downwards = len(lines) > 1 and max(len(line.glyphs) for line in lines) <= DOWNWARDS
    return downwards or is_full(lines, one.box[0], one.box[2])


def _joined(one: Piece, other: Piece) -> Piece:
    """Two halves as one cell, which stands where its text begins."""
    if not one.text or not other.text:
        return one if one.text else other
    return Piece(one.frame, one.box, [*one.glyphs, *other.glyphs], f"{one.text}\n{other.text}")
