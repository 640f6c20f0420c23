"""A page's picture as a page of text: cells between ruling lines read line by line, running text line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np

from extract.document import Cell, Place
from extract.numerals import State, is_figure, read_figure
from extract.readers.glyphs import Glyph
from extract.readers.image_grid import Grey, Picture
from extract.readers.ink import Band, bands, sign, typical_height
from extract.readers.pages import Box, Content, Fragment, Frame, Page, content_of
from extract.readers.recognize import Recognized, find_lines, recognize
from extract.readers.rules import Line, Mesh, meshes
from extract.rows import HAN

# How much of what stands around a line is shown to recognition, in heights of the line; and how high a line is at least,
# in heights of a character: a dash alone says nothing about its size.
MARGIN, LEAST_HEIGHT = 0.3, 0.7
# When lines are read a second time: another margin, and so much wider, so that characters fall on other places.
OTHER_MARGIN, STRETCH = 0.5, 1.25
# The detector is shown a page as coarsely as this (pixels a point), and at most so many of its pixels at a time.
FINE_ENOUGH, MOST_DETECTED = 2.1, 400_000
# A part of a line that a cell's side cuts off is read if it is this wide for its height.
LEAST_PART = 0.25
# A cell's own edge, in points: ink there is a remainder of its ruling lines.
EDGE = 0.8
# The height of a character where nothing tells it, in points.
USUAL = 9.0
# Two numbers one above the other in a cell are one, broken for want of room, if there is no room for one more digit.
DIGIT = 0.7
# A line up to this height, in heights of a character, is taken for one of the common size.
WHOLE_LINE = 1.3


@dataclass(frozen=True, slots=True)
class PictureFrame(Frame):
    """A page whose points are those of its upright picture; places are told as in the file: pixels or points."""

    scale: float = 1.0
    back: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)

    def place(self, box: Box) -> Place:
        """Where something stands in the original, before it was turned upright."""
        left, top, right, bottom = (side * self.scale for side in box)
        a, b, c, d, e, f = self.back
        corners = [(a * x + b * y + c, d * x + e * y + f) for x in (left, right) for y in (top, bottom)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return {"page": self.number, "box": [round(side, 1) for side in (min(xs), min(ys), max(xs), max(ys))]}


@dataclass(slots=True)
class ReadCell:
    """A cell of a table as read line by line: where its lines of text are, and what each says."""

    box: Box
    em: float
    lines: list[Band] = field(default_factory=list)
    read: list[Recognized] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What the cell says; blank where it has no ink."""
        return _as_figure(self) or self._as_text()

    @property
    def confidence(self) -> float:
        """How certain its least certain character is."""
        certain = [one.figure_confidence if _as_figure(self) else one.confidence for one in self.read]
        return min(certain, default=1.0)

    def _as_text(self) -> str:
        text = ""
        for number, one in enumerate(self.read):
            words = one.text.strip()
            if text and text[-1:].isdigit() and words[:1].isdigit():
                text += "" if self._is_full(number - 1) else " "
            elif text:
                text += "\n"
            text += words
        return text

    def _is_full(self, number: int) -> bool:
        line = self.lines[number]
        return self.box[2] - self.box[0] - line.width < DIGIT * 2 * line.height


