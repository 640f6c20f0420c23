from __future__ import annotations

from types import ModuleType

import pypdfium2 as pdfium
import pytest
from making.damages import damage
from making.figures import Address
from making.pdf import HEIGHT, MARGIN, RULES, assemble, line, make_pdf, text, write_pdf
from making.printed import Made, Printed, print_report
from making.report import make_report

from extract.alignment import align
from extract.document import Cell, Document, Grid, Paragraph, UnreadableDocument
from extract.facts import Fact, read_facts
from extract.forms import load_forms
from extract.grid import distinct
from extract.readers import ocr, pdf, pdf_page, read
from extract.readers.pages import Content, Frame
from extract.readers.pdf import needs_ocr
from extract.rows import rows_of

PICTURE = b"q 595 0 0 842 0 0 cm /I1 Do Q\n"
FRAME = [(72, 72, 300, 72), (72, 92, 300, 92), (72, 72, 72, 92), (150, 72, 150, 92), (300, 72, 300, 92)]


def printed(seed: int = 1, year: int = 2023, **options: bool) -> Printed:
    return print_report(make_report(seed, "示例市人民政府", year, **options))  # type: ignore[arg-type]


def facts(document: Document) -> dict[Address, Fact]:
    return read_facts(document, align(rows_of(document), tuple(load_forms().values())))[0]


def misread(made: Made, document: Document) -> list[tuple[Address, object, object]]:
    """Every figure that is not what was printed: its address, the truth, what was read."""
    found = facts(document)
    read_as = {address: fact.value for address, fact in found.items()}
    wrong = [(a, value, read_as.get(a, "missing")) for a, value in made.truth.items() if read_as.get(a, "missing") != value]
    return wrong + [(a, "absent", value) for a, value in read_as.items() if a not in made.truth]


def rows(document: Document) -> list[list[str]]:
    return [[cell.text for cell in distinct(row)] for grid in document.grids for row in grid.rows]


def paragraphs(document: Document) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs]


def page(*operators: str) -> bytes:
    return "0.5 w\n".join(["", *operators]).encode()


def cells(*texts: str) -> Document:
    """A document with one table of a label and one cell, into which texts are drawn as given."""
    return read(assemble([page(*(line(*edge) for edge in FRAME), text(80, 85, "标签"), *texts)]))


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"open_ends": True, "first_line": MARGIN + 108},
        {"repeat_head": True, "first_line": MARGIN + 216},
        {"break_rows": True, "open_ends": True, "repeat_head": True, "first_line": MARGIN + 351},
    ],
    ids=["closed", "open ends", "head again", "rows in halves"],
)
def test_reads_every_figure_however_the_table_is_drawn_and_parted(rules: str, options: dict[str, object]) -> None:
    if rules == "none":  # without rules nothing tells that two lines on two pages are one row
        options = {name: value for name, value in options.items() if name != "break_rows"}
    made = make_pdf(printed(), rules=rules, **options)
    assert misread(made, read(made.content)) == []


@pytest.mark.parametrize("first_line", range(72, 400, 41))
def test_reads_every_figure_wherever_the_page_ends(first_line: int) -> None:
    made = make_pdf(printed(5, 2022), first_line=float(first_line), break_rows=True, repeat_head=first_line % 2 == 0)
    assert misread(made, read(made.content)) == []


@pytest.mark.parametrize("year", [2019, 2021])
def test_reads_both_forms(year: int) -> None:
    made = make_pdf(printed(3, year))
    assert misread(made, read(made.content)) == []


def test_reads_one_single_row_of_other_handling() -> None:
    made = make_pdf(printed(single_other_handling=True), first_line=200.0)
    assert ("requests", "other_handling", "total") in made.truth
    assert misread(made, read(made.content)) == []


@pytest.mark.parametrize("name", ["ordinal_column", "blank_rows", "empty_layout_cells", "padded_cells"])
def test_reads_every_figure_of_a_damaged_table(name: str) -> None:
    made = make_pdf(damage(printed(), name))
    assert misread(made, read(made.content)) == []


def test_a_page_that_is_turned_reads_the_same_and_tells_places_as_shown() -> None:
    upright, turned = (read(write_pdf(printed(), rotate=angle)) for angle in (0, 90))
    assert rows(turned) == rows(upright)
    (one, *_), (other, *_) = upright.grids, turned.grids
    assert one.place is not None and other.place is not None
    left, top, right, bottom = one.place["box"]  # type: ignore[misc]
    assert other.place["box"] == pytest.approx([HEIGHT - bottom, left, HEIGHT - top, right], abs=0.11)


def test_text_set_upwards_is_read_from_left_to_right() -> None:
    across = [(100, 200, 100, 600), (130, 200, 130, 600), (100, 200, 130, 200), (100, 400, 130, 400), (100, 600, 130, 600)]
    drawn = [line(*edge) for edge in across]
    words = [text(118, 590, "收到申请", matrix="0 1 -1 0"), text(118, 390, "12", matrix="0 1 -1 0")]
    assert rows(read(assemble([page(*drawn, *words)]))) == [["收到申请", "12"]]


