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


def test_hidden_text_is_left_out() -> None:
    run = "<w:r><w:rPr>{}</w:rPr><w:t>{}</w:t></w:r>"
    body = run.format("<w:vanish/>", "9") + run.format('<w:vanish w:val="0"/>', "1") + run.format("", "2")
    assert [p.text for p in read(f"<w:p>{body}</w:p>").paragraphs] == ["12"]


def test_a_text_box_in_a_cell_is_part_of_the_cell() -> None:
    box = f"<w:r><w:pict><w:txbxContent>{paragraph('1')}</w:txbxContent></w:pict></w:r>"
    assert texts(read(table(cell("甲") + f"<w:tc><w:tcPr/><w:p>{box}</w:p></w:tc>"))) == [["甲", "1"]]


def test_deleted_rows_are_left_out() -> None:
    deleted = '<w:trPr><w:del w:id="1" w:author="x"/></w:trPr>'
    assert texts(read(table(cell("甲") + cell("1"), deleted + cell("乙") + cell("2")))) == [["甲", "1"]]


def test_a_tab_stop_is_no_tab() -> None:
    stops = '<w:pPr><w:tabs><w:tab w:val="left" w:pos="1"/></w:tabs></w:pPr>'
    body = f"<w:p>{stops}<w:r><w:t>甲</w:t><w:tab/><w:t>乙</w:t></w:r></w:p>"
    assert [p.text for p in read(body).paragraphs] == ["甲\t乙"]


def test_a_table_of_one_column_is_text() -> None:
    document = read(table(cell("一、总体情况"), cell("全年收到申请3件。")))
    assert [p.text for p in document.paragraphs] == ["一、总体情况", "全年收到申请3件。"]
    assert not list(document.grids)
