from __future__ import annotations

import pytest
from making.html import write_html
from making.mhtml import write_mhtml
from making.printed import print_report
from making.read import facts_of, figures_of
from making.report import make_report

from extract import readers
from extract.document import UnreadableDocument


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64"])
@pytest.mark.parametrize("charset", ["utf-8", "gb2312"])
def test_every_figure_of_the_page_with_the_report_is_read(charset: str, encoding: str) -> None:
    printed = print_report(make_report(5))
    page = write_html(printed, charset=charset)
    document = readers.read(write_mhtml(page, charset=charset, encoding=encoding))
    assert document.media_type == readers.MHTML
    assert figures_of(document) == printed.truth


def test_a_figure_says_its_page_and_its_path_there() -> None:
    page = write_html(print_report(make_report(5)))
    place = facts_of(readers.read(write_mhtml(page)))["requests", "received", "total"].locator.place
    alone = facts_of(readers.read(page))["requests", "received", "total"].locator.place
    assert alone is not None and place == {"part": "年报.htm", **alone}


def test_a_file_cut_within_its_page_is_damaged() -> None:
    whole = write_mhtml(write_html(print_report(make_report(5))))
    with pytest.raises(UnreadableDocument) as refused:
        readers.read(whole[: len(whole) * 2 // 3])
    assert refused.value.kind == "damaged"


def test_a_web_archive_without_a_page_is_damaged() -> None:
    with pytest.raises(UnreadableDocument) as refused:
        readers.read(b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n--x--\n")
    assert refused.value.kind == "damaged"
