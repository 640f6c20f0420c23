"""OFD, the national format of laid-out pages (GB/T 33190): pages of XML in a ZIP, read like those of a PDF."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from typing import Any

from lxml import etree

from extract.document import Document, Furniture, UnreadableDocument
from extract.readers.glyphs import Glyph
from extract.readers.pages import Frame, Page, content_of
from extract.readers.rules import Line
from extract.readers.stitching import blocks_of
from extract.readers.unruled import with_unruled

Element = Any  # lxml brings no types
Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
POINTS = 72 / 25.4  # OFD measures in millimetres, our pages in points
# As of a PDF: a report has up to some 60 pages; what unpacks to more than this is no report.
MOST_PAGES, MOST_BYTES, MOST_OBJECTS, MOST_DEPTH = 300, 200_000_000, 200_000, 32
# In points. A shape thinner than this is a rule; a shorter one is part of a drawing.
THICKEST, SHORTEST = 2.5, 3.0
# Of a character's size: what stands over the base line, and what below.
ASCENT, DESCENT = 0.86, 0.14
STEPS = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}
DAMAGES = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, EOFError, RuntimeError, etree.XMLSyntaxError)


def read(payload: bytes, *, sha256: str, media_type: str, charset: str | None = None) -> Document:
    """An OFD file as paragraphs and grids; every place is page and box in points from the page's top left.

    Raises UnreadableDocument: damaged, encrypted, limit, unreadable (pages that hold no text).
    """
    try:
        with zipfile.ZipFile(BytesIO(payload)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > MOST_BYTES:
                raise UnreadableDocument("limit", f"解压后为 {size} 字节（上限 {MOST_BYTES}）")
            package = _Package(archive)
            title, pages = package.title(), list(package.pages())
    except DAMAGES as error:
        raise UnreadableDocument("damaged", f"OFD 文件残缺或损坏：{error}") from error
    if not any(page.glyphs for page in pages):
        raise UnreadableDocument("unreadable", f"OFD 的 {len(pages)} 页都没有文字（图像）")
    blocks = blocks_of(with_unruled([content_of(page) for page in pages]))
    return Document(sha256, media_type, blocks, Furniture(titles=tuple(filter(None, [title]))))


@dataclass
class _Package:
    """An opened file: its parts by path."""

    archive: zipfile.ZipFile
    root: Element = None
    seen: int = 0

    def __post_init__(self) -> None:
        self.root = self.part("OFD.xml")
        if any(name.rpartition("/")[2].startswith("Encrypt") for name in self.archive.namelist()):
            raise UnreadableDocument("encrypted", "OFD 文件已加密")

    def part(self, path: str) -> Element:
        """A part's XML. Raises KeyError where it is missing."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        return etree.fromstring(self.archive.read(path.lstrip("/")), parser)

    def title(self) -> str:
        """The title in the file's own description; empty where there is none."""
        return (_text(self.root, "DocBody", "DocInfo", "Title") or "").strip()

    def pages(self) -> Iterator[Page]:
        """Every page of every document in the file, with what its templates print on it."""
        number = 0
        for body in _below(self.root, "DocBody"):
            path = _text(body, "DocRoot") or ""
            document, folder = self.part(path), posixpath.dirname(path)
            common = _first(document, "CommonData")
            templates = {
                template.get("ID"): posixpath.join(folder, template.get("BaseLoc", ""))
                for template in _below(common, "TemplatePage")
            }
            listed = [page for pages in _below(document, "Pages") for page in _below(pages, "Page")]
            if len(listed) > MOST_PAGES:
                raise UnreadableDocument("limit", f"OFD 有 {len(listed)} 页（上限 {MOST_PAGES}）")
            for page in listed:
                number += 1
                yield self._page(posixpath.join(folder, page.get("BaseLoc", "")), number, common, templates)

    def _page(self, path: str, number: int, common: Element, templates: dict[str, str]) -> Page:
        content = self.part(path)
        box = _text(content, "Area", "PhysicalBox") or _text(common, "PageArea", "PhysicalBox") or ""
        left, top, width, height = _numbers(box, 4) or (0.0, 0.0, 210.0, 297.0)
        drawing = _Drawing((POINTS, 0, 0, POINTS, -left * POINTS, -top * POINTS))
        for template in _below(content, "Template"):
            if template.get("TemplateID") in templates:
                drawing.content(self.part(templates[template.get("TemplateID")]))
        drawing.content(content)
        self.seen += len(drawing.glyphs)
        if self.seen > 3 * MOST_OBJECTS:
            raise UnreadableDocument("limit", f"OFD 过大：读到第 {number} 页时已有 {self.seen} 字")
        return Page(Frame(number, width * POINTS, height * POINTS), drawing.glyphs, drawing.across, drawing.down)


