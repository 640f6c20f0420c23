"""Writes a printed report as a PDF of its own kind: text of a standard Chinese font, ruled tables over pages.

The page is laid out here, so every option is a way in which real files are drawn; nothing is compressed, so that the
bytes are the same each time and can be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from making.printed import Made, Printed, PrintedCell, PrintedParagraph, PrintedTable

WIDTH, HEIGHT, MARGIN = 595.0, 842.0, 72.0
BODY, LEADING = 15.0, 27.0  # running text
SMALL, CLOSE, AIR = 9.0, 12.0, 4.0  # tables: size, leading, air above and below a cell's text
PADDING = 5.4
RULES = ("strokes", "rectangles", "boxes", "none")
FONT = (
    "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts ["
    "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /W [1 [278] 2 95 500]"
    " /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >>"
    " /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880]"
    " /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >> >>] >>"
)


def write_pdf(
    printed: Printed,
    *,
    rules: str = "strokes",
    open_ends: bool = False,
    repeat_head: bool = False,
    break_rows: bool = False,
    first_line: float = MARGIN,
    rotate: int = 0,
) -> bytes:
    """A report as a PDF.

    `rules`: how table lines are drawn: as strokes, thin rectangles, stroked boxes a cell, or none at all.
    `open_ends` leaves out the line at a page's end and the one at the next page's beginning; `repeat_head` prints a
    table's head again on each page; `break_rows` lets a page end in the middle of a row. `first_line` is where the text
    begins on the first page, which decides where the pages end. `rotate` turns every page as shown, its text with it.
    """
    layout = _Layout(rules, open_ends, repeat_head, break_rows, first_line)
    for part in printed.parts:
        if isinstance(part, PrintedTable):
            layout.table(part)
        else:
            layout.paragraph(part)
    return assemble([page.encode("ascii") for page in layout.finished()], title=printed.title, rotate=rotate)


def make_pdf(printed: Printed, **options: object) -> Made:
    """The file of `write_pdf` with its truth."""
    return Made.of(printed, write_pdf(printed, **options))  # type: ignore[arg-type]


def text(x: float, y: float, words: str, size: float = SMALL, matrix: str = "1 0 0 1") -> str:
    """The operators that set words; x from the left, y of the base line from the top."""
    written = words.encode("utf-16-be").hex()
    return f"BT /F1 {size:g} Tf {matrix} {x:.2f} {HEIGHT - y:.2f} Tm <{written}> Tj ET\n" if words else ""


def line(x0: float, y0: float, x1: float, y1: float, rules: str = "strokes") -> str:
    """The operators that draw a rule, measured from the top left."""
    if rules == "rectangles":
        width, height = max(x1 - x0, 0.5), max(y1 - y0, 0.5)
        return f"{x0:.2f} {HEIGHT - y0 - height:.2f} {width:.2f} {height:.2f} re f\n"
    return f"{x0:.2f} {HEIGHT - y0:.2f} m {x1:.2f} {HEIGHT - y1:.2f} l S\n"


def assemble(
    pages: Sequence[bytes], *, title: str = "", rotate: int = 0, locked: bool = False, picture: bytes | None = None
) -> bytes:
    """A PDF of pages given as operators. `locked` asks for a password that nobody knows; `picture` is a grey image of
    one byte that pages may draw as /I1."""
    turn = f" /Rotate {rotate}" if rotate else ""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", FONT.encode()]
    image = b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8"
    objects.append(_stream(image[3:], picture or b"\x80"))
    named = title.encode("utf-16-be").hex()
    objects.append(f"<< /Title <FEFF{named}> >>".encode())
    numbers: dict[bytes, int] = {}
    for content in pages:
        if content not in numbers:
            objects.append(_stream(b"", content))
            numbers[content] = len(objects)
    kids = []
    for content in pages:
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH:g} {HEIGHT:g}]{turn} /Contents {numbers[content]} 0 R"
            " /Resources << /Font << /F1 3 0 R >> /XObject << /I1 4 0 R >> >> >>".encode()
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>".encode()
    return _file(objects, locked)


def _stream(entries: bytes, content: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(content), content)


def _file(objects: Sequence[bytes], locked: bool) -> bytes:
    file = bytearray(b"%PDF-1.5\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    lock = b" /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (b"41" * 32, b"42" * 32) if locked else b""
    identity = b"<00112233445566778899AABBCCDDEEFF>"
    file += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R /ID [%s %s]%s >>\n" % (len(objects) + 1, identity, identity, lock)
    file += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(file)


# ------------------------------------------------------------------ layout


def advance(character: str) -> float:
    """A character's width in its font's size."""
    return 0.5 if " " < character <= "~" else 0.278 if character == " " else 1.0


def wrap(words: str, size: float, width: float) -> list[str]:
    """Words in lines that fit a width, broken anywhere, as word processors break Chinese (and numbers, when they must)."""
    lines: list[str] = []
    for paragraph in words.split("\n"):
        current, used = "", 0.0
        for character in paragraph:
            if current and used + advance(character) * size > width + 0.01:
                lines.append(current)
                current, used = "", 0.0
            current += character
            used += advance(character) * size
        lines.append(current)
    return lines if words else []


@dataclass(slots=True)
class _Slice:
    """The part of a table's row that stands on one page."""

    page: int
    top: float
    bottom: float
    row: int


