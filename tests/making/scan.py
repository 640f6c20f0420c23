"""Scans of printed reports: pages drawn by pdfium, then turned a little, blurred, speckled and compressed as scanners do.

Needs a Chinese font on the machine (tests/packages.sh); the same seed gives the same pages there.
"""

from __future__ import annotations

import io
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from making.pdf import write_pdf
from making.printed import Made, Printed

# The standard font is not in the file, so pdfium takes the one that fits what the file says of it.
FACES = {
    "song": (b"/Flags 6", b"/StemV 53"),
    "song bold": (b"/Flags 6", b"/StemV 93"),
    "hei": (b"/Flags 4", b"/StemV 53"),
    "hei bold": (b"/Flags 4", b"/StemV 93"),
}
POINTS = 72
RED = (200, 30, 40)
MADE_ON = time.gmtime(0)


@dataclass(frozen=True, slots=True)
class Scanner:
    """How pages are scanned: resolution, the most by which a page lies askew (degrees), noise (of 255 grey levels), JPEG
    quality, and `paper`, the grey level of its background."""

    dpi: int = 150
    skew: float = 1.5
    noise: float = 6.0
    quality: int = 60
    blur: float = 0.4
    paper: int = 245
    face: str = "song"


def scan(printed: Printed, scanner: Scanner = Scanner(), *, seed: int = 0, **layout: object) -> list[Image.Image]:
    """The pages of a report as a scanner sees them, grey, before compression. `layout` is what `write_pdf` takes."""
    flags, stem = FACES[scanner.face]
    printed_pages = write_pdf(printed, **layout).replace(b"/Flags 6", flags).replace(b"/StemV 93", stem)  # type: ignore[arg-type]
    return scan_pages(printed_pages, scanner, seed=seed)


def scan_pages(content: bytes, scanner: Scanner = Scanner(), *, seed: int = 0) -> list[Image.Image]:
    """The pages of any PDF as a scanner sees them, grey, before compression."""
    rng = random.Random(f"{seed} {scanner}")
    return [_scanned(page, scanner, rng) for page in draw(content, scanner.dpi)]


def draw(content: bytes, dpi: int) -> list[Image.Image]:
    """The pages of a PDF as pictures in grey."""
    document = pdfium.PdfDocument(content)
    try:
        return [page.render(scale=dpi / POINTS, grayscale=True).to_pil() for page in document]
    finally:
        document.close()


def _scanned(page: Image.Image, scanner: Scanner, rng: random.Random) -> Image.Image:
    askew = page.rotate(rng.uniform(-scanner.skew, scanner.skew), Image.Resampling.BICUBIC, fillcolor=255)
    blurred = askew.filter(ImageFilter.GaussianBlur(scanner.blur))
    grey = np.asarray(blurred, np.float32) * (scanner.paper / 255)
    grey += np.random.default_rng(rng.getrandbits(32)).normal(0, scanner.noise, grey.shape)
    return Image.fromarray(grey.clip(0, 255).astype(np.uint8))


def stamp(page: Image.Image, rng: random.Random) -> Image.Image:
    """The page in colour with an office's red seal somewhere on it: a ring with a star, over whatever stands there."""
    drawn, unit = page.convert("RGB"), page.width / 595
    radius, width = 60 * unit, max(2, int(3 * unit))
    x, y = rng.uniform(0.3, 0.7) * page.width, rng.uniform(0.3, 0.7) * page.height
    seal = Image.new("RGB", page.size, "white")
    pen = ImageDraw.Draw(seal)
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=RED, width=width)
    turns = [math.radians(-90 + 144 * corner) for corner in range(5)]
    pen.polygon([(x + radius / 3 * math.cos(turn), y + radius / 3 * math.sin(turn)) for turn in turns], fill=RED)
    return ImageChops.multiply(drawn, seal)


def scribble(page: Image.Image, rng: random.Random, strokes: int = 12) -> Image.Image:
    """The page with strokes of a pen: short ticks and long bows across tables and text."""
    drawn, unit = page.copy(), page.width / 595
    pen = ImageDraw.Draw(drawn)
    for _ in range(strokes):
        x, y = rng.uniform(0.15, 0.85) * page.width, rng.uniform(0.1, 0.9) * page.height
        reach = rng.choice((8, 15, 40)) * unit
        bow = [(x + reach * step / 6, y + rng.uniform(-0.3, 0.3) * reach) for step in range(7)]
        pen.line(bow, fill=rng.randint(20, 90), width=max(1, round(rng.uniform(0.7, 1.6) * unit)), joint="curve")
    return drawn


def as_jpeg(page: Image.Image, quality: int = 60) -> bytes:
    """A page as a JPEG file."""
    file = io.BytesIO()
    page.save(file, "JPEG", quality=quality)
    return file.getvalue()


def as_pdf(pages: Sequence[Image.Image], scanner: Scanner = Scanner()) -> bytes:
    """Pages as a PDF of one picture a page, without any text."""
    file = io.BytesIO()
    first, *others = pages
    first.save(
        file, "PDF", save_all=True, append_images=others, resolution=scanner.dpi, quality=scanner.quality,
        creationDate=MADE_ON, modDate=MADE_ON,
    )  # fmt: skip
    return file.getvalue()


def as_tiff(pages: Sequence[Image.Image], *, grey: bool = False) -> bytes:
    """Pages as one TIFF; black and white, as fax machines and many office scanners keep them, unless `grey`."""
    file = io.BytesIO()
    first, *others = (page if grey else page.point(lambda level: 255 if level > 150 else 0).convert("1") for page in pages)
    way = "tiff_lzw" if grey else "group4"
    first.save(file, "TIFF", save_all=True, append_images=others, compression=way)
    return file.getvalue()


def as_png(page: Image.Image) -> bytes:
    """A page as a PNG file."""
    file = io.BytesIO()
    page.save(file, "PNG")
    return file.getvalue()


def make_scan(printed: Printed, scanner: Scanner = Scanner(), *, seed: int = 0, **layout: object) -> Made:
    """A report as a scanned PDF, with its truth."""
    return Made.of(printed, as_pdf(scan(printed, scanner, seed=seed, **layout), scanner))
