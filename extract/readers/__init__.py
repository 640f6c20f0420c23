"""Readers: one module a format, each turning bytes into a Document. The type is sniffed from the content, never from
the name."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Sequence
from importlib import import_module
from io import BytesIO

from extract.document import Document, UnreadableDocument

HTML = "text/html"
TEXT = "text/plain"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
OLE = "application/x-ole-storage"
DOC = "application/msword"
XLS = "application/vnd.ms-excel"
RTF = "application/rtf"
MHTML = "multipart/related"
ZIP = "application/zip"
RAR = "application/vnd.rar"
SEVEN_ZIP = "application/x-7z-compressed"
OFD = "application/ofd"

# Where a format is read: module under extract.readers, loaded when first needed.
READERS: dict[str, str] = {
    HTML: "html", TEXT: "text", DOCX: "docx", PDF: "pdf", DOC: "doc", OLE: "ole", RTF: "rtf", MHTML: "mhtml", XLSX: "sheet",
    XLS: "sheet", OFD: "ofd", ZIP: "container", RAR: "container", SEVEN_ZIP: "container",
    "image/png": "ocr", "image/jpeg": "ocr", "image/gif": "ocr", "image/bmp": "ocr", "image/tiff": "ocr",
}  # fmt: skip
# Raised by one when a reader reads otherwise than before, so that readings kept from earlier are not taken for today's.
VERSION = 1

MAGIC = [
    (b"%PDF-", PDF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"{\\rtf", RTF),
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"Rar!", RAR),
    (b"7z\xbc\xaf", SEVEN_ZIP),
]
MARKUP = (
    b"<!doctype html",
    b"<html",
    b"<head",
    b"<body",
    b"<table",
    b"<div",
    b"<p>",
    b"<p ",
    b"<meta",
    b"<span",
    b"<td",
)


def read(
    payload: bytes, *, media_type: str | None = None, charset: str | None = None, name: str | None = None
) -> Document:
    """A file's bytes as a Document. `media_type` and `charset` are what the server said: the charset is believed before
    the document's own, the type only for text without any mark. Raises UnreadableDocument (damaged, encrypted, limit,
    unreadable)."""
    if not payload.strip():
        raise UnreadableDocument("damaged", "文件为空")
    kind = sniff(payload, media_type)
    if kind not in READERS:
        raise UnreadableDocument("unreadable", f"尚不能读取这种格式：{kind}")
    reader: Callable[..., Document] = import_module(f"extract.readers.{READERS[kind]}").read
    return reader(payload, sha256=hashlib.sha256(payload).hexdigest(), media_type=kind, charset=charset)


def read_pictures(payloads: Sequence[bytes]) -> Document:
    """Several pictures, such as those of one page, as one Document. Raises UnreadableDocument."""
    try:
        pictures: Callable[[Sequence[bytes]], Document] = import_module("extract.readers.ocr").read_images
    except ImportError as error:
        raise UnreadableDocument("unreadable", "图片，需要安装 ocr 组件（pip install -e '.[ocr]'）") from error
    return pictures(payloads)


def sniff(payload: bytes, declared: str | None = None) -> str:
    """The media type that the bytes themselves show; `declared` decides only between text and unknown."""
    for magic, kind in MAGIC:
        if payload.startswith(magic):
            return _office(payload) if kind == OLE else kind
    if payload.startswith(b"PK"):
        return _zipped(payload)
    head = payload[:4096].lower()
    if b"mime-version:" in head and b"content-type:" in head:
        return MHTML
    if b"%pdf-" in head[:1024]:  # the standard allows other bytes before the mark
        return PDF
    if any(mark in head for mark in MARKUP) or any(mark in payload[:65536].lower() for mark in MARKUP[:5]):
        return HTML
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "application/octet-stream"
    return HTML if declared == HTML and b"<" in head else TEXT


def _office(payload: bytes) -> str:
    programs = {"word": DOC, "excel": XLS}
    return programs.get(import_module("extract.readers.ole").program_of(payload) or "", OLE)


def _zipped(payload: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(payload)) as file:
            names = set(file.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableDocument("damaged", f"压缩包残缺或损坏：{error}") from error
    # Some programs number the main part (word/document2.xml) or keep the workbook in binary parts.
    if any(name.startswith("word/document") for name in names):
        return DOCX
    if any(name.startswith("xl/workbook.") for name in names):
        return XLSX
    if "OFD.xml" in names:
        return OFD
    return ZIP
