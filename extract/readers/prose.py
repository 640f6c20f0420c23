"""Lines of running text as paragraphs: joined where a line is full and the next one not indented; page furniture left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from extract.document import Paragraph
from extract.readers.glyphs import TextLine
from extract.readers.pages import Content, Frame, Item

# -1- · — 3 — · 第 2 页 · 2 / 5 · 第2页 共5页
PAGE_NUMBER = re.compile(r"[-—–－―~·\s]*第?\s*\d{1,4}\s*页?\s*(?:[/／,，、]?\s*共?\s*\d{1,4}\s*页?)?[-—–－―~·\s]*")
# Page numbers and running heads stand in this share of the page at its top and bottom.
EDGE = 0.11
# In characters: how much room a full line may leave, how far a paragraph's first line is set in, how lines may differ in size.
ROOM, INDENT, OTHER_SIZE = 1.6, 1.2, 0.2
# In line heights: a greater step down begins a paragraph.
STEP = 2.4
# With fewer lines than this a page does not tell where its text begins and ends.
LEAST_LINES = 4


@dataclass(frozen=True, slots=True)
class Margins:
    """Where the running text of a page begins and ends."""

    left: float
    right: float


def without_furniture(contents: Sequence[Content]) -> list[Content]:
    """The pages without page numbers, and running heads only where they stand first."""
    seen: set[str] = set()
    return [replace(content, items=tuple(_own_items(content, seen))) for content in contents]


def _own_items(content: Content, seen: set[str]) -> Iterator[Item]:
    for item in content.items:
        if isinstance(item, TextLine) and _at_edge(item, content.frame.height):
            text = item.text
            if PAGE_NUMBER.fullmatch(text) or text in seen:
                continue
            if item.bottom < EDGE * content.frame.height:
                seen.add(text)
        yield item


def _at_edge(line: TextLine, height: float) -> bool:
    return line.bottom < EDGE * height or line.top > (1 - EDGE) * height


def margins_of(contents: Sequence[Content]) -> dict[int, Margins]:
    """Each page's margins, by page number; those of the whole document where a page has hardly any text."""
    lines = {content.frame.number: [item for item in content.items if isinstance(item, TextLine)] for content in contents}
    whole = _margins([line for some in lines.values() for line in some])
    return {number: _margins(some) if len(some) >= LEAST_LINES else whole for number, some in lines.items()}


def _margins(lines: Sequence[TextLine]) -> Margins:
    return Margins(min((line.left for line in lines), default=0.0), max((line.right for line in lines), default=0.0))


def paragraphs(lines: Iterable[tuple[Frame, TextLine]], margins: dict[int, Margins]) -> Iterator[Paragraph]:
    """Lines, each with its page, as paragraphs; a paragraph may go on over a page's end."""
    gathered: list[tuple[Frame, TextLine]] = []
    for page, line in lines:
        if gathered and not _goes_on(gathered[-1], (page, line), margins):
            yield _paragraph(gathered)
            gathered = []
        gathered.append((page, line))
    if gathered:
        yield _paragraph(gathered)


def _goes_on(above: tuple[Frame, TextLine], below: tuple[Frame, TextLine], margins: dict[int, Margins]) -> bool:
    (page, one), (next_page, other) = above, below
    high, next_high = one.bottom - one.top, other.bottom - other.top
    size = max(glyph.right - glyph.left for glyph in one.glyphs)
    if abs(high - next_high) > OTHER_SIZE * max(high, next_high):
        return False
    if page is next_page and other.top - one.top > STEP * high:
        return False
    return one.right > margins[page.number].right - ROOM * size and other.left < margins[next_page.number].left + INDENT * size


def _paragraph(gathered: Sequence[tuple[Frame, TextLine]]) -> Paragraph:
    text = ""
    for _, line in gathered:
        words = line.text
        latin = text[-1:].isascii() and text[-1:].isalpha() and words[:1].isascii() and words[:1].isalpha()
        text += (" " if latin else "") + words
    page = gathered[0][0]
    lines = [line for frame, line in gathered if frame is page]
    box = (
        min(line.left for line in lines),
        min(line.top for line in lines),
        max(line.right for line in lines),
        max(line.bottom for line in lines),
    )
    return Paragraph(text.strip(), page.place(box))
