"""Made reports as pictures: what recognition reads, and which reading is no figure."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from making.figures import Address
from making.pdf import assemble, text
from making.printed import Printed, PrintedParagraph, print_report
from making.report import make_report
from making.scan import Scanner, as_jpeg, as_pdf, as_tiff, draw, scan

from extract import readers
from extract.alignment import align
from extract.checks import check_balances
from extract.document import Document, Grid, Paragraph
from extract.facts import Fact, read_facts
from extract.forms import load_forms
from extract.numerals import State
from extract.readers.recognize import recognize
from extract.reading import Hint, Reading, read_report
from extract.rows import rows_of

WORDS = "本机关全年收到申请十二件，都在期限内作出答复，没有引起复议和诉讼；详细情况见下列两表，各表的口径与上一年度相同。"
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
    return print_report(make_report(3, "丰城市人民政府", 2023))


@pytest.fixture(scope="module")
def pictures(printed: Printed) -> list[bytes]:
    """The report's tables as an office's scanner gives them, skewed and noisy: a JPEG, then a TIFF of two pages."""
    small = replace(printed, parts=tuple(table for table in printed.tables() if table.key != "requests"))
    requests = replace(printed, parts=tuple(printed.tables("requests")))
    (first,) = scan(small, Scanner(dpi=170, face="hei"), seed=2)
    return [as_jpeg(first), as_tiff(scan(requests, seed=3), grey=True)]


@pytest.fixture(scope="module")
def reading(pictures: list[bytes]) -> Reading:
    return read_report(readers.read_pictures(pictures), Hint(titles=("丰城市2023年政府信息公开工作年度报告",)))


def test_the_pictures_of_a_page_are_read_as_one_report(reading: Reading, printed: Printed) -> None:
    assert {fact.address: fact.value for fact in reading.facts} == printed.truth
    assert (reading.head.issuing_body, reading.head.report_year) == ("丰城市人民政府", 2023)
    assert not [issue for issue in reading.issues if issue.severity == "error" and issue.table]


def test_a_figure_says_where_in_which_picture_it_stands_and_how_sure_it_is(
    reading: Reading, pictures: list[bytes]
) -> None:
    files = [hashlib.sha256(picture).hexdigest() for picture in pictures]
    pages = {"proactive_disclosure": {(files[0], 1)}, "requests": {(files[1], 1), (files[1], 2)}}
    pages["review_and_litigation"] = pages["proactive_disclosure"]
    met: dict[str, set[tuple[object, object]]] = {}
    for fact in reading.facts:
        told = fact.locator.as_json()
        met.setdefault(fact.table, set()).add((told["sha256"], told["page"]))
        left, top, right, bottom = told["box"]  # type: ignore[misc]
        assert 0 < left < right < 1500 and 0 < top < bottom < 2100
        assert fact.locator.confidence is not None and 0.8 < fact.locator.confidence <= 1.0
    assert met == pages
    assert len({tuple(fact.locator.as_json()["box"]) for fact in reading.facts}) > 150  # type: ignore[arg-type]
    assert reading.sha256 == files[0]


@pytest.fixture(scope="module")
def signs(printed: Printed) -> Printed:
    """One table without some of its figures and with a total that is wrong, after running text; on the next page a title."""
    table = replace(printed, parts=tuple(printed.tables("review_and_litigation")))
    table = replace(table, truth={a: value for a, value in table.truth.items() if a[0] == "review_and_litigation"})
    for address, sign in zip(list(table.truth)[5:], SIGNS, strict=False):
        table = table.with_figure(address, sign, None)
    table = table.with_figure(("review_and_litigation", "reconsideration", "total"), "97", 97)
    title = PrintedParagraph("示例县年度报告", "title")
    return replace(table, parts=(title, PrintedParagraph(WORDS), *table.parts))


@pytest.fixture(scope="module")
def document(signs: Printed) -> Document:
    """A PDF of two pictures."""
    title = replace(signs, parts=signs.parts[:1])
    return readers.read(as_pdf([*scan(signs, seed=5), *scan(title, seed=4)]))


def facts_of(document: Document) -> Mapping[Address, Fact]:
    return read_facts(document, align(rows_of(document), tuple(load_forms().values())))[0]


def test_running_text_comes_as_paragraphs_before_and_after_the_tables(document: Document) -> None:
    assert [type(block) for block in document.blocks] == [Paragraph, Paragraph, Grid, Paragraph]
    title, words, again = (paragraph.text for paragraph in document.paragraphs)
    assert (title, again) == ("示例县年度报告", "示例县年度报告")
    assert words.replace(",", "，") == WORDS
    assert [block.place["page"] for block in document.blocks if block.place] == [1, 1, 1, 2]


def test_places_in_a_pdf_are_points_of_its_page(document: Document) -> None:
    for fact in facts_of(document).values():
        assert fact.locator.place is not None
        left, top, right, bottom = fact.locator.place["box"]  # type: ignore[misc]
        assert 72 < left < right < 530 and 72 < top < bottom < 600


def test_signs_that_say_nothing_was_reported_keep_their_kind(document: Document, signs: Printed) -> None:
    facts = facts_of(document)
    addresses = list(signs.truth)[5 : 5 + len(SIGNS)]
    assert [facts[address].state for address in addresses] == list(SIGNS.values())
    assert [facts[address].printed for address in addresses] == list(SIGNS)


def test_a_wrong_total_is_read_as_printed_and_is_an_issue(document: Document, signs: Printed) -> None:
    tables = align(rows_of(document), tuple(load_forms().values()))
    facts, issues = read_facts(document, tables)
    assert {address: fact.value for address, fact in facts.items()} == signs.truth
    errors = [issue for issue in [*issues, *check_balances(facts, tables)] if issue.severity == "error"]
    assert [(issue.rule, issue.row) for issue in errors] == [("T4-A", "reconsideration")]


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