@dataclass(slots=True)
class _Layout:
    """Pages being filled from top to bottom."""

    rules: str
    open_ends: bool
    repeat_head: bool
    break_rows: bool
    y: float
    pages: list[list[str]] = field(default_factory=lambda: [[]])

    @property
    def bottom(self) -> float:
        return HEIGHT - MARGIN

    def new_page(self) -> None:
        self.pages.append([])
        self.y = MARGIN

    def finished(self) -> Iterator[str]:
        """The operators of each page, its number at the foot."""
        for number, page in enumerate(self.pages, start=1):
            yield "0.5 w\n" + "".join(page) + text(WIDTH / 2 - 15, HEIGHT - 45, f"- {number} -", 10)

    def paragraph(self, part: PrintedParagraph) -> None:
        width = WIDTH - 2 * MARGIN
        words = part.text.strip()
        centred = part.role == "title"
        for number, words_of_line in enumerate(wrap(words if centred else "　　" + words, BODY, width) if words else [""]):
            if self.y + LEADING > self.bottom:
                self.new_page()
            used = sum(map(advance, words_of_line)) * BODY
            x = MARGIN + (width - used) / 2 if centred else MARGIN
            shown = words_of_line.lstrip("　") if number == 0 else words_of_line
            x += (len(words_of_line) - len(shown)) * BODY
            self.pages[-1].append(text(x, self.y + BODY + 4, shown, BODY))
            self.y += LEADING

    def table(self, table: PrintedTable) -> None:
        xs = _columns(table)
        cells = list(_placed(table))
        heights = _heights(cells, xs, len(table.rows))
        slices = list(self.slices(cells, heights, xs))
        for cell, row, column in cells:
            self.cell(cell, [s for s in slices if row <= s.row < row + cell.rowspan], xs, column, slices)
        self.y += AIR

    def slices(self, cells: Sequence[tuple[PrintedCell, int, int]], heights: Sequence[float], xs: Sequence[float]) -> Iterator[_Slice]:
        """Where each row stands, in one part or two."""
        head = _head_rows(cells)
        for row, height in enumerate(heights):
            if self.y + height > self.bottom:
                room = self.bottom - self.y
                first = int((room - 2 * AIR) / CLOSE) * CLOSE + 2 * AIR
                if self.break_rows and first >= CLOSE + 2 * AIR and height > first:
                    yield self.slice(row, first)
                    height = max(height - first + 2 * AIR, CLOSE + 2 * AIR)
                self.new_page()
                if self.repeat_head and row >= head:
                    top = self.y
                    for above in range(head):
                        self.slice(above, heights[above])
                    self.repeat(cells, heights, xs, head, top)
            yield self.slice(row, height)

    def slice(self, row: int, height: float) -> _Slice:
        self.y += height
        return _Slice(len(self.pages) - 1, self.y - height, self.y, row)

    def repeat(
        self, cells: Sequence[tuple[PrintedCell, int, int]], heights: Sequence[float], xs: Sequence[float], head: int, top: float
    ) -> None:
        """Print a table's head again at the top of the page."""
        tops = [top + sum(heights[:row]) for row in range(head + 1)]
        slices = [_Slice(len(self.pages) - 1, upper, lower, row) for row, (upper, lower) in enumerate(pairwise(tops))]
        for cell, row, column in cells:
            if row < head:
                self.cell(cell, [s for s in slices if row <= s.row < row + cell.rowspan], xs, column, [])

    def cell(
        self, cell: PrintedCell, parts: Sequence[_Slice], xs: Sequence[float], column: int, table: Sequence[_Slice]
    ) -> None:
        """A cell on each page that it touches; its text flows from one to the next."""
        left, right = xs[column], xs[column + cell.colspan]
        lines = _cell_lines(cell, right - left)
        for page in sorted({part.page for part in parts}):
            here = [part for part in parts if part.page == page]
            top, bottom = here[0].top, here[-1].bottom
            last = all(part.page > page for part in parts if part not in here) and page == parts[-1].page
            room = len(lines) if last else int((bottom - top - 2 * AIR) / CLOSE + 0.01)
            fitting, lines = lines[:room], lines[room:]
            y = (top + bottom - len(fitting) * CLOSE) / 2
            for words in fitting:
                used = sum(map(advance, words)) * SMALL
                x = (left + right - used) / 2 if cell.address or (cell.head and cell.colspan > 2) else left + PADDING
                self.pages[page].append(text(x, y + SMALL, words))
                y += CLOSE
            goes_on = any(part.page > page for part in table) and bottom == max(p.bottom for p in table if p.page == page)
            comes_from = any(part.page < page for part in table) and top == min(p.top for p in table if p.page == page)
            self.frame(page, (left, top, right, bottom), goes_on, comes_from)

    def frame(self, page: int, box: tuple[float, float, float, float], goes_on: bool, comes_from: bool) -> None:
        left, top, right, bottom = box
        if self.rules == "none":
            return
        if self.rules == "boxes" and not self.open_ends:
            self.pages[page].append(f"{left:.2f} {HEIGHT - bottom:.2f} {right - left:.2f} {bottom - top:.2f} re S\n")
            return
        edges = [(left, top, left, bottom), (right, top, right, bottom)]
        edges += [(left, top, right, top)] if not (self.open_ends and comes_from) else []
        edges += [(left, bottom, right, bottom)] if not (self.open_ends and goes_on) else []
        self.pages[page] += [line(*edge, self.rules) for edge in edges]


