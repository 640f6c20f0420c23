"""Scans and images: the door to recognition, which needs the `ocr` extra; without it such files are unreadable.

Each page's picture is turned upright, its tables are read cell by cell, and what nothing vouches for is read again
(extract.readers.second_reading).
"""

from __future__ import annotations

import hashlib
import io
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as c
from PIL import Image, ImageOps, UnidentifiedImageError

from extract.document import Block, Cell, Document, Paragraph, Place, UnreadableDocument
from extract.readers.pages import Content
from extract.readers.stitching import blocks_of

NEEDS_EXTRA = "扫描件或图片，需要安装 ocr 组件（pip install -e '.[ocr]'）"
# An A3 page at 400 dpi has 31 million; decoded in colour, so many take 120 MB.
MOST_PIXELS = 40_000_000
MOST = f"上限 {MOST_PIXELS // 10_000} 万像素"
# The longest report has some 60 pages; a page takes 2 to 12 seconds on one core.
MOST_PAGES, MOST_SECONDS = 80, 600.0
# A page of a PDF is drawn as finely as its own picture is, within these bounds (pixels a point): 100 to 250 dpi.
COARSEST, FINEST, USUAL = 100 / 72, 250 / 72, 200 / 72
# Pages larger than this are drawn more coarsely.
MOST_DRAWN = 12_000_000


def installed() -> bool:
    """Whether recognition can be used here."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def read(payload: bytes, *, sha256: str, media_type: str, charset: str | None = None) -> Document:
    """An image file (of several pages, if TIFF) as paragraphs and grids; places are page and box in its pixels.

    Raises UnreadableDocument: damaged, limit, unreadable (recognition is not installed).
    """
    return Document(sha256, media_type, blocks_of(list(_contents([payload]))))


def read_images(payloads: Sequence[bytes]) -> Document:
    """Several image files that together are one report, in this order; every place names the file in which it stands
    and counts the pages of that file. Raises UnreadableDocument as `read` does."""
    files = [hashlib.sha256(payload).hexdigest() for payload in payloads]
    contents: list[Content] = []
    origins: list[Place] = []  # for each page counted through: its file, and its number there
    started = time.monotonic()
    for payload, file in zip(payloads, files, strict=True):
        before = len(contents)
        contents += _contents([payload], before + 1, started)
        origins += ({"sha256": file, "page": number + 1} for number in range(len(contents) - before))
    return Document(files[0], "image/*", tuple(_told_apart(block, origins) for block in blocks_of(contents)))


def _told_apart(block: Block, origins: Sequence[Place]) -> Block:
    """A block whose places name the file of their page; cells that are the same stay the same."""

    def named(place: Place | None) -> Place | None:
        return {**place, **origins[int(str(place["page"])) - 1]} if place and "page" in place else place

    if isinstance(block, Paragraph):
        return replace(block, place=named(block.place))
    cells: dict[int, Cell] = {}
    rows = tuple(
        tuple(cell and cells.setdefault(id(cell), cell._replace(place=named(cell.place))) for cell in row)
        for row in block.rows
    )
    return replace(block, rows=rows, place=named(block.place))


def ocr_page(page: pdfium.PdfPage, number: int) -> Content:
    """A page of a PDF that is a picture; places are page and box in points from its top left, as shown."""
    width, height = page.get_size()
    scale = min(_fineness(page), (MOST_DRAWN / max(width * height, 1.0)) ** 0.5)
    picture: Any = page.render(scale=scale, grayscale=True).to_numpy()
    grey = picture.reshape(picture.shape[:2]).copy()  # the bitmap is pdfium's own
    content: Content = _reading().content_of_picture(grey, number, scale, 1 / scale)
    return content


def _reading() -> Any:
    """The module that reads pictures, loaded when the first one is met: it takes two seconds and 150 MB."""
    if not installed():
        raise UnreadableDocument("unreadable", NEEDS_EXTRA)
    return import_module("extract.readers.second_reading")


def _fineness(page: pdfium.PdfPage) -> float:
    """How many pixels a point of the page has in the largest picture on it."""
    found = []
    for thing in page.get_objects(filter=(c.FPDF_PAGEOBJ_IMAGE,)):
        left, bottom, right, top = thing.get_bounds()
        wide, high = thing.get_px_size()
        area = max(right - left, 1.0) * max(top - bottom, 1.0)
        found.append((area, (wide * high / area) ** 0.5))
    return min(max(max(found)[1], COARSEST), FINEST) if found else USUAL


def _contents(payloads: Sequence[bytes], first: int = 1, started: float | None = None) -> Iterator[Content]:
    reading = _reading()
    started = time.monotonic() if started is None else started
    for number, image in enumerate((image for payload in payloads for image in _images(payload)), start=first):
        if number > MOST_PAGES:
            raise UnreadableDocument("limit", f"图像超过 {MOST_PAGES} 页")
        if time.monotonic() - started > MOST_SECONDS:
            raise UnreadableDocument("limit", f"识别超过 {MOST_SECONDS:.0f} 秒：读到第 {number} 页")
        yield reading.content_of_image(image, number)


def _images(payload: bytes) -> Iterator[Image.Image]:
    """The pages of an image file, grey and as they are to be looked at; nothing too large is decoded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # ours is the lower bound
        try:
            with Image.open(io.BytesIO(payload)) as file:
                for index in range(getattr(file, "n_frames", 1) if file.format == "TIFF" else 1):
                    file.seek(index)
                    if file.width * file.height > MOST_PIXELS:
                        raise UnreadableDocument("limit", f"图像过大：{file.width} × {file.height} 像素，{MOST}")
                    yield _grey(file)
        except Image.DecompressionBombError as error:
            raise UnreadableDocument("limit", f"图像过大，{MOST}") from error
        except UnidentifiedImageError as error:
            raise UnreadableDocument("damaged", "图像损坏：不能识别其内容") from error
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise UnreadableDocument("damaged", f"图像损坏：{error}") from error


def _grey(image: Image.Image) -> Image.Image:
    """An image in grey levels on white, turned as its camera says."""
    shown = ImageOps.exif_transpose(image)
    if "A" in shown.getbands() or "transparency" in shown.info:
        shown = Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown.convert("RGBA"))
    return shown.convert("L")
