from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from making.damages import DAMAGES, ONLY_ON, damage
from making.docx import make_docx
from making.html import make_html, write_page
from making.printed import Made, Printed, print_report
from making.report import make_report
from making.text import make_text

from extract import readers
from extract.reading import Hint, Reading, read_date, read_report

BODY = "丰城市人民政府"
FORMATS: Mapping[str, Callable[[Printed], Made]] = {
    "html": make_html,
    "word": lambda printed: make_html(printed, markup="word", cms="ucap"),
    "uneven": lambda printed: make_html(printed, markup="uneven", cms="trs", charset="gb2312"),
    "docx": make_docx,
    "text": make_text,
}
CASES = [
    (name, year)
    for name in DAMAGES
    for year, form in ((2023, "2021"), (2020, "2019"))
    if not any(name in names and form != only for only, names in ONLY_ON.items())
]


def read(made: Made, hint: Hint | None = None) -> Reading:
    return read_report(readers.read(made.content), hint or Hint())


def hold(reading: Reading, made: Made) -> None:
    """A reading against the truth of what was made: every figure and state, no figure more, every issue raised."""
    facts = {fact.address: fact for fact in reading.facts}
    said = {address: (fact.value, fact.state.value) for address, fact in facts.items()}
    assert said == {address: (value, made.states.get(address, "number")) for address, value in made.truth.items()}
    assert set(made.issues) <= {(issue.kind, issue.rule) for issue in reading.issues}
    broken = {(i.rule, i.column or i.row) for i in reading.issues if i.kind == "balance" and i.severity == "error"}
    assert broken == made.broken


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("year", [2019, 2020, 2021, 2024])
def test_reads_every_figure_of_a_report_and_finds_nothing_wrong(name: str, year: int) -> None:
    made = FORMATS[name](print_report(make_report(year, BODY, year)))
    reading = read(made)
    hold(reading, made)
    assert reading.issues == ()
    head = reading.head
    assert (head.issuing_body, head.report_year, head.scope, head.form) == (BODY, year, "aggregate", made.report.form)
    assert [section.number for section in reading.sections] == [0, 1, 2, 3, 4, 5, 6]


def test_a_report_on_one_line_has_its_sections_all_the_same() -> None:
    reading = read(make_html(print_report(make_report(4, BODY, 2023)), one_line=True))
    assert [section.number for section in reading.sections] == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(("name", "year"), CASES)
def test_reads_a_damaged_report_as_it_stands(name: str, year: int) -> None:
    printed = damage(print_report(make_report(7, BODY, year)), name, seed=3)
    for make in (make_html, FORMATS["uneven"], make_docx, make_text) if year == 2023 else (FORMATS["word"],):
        made = make(printed)
        reading = read(made)
        hold(reading, made)
        assert (reading.head.report_year, reading.head.form) == (year, made.report.form)


def test_a_group_typed_with_another_groups_name_is_read_by_what_stands_below() -> None:
    reading = read(make_text(damage(print_report(make_report(1, BODY, 2023)), "not_processed_called_withheld")))
    (issue,) = reading.issues
    assert (issue.kind, issue.row) == ("label_variant", "not_processed.petitions")
    assert "不予公开" in issue.detail and "（五）不予处理" in issue.detail


def test_locators_lead_to_the_cell() -> None:
    made = make_text(print_report(make_report(1, BODY, 2023)))
    lines = made.content.decode().splitlines()
    for fact in read(made).facts:
        assert fact.locator.place is not None
        assert lines[int(str(fact.locator.place["line"])) - 1].strip() == fact.printed


def test_the_list_tells_whose_report_it_is_where_the_document_does_not() -> None:
    made = make_docx(damage(print_report(make_report(1, BODY, 2023)), "title_without_body"))
    assert read(made).head.issuing_body is None
    assert any(issue.kind == "body_unresolved" for issue in read(made).issues)
    told = read(made, Hint(titles=("丰城市2023年政府信息公开工作年度报告",)))
    assert (told.head.issuing_body, told.head.report_year) == (BODY, 2023)


def test_a_bare_town_on_a_zones_portal_is_an_issue_and_a_bare_department_the_zones() -> None:
    made = make_docx(damage(print_report(make_report(1, BODY, 2023)), "title_without_body"))
    town, office = (
        read(made, Hint((f"{who}2023年政府信息公开工作年度报告",), "360981", portal_name="丰城高新技术产业开发区管理委员会"))
        for who in ("建新镇", "财政局")
    )
    unclear = [issue.severity for issue in town.issues if issue.kind == "body_unresolved"]
    assert (unclear, town.head.division) == (["warning"], None)
    assert not [issue for issue in office.issues if issue.kind == "body_unresolved"]
    assert office.head.issuing_body == "丰城高新技术产业开发区财政局"


@pytest.mark.parametrize(
    "title", ["丰城市2023年政府信息公开工作年度报告解读", "关于做好2023年政府信息公开工作年度报告编制工作的通知"]
)
def test_what_is_no_report_has_no_facts_and_says_why(title: str) -> None:
    body = (
        "<p>2023年，全市认真做好政府信息公开工作，各单位应当于规定时间前完成编制和发布，并注意数据的真实准确。</p>" * 3
    )
    page = write_page("ucap", title=title, body=body, published="2024-01-10", source=BODY, site="示例", column="年报")
    reading = read_report(readers.read(page))
    assert not reading.head.is_annual_report and reading.facts == ()
    assert [(issue.kind, issue.severity) for issue in reading.issues] == [("not_a_report", "info")]


def test_a_report_on_the_older_form_in_a_later_year_says_so() -> None:
    made = make_html(print_report(make_report(3, BODY, 2023, form="2019")))
    reading = read(made)
    assert reading.head.form == "2019"
    assert [(issue.kind, issue.rule) for issue in reading.issues] == [("old_form", "F-1")]


def test_a_report_that_is_only_prose_is_incomplete() -> None:
    reading = read(make_html(damage(print_report(make_report(3, BODY, 2023)), "no_tables")))
    assert reading.facts == ()
    assert [issue.table for issue in reading.issues if issue.kind == "incomplete"] == [
        "proactive_disclosure", "requests", "review_and_litigation",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "date"),
    [("2024-01-29", "2024-01-29"), ("2024年1月9日", "2024-01-09"), ("发布时间：2024/1/9 10:20", "2024-01-09"), ("0000", None),
     (None, None), ("2024-13-01", None)],
)  # fmt: skip
def test_reads_a_printed_date(text: str | None, date: str | None) -> None:
    assert read_date(text) == date


def test_a_part_that_could_not_be_read_is_an_issue_of_the_report() -> None:
    document = readers.read(make_text(print_report(make_report(1, "丰城市人民政府", 2023))).content)
    reading = read_report(replace(document, unread=("第 3 页为图像，需要安装 ocr 组件",)))
    assert [(issue.kind, issue.severity, issue.detail) for issue in reading.issues] == [
        ("unreadable", "error", "第 3 页为图像，需要安装 ocr 组件")
    ]