@dataclass
class _Drawing:
    """What is drawn on a page, in points from its top left."""

    view: Matrix
    glyphs: list[Glyph] = field(default_factory=list)
    across: list[Line] = field(default_factory=list)
    down: list[Line] = field(default_factory=list)
    objects: int = 0

    def content(self, page: Element) -> None:
        """All layers of a page or a template."""
        for content in _below(page, "Content"):
            for layer in _below(content, "Layer"):
                self._objects(layer, 0)

    def _objects(self, holder: Element, depth: int) -> None:
        for element in holder:
            self.objects += 1
            if self.objects > MOST_OBJECTS or depth > MOST_DEPTH:
                raise UnreadableDocument("limit", f"OFD 一页超过 {MOST_OBJECTS} 个图元，或嵌套超过 {MOST_DEPTH} 层")
            name = _name(element)
            if name == "PageBlock":
                self._objects(element, depth + 1)
            elif name in ("TextObject", "PathObject") and element.get("Visible", "true").lower() != "false":
                self._text(element) if name == "TextObject" else self._path(element)

    def _text(self, element: Element) -> None:
        at = self._placed(element)
        size = float(element.get("Size") or 0)
        turned = int(float(element.get("CharDirection") or 0)) % 360
        for code in _below(element, "TextCode"):
            x, y = float(code.get("X") or 0), float(code.get("Y") or 0)
            words = "".join(code.itertext())
            steps_x, steps_y = _steps(code.get("DeltaX")), _steps(code.get("DeltaY"))
            for index, character in enumerate(words):
                width = size * (1.0 if ord(character) >= 0x2000 else 0.5)
                if not character.isspace():
                    corners = [(x, y - ASCENT * size), (x + width, y + DESCENT * size)]
                    (left, right), (top, bottom) = (sorted(pair) for pair in zip(*map(at, corners), strict=True))
                    spaced = index > 0 and words[index - 1].isspace()
                    self.glyphs.append(Glyph(character, left, top, right, bottom, spaced))
                last = index >= len(words) - 1
                default = width if not steps_y and turned == 0 else 0.0
                x += steps_x[index] if index < len(steps_x) else 0.0 if last else default
                y += steps_y[index] if index < len(steps_y) else 0.0

    def _path(self, element: Element) -> None:
        """The rules that a path draws: thin shapes, and the straight edges of stroked ones."""
        at = self._placed(element)
        stroked = element.get("Stroke", "true").lower() != "false"
        for points in _shapes(_text(element, "AbbreviatedData") or ""):
            corners = [at(point) for point in points]
            xs, ys = [x for x, _ in corners], [y for _, y in corners]
            if min(max(xs) - min(xs), max(ys) - min(ys)) <= THICKEST:
                self._rule((min(xs), min(ys)), (max(xs), max(ys)))
            elif stroked:
                for one, other in pairwise(corners):
                    self._rule(one, other)

    def _rule(self, one: Point, other: Point) -> None:
        (x0, x1), (y0, y1) = sorted((one[0], other[0])), sorted((one[1], other[1]))
        if y1 - y0 <= THICKEST and x1 - x0 >= max(SHORTEST, y1 - y0):
            self.across.append(Line((y0 + y1) / 2, x0, x1))
        elif x1 - x0 <= THICKEST and y1 - y0 >= SHORTEST:
            self.down.append(Line((x0 + x1) / 2, y0, y1))

    def _placed(self, element: Element) -> Callable[[Point], Point]:
        """From an object's own measure to the page: its matrix, then its place, then points."""
        left, top, _, _ = _numbers(element.get("Boundary", ""), 4) or (0.0, 0.0, 0.0, 0.0)
        a, b, c, d, e, f = _numbers(element.get("CTM", ""), 6) or (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
        scale, _, _, _, x0, y0 = self.view

        def placed(point: Point) -> Point:
            x, y = point
            return (a * x + c * y + e + left) * scale + x0, (b * x + d * y + f + top) * scale + y0

        return placed


def _shapes(data: str) -> Iterator[list[Point]]:
    """The separate shapes of a path as points; curves by where they end."""
    points: list[Point] = []
    tokens = data.split()
    at = 0
    while at < len(tokens):
        operator = tokens[at]
        count = STEPS.get(operator)
        if count is None:
            raise ValueError(f"路径中的“{operator}”")
        operands = [float(token) for token in tokens[at + 1 : at + 1 + count]]
        at += 1 + count
        if operator in "SM" and len(points) > 1:
            yield points
        if operator in "SM":
            points = []
        if operator == "C" and points:
            points.append(points[0])
        elif len(operands) >= 2:
            points.append((operands[-2], operands[-1]))
    if len(points) > 1:
        yield points


def _steps(text: str | None) -> list[float]:
    """Distances from character to character; `g 3 5` stands for 5 5 5.

    >>> _steps("4 g 3 5")
    [4.0, 5.0, 5.0, 5.0]
    """
    steps: list[float] = []
    tokens = iter((text or "").split())
    for token in tokens:
        if token == "g":
            count, step = int(next(tokens, "0")), float(next(tokens, "0"))
            steps += [step] * min(max(count, 0), MOST_OBJECTS)
        else:
            steps.append(float(token))
    return steps


def _numbers(text: str, count: int) -> Sequence[float] | None:
    found = re.findall(r"[-+]?[\d.]+(?:[eE][-+]?\d+)?", text)
    return tuple(map(float, found)) if len(found) == count else None


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _below(element: Element | None, name: str) -> Iterator[Element]:
    """Children of that name, whatever their namespace (drafts of the standard had others)."""
    return (child for child in (element if element is not None else ()) if _name(child) == name)


def _first(element: Element | None, name: str) -> Element | None:
    return next(_below(element, name), None)


def _text(element: Element | None, *path: str) -> str | None:
    for name in path:
        element = _first(element, name)
    return None if element is None else "".join(element.itertext())
