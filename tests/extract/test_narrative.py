from __future__ import annotations

import pytest

from extract.document import Document, Paragraph
from extract.forms import load_forms
from extract.narrative import read_sections

SECTIONS = load_forms()["2021"].sections


def sections(*lines: str) -> dict[int, tuple[str | None, str]]:
    document = Document("0" * 64, "text/plain", tuple(Paragraph(line) for line in lines))
    return {section.number: (section.heading, section.text) for section in read_sections(document, SECTIONS)}


def test_text_stands_under_its_heading_and_what_comes_before_is_section_zero() -> None:
    found = sections("前言。", "一、总体情况", "甲。", "乙。", "五、存在的主要问题及改进情况", "丙。")
    assert found == {
        0: (None, "前言。"),
        1: ("一、总体情况", "甲。\n乙。"),
        5: ("五、存在的主要问题及改进情况", "丙。"),
    }


@pytest.mark.parametrize(
    "heading", ["1、 总体情况", "—、总体情况", "、总体情况", "总体要求", "工作概述", "一.总体情况"]
)
def test_knows_the_first_heading_in_its_many_styles(heading: str) -> None:
    assert sections(heading, "甲。")[1] == (" ".join(heading.split()), "甲。")


def test_numerals_that_restart_below_a_heading_start_no_section() -> None:
    found = sections(
        "一、总体情况", "（一）主动公开情况", "甲。", "一、机构建设", "乙。", "六、其他需要报告的事项", "丙。"
    )
    assert found[1][1] == "（一）主动公开情况\n甲。\n一、机构建设\n乙。"
    assert found[6][1] == "丙。"


def test_leftovers_of_word_processors_are_taken_out() -> None:
    assert sections("一、总体情况", "[bookmark: _GoBack]甲。")[1][1] == "甲。"


def test_headings_inside_one_line_are_found() -> None:
    line = "前言。一、总体情况2023年甲。二、主动公开政府信息情况规章000三、收到和处理政府信息公开申请情况乙。六、其他需要报告的事项丙。"
    found = sections(line)
    assert {number: text for number, (_, text) in found.items()} == {
        0: "前言。",
        1: "2023年甲。",
        2: "规章000",
        3: "乙。",
        6: "丙。",
    }