def _as_figure(cell: ReadCell) -> str:
    """What a cell of one line says as a figure, where its text is none and no words: O for 0, l for 1."""
    if len(cell.read) != 1:
        return ""
    (one,) = cell.read
    if (is_figure(one.text) and read_figure(one.text).state is not State.UNREADABLE) or HAN.search(one.text):
        return ""
    return one.figure if one.figure and is_figure(one.figure) else ""


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page read once: what stands on it, and each table cell with what it was read from, by its box."""

    picture: Picture
    content: Content
    cells: dict[Box, ReadCell]

    @property
    def fragments(self) -> Iterator[Fragment]:
        """The tables of the page."""
        return (item for item in self.content.items if isinstance(item, Fragment))


def read_page(picture: Picture, frame: PictureFrame) -> ReadPage:
    """Read a page's picture: the cells of its tables, and its running text."""
    across, down = _in_points(picture.across, frame.scale), _in_points(picture.down, frame.scale)
    ink = picture.ink.copy()
    cells: dict[Box, ReadCell] = {}
    tables = [mesh for mesh in meshes(across, down) if len(mesh.xs) > 2 and len(mesh.regions) > 1]
    for mesh in sorted(tables, key=_area):  # an inner table before its outer
        for cell in _cells(ink, mesh, frame.scale):
            cells[cell.box] = cell
        left, top, right, bottom = _pixels(mesh.outline, frame.scale)
        ink[max(0, top) : bottom, max(0, left) : right] = 0
    whole = Band(0, 0, picture.width, picture.height)
    em = typical_height(bands(ink, whole, 1e9), USUAL * frame.scale)
    running = bands(ink, whole, em)
    _read(picture, list(cells.values()))
    read = recognize([crop(picture.grey, band, em) for band in running])
    glyphs = [glyph for band, one in zip(running, read, strict=True) for glyph in _glyphs(one.text, band, em, frame)]
    glyphs += (
        glyph
        for cell in cells.values()
        for band, one in zip(cell.lines, cell.read, strict=True)
        for glyph in _glyphs(one.text, band, cell.em, frame)
    )
    content = content_of(Page(frame, glyphs, across, down))
    page = ReadPage(picture, content, cells)
    for fragment in page.fragments:
        for piece in fragment.pieces:
            cell = cells[piece.box]
            piece.text = cell.text
            piece.cell = Cell(cell.text, frame.place(piece.box), round(cell.confidence, 3))
    return page


def crop(grey: Grey, band: Band, em: float, margin: float = MARGIN, stretch: float = 1.0) -> Grey:
    """The picture of a line of text with a margin around it."""
    high = max(band.height, LEAST_HEIGHT * em)
    middle, edge = (band.top + band.bottom) / 2, margin * high
    top, bottom = int(middle - high / 2 - edge), int(np.ceil(middle + high / 2 + edge))
    left, right = int(band.left - edge), int(np.ceil(band.right + edge))
    part = grey[max(0, top) : bottom, max(0, left) : right]
    return part if stretch == 1.0 else np.asarray(cv2.resize(part, None, fx=stretch, fy=1.0), np.uint8)


def _cells(ink: Grey, mesh: Mesh, scale: float) -> list[ReadCell]:
    """The cells of a table, each with its lines of text. Most lines of a table are of one size."""
    boxes = {mesh.box(region): _inner(_pixels(mesh.box(region), scale), scale) for region in mesh.regions}
    rough = {box: bands(ink, inner, 1e9) for box, inner in boxes.items()}
    em = typical_height([band for found in rough.values() for band in found], USUAL * scale)
    return [ReadCell(box, em, bands(ink, inner, em)) for box, inner in boxes.items()]


def _read(picture: Picture, cells: Sequence[ReadCell], margin: float = MARGIN, stretch: float = 1.0) -> None:
    """Read the lines of cells, all in one go; a sign that stands alone is told by its shape."""
    asked = []
    for cell in cells:
        shape = sign(picture.ink, cell.lines[0], cell.em) if len(cell.lines) == 1 else None
        if shape:
            cell.read = [Recognized(shape, 1.0, shape, 1.0)]
        else:
            asked.append(cell)
    shown = [crop(picture.grey, band, cell.em, margin, stretch) for cell in asked for band in cell.lines]
    read = iter(recognize(shown))
    for cell in asked:
        cell.read = [next(read) for _ in cell.lines]


def _glyphs(text: str, band: Band, em: float, frame: PictureFrame) -> Iterator[Glyph]:
    """The characters of a line spread over its box; all lines of one size are equally high."""
    shown = text.replace(" ", "")
    widths = [0.5 if character.isascii() else 1.0 for character in shown]
    if not shown:
        return
    high = em if band.height < WHOLE_LINE * em else band.height
    middle, unit = (band.top + band.bottom) / 2, band.width / sum(widths)
    left = float(band.left)
    for character, width in zip(shown, widths, strict=True):
        sides = (left, middle - high / 2, left + width * unit, middle + high / 2)
        x0, y0, x1, y1 = (side / frame.scale for side in sides)
        yield Glyph(character, x0, y0, x1, y1)
        left += width * unit


