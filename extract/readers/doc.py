"""Word binary documents (DOC, and WPS in the same shape), read from their OLE structure [MS-DOC].

The piece table gives the text, the paragraph runs (PAPX) tell which paragraphs stand in tables, and the mark that ends
a row carries the cell edges (sprmTDefTable; of wide rows they lie in the Data stream). What this cannot read goes to
LibreOffice.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO

import olefile

from extract.document import Block, Document, Furniture, UnreadableDocument
from extract.readers import docx
from extract.readers.edges import Assembly
from extract.readers.office import convert
from extract.readers.word_properties import PAGE, Page, ParagraphPlace, ParagraphRuns, UnseenRuns

PART = "WordDocument"
# A report without pictures has some 100 KB; a document beyond this is a book of photographs.
MOST_BYTES = 100_000_000
WORD_97 = 0x00C1  # the oldest version with this structure; Word 6 and 95 differ
ENCRYPTED, TABLE_1 = 0x0100, 0x0200
# Places of the (offset, length) pairs in the file information block.
CHARACTER_RUNS, PARAGRAPH_RUNS, PIECES, SHAPES, TEXT_BOXES = (0x9A + 8 * n for n in (12, 13, 33, 40, 56))
LENGTHS = 0x4C
MARKS = re.compile("[\r\x07\x0c]")
FIELD_SIGNS = re.compile("[\x13\x14\x15]")
SURROGATE = re.compile("[\ud800-\udfff]")
SHOWN: dict[int, str | None] = {0x0B: "\n", 0x0E: "\n", 0x1E: "-", 0x1F: None, **dict.fromkeys([*range(1, 7), 8])}


def read(payload: bytes, *, sha256: str, media_type: str, charset: str | None = None) -> Document:
    """A Word binary document as paragraphs and grids; a cell's place is part, table, row and column, counted from 1.

    Raises UnreadableDocument: encrypted, limit, damaged (cut off, or neither its structure nor LibreOffice gives its text).
    """
    if len(payload) > MOST_BYTES:
        raise UnreadableDocument("limit", f"文件有 {len(payload)} 字节（上限 {MOST_BYTES}）")
    try:
        with olefile.OleFileIO(BytesIO(payload)) as ole:
            titles = filter(None, [_title(ole)])
            return Document(sha256, media_type, _Word.open(ole).blocks(), Furniture(titles=tuple(titles)))
    except OSError as error:
        raise UnreadableDocument("damaged", f"Word 文件残缺或损坏：{error}") from error
    except (struct.error, IndexError, ValueError) as error:
        reason = f"Word 文件残缺或损坏：{error}"
    return docx.read(convert(payload, ".doc", reason), sha256=sha256, media_type=media_type)


def _title(ole: olefile.OleFileIO) -> str:
    """The title among the file's properties; empty where there is none."""
    summary = ole.get_metadata() if ole.exists("\x05SummaryInformation") else None
    title = getattr(summary, "title", None) or b""
    if isinstance(title, str):
        return title
    page = getattr(summary, "codepage", None)
    return title.decode("utf-8" if page in (65001, -535) else "gb18030", errors="replace").strip("\x00 ")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of the text: character positions start to end, kept from byte `offset` on, `size` bytes a character."""

    start: int
    end: int
    offset: int
    size: int


@dataclass
class _Word:
    """An opened document: its streams, and what its tables say."""

    text: bytes
    table: bytes
    pieces: Sequence[_Piece]
    paragraphs: ParagraphRuns
    unseen: UnseenRuns
    fields: list[bool] = field(default_factory=list)  # of each open field, whether we are in its instruction

    @classmethod
    def open(cls, ole: olefile.OleFileIO) -> _Word:
        """The streams of a document. Raises UnreadableDocument (encrypted), ValueError if it is older than Word 97."""
        text = ole.openstream(PART).read()
        magic, version, flags = struct.unpack_from("<HH6xH", text)
        if flags & ENCRYPTED:
            raise UnreadableDocument("encrypted", "Word 文件已加密")
        if magic != 0xA5EC or version < WORD_97:
            raise ValueError(f"不是 Word 97 以后的格式（版本 {version}）")
        table = ole.openstream("1Table" if flags & TABLE_1 else "0Table").read()
        data = ole.openstream("Data").read() if ole.exists("Data") else b""
        paragraphs = ParagraphRuns(_pages(text, _part(text, table, PARAGRAPH_RUNS)), data)
        unseen = UnseenRuns(_pages(text, _part(text, table, CHARACTER_RUNS)))
        return cls(text, table, list(_pieces(text, _part(text, table, PIECES))), paragraphs, unseen)

    def blocks(self) -> tuple[Block, ...]:
        """The whole text in the order printed, text boxes behind the paragraph or table that they hang on."""
        # Body, footnotes, headers, macros, comments, endnotes; the text of text boxes lies behind these.
        lengths = struct.unpack_from("<6i", self.text, LENGTHS)
        assembly = Assembly(PART)
        boxes = sorted(self._boxes(sum(lengths)))
        for end, depth in self._tell(assembly, 0, lengths[0]):
            while boxes and boxes[0][0] < end and depth == 0:
                self._tell_box(assembly, *boxes.pop(0))
        for box in boxes:
            self._tell_box(assembly, *box)
        return assembly.finish()

    def _tell_box(self, assembly: Assembly, anchor: int, start: int, end: int) -> None:
        for _ in self._tell(assembly, start, end):
            pass

    def _tell(self, assembly: Assembly, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Tell the assembly the paragraphs between two character positions; yields the end and the depth of each."""
        text = ""
        for piece in self.pieces:
            first, last = max(piece.start, start), min(piece.end, stop)
            if first >= last:
                continue
            offset = piece.offset + (first - piece.start) * piece.size
            content = _decode(self.text[offset : offset + (last - first) * piece.size], piece.size)
            begin = 0
            for mark in MARKS.finditer(content):
                at = mark.start()
                text += self._seen(content, begin, at, offset, piece.size)
                begin = at + 1
                byte = offset + at * piece.size
                place = self.paragraphs.place(byte, cell_mark=mark[0] == "\x07")
                deleted = self.unseen.deleted(byte)
                if deleted and not (place.cell_end or place.row_end):
                    continue  # without its mark, the paragraph goes on with the next one
                _tell_place(assembly, text, place, deleted=deleted)
                text = ""
                yield first + begin, place.depth
            text += self._seen(content, begin, len(content), offset, piece.size)
        if text:
            assembly.paragraph(text, 0)

    def _seen(self, content: str, begin: int, end: int, offset: int, size: int) -> str:
        """A stretch of a piece as it shows: no deleted or hidden text, results of fields, breaks as line feeds."""
        text = content[begin:end]
        for low, high, _ in reversed(self.unseen.within(offset + begin * size, offset + end * size)):
            text = text[: max(0, (low - offset) // size - begin)] + text[max(0, (high - offset) // size - begin) :]
        if FIELD_SIGNS.search(text) or any(self.fields):
            text = "".join(self._results(text))
        if SURROGATE.search(text):
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", errors="replace")
        return text.translate(SHOWN)

    def _results(self, text: str) -> Iterator[str]:
        for sign in text:
            if sign == "\x13":
                self.fields.append(True)
            elif sign == "\x14" and self.fields:
                self.fields[-1] = False
            elif sign == "\x15" and self.fields:
                self.fields.pop()
            elif not any(self.fields):
                yield sign

    def _boxes(self, base: int) -> Iterator[tuple[int, int, int]]:
        """Of each text box the position of its anchor in the body, and where its text lies (start, end)."""
        shapes, boxes = _part(self.text, self.table, SHAPES), _part(self.text, self.table, TEXT_BOXES)
        anchors = dict((shape, at) for at, (shape,) in _listed(shapes, 26, "<I"))  # noqa: C402
        ends = [at for at, _ in _listed(boxes, 22, "<I")][1:]
        for (start, (shape,)), end in zip(_listed(boxes, 22, "<14xI"), ends, strict=False):
            if shape in anchors:
                yield anchors[shape], base + start, base + end


def _tell_place(assembly: Assembly, text: str, place: ParagraphPlace, *, deleted: bool) -> None:
    if place.row_end:
        assembly.end_row(place.depth, place.shape, deleted=deleted)
        return
    assembly.paragraph(text, place.depth, heading=place.heading)
    if place.cell_end:
        assembly.end_cell(place.depth)


def _part(text: bytes, table: bytes, pair: int) -> bytes:
    """A structure in the table stream, by where its offset and length stand in the text stream's head."""
    offset, length = struct.unpack_from("<II", text, pair)
    if offset + length > len(table):
        raise UnreadableDocument("damaged", "Word 文件残缺：表流不完整")
    return table[offset : offset + length]


def _listed(plc: bytes, size: int, pattern: str) -> list[tuple[int, tuple[int, ...]]]:
    """Positions and elements of a list that keeps one position more than it has elements of `size` bytes."""
    count = max(len(plc) - 4, 0) // (4 + size)
    starts = struct.unpack_from(f"<{count}I", plc)
    return [(start, struct.unpack_from(pattern, plc, 4 * (count + 1) + size * n)) for n, start in enumerate(starts)]


def _pieces(text: bytes, clx: bytes) -> Iterator[_Piece]:
    at = 0
    while at + 3 <= len(clx) and clx[at] == 1:  # properties of fast-saved pieces
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if at >= len(clx) or clx[at] != 2:
        raise ValueError("没有文字位置表")
    plc = clx[at + 5 :]
    end = struct.unpack_from("<I", plc, len(plc) // 12 * 4)[0]
    pieces = _listed(plc, 8, "<2xI2x")
    for (start, (raw,)), (stop, _) in zip(pieces, [*pieces[1:], (end, ())], strict=True):
        narrow = bool(raw & 0x40000000)
        offset, size = ((raw & 0x3FFFFFFF) // 2, 1) if narrow else (raw & 0x3FFFFFFF, 2)
        if stop < start or offset + (stop - start) * size > len(text):
            raise UnreadableDocument("damaged", "Word 文件残缺：正文流不完整")
        yield _Piece(start, stop, offset, size)


def _pages(text: bytes, bins: bytes) -> Iterator[Page]:
    for _, (number,) in _listed(bins, 4, "<I"):
        start = (number & 0x3FFFFF) * PAGE
        page = text[start : start + PAGE]
        if len(page) < PAGE:
            raise UnreadableDocument("damaged", "Word 文件残缺：属性页不完整")
        yield struct.unpack_from(f"<{page[-1] + 1}I", page), page


def _decode(raw: bytes, size: int) -> str:
    """Text of one or two bytes a character, one sign for each, so that positions stay true."""
    if size == 1:
        return raw.decode("cp1252", errors="replace")
    text = raw.decode("utf-16-le", errors="replace")
    return text if 2 * len(text) == len(raw) else "".join(map(chr, struct.unpack(f"<{len(raw) // 2}H", raw)))
