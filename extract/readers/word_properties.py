"""Property lists of Word binary documents [MS-DOC]: what they say of paragraphs, table rows and unseen text."""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from extract.document import UnreadableDocument
from extract.readers.edges import NO_SHAPE, RowShape

PAGE = 512
# Property codes (sprm).
DELETED, HIDDEN = 0x0800, 0x083C
IN_TABLE, ROW_END, DEPTH, INNER_CELL, INNER_ROW_END = 0x2416, 0x2417, 0x6649, 0x244B, 0x244C
ELSEWHERE = frozenset([0x6645, 0x6646, 0x646B])  # the properties lie in the Data stream
DEFINE_TABLE, MERGE, VERTICAL_MERGE = 0xD608, 0x5624, 0xD62B
OPERAND_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)
CELL_SIZE = 20  # of a cell's description in DEFINE_TABLE, its flags first
JOINED_LEFT, VERTICAL, GOES_ON = 0x02, 0x60, 0x20


@dataclass(frozen=True, slots=True)
class ParagraphPlace:
    """Where a paragraph stands: how deep in tables, and whether its mark ends a cell or a row of that shape."""

    depth: int = 0
    cell_end: bool = False
    row_end: bool = False
    shape: RowShape = NO_SHAPE
    heading: bool = False


Page = tuple[tuple[int, ...], bytes]  # the byte offsets between which its runs lie, and the page


class ParagraphRuns:
    """The paragraph properties of a document, by the byte where a paragraph's mark stands."""

    def __init__(self, pages: Iterable[Page], data: bytes) -> None:
        runs = sorted(run for page in pages for run in _paragraph_runs(page))
        self.starts, self.lists = [start for start, _ in runs], [raw for _, raw in runs]
        self.data = data
        self.known: dict[tuple[bytes, bool], ParagraphPlace] = {}

    def place(self, byte: int, *, cell_mark: bool) -> ParagraphPlace:
        """What the mark at that byte ends. At depth 1 that is a cell mark of its own, deeper a paragraph mark."""
        index = bisect_right(self.starts, byte) - 1
        key = self.lists[index] if index >= 0 else b"", cell_mark
        if key not in self.known:
            place = _place(list(self._properties(key[0][2:])), key[0])
            outermost = cell_mark and place.depth == 1 and not place.row_end
            self.known[key] = replace(place, cell_end=True) if outermost else place
        return self.known[key]

    def _properties(self, raw: bytes, *, further: bool = True) -> Iterator[tuple[int, bytes]]:
        """The properties of a list, those kept in the Data stream in their place."""
        for code, operand in properties(raw):
            if code not in ELSEWHERE:
                yield code, operand
                continue
            (at,) = struct.unpack("<I", operand)
            if further:
                size = struct.unpack_from("<H", self.data, at)[0] if at + 2 <= len(self.data) else 0
                if not size or at + 2 + size > len(self.data):
                    raise UnreadableDocument("damaged", "Word 文件残缺：数据流不完整")
                yield from self._properties(self.data[at + 2 : at + 2 + size], further=False)


class UnseenRuns:
    """Stretches of deleted and of hidden text, by bytes."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self.runs = sorted(run for page in pages for run in _unseen_runs(page))

    def within(self, start: int, end: int) -> Sequence[tuple[int, int, bool]]:
        """The stretches that touch these bytes: start, end, and whether deleted."""
        if not self.runs:
            return ()
        return self.runs[bisect_right(self._ends, start) : bisect_left(self.runs, (end,))]

    def deleted(self, byte: int) -> bool:
        """Whether what stands at that byte is deleted."""
        return any(is_deleted for _, _, is_deleted in self.within(byte, byte + 1))

    @cached_property
    def _ends(self) -> list[int]:
        return [end for _, end, _ in self.runs]


def properties(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Codes and operands of a property list; it ends where it is cut off."""
    at = 0
    while at + 2 <= len(raw):
        code = raw[at] | raw[at + 1] << 8
        at += 2
        size = OPERAND_SIZES[code >> 13]
        if not size and code == DEFINE_TABLE:  # its length has two bytes, and counts one of them
            size = (raw[at] | raw[at + 1] << 8) + 1 if at + 2 <= len(raw) else 2
        elif not size:
            size = 1 + (raw[at] if at < len(raw) else 0)
        if at + size > len(raw):
            return
        yield code, raw[at : at + size]
        at += size


def _place(listed: Sequence[tuple[int, bytes]], raw: bytes) -> ParagraphPlace:
    values = dict(listed)
    style = struct.unpack_from("<H", raw)[0] if len(raw) >= 2 else 0
    depth = struct.unpack("<i", values[DEPTH])[0] if DEPTH in values else 0
    if values.get(IN_TABLE, b"\0")[0]:
        depth = max(depth, 1)
    row_end = bool(values.get(INNER_ROW_END if depth > 1 else ROW_END, b"\0")[0])
    cell_end = depth > 1 and not row_end and bool(values.get(INNER_CELL, b"\0")[0])
    # The first nine styles are the headings 1 to 9.
    return ParagraphPlace(depth, cell_end, row_end, _shape(listed) if row_end else NO_SHAPE, 1 <= style <= 9)


def _shape(listed: Iterable[tuple[int, bytes]]) -> RowShape:
    """A row's edges and merges as its end mark defines them."""
    edges: tuple[int, ...] = ()
    left: set[int] = set()
    above: set[int] = set()
    for code, operand in listed:
        if code == DEFINE_TABLE:
            count = operand[2]
            edges = struct.unpack_from(f"<{count + 1}h", operand, 3)
            flags = operand[3 + 2 * (count + 1) :][::CELL_SIZE][:count]
            left = {cell for cell, bits in enumerate(flags) if bits & JOINED_LEFT}
            above = {cell for cell, bits in enumerate(flags) if bits & VERTICAL == GOES_ON}
        elif code == MERGE:
            left.update(range(operand[0] + 1, operand[1]))
        elif code == VERTICAL_MERGE:
            (above.add if operand[2] == 1 else above.discard)(operand[1])
    return RowShape(edges, frozenset(left), frozenset(above))


def _paragraph_runs(page: Page) -> Iterator[tuple[int, bytes]]:
    """Where each run of a page begins, and its style and property list."""
    offsets, raw = page
    for index, start in enumerate(offsets[:-1]):
        at = 2 * raw[4 * len(offsets) + 13 * index]
        if not at:
            yield start, b""
        elif raw[at]:
            yield start, raw[at + 1 : at + 2 * raw[at]]
        else:
            yield start, raw[at + 2 : at + 2 + 2 * raw[at + 1]]


def _unseen_runs(page: Page) -> Iterator[tuple[int, int, bool]]:
    offsets, raw = page
    if b"\x00\x08" not in raw and b"\x3c\x08" not in raw:  # neither code on the page
        return
    for index in range(len(offsets) - 1):
        at = 2 * raw[4 * len(offsets) + index]
        for code, operand in properties(raw[at + 1 : at + 1 + raw[at]]) if at else ():
            if code in (DELETED, HIDDEN) and operand[0] & 1:
                yield offsets[index], offsets[index + 1], code == DELETED