def test_every_place_is_on_its_page_and_holds_the_figure() -> None:
    document = read(write_pdf(printed()))
    found = facts(document)["requests", "outcomes_total", "total"]
    assert found.locator.place is not None
    number, box = found.locator.place["page"], found.locator.place["box"]
    with pdfium.PdfDocument(write_pdf(printed())) as file:
        left, top, right, bottom = box  # type: ignore[misc]
        shown = file[number - 1].get_textpage().get_text_bounded(left, HEIGHT - bottom, right, HEIGHT - top)  # type: ignore[operator]
    assert shown.strip() == found.printed
    assert all(round(length, 1) == length for length in box)  # type: ignore[attr-defined]


# ------------------------------------------------------------------ page breaks


def label_of(document: Document, beginning: str) -> list[Cell]:
    return [cell for grid in document.grids for row in grid.rows for cell in distinct(row) if cell.text.startswith(beginning)]


def ruled(top: float, *contents: tuple[str, str]) -> list[str]:
    """A table of two columns, its rows 20 points high."""
    drawn = []
    for index, words in enumerate(contents):
        y = top + 20 * index
        for (left, right), word in zip(((72, 172), (172, 300)), words, strict=True):
            drawn += [line(left, y, right, y), line(left, y + 20, right, y + 20), line(left, y, left, y + 20)]
            drawn += [line(right, y, right, y + 20), text(left + 6, y + 13, word)]
    return drawn


@pytest.mark.parametrize(
    ("above", "below", "whole"),
    [
        (("（二）部分公开（区", "4"), ("分处理）", ""), ("（二）部分公开（区\n分处理）", "4")),
        (("确认或重新出具已获", ""), ("取信息", "4"), ("确认或重新出具已获\n取信息", "4")),
        (("1.属于国家秘密", ""), ("", "4"), ("1.属于国家秘密", "4")),
    ],
)
def test_a_row_in_halves_becomes_one(above: tuple[str, str], below: tuple[str, str], whole: tuple[str, str]) -> None:
    parted = [page(*ruled(702, ("一、新收", "9"), above)), page(*ruled(72, below, ("（三）不予公开", "1")))]
    assert rows(read(assemble(parted))) == [["一、新收", "9"], [*whole], ["（三）不予公开", "1"]]


@pytest.mark.parametrize("below", [("行政强制", ""), ("3.其他", ""), ("行政强制", "5")])
def test_a_row_after_a_page_break_is_not_drawn_into_the_one_before(below: tuple[str, str]) -> None:
    parted = [page(*ruled(702, ("行政许可", "5"), ("行政处罚", "7"))), page(*ruled(72, below))]
    assert rows(read(assemble(parted))) == [["行政许可", "5"], ["行政处罚", "7"], [*below]]


def test_a_heading_that_reaches_over_a_page_break_is_the_same_cell_on_both_pages() -> None:
    document = read(write_pdf(printed(), first_line=200.0))
    headings = {id(cell) for cell in label_of(document, "三\n、")}
    grids = [grid for grid in document.grids if any(id(cell) in headings for row in grid.rows for cell in row)]
    assert len(headings) == 1 and len(grids) == 2


# ------------------------------------------------------------------ text


def test_lines_are_joined_to_paragraphs_over_page_breaks_and_page_numbers_are_left_out() -> None:
    source = printed()
    document = read(write_pdf(source, first_line=300.0))
    told = [p.text.strip() for p in source.paragraphs("text")]
    assert [p for p in paragraphs(document) if p in told] == told
    assert not any(p.strip("- ").isdigit() for p in paragraphs(document))


def test_a_running_head_is_read_once() -> None:
    pages = [page(text(100, 40, "示例市年度报告"), text(100, 200, f"第{number}段。")) for number in "一二三"]
    assert paragraphs(read(assemble(pages))) == ["示例市年度报告", "第一段。", "第二段。", "第三段。"]


def test_bytes_before_the_mark_do_no_harm() -> None:
    assert paragraphs(read(b"\r\n\xef\xbb\xbf" + assemble([page(text(100, 200, "正文"))]))) == ["正文"]


def test_the_title_of_the_file_is_told() -> None:
    assert read(write_pdf(printed())).furniture.titles == (printed().title,)


def test_digits_and_words_set_apart_by_a_word_processor_stay_together() -> None:
    drawn = text(100, 200, "2023", 16) + text(136, 200, "年", 16) + text(155, 200, "1", 16) + text(167, 200, "月", 16)
    assert paragraphs(read(assemble([page(drawn)]))) == ["2023年1月"]


def test_frames_around_text_are_no_tables() -> None:
    frame = [(50, 50, 545, 50), (50, 50, 50, 792), (545, 50, 545, 792), (50, 792, 545, 792)]
    document = read(assemble([page(*(line(*edge) for edge in frame), text(100, 200, "全文"))]))
    assert paragraphs(document) == ["全文"] and not list(document.grids)


# ------------------------------------------------------------------ figures


def figure(*texts: str) -> str:
    ((_, cell),) = rows(cells(*texts))
    return cell


