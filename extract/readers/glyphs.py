"""Characters at their places to text: lines by height, spaces by distance, numbers broken in narrow cells whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

# A space stands where the distance is more than this share of a character's width. Justified lines and the air that
# word processors put between digits and Chinese (a quarter of a character) stay below.
SPACE = 0.6
# The same where the document itself has a space there, and between Latin letters, which are set closer.
PRINTED_SPACE, LATIN_SPACE = 0.3, 0.35
# Characters whose centres differ in height by less than this share of the higher one stand on one line.
SAME_LINE = 0.5
# The same character twice at nearly one place is a bold one drawn twice.
DRAWN_TWICE = 0.25
# Word processors leave 5.4 points on each side of a cell's text.
PADDING = 6.0
NUMERIC = frozenset("0123456789.,０１２３４５６７８９．，")


class Glyph(NamedTuple):
    """A character and its box, y downwards; `spaced`: the document has a space before it."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    spaced: bool = False


_LEFT, _TOP, _RIGHT, _BOTTOM = map(attrgetter, ("left", "top", "right", "bottom"))


class TextLine(NamedTuple):
    """Characters on one line, from left to right, and their box."""

    glyphs: tuple[Glyph, ...]
    left: float
    top: float
    right: float
    bottom: float

    @property
    def text(self) -> str:
        """The line's characters, with spaces where there is a real distance."""
        return line_text(self.glyphs)


def lines_of(glyphs: Iterable[Glyph]) -> list[TextLine]:
    """Characters as lines, from top to bottom."""
    lines: list[list[Glyph]] = []
    centre = height = 0.0
    for glyph in sorted(glyphs, key=lambda glyph: glyph.top + glyph.bottom):
        _, _, top, _, bottom, _ = glyph
        middle, high = (top + bottom) / 2, bottom - top
        if lines and middle - centre < SAME_LINE * (high if high > height else height):
            lines[-1].append(glyph)
        else:
            lines.append([glyph])
            centre, height = middle, high
    return [line_of(line) for line in lines]


def line_of(glyphs: Iterable[Glyph]) -> TextLine:
    """Characters (at least one) of one line."""
    ordered = tuple(sorted(glyphs, key=_LEFT))
    return TextLine(ordered, ordered[0].left, min(map(_TOP, ordered)), max(map(_RIGHT, ordered)), max(map(_BOTTOM, ordered)))


def line_text(glyphs: Sequence[Glyph]) -> str:
    """The text of characters on one line, from left to right."""
    parts: list[str] = []
    before: Glyph | None = None
    for glyph in glyphs:
        if before is not None:
            if glyph.text == before.text and glyph.left - before.left < DRAWN_TWICE * (glyph.right - glyph.left):
                continue
            if _apart(before, glyph):
                parts.append(" ")
        parts.append(glyph.text)
        before = glyph
    return "".join(parts)


def _apart(one: Glyph, other: Glyph) -> bool:
    """Whether a space stands between two neighbours."""
    distance = other.left - one.right
    if distance <= 0:
        return False
    widths = one.right - one.left, other.right - other.left
    if one.text in NUMERIC and other.text in NUMERIC:
        return distance > (PRINTED_SPACE if other.spaced else SPACE) * min(widths)
    if one.text.isascii() and other.text.isascii() and (one.text.isalpha() or other.text.isalpha()):
        return other.spaced or distance > LATIN_SPACE * min(widths)
    return distance > SPACE * max(widths)


def cell_text(glyphs: Iterable[Glyph], left: float, right: float) -> str:
    """The text of a cell between its sides: lines parted by line feeds.

    A number that a narrow cell breaks over lines is made whole when the line above has no room for one more digit;
    otherwise the digits are kept apart by a space, for then they may be two numbers.
    """
    lines = lines_of(glyphs)
    text = ""
    for number, line in enumerate(lines):
        words = line.text
        if text and text[-1] in NUMERIC and words[0] in NUMERIC:
            text += "" if _is_wrapped(lines[number - 1], line, right - left) else " "
        elif text:
            text += "\n"
        text += words
    return text


def _is_wrapped(above: TextLine, below: TextLine, width: float) -> bool:
    digit = max(glyph.right - glyph.left for glyph in above.glyphs)
    room = width - (above.right - above.left) - 2 * PADDING
    return room < digit and below.right - below.left <= above.right - above.left + digit / 2


def is_full(lines: Sequence[TextLine], left: float, right: float) -> bool:
    """Whether the last line between two sides has no room for one more character: the text may go on elsewhere."""
    if not lines:
        return False
    last = lines[-1]
    widest = max(glyph.right - glyph.left for glyph in last.glyphs)
    return right - left - (last.right - last.left) - 2 * PADDING < 1.5 * widest

