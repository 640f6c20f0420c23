from __future__ import annotations

import pytest
from making.printed import print_report
from making.read import facts_of, figures_of, texts_of
from making.report import make_report
from making.sheet import HEAD, LAYOUTS, MAIN, package, write_xlsx

from extract import readers
from extract.document import UnreadableDocument


def sheet(*rows: str, further: str = "") -> str:
    numbered = "".join(f'<row r="{n}">{row}</row>' for n, row in enumerate(rows, 1))
    return f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{numbered}</sheetData>{further}</worksheet>'


def number(place: str, value: str) -> str:
    return f'<c r="{place}"><v>{value}</v></c>'


def text(place: str, words: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{words}</t></is></c>'


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("year", [2019, 2023])
def test_every_figure_of_a_workbook_is_read(layout: str, year: int) -> None:
    printed = print_report(make_report(4, year=year))
    document = readers.read(write_xlsx(printed, **LAYOUTS[layout]))
    assert document.media_type == readers.XLSX
    assert figures_of(document) == printed.truth


def test_titles_and_prose_around_the_tables_are_paragraphs() -> None:
    printed = print_report(make_report(4))
    said = [paragraph.text for paragraph in readers.read(write_xlsx(printed)).paragraphs]
    assert [p.text for p in printed.parts if getattr(p, "role", None) and p.text] == [
        words for words in said if not words.startswith("第二十条")
    ]


def test_a_figure_says_its_sheet_row_and_column() -> None:
    printed = print_report(make_report(4))
    fact = facts_of(readers.read(write_xlsx(printed, sheets=True)))["requests", "received", "natural_persons"]
    assert fact.locator.place == {"part": "表2", "row": 4, "column": 4}


def test_numbers_are_shown_as_a_sheet_shows_them() -> None:
    row = text("A1", "甲") + number("B1", "54.0") + number("C1", "0.30000000000000004") + number("D1", "1E-6")
    content = package([("Sheet1", sheet(row, text("A2", "乙") + number("B2", "1E10") + text("C2", "—")))])
    assert texts_of(readers.read(content)) == [["甲", "54", "0.3", "0.000001"], ["乙", "10000000000", "—", None]]


def test_an_empty_cell_beside_merged_ones_is_a_blank() -> None:
    rows = [text("A1", "甲") + text("B1", "乙") + text("C1", "丙"), text("A2", "丁") + number("C2", "1")]
    merged = '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
    grid = next(readers.read(package([("Sheet1", sheet(*rows, number("B3", "2"), further=merged))])).grids)
    assert [[cell.text if cell else None for cell in row] for row in grid.rows] == [
        ["甲", "乙", "丙"],
        ["丁", "", "1"],
        ["丁", "2", ""],
    ]
    assert grid.rows[1][0] is grid.rows[2][0]


def test_hidden_sheets_are_not_read() -> None:
    content = package([("Sheet1", sheet(text("A1", "甲"))), ('x" state="hidden', sheet(text("A1", "乙")))])
    assert [paragraph.text for paragraph in readers.read(content).paragraphs] == ["甲"]


@pytest.mark.parametrize("place", ["XFD1048576", "A10000", "AAA1"])
def test_a_cell_far_out_does_not_cost_the_memory_up_to_it(place: str) -> None:
    far = sheet(number("A1", "1") + f'<c s="1" r="{place}"><v>2</v></c>')
    with pytest.raises(UnreadableDocument, match=place) as refused:
        readers.read(package([("Sheet1", far)]))
    assert refused.value.kind == "limit"


def test_an_empty_cell_far_out_does_not_matter() -> None:
    content = package([("Sheet1", sheet(text("A1", "甲") + '<c r="XFD1" s="1"/>'))])
    assert [paragraph.text for paragraph in readers.read(content).paragraphs] == ["甲"]


def test_merged_places_that_overlap_are_damage() -> None:
    merged = "<mergeCells>" + '<mergeCell ref="A1:XFD1048576"/>' * 3 + "</mergeCells>"
    with pytest.raises(UnreadableDocument) as refused:
        readers.read(package([("Sheet1", sheet(number("A1", "1") + number("B1", "2"), further=merged))]))
    assert refused.value.kind == "damaged"


def test_a_sheet_of_too_many_rows_is_refused() -> None:
    with pytest.raises(UnreadableDocument) as refused:
        readers.read(package([("Sheet1", sheet(*(number(f"A{n}", "1") for n in range(1, 5_002))))]))
    assert refused.value.kind == "limit"


@pytest.mark.parametrize("tenths", range(1, 10))
def test_a_file_cut_in_the_middle_is_damaged(tenths: int) -> None:
    whole = write_xlsx(print_report(make_report(1)))
    with pytest.raises(UnreadableDocument) as refused:
        readers.read(whole[: len(whole) * tenths // 10])
    assert refused.value.kind == "damaged"
