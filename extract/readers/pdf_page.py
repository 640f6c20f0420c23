"""One page of a PDF through pdfium: its characters, its ruling lines, and how much of it is picture.

pdfium measures from the bottom left in the page's own space; here everything is turned so that text runs from left to
right, and measured from the top left.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterator
from ctypes import byref, c_double, c_float, c_int
from dataclasses import dataclass, field
from itertools import pairwise
from struct import Struct

import pypdfium2 as pdfium
import pypdfium2.raw as c

from extract.document import UnreadableDocument
from extract.readers.glyphs import Glyph
from extract.readers.pages import Box, Frame, Page
from extract.readers.rules import Line

# A page of print has some 500 drawn things; beyond this it is a map or a diagram, and its lines are not looked at.
MOST_OBJECTS, MOST_SEGMENTS = 40_000, 400
MOST_CHARACTERS = 200_000
# Lines are drawn as strokes or as rectangles of at most this thickness and at least this length (points).
THICKEST, SHORTEST = 4.0, 4.0
FORMS_IN_FORMS = 5
# Text turned into outlines: a page without characters and with at least so many drawn curves.
LEAST_CURVES = 50
# How many characters are asked how they are turned.
ASKED = 20
# Characters set downwards get a box of the font's size before it is scaled: boxes higher than this are looked at again.
LARGE = 30.0
# pdfium's sign for a hyphen at a line's end, and the soft one; in a table it is a dash.
HYPHENS = {0x02: "-", 0xAD: "-", 0xFFFE: "-"}
SPACES = frozenset((9, 10, 13, 32, 0xA0, 0x3000))
# pdfium's rectangle: left, top, right, bottom.
RECTANGLE = Struct("4f").unpack_from
INVISIBLE = 3  # text render mode: what scanners with recognition of their own lay under the picture

_TEXTS: dict[int, str] = {}  # of the codes met so far

Matrix = tuple[float, float, float, float, float, float]
WHOLE: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page as drawn, and what tells whether it is a picture: shares from 0 to 1."""

    page: Page
    pictures: float  # of the area
    strange: float  # of the characters: those that are no text
    hidden: float  # of the text of a page with pictures: what is there without being shown
    curves: int


@dataclass(slots=True)
class _Objects:
    """What is drawn on a page apart from text, in the page's own space: left, bottom, right, top."""

    rules: list[Box]
    pictures: float = 0.0
    texts: list[object] = field(default_factory=list)
    curves: int = 0
    seen: int = 0