def test_a_number_with_air_between_its_digits_is_one() -> None:
    assert figure(text(200, 85, "1"), text(206, 85, "2"), text(212, 85, "3")) == "123"


def test_digits_far_apart_are_no_number() -> None:
    assert figure(text(200, 85, "1"), text(215, 85, "2")) == "1 2"


def test_a_space_that_is_printed_between_digits_is_kept() -> None:
    assert figure(text(200, 85, "12 34", 16)).split() == ["12", "34"]


def test_a_bold_figure_that_is_drawn_twice_counts_once() -> None:
    assert figure(text(200, 85, "17"), text(200.4, 85, "17")) == "17"


@pytest.mark.parametrize("sign", ["-", "—", "/", "无", "-35", "320.7832万元"])
def test_what_is_no_plain_number_is_kept_as_printed(sign: str) -> None:
    assert figure(text(200, 85, sign)) == sign


def narrow(width: float, *lines: str) -> str:
    """A cell of that width with these lines in it."""
    edges = [(x, 72, x, 132) for x in (72, 150, 150 + width)] + [(72, y, 150 + width, y) for y in (72, 132)]
    words = [text(156, 90 + 12 * index, words) for index, words in enumerate(lines)]
    ((_, cell),) = rows(read(assemble([page(*(line(*e) for e in edges), text(80, 100, "标签"), *words)])))
    return cell


def test_a_number_that_a_narrow_cell_breaks_is_made_whole() -> None:
    assert narrow(32, "1067", "34") == "106734"


def test_two_numbers_in_one_cell_stay_apart() -> None:
    assert narrow(60, "1067", "34") == "1067 34"


# ------------------------------------------------------------------ files that cannot be read


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        read(content)
    assert caught.value.detail
    return caught.value.kind


def test_a_file_that_asks_for_a_password_is_encrypted() -> None:
    assert refusal(assemble([page(text(100, 100, "密"))], locked=True)) == "encrypted"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_file_that_was_cut_is_damaged(share: float) -> None:
    content = write_pdf(printed())
    assert refusal(content[: int(len(content) * share)]) == "damaged"


@pytest.mark.parametrize("content", [b"%PDF-1.7\nnothing\n%%EOF", b"%PDF-1.4\n" + bytes(range(256)) * 20 + b"%%EOF"])
def test_a_file_with_nothing_in_it_is_damaged(content: bytes) -> None:
    assert refusal(content) == "damaged"


def test_a_book_is_refused() -> None:
    assert refusal(assemble([page(text(100, 100, "页"))] * 3000)) == "limit"


@pytest.mark.parametrize("module", [pdf, pdf_page])
def test_text_without_measure_is_refused(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CHARACTERS", 10)
    assert refusal(assemble([page(text(100, 200, "超过十个字的一页也算太长"))])) == "limit"


def test_a_page_full_of_lines_is_no_table() -> None:
    grate = [line(10, 4 * n, 500, 4 * n) + line(4 * n, 10, 4 * n, 800) for n in range(3, 190)]
    assert not list(read(assemble([page(*grate, text(100, 100, "图"))])).grids)


def test_a_file_without_pages_is_damaged() -> None:
    assert refusal(assemble([])) == "damaged"


# ------------------------------------------------------------------ pictures


def pages_of(content: bytes) -> list[bool]:
    with pdfium.PdfDocument(content) as file:
        return [needs_ocr(page) for page in file]


def test_pages_that_are_pictures_need_recognition() -> None:
    words = text(100, 100, "这一页有足够多的文字，背后虽有图片，仍是可以直接读取的正文。")
    hidden = "3 Tr\n" + words
    pages = [PICTURE, PICTURE + words.encode(), PICTURE + hidden.encode(), words.encode(), b""]
    assert pages_of(assemble(pages)) == [True, False, True, False, False]


def test_characters_that_are_no_text_need_recognition() -> None:
    assert pages_of(assemble([page(text(100, 100, "\ue001\ue002\ue003" * 20))])) == [True]


def test_a_scan_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "installed", lambda: False)
    with pytest.raises(UnreadableDocument, match=r"扫描件.*ocr") as caught:
        read(assemble([PICTURE, PICTURE]))
    assert caught.value.kind == "unreadable"


def test_only_the_pages_that_are_pictures_are_recognized(monkeypatch: pytest.MonkeyPatch) -> None:
    recognized = Grid(((Cell("甲"), Cell("1")),))
    asked = []

    def ocr_page(page: pdfium.PdfPage, number: int) -> Content:
        asked.append((number, page.get_width()))
        return Content(Frame(number, *page.get_size()), (Paragraph(f"第{number}页"), recognized))

    monkeypatch.setattr(ocr, "installed", lambda: True)
    monkeypatch.setattr(ocr, "ocr_page", ocr_page)
    document = read(assemble([page(text(100, 200, "第一页的文字")), PICTURE, page(text(100, 200, "第三页的文字"))]))
    assert asked == [(2, 595.0)]
    assert paragraphs(document) == ["第一页的文字", "第2页", "第三页的文字"]
    assert list(document.grids) == [recognized]