def _placed(table: PrintedTable) -> Iterator[tuple[PrintedCell, int, int]]:
    """Each cell with the row and column where it begins."""
    for index, row in enumerate(table.spread()):
        column = 0
        for cell, reaches_down in row:
            if not reaches_down:
                yield cell, index, column
            column += cell.colspan


def _columns(table: PrintedTable) -> list[float]:
    """The sides of the columns: as wide as their texts ask, within the margins; one that reaches far down is narrow."""
    wanted = [3.0] * table.width
    for cell, _, column in _placed(table):
        if cell.colspan == 1 and cell.rowspan < 9:
            longest = max(len(part) for part in cell.text.split("\n"))
            most = 4.4 if cell.address or cell.rowspan > 1 else 12.0
            wanted[column] = max(wanted[column], min(sum(map(advance, cell.text[:longest])) + 1.3, most))
        elif cell.colspan == 1:
            wanted[column] = 2.3
    scale = (WIDTH - 2 * MARGIN) / sum(wanted)
    sides = [MARGIN]
    for width in wanted:
        sides.append(sides[-1] + width * scale)
    return sides


def _cell_lines(cell: PrintedCell, width: float) -> list[str]:
    """A cell's text in lines; the spaces around it break none."""
    lines = wrap(cell.text.strip(), SMALL, width - 2 * PADDING)
    return [cell.text] if len(lines) == 1 else lines


def _heights(cells: Sequence[tuple[PrintedCell, int, int]], xs: Sequence[float], count: int) -> list[float]:
    heights = [CLOSE + 2 * AIR] * count
    for cell, row, column in sorted(cells, key=lambda placed: placed[0].rowspan):
        lines = _cell_lines(cell, xs[column + cell.colspan] - xs[column])
        needed = len(lines) * CLOSE + 2 * AIR
        heights[row + cell.rowspan - 1] += max(0.0, needed - sum(heights[row : row + cell.rowspan]))
    return heights


def _head_rows(cells: Sequence[tuple[PrintedCell, int, int]]) -> int:
    """How many rows stand above the first figures, heads over several rows of figures apart."""
    first = min((row for cell, row, _ in cells if cell.address), default=0)
    return first if first > 2 else 0
