"""Made reports as pictures: what recognition reads, and which reading is no figure."""

from __future__ import annotations

import hashlib
import os
import random
from dataclasses import replace

import numpy as np
import pytest
from making.pdf import assemble, text
from making.printed import Printed, PrintedParagraph, print_report
from making.report import make_report
from making.scan import Scanner, as_jpeg, as_pdf, as_tiff, draw, scan

from extract import readers
from extract.document import Document, Grid, Paragraph
from extract.numerals import State
from extract.readers.image_grid import upright
from extract.readers.recognize import recognize
from extract.readers.turns import quarter_turns
from extract.reading import Hint, Reading, read_report

WORDS = "本机关全年收到申请十二件，都在期限内作出答复，没有引起复议和诉讼；详细情况见下列两表，各表的口径与上一年度相同。"
TITLE = PrintedParagraph("示例县年度报告", "title")
SIGNS = {"": State.BLANK, "-": State.DASH, "—": State.DASH, "/": State.SLASH, "无": State.TEXT}


@pytest.fixture(scope="module", autouse=True)
def chinese_font() -> None:
    """Pages are drawn with a Chinese font of the machine."""
    (page,) = draw(assemble([text(100, 100, "公开").encode()]), 72)
    if page.getextrema()[0] > 128:
        leave_out = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        leave_out("no Chinese font is installed (see tests/packages.sh)")


@pytest.fixture(scope="module")
def printed() -> Printed:
    """A report with signs for figures, and a total that is wrong; its requests stand last."""
    report = print_report(make_report(3, "丰城市人民政府", 2023))
    addresses = [address for address in report.truth if address[:2] == ("review_and_litigation", "litigation_direct")]
    for address, sign in zip(addresses, SIGNS, strict=True):
        report = report.with_figure(address, sign, None)
    report = report.with_figure(("review_and_litigation", "reconsideration", "total"), "97", 97)
    small = (table for table in report.tables() if table.key != "requests")
    return replace(report, parts=(PrintedParagraph(WORDS), *small, *report.tables("requests")))


@pytest.fixture(scope="module")
def pictures(printed: Printed) -> list[bytes]:
    """The report as an office's scanner gives it, skewed and noisy: a JPEG, then a TIFF of a title and a table cut off."""
    *small, requests = printed.parts
    (first,) = scan(replace(printed, parts=tuple(small)), Scanner(dpi=170, face="hei"), seed=2)
    title = scan(replace(printed, parts=(TITLE,)), seed=3)
    cut_off = scan(replace(printed, parts=(requests,)), seed=4, first_line=430)[:1]
    return [as_jpeg(first), as_tiff([*title, *cut_off], grey=True)]


@pytest.fixture(scope="module")
def document(pictures: list[bytes]) -> Document:
    return readers.read_pictures(pictures)


@pytest.fixture(scope="module")
def reading(document: Document) -> Reading:
    return read_report(document, Hint(titles=("丰城市2023年政府信息公开工作年度报告",)))


def test_the_pictures_of_a_page_are_read_as_one_report(reading: Reading, printed: Printed) -> None:
    found = {fact.address: fact.value for fact in reading.facts}
    complete = {address for address in printed.truth if address[0] != "requests"}
    assert found == {address: printed.truth[address] for address in found}
    assert complete < found.keys() and len(found) > 80
    assert (reading.head.issuing_body, reading.head.report_year) == ("丰城市人民政府", 2023)


def test_signs_that_say_nothing_was_reported_keep_their_kind(reading: Reading) -> None:
    told = [fact for fact in reading.facts if fact.address[:2] == ("review_and_litigation", "litigation_direct")]
    assert {fact.printed: fact.state for fact in told} == SIGNS


def test_a_wrong_total_is_read_as_printed_and_is_an_issue(reading: Reading) -> None:
    balances = [issue for issue in reading.issues if issue.kind == "balance"]
    assert [(issue.rule, issue.row, issue.severity) for issue in balances] == [("T4-A", "reconsideration", "error")]


def test_a_figure_says_where_in_which_picture_it_stands_and_how_sure_it_is(
    reading: Reading, pictures: list[bytes]
) -> None:
    files = [hashlib.sha256(picture).hexdigest() for picture in pictures]
    met: dict[str, set[tuple[object, object]]] = {}
    for fact in reading.facts:
        told = fact.locator.as_json()
        met.setdefault(fact.table, set()).add((told["sha256"], told["page"]))
        left, top, right, bottom = told["box"]  # type: ignore[misc]
        assert 0 < left < right < 1500 and 0 < top < bottom < 2100
        assert fact.locator.confidence is not None and 0.8 < fact.locator.confidence <= 1.0
    first, second = (files[0], 1), (files[1], 2)
    assert met == {"proactive_disclosure": {first}, "review_and_litigation": {first}, "requests": {second}}
    assert len({tuple(fact.locator.as_json()["box"]) for fact in reading.facts}) == len(reading.facts)  # type: ignore[arg-type]
    assert reading.sha256 == files[0]


def test_running_text_comes_as_paragraphs_before_and_between_the_tables(document: Document) -> None:
    kinds = [type(block) for block in document.blocks]
    assert kinds[0] is Paragraph and kinds[-2:] == [Paragraph, Grid] and Grid in kinds[1:-2]
    words, *_, title = (paragraph.text for paragraph in document.paragraphs)
    assert (words.replace(",", "，"), title) == (WORDS, TITLE.text)


def test_places_in_a_pdf_are_points_of_its_page(printed: Printed) -> None:
    page = replace(printed, parts=(TITLE, PrintedParagraph(WORDS)))
    title, words = readers.read(as_pdf(scan(page, seed=5))).paragraphs
    assert (title.text, words.text.replace(",", "，")) == (TITLE.text, WORDS)
    for paragraph in (title, words):
        assert paragraph.place is not None and paragraph.place["page"] == 1
        left, top, right, bottom = paragraph.place["box"]  # type: ignore[misc]
        assert 60 < left < right < 535 and 60 < top < bottom < 250


def test_lines_of_any_width_are_read_together_in_their_order() -> None:
    words = ["0", "731", "160.5964", "规范性文件", "政府信息公开工作年度报告" * 3]
    (page,) = draw(assemble(["".join(text(50, 50 + 40 * n, line, 12) for n, line in enumerate(words)).encode()]), 150)
    grey = np.asarray(page)
    lines = []
    for n in range(len(words)):
        top = int((50 + 40 * n - 14) * 150 / 72)
        part = grey[top : top + 42]
        columns = np.flatnonzero((part < 128).any(axis=0))
        lines.append(part[:, max(0, columns[0] - 12) : columns[-1] + 12])
    order = random.Random(1).sample(range(len(words)), len(words))
    assert [one.text for one in recognize([lines[n] for n in order])] == [words[n] for n in order]
    assert recognize([]) == []


def test_a_page_that_lies_on_its_side_or_head_is_turned() -> None:
    lines = "".join(text(72, 100 + 24 * n, "政府信息公开工作年度报告" * 3, 12) for n in range(20))
    (page,) = draw(assemble([lines.encode()]), 100)
    for turns in range(4):
        lying = np.ascontiguousarray(np.rot90(np.asarray(page), -turns))
        assert quarter_turns(upright(lying, 100 / 72)) == turns