def _in_points(lines: Iterable[Line], scale: float) -> list[Line]:
    return [Line(line.at / scale, line.start / scale, line.end / scale) for line in lines]


def _pixels(box: Box, scale: float) -> Band:
    left, top, right, bottom = (round(side * scale) for side in box)
    return Band(left, top, right, bottom)


def _inner(box: Band, scale: float) -> Band:
    edge = round(EDGE * scale)
    return Band(max(0, box.left + edge), max(0, box.top + edge), box.right - edge, box.bottom - edge)


def _area(mesh: Mesh) -> float:
    left, top, right, bottom = mesh.outline
    return (right - left) * (bottom - top)


# ------------------------------------------------------------------ other ways of reading the same cells


def read_again(page: ReadPage, boxes: Sequence[Box]) -> list[tuple[str, float]]:
    """What cells say when their lines are shown to recognition in another frame and width, with its certainty."""
    asked = [page.cells[box] for box in boxes]
    again = [ReadCell(cell.box, cell.em, cell.lines) for cell in asked]
    _read(page.picture, again, OTHER_MARGIN, STRETCH)
    return [(cell.text, cell.confidence) for cell in again]


def read_whole(page: ReadPage, boxes: Sequence[Box]) -> dict[Box, tuple[str, float]]:
    """What the detector finds in cells without knowing of them; those where it finds nothing are left out."""
    scale = page.picture.scale
    found: dict[Box, list[Band]] = {}
    wanted = set(boxes)
    for fragment in page.fragments:
        mesh = fragment.mesh
        inside = {piece.box for piece in fragment.pieces} & wanted
        for top, bottom in _stretches(mesh, scale):
            left, right = _across(mesh, scale)
            for band in find_lines(page.picture.grey[top:bottom, left:right], min(1.0, FINE_ENOUGH / scale)):
                placed = Band(band.left + left, band.top + top, band.right + left, band.bottom + top)
                for box, part in _snapped(placed, inside, scale):
                    found.setdefault(box, []).append(part)
    flat = [(box, band) for box, bands_of_box in found.items() for band in sorted(bands_of_box, key=lambda b: b.top)]
    read = recognize([page.picture.grey[band.top : band.bottom, band.left : band.right] for _, band in flat])
    cells: dict[Box, ReadCell] = {}
    for (box, band), one in zip(flat, read, strict=True):
        cell = cells.setdefault(box, ReadCell(box, page.cells[box].em))
        cell.lines.append(band)
        cell.read.append(one)
    return {box: (cell.text, cell.confidence) for box, cell in cells.items()}


def _stretches(mesh: Mesh, scale: float) -> Iterator[tuple[int, int]]:
    """A table's rows from top to bottom in as few stretches as the detector's memory allows, in pixels."""
    left, right = _across(mesh, scale)
    most = MOST_DETECTED / max(right - left, 1) * (scale / FINE_ENOUGH) ** 2
    top = mesh.ys[0]
    for above, below in pairwise(mesh.ys):
        if (below - top) * scale > most and above > top:
            yield max(0, int(top * scale)), int(above * scale)
            top = above
    yield max(0, int(top * scale)), int(np.ceil(mesh.ys[-1] * scale))


def _across(mesh: Mesh, scale: float) -> tuple[int, int]:
    return max(0, int(mesh.xs[0] * scale)), int(np.ceil(mesh.xs[-1] * scale))


def _snapped(band: Band, boxes: Iterable[Box], scale: float) -> Iterator[tuple[Box, Band]]:
    """The parts of a line of text that lie in cells; a line over several cells is cut at their sides."""
    middle = (band.top + band.bottom) / 2
    for box in boxes:
        inner = _inner(_pixels(box, scale), scale)
        part = Band(max(band.left, inner.left), band.top, min(band.right, inner.right), band.bottom)
        if inner.top <= middle <= inner.bottom and part.width > LEAST_PART * band.height:
            yield box, part
