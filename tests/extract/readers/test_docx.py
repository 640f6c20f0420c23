from __future__ import annotations

import pytest
from making.docx import make_docx, package
from making.printed import print_report
from making.report import make_report

from extract import readers
from extract.document import Document, UnreadableDocument


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"


def table(*rows: str) -> str:
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def read(body: str) -> Document:
    return readers.read(package(body))


def texts(document: Document) -> list[list[str | None]]:
    return [[c.text if c else None for c in row] for grid in document.grids for row in grid.rows]


def test_merged_cells_stand_in_every_place_they_cover() -> None:
    down, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    document = read(
        table(cell("甲", down) + cell("乙", '<w:gridSpan w:val="2"/>'), cell("", on) + cell("1") + cell("2"))
    )
    assert texts(document) == [["甲", "乙", "乙"], ["甲", "1", "2"]]


def test_a_row_may_begin_later() -> None:
    late = '<w:trPr><w:gridBefore w:val="1"/></w:trPr>'
    assert texts(read(table(cell("甲") + cell("乙"), late + cell("1")))) == [["甲", "乙"], [None, "1"]]


def test_insertions_and_content_controls_are_read_and_deletions_are_not() -> None:
    run = "<w:r><w:t>{}</w:t></w:r>"
    inserted = f"<w:tc><w:tcPr/><w:p><w:ins>{run.format(1)}</w:ins><w:del><w:r><w:delText>9</w:delText></w:r></w:del></w:p></w:tc>"
    controlled = f"<w:sdt><w:sdtContent>{cell('2')}</w:sdtContent></w:sdt>"
    assert texts(read(table(cell("甲") + inserted + controlled))) == [["甲", "1", "2"]]


def test_a_table_inside_a_table_is_read() -> None:
    inner = table(cell("甲") + cell("1"))
    assert texts(read(table(f"<w:tc><w:tcPr/>{inner}{paragraph('后')}</w:tc>"))) == [["甲", "1"]]


def test_text_boxes_are_read_once() -> None:
    box = f"<w:txbxContent>{paragraph('框中')}</w:txbxContent>"
    both = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice Requires='wps'><w:drawing>{box}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent>"
    )
    document = read(f"<w:p><w:r><w:t>正文</w:t>{both}</w:r></w:p>")
    assert [p.text for p in document.paragraphs] == ["正文", "框中"]


@pytest.mark.parametrize("length", [100, 1_000, 3_000])
def test_a_file_cut_in_the_middle_is_damaged(length: int) -> None:
    with pytest.raises(UnreadableDocument) as refused:
        readers.read(make_docx(print_report(make_report(1))).content[:length])
    assert refused.value.kind == "damaged"
