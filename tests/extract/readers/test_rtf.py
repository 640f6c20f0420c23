from __future__ import annotations

from collections.abc import Callable

import pytest
from making.printed import print_report
from making.read import figures_of, texts_of
from making.report import make_report
from making.rtf import HEAD, in_gbk, in_unicode, write_rtf

from extract import readers
from extract.document import Document, Grid, UnreadableDocument


def read(body: str) -> Document:
    return readers.read(f"{HEAD}{body}}}".encode("ascii"))


def paragraphs(document: Document) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs]


@pytest.mark.parametrize("oddity", ["plain", "gbk", "uneven", "boxed"])
@pytest.mark.parametrize("year", [2019, 2023])
def test_every_figure_of_a_report_is_read(oddity: str, year: int) -> None:
    printed = print_report(make_report(3, year=year))
    document = readers.read(write_rtf(printed, **({} if oddity == "plain" else {oddity: True})))
    assert document.media_type == readers.RTF
    assert figures_of(document) == printed.truth


def test_a_cell_says_its_place_and_stands_in_all_places_it_covers() -> None:
    rows = (
        r"\trowd\clvmgf\cellx1000\cellx3000\intbl a\cell b\cell\row"
        r"\trowd\clvmrg\cellx1000\cellx2000\cellx3000\intbl \cell 1\cell 2\cell\row\pard "
    )
    (grid,) = read(rows).grids
    assert texts_of(read(rows)) == [["a", "b", "b"], ["a", "1", "2"]]
    assert grid.rows[0][0] is grid.rows[1][0] and grid.rows[0][1] is grid.rows[0][2]
    assert grid.rows[1][2] is not None
    assert grid.rows[1][2].place == {"part": "document", "table": 1, "row": 2, "column": 3}


def test_cells_joined_to_their_left_are_one() -> None:
    row = r"\trowd\clmgf\cellx1000\clmrg\cellx2000\cellx3000\intbl a\cell \cell 1\cell\row\pard "
    assert texts_of(read(row)) == [["a", "a", "1"]]


@pytest.mark.parametrize("say", [in_unicode, in_gbk])
def test_chinese_is_read_however_it_is_written(say: Callable[[str], str]) -> None:
    words = "㙟镇{政府}\\一、总体情况𠮷"
    assert paragraphs(read(f"\\pard\\f0 {say(words)}\\par")) == [words]


def test_what_does_not_show_is_left_out() -> None:
    body = (
        r"{\*\generator x;}{\info{\title T}{\author A}}{\header h\par}\pard a{\v hidden}{\deleted gone}b"
        r'{\field{\*\fldinst HYPERLINK "x"}{\fldrslt link}}{\pict\pngblip 89504e47}{\pict\bin4 }}}}}c\par'
    )
    document = read(body)
    assert paragraphs(document) == ["ablinkc"]
    assert document.furniture.titles == ("T",)


def test_a_list_number_is_text() -> None:
    assert paragraphs(read(r"\pard{\listtext 1.\tab}" + in_unicode("标题") + r"\par")) == ["1.\t标题"]


def test_a_text_box_stands_behind_what_it_hangs_on_also_within_a_table() -> None:
    box = r"{\shp{\*\shpinst{\sp{\sn x}{\sv 1}}{\shptxt\pard box\par}}{\shprslt again\par}}"
    assert paragraphs(read(rf"\pard a{box}b\par c\par")) == ["ab", "box", "c"]
    inside = read(rf"\trowd\cellx1000\cellx2000\intbl a{box}\cell 1\cell\row\pard c\par")
    assert ["grid" if isinstance(block, Grid) else block.text for block in inside.blocks] == ["grid", "box", "c"]
    assert texts_of(inside) == [["a", "1"]]


@pytest.mark.parametrize("tenths", range(1, 10))
def test_a_file_cut_in_the_middle_is_damaged(tenths: int) -> None:
    whole = write_rtf(print_report(make_report(1)))
    with pytest.raises(UnreadableDocument) as refused:
        readers.read(whole[: len(whole) * tenths // 10])
    assert refused.value.kind == "damaged"


def test_braces_without_end_are_refused() -> None:
    with pytest.raises(UnreadableDocument) as refused:
        readers.read(b"{\\rtf1" + b"{" * 100_000)
    assert refused.value.kind == "limit"


def test_a_table_without_end_is_refused() -> None:
    row = r"\trowd\cellx1000\cellx2000\intbl 1\cell 2\cell\row" + "\n"
    with pytest.raises(UnreadableDocument) as refused:
        read(row * 5_001)
    assert refused.value.kind == "limit"
