"""The faces of a document's pages: what a page of a PDF or a scan looks like, for showing a figure where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import pypdfium2 as pdfium
from PIL import Image, ImageOps, UnidentifiedImageError

from extract.document import UnreadableDocument

# A face is at most so wide and high (pixels); a page of A4 is then drawn at some 120 dots an inch.
MOST_WIDTH, MOST_HEIGHT, SCALE = 1400, 2000, 1.7
# A picture of more pixels than this is not opened: a scan of A3 at 600 dots an inch has 70 million.
MOST_PIXELS = 80_000_000
MOST_PAGES = 3000
QUALITY = 72


@dataclass(frozen=True, slots=True)
class Face:
    """A page as shown: which of how many, its size in the units in which places on it are told
    (points of a PDF, pixels of a picture), and its own picture (WebP)."""

    number: int
    pages: int
    width: float
    height: float
    picture: bytes


def has_faces(kind: str) -> bool:
    """Whether documents of this media type (as sniffed) are drawn page by page."""
    return kind == "application/pdf" or kind.startswith("image/")


def face(payload: bytes, kind: str, number: int) -> Face | None:
    """A page of a PDF or picture; None where it has no such page. Raises UnreadableDocument."""
    try:
        return _of_pdf(payload, number) if kind == "application/pdf" else _of_picture(payload, number)
    except pdfium.PdfiumError as error:
        raise UnreadableDocument("damaged", f"PDF 无法绘制：{error}") from error
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableDocument("damaged", f"图像无法打开：{error}") from error


def _of_pdf(payload: bytes, number: int) -> Face | None:
    document = pdfium.PdfDocument(payload)
    try:
        pages = min(len(document), MOST_PAGES)
        if not 1 <= number <= pages:
            return None
        page = document[number - 1]
        width, height = page.get_size()
        if width <= 0 or height <= 0:
            raise UnreadableDocument("damaged", f"PDF 第 {number} 页没有大小")
        drawn = page.render(scale=min(SCALE, MOST_WIDTH / width, MOST_HEIGHT / height)).to_pil()
        page.close()
        return Face(number, pages, width, height, _webp(drawn))
    finally:
        document.close()


def _of_picture(payload: bytes, number: int) -> Face | None:
    with Image.open(BytesIO(payload)) as picture:
        pages = min(getattr(picture, "n_frames", 1), MOST_PAGES)
        if not 1 <= number <= pages:
            return None
        picture.seek(number - 1)
        if picture.width * picture.height > MOST_PIXELS:
            raise UnreadableDocument("limit", f"图像有 {picture.width}×{picture.height} 个像素")
        shown = ImageOps.exif_transpose(picture).convert("RGB")
        width, height = shown.size
        shown.thumbnail((MOST_WIDTH, MOST_HEIGHT))
        return Face(number, pages, width, height, _webp(shown))


def _webp(picture: Image.Image) -> bytes:
    written = BytesIO()
    picture.convert("RGB").save(written, "WEBP", quality=QUALITY, method=2)
    return written.getvalue()
