"""PDF files with text, by pdfium: characters on the grid of ruling lines; pages that are pictures go to recognition.

pdfium is not thread-safe: a process reads one document at a time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pypdfium2 as pdfium
import pypdfium2.raw as c

from extract.document import Document, Furniture, UnreadableDocument
from extract.readers import ocr
from extract.readers.pages import Content, content_of
from extract.readers.pdf_page import LEAST_CURVES, Drawn, draw
from extract.readers.stitching import blocks_of

# Reports have up to some 60 pages; a book of thousands is none, and must not cost time.
MOST_PAGES = 300
# Of a document, recognition apart: the longest report has some 60,000 characters and takes half a second.
MOST_CHARACTERS, MOST_SECONDS = 250_000, 30.0
# A page with fewer characters and a picture over this share of it is a scan.
LEAST_CHARACTERS, LEAST_PICTURE = 20, 0.5
# A page of which more than this share cannot be taken for text has a font without a table of characters.
MOST_STRANGE = 0.3
# Text that is laid under a picture without being shown was recognized by the scanner: it vouches for no figure.
MOST_HIDDEN = 0.5

def read(payload: bytes, *, sha256: str, media_type: str, charset: str | None = None) -> Document:
    """A PDF as paragraphs and grids; every place is page and box in points from the page's top left.

    Raises UnreadableDocument: encrypted (a password is asked), damaged, limit, unreadable (a scan, and no recognition).
    """
    document = _opened(payload)
    try:
        title = document.get_metadata_value("Title").strip()
        skipped: list[int] = []
        blocks = blocks_of(list(_contents(document, skipped)))
    finally:
        document.close()
    pages = "、".join(map(str, skipped))
    unread = (f"第 {pages} 页为图像，需要安装 ocr 组件",) if skipped else ()
    return Document(sha256, media_type, blocks, Furniture(titles=(title,) if title else ()), unread)


def needs_ocr(page: pdfium.PdfPage) -> bool:
    """Whether a page is a picture, or its characters are no text, so that only recognition can read it."""
    return _is_picture(draw(page, 1))


def _is_picture(drawn: Drawn) -> bool:
    if drawn.strange > MOST_STRANGE:
        return True
    if drawn.pictures > LEAST_PICTURE:
        return len(drawn.page.glyphs) < LEAST_CHARACTERS or drawn.hidden > MOST_HIDDEN
    return len(drawn.page.glyphs) < LEAST_CHARACTERS and drawn.curves > LEAST_CURVES


def _opened(payload: bytes) -> pdfium.PdfDocument:
    """The document, if it is whole, open to all, and no book."""
    if payload.rfind(b"%%EOF") < len(payload) // 2:  # pdfium opens what was cut off and shows what is left
        raise UnreadableDocument("damaged", "PDF 文件残缺：没有结尾标记")
    try:
        document = pdfium.PdfDocument(payload)
    except pdfium.PdfiumError as error:
        if error.err_code in (c.FPDF_ERR_PASSWORD, c.FPDF_ERR_SECURITY):
            raise UnreadableDocument("encrypted", "PDF 设有密码") from error
        raise UnreadableDocument("damaged", f"PDF 文件损坏：{error}") from error
    pages = len(document)
    if 0 < pages <= MOST_PAGES:
        return document
    document.close()
    if pages:
        raise UnreadableDocument("limit", f"PDF 有 {pages} 页（上限 {MOST_PAGES}）")
    raise UnreadableDocument("damaged", "PDF 文件损坏：没有页面")


def _contents(document: pdfium.PdfDocument, skipped: list[int]) -> Iterator[Content]:
    """What stands on each page; those that are pictures as recognition reads them, or `skipped` where it is not installed."""
    recognizes = ocr.installed()
    seconds, recognizing, characters, pictures = 0.0, 0.0, 0, 0
    for number in range(1, len(document) + 1):
        started = time.monotonic()
        page = _page(document, number)
        try:
            drawn = draw(page, number)
            if not _is_picture(drawn):
                content = content_of(drawn.page)
                characters += len(drawn.page.glyphs)
                seconds += time.monotonic() - started
            else:
                pictures += 1
                if not recognizes:
                    skipped.append(number)
                content = ocr.ocr_page(page, number) if recognizes else Content(drawn.page.frame, ())
                recognizing += time.monotonic() - started
        finally:
            page.close()
        if seconds > MOST_SECONDS or characters > MOST_CHARACTERS:
            raise UnreadableDocument(
                "limit", f"PDF 过大：读到第 {number} 页时已有 {characters} 字，用时 {seconds:.0f} 秒"
            )
        if recognizing > ocr.MOST_SECONDS or pictures > ocr.MOST_PAGES:
            raise UnreadableDocument("limit", f"扫描件过大：第 {number} 页已是第 {pictures} 页图像，用时 {recognizing:.0f} 秒")
        yield content
    if pictures and not characters and not recognizes:
        raise UnreadableDocument("unreadable", ocr.NEEDS_EXTRA)


def _page(document: pdfium.PdfDocument, number: int) -> pdfium.PdfPage:
    try:
        return document[number - 1]
    except pdfium.PdfiumError as error:
        raise UnreadableDocument("damaged", f"PDF 第 {number} 页损坏：{error}") from error
