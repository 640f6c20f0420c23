from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import olefile
import pytest
from making.docx import package, write_docx
from making.fengcheng import print_fengcheng
from making.office import convert
from making.printed import Printed, print_report
from making.read import figures_of, texts_of
from making.report import make_report

from extract import readers
from extract.document import Grid, UnreadableDocument

REPORTS: Mapping[str, Callable[[], Printed]] = {
    "2019": lambda: print_report(make_report(7, year=2019)),
    "2023": lambda: print_report(make_report(2, year=2023)),
    "fengcheng": print_fengcheng,
}
ODDITIES = ("content_controls", "insertions", "deletions", "nested", "split_runs")
BOX = (
    '<w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml" style="width:200pt;height:50pt"><v:textbox>'
    "<w:txbxContent><w:p><w:r><w:t>框中的话</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
)
RUN = "<w:r><w:rPr>{}</w:rPr><w:t>{}</w:t></w:r>"


def cell(text: str, width: int, properties: str = "") -> str:
    size = f'<w:tcW w:w="{width}" w:type="dxa"/>'
    return f"<w:tc><w:tcPr>{size}{properties}</w:tcPr><w:p>{RUN.format('', text)}</w:p></w:tc>"


def small_document() -> bytes:
    """Edges that differ from row to row, a cell over two rows, a text box, hidden text, a sign beyond the first plane."""
    down, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    rows = [
        cell("甲", 2000, down) + cell("乙", 4000, '<w:gridSpan w:val="2"/>'),
        cell("", 2000, on) + cell("1", 1000) + cell("2", 3000),
    ]
    grid = '<w:tblGrid><w:gridCol w:w="2000"/><w:gridCol w:w="1000"/><w:gridCol w:w="3000"/></w:tblGrid>'
    table = f"<w:tbl><w:tblPr/>{grid}{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"
    hidden = RUN.format("", "看得见") + RUN.format("<w:vanish/>", "看不见")
    return package(
        f"<w:p>{RUN.format('', '框前')}{BOX}</w:p><w:p>{hidden}</w:p>{table}<w:p>{RUN.format('', '𬭎镇𠮷后')}</w:p>"
    )


@pytest.fixture(scope="module")
def made(program: Callable[[str], str], office_folder: Path) -> Mapping[str, bytes]:
    sources = {f"{name}.docx": write_docx(report()) for name, report in REPORTS.items()}
    sources |= {f"{name}.docx": write_docx(REPORTS["2023"](), **{name: True}) for name in ODDITIES}
    sources["small.docx"] = small_document()
    done = convert(program("soffice"), sources, "doc", office_folder)
    return {name.removesuffix(".docx"): content for name, content in done.items()}


@pytest.mark.parametrize("name", REPORTS)
def test_every_figure_of_a_converted_report_is_read(made: Mapping[str, bytes], name: str) -> None:
    document = readers.read(made[name])
    assert document.media_type == readers.DOC
    assert figures_of(document) == REPORTS[name]().truth


@pytest.mark.parametrize("name", ODDITIES)
def test_tracked_changes_and_nested_tables_do_not_matter(made: Mapping[str, bytes], name: str) -> None:
    assert figures_of(readers.read(made[name])) == REPORTS["2023"]().truth


def test_all_prose_is_read_in_order(made: Mapping[str, bytes]) -> None:
    printed = [part.text for part in REPORTS["2023"]().parts if hasattr(part, "text") and part.text]
    assert [paragraph.text for paragraph in readers.read(made["2023"]).paragraphs] == printed


def test_rows_with_edges_of_their_own_stand_on_the_edges_of_all(made: Mapping[str, bytes]) -> None:
    (grid,) = readers.read(made["small"]).grids
    assert [[cell.text if cell else None for cell in row] for row in grid.rows] == [
        ["甲", "乙", "乙"],
        ["甲", "1", "2"],
    ]
    assert grid.rows[0][0] is grid.rows[1][0] and grid.rows[0][1] is grid.rows[0][2]
    assert grid.rows[1][2] is not None
    assert grid.rows[1][2].place == {"part": "WordDocument", "table": 1, "row": 2, "column": 3}


def test_text_boxes_stand_where_they_hang_and_hidden_text_nowhere(made: Mapping[str, bytes]) -> None:
    blocks = readers.read(made["small"]).blocks
    texts = ["" if isinstance(block, Grid) else block.text for block in blocks]
    assert texts == ["框前", "框中的话", "看得见", "", "𬭎镇𠮷后"]


@pytest.mark.parametrize("tenths", range(1, 10))
def test_a_file_cut_in_the_middle_is_damaged(made: Mapping[str, bytes], tenths: int) -> None:
    whole = made["2023"]
    with pytest.raises(UnreadableDocument) as refused:
        readers.read(whole[: len(whole) * tenths // 10])
    assert refused.value.kind == "damaged"


def patched(content: bytes, at: int, value: bytes) -> bytes:
    """The document with other bytes at a place of its text stream's head."""
    file = io.BytesIO(content)
    with olefile.OleFileIO(file, write_mode=True) as ole:
        stream = ole.openstream("WordDocument").read()
        ole.write_stream("WordDocument", stream[:at] + value + stream[at + len(value) :])
        return file.getvalue()


def test_a_password_is_said(made: Mapping[str, bytes]) -> None:
    flags = olefile.OleFileIO(made["small"]).openstream("WordDocument").read()[11]
    with pytest.raises(UnreadableDocument) as refused:
        readers.read(patched(made["small"], 11, bytes([flags | 1])))
    assert refused.value.kind == "encrypted"


def test_an_older_structure_goes_to_libreoffice(made: Mapping[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    old = patched(made["small"], 2, b"\x65\x00")
    asked: list[bytes] = []

    def instead(payload: bytes, suffix: str, reason: str) -> bytes:
        asked.append(payload)
        return small_document()

    monkeypatch.setattr("extract.readers.doc.convert", instead)
    assert texts_of(readers.read(old)) == [["甲", "乙", "乙"], ["甲", "1", "2"]]
    assert asked == [old]