def draw(page: pdfium.PdfPage, number: int) -> Drawn:
    """A page's characters and lines, from left to right and top to bottom. Raises UnreadableDocument (limit)."""
    left, bottom, right, top = page.get_bbox()
    textpage = page.get_textpage()
    try:
        turn = _turn(textpage.raw)
        view = _view(turn, (left, bottom, right, top))
        glyphs, strange = _glyphs(textpage.raw, view)
    finally:
        textpage.close()
    objects = _Objects([])
    _collect(objects, page.raw, c.FPDFPage_CountObjects, c.FPDFPage_GetObject, WHOLE, FORMS_IN_FORMS)
    across, down = _lines(objects.rules, view)
    width, height = (right - left, top - bottom) if turn % 2 == 0 else (top - bottom, right - left)
    frame = Frame(number, width, height, (page.get_rotation() // 90 - turn) % 4)
    return Drawn(
        Page(frame, glyphs, across, down),
        min(1.0, objects.pictures / max(1.0, width * height)),
        strange,
        _hidden(objects.texts) if objects.pictures else 0.0,
        objects.curves,
    )


# ------------------------------------------------------------------ text


def _turn(textpage: object) -> int:
    """By how many quarters, clockwise, the page must be turned so that most of its text runs from left to right."""
    count = c.FPDFText_CountChars(textpage)
    angles = Counter(
        -round(c.FPDFText_GetCharAngle(textpage, index) / (math.pi / 2)) % 4
        for index in range(0, count, max(1, count // ASKED))
        if c.FPDFText_GetUnicode(textpage, index) > 32
    )
    return angles.most_common(1)[0][0] if angles else 0


def _view(turn: int, box: Box) -> Matrix:
    """From the page's own space to that in which it is read."""
    left, bottom, right, top = box
    return (
        (1.0, 0.0, 0.0, -1.0, -left, top),
        (0.0, 1.0, 1.0, 0.0, -bottom, -left),
        (-1.0, 0.0, 0.0, 1.0, right, -bottom),
        (0.0, -1.0, -1.0, 0.0, top, right),
    )[turn]


def _glyphs(textpage: object, view: Matrix) -> tuple[list[Glyph], float]:
    """The characters, and which share of them is no text. This loop runs once for every character of a document."""
    a, b, d, e, f, g = view
    upright = a == 1.0
    unicode_of, box_of, is_generated = c.FPDFText_GetUnicode, c.FPDFText_GetLooseCharBox, c.FPDFText_IsGenerated
    box = c.FS_RECTF()
    reference = byref(box)
    text_of, new = _TEXTS.get, tuple.__new__
    glyphs: list[Glyph] = []
    strange, spaced = 0, False
    count = c.FPDFText_CountChars(textpage)
    if count > MOST_CHARACTERS:
        raise UnreadableDocument("limit", f"PDF 一页有 {count} 字（上限 {MOST_CHARACTERS}）")
    for index in range(count):
        code = unicode_of(textpage, index)
        if code in SPACES:
            spaced = spaced or (code not in (10, 13) and not is_generated(textpage, index))
            continue
        text = text_of(code)
        if text is None:
            text = _TEXTS[code] = _text(code)
        if not text:
            strange += 1
            continue
        box_of(textpage, index, reference)
        left, top, right, bottom = RECTANGLE(box)
        if top - bottom > LARGE and not _is_large(textpage, index, top - bottom):
            left, bottom, right, top = _tight(textpage, index)
        if upright:
            x0, y0, x1, y1 = left + f, g - top, right + f, g - bottom
        else:
            x0, x1 = a * left + d * bottom + f, a * right + d * top + f
            y0, y1 = b * left + e * top + g, b * right + e * bottom + g
        if x0 > x1:
            x0, x1 = x1, x0
        if y0 > y1:
            y0, y1 = y1, y0
        glyphs.append(new(Glyph, (text, x0, y0, x1, y1, spaced)))
        spaced = False
    return glyphs, strange / (len(glyphs) + strange) if glyphs or strange else 0.0


def _text(code: int) -> str:
    """What a character's code stands for; nothing where it is no text."""
    text = HYPHENS.get(code) or chr(code)
    return "" if unicodedata.category(text)[0] == "C" or code == 0xFFFD else text


def _tight(textpage: object, index: int) -> Box:
    """The box of a character's ink: left, bottom, right, top."""
    left, right, bottom, top = c_double(), c_double(), c_double(), c_double()
    c.FPDFText_GetCharBox(textpage, index, byref(left), byref(right), byref(bottom), byref(top))
    return left.value, bottom.value, right.value, top.value


def _is_large(textpage: object, index: int, height: float) -> bool:
    left, bottom, right, top = _tight(textpage, index)
    return max(right - left, top - bottom) > 0.4 * height


# ------------------------------------------------------------------ lines and pictures


def _collect(objects: _Objects, holder: object, count: object, get: object, matrix: Matrix, depth: int) -> None:
    """The drawn things of a page or of a form on it."""
    for index in range(count(holder)):  # type: ignore[operator]
        objects.seen += 1
        if objects.seen > MOST_OBJECTS:
            objects.rules.clear()
            return
        thing = get(holder, index)  # type: ignore[operator]
        kind = c.FPDFPageObj_GetType(thing)
        if kind == c.FPDF_PAGEOBJ_PATH:
            _path(objects, thing, matrix)
        elif kind == c.FPDF_PAGEOBJ_TEXT:
            objects.texts.append(thing)
        elif kind == c.FPDF_PAGEOBJ_IMAGE:
            box = _bounds(thing, matrix)
            objects.pictures += (box[2] - box[0]) * (box[3] - box[1])
            objects.rules.append(box)
        elif kind == c.FPDF_PAGEOBJ_FORM and depth:
            inner = _times(_matrix(thing), matrix)
            _collect(objects, thing, c.FPDFFormObj_CountObjects, c.FPDFFormObj_GetObject, inner, depth - 1)


def _hidden(texts: list[object]) -> float:
    hidden = [text for text in texts if c.FPDFTextObj_GetTextRenderMode(text) == INVISIBLE]
    return len(hidden) / max(1, len(texts))


def _path(objects: _Objects, path: object, matrix: Matrix) -> None:
    """The lines that a path draws: thin shapes, and the straight edges of stroked ones."""
    count = c.FPDFPath_CountSegments(path)
    left, bottom, right, top = box = _bounds(path, matrix)
    if count <= 5 and min(right - left, top - bottom) <= THICKEST:
        objects.rules.append(box)
        return
    fill, stroke = c_int(), c_int()
    c.FPDFPath_GetDrawMode(path, byref(fill), byref(stroke))
    if (not stroke.value and count <= 5) or count > MOST_SEGMENTS:
        return  # the ground of a cell, a drawing
    own = _times(_matrix(path), matrix)
    for points, curved in _shapes(path, count, own):
        xs, ys = [x for x, _ in points], [y for _, y in points]
        if curved:
            objects.curves += 1
        elif min(max(xs) - min(xs), max(ys) - min(ys)) <= THICKEST:
            objects.rules.append((min(xs), min(ys), max(xs), max(ys)))
        elif stroke.value:
            for (x0, y0), (x1, y1) in pairwise(points):
                objects.rules.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))


def _shapes(path: object, count: int, matrix: Matrix) -> Iterator[tuple[list[tuple[float, float]], bool]]:
    """The separate shapes of a path as points, and whether they have curves."""
    a, b, d, e, f, g = matrix
    points: list[tuple[float, float]] = []
    curved = False
    x, y = c_float(), c_float()
    for index in range(count):
        segment = c.FPDFPath_GetPathSegment(path, index)
        kind = c.FPDFPathSegment_GetType(segment)
        c.FPDFPathSegment_GetPoint(segment, byref(x), byref(y))
        if kind == c.FPDF_SEGMENT_MOVETO and points:
            yield points, curved
            points, curved = [], False
        curved = curved or kind == c.FPDF_SEGMENT_BEZIERTO
        points.append((a * x.value + d * y.value + f, b * x.value + e * y.value + g))
        if c.FPDFPathSegment_GetClose(segment):
            points.append(points[0])
    if points:
        yield points, curved


def _lines(rules: list[Box], view: Matrix) -> tuple[list[Line], list[Line]]:
    """Thin boxes as lines across and down."""
    a, b, d, e, f, g = view
    across: list[Line] = []
    down: list[Line] = []
    for left, bottom, right, top in rules:
        x0, x1 = sorted((a * left + d * bottom + f, a * right + d * top + f))
        y0, y1 = sorted((b * left + e * bottom + g, b * right + e * top + g))
        if y1 - y0 <= THICKEST and x1 - x0 >= max(SHORTEST, y1 - y0):
            across.append(Line((y0 + y1) / 2, x0, x1))
        elif x1 - x0 <= THICKEST and y1 - y0 >= SHORTEST:
            down.append(Line((x0 + x1) / 2, y0, y1))
    return across, down


def _bounds(thing: object, matrix: Matrix) -> Box:
    left, bottom, right, top = c_float(), c_float(), c_float(), c_float()
    c.FPDFPageObj_GetBounds(thing, byref(left), byref(bottom), byref(right), byref(top))
    if matrix is WHOLE:
        return left.value, bottom.value, right.value, top.value
    a, b, d, e, f, g = matrix
    corners = [(x, y) for x in (left.value, right.value) for y in (bottom.value, top.value)]
    xs = [a * x + d * y + f for x, y in corners]
    ys = [b * x + e * y + g for x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _matrix(thing: object) -> Matrix:
    matrix = c.FS_MATRIX()
    c.FPDFPageObj_GetMatrix(thing, byref(matrix))
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _times(inner: Matrix, outer: Matrix) -> Matrix:
    """First the inner, then the outer."""
    if outer is WHOLE:
        return inner
    a, b, d, e, f, g = inner
    k, l, m, n, o, p = outer  # noqa: E741
    return a * k + b * m, a * l + b * n, d * k + e * m, d * l + e * n, f * k + g * m + o, f * l + g * n + p
