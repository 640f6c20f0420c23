"""Document, Block, Grid, Cell: the one shape into which every reader turns a file, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

# Where something stands in a document, in the format's own terms; JSON-able, small.
# html: {"path": "table[2]/tr[5]/td[3]"} · docx: {"part", "table", "row", "column"} · text: {"line"} · pdf, scan:
# {"page", "box": [l, t, r, b]}
Place = Mapping[str, object]


class Cell(NamedTuple):  # as there are so many: made in half the time of a frozen dataclass
    """A table cell: its text as printed (runs joined, line breaks kept as \\n) and where it stands."""

    text: str
    place: Place | None = None
    confidence: float | None = None  # of a recognized picture, 0 to 1; None where the text is the document's own
    # Of a figure that was not printed apart from its neighbours: what determined it, or (not `certain`) why nothing
    # does.
    how: str | None = None
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Grid:
    """A table after rowspans and colspans are expanded: the same Cell object stands in every place that it covers.

    Rows may differ in length (a text file knows no spans); None where nothing stands.
    """

    rows: tuple[tuple[Cell | None, ...], ...]
    place: Place | None = None
    # A grid whose columns are known to line up (HTML, DOCX, PDF); a text with one cell a line has only the order of
    # its cells.
    aligned: bool = True


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A run of text between two breaks, as printed. `heading` where the format itself says so."""

    text: str
    place: Place | None = None
    heading: bool = False


Block = Paragraph | Grid


@dataclass(frozen=True, slots=True)
class Link:
    """A link met in a document that may carry the report itself: an attachment, a viewer's file, an image."""

    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Furniture:
    """What a page says about its article outside the article: titles in order of trust, date and office as printed."""

    titles: tuple[str, ...] = ()
    published: str | None = None
    publisher: str | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A file as read: paragraphs and grids in the order printed, and its furniture."""

    sha256: str
    media_type: str
    blocks: tuple[Block, ...]
    furniture: Furniture = field(default_factory=Furniture)
    unread: tuple[str, ...] = ()  # parts that the reader could not read, each in words: pages, embedded files

    @property
    def grids(self) -> Iterator[Grid]:
        """The tables, in the order printed."""
        return (block for block in self.blocks if isinstance(block, Grid))

    @property
    def paragraphs(self) -> Iterator[Paragraph]:
        """The running text, in the order printed."""
        return (block for block in self.blocks if isinstance(block, Paragraph))


class UnreadableDocument(Exception):
    """A reader cannot read this file. `kind` is the issue kind: damaged, encrypted, limit, unreadable."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
