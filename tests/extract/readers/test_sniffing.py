from __future__ import annotations

import pytest
from making.docx import make_docx
from making.printed import print_report
from making.report import make_report

from extract import readers
from extract.document import UnreadableDocument


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (b"%PDF-1.7 x", readers.PDF),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 x", readers.OLE),
        (b"{\\rtf1 x}", readers.RTF),
        (b"\x89PNG\r\n", "image/png"),
        ("　<!DOCTYPE html><html>".encode(), readers.HTML),
        ("一、总体情况".encode(), readers.TEXT),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", readers.MHTML),
    ],
)
def test_the_content_tells_the_type(payload: bytes, kind: str) -> None:
    assert readers.sniff(payload) == kind


def test_a_word_document_is_known_by_its_parts() -> None:
    assert readers.sniff(make_docx(print_report(make_report(1))).content, "application/msword") == readers.DOCX


@pytest.mark.parametrize("payload", [b"", b"  \n"])
def test_an_empty_file_is_damaged(payload: bytes) -> None:
    with pytest.raises(UnreadableDocument, match="空") as refused:
        readers.read(payload)
    assert refused.value.kind == "damaged"


def test_a_type_without_a_reader_is_named() -> None:
    with pytest.raises(UnreadableDocument, match="octet-stream") as refused:
        readers.read(b"\x01\x00\x02\x00\x03")
    assert refused.value.kind == "unreadable"
