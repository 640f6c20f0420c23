"""Titles, headings, period and prose as offices write them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from making.printed import Damage, Part, Printed, PrintedParagraph, PrintedTable

OTHER_HEADINGS = {1: "总体要求", 5: "存在的问题及改进措施"}
NUMERALS = "一二三四五六"


def _heading(write: Callable[[int, str], str]) -> Damage:
    """The six headings written otherwise, from number and wording."""

    def change(printed: Printed, _: random.Random) -> Printed:
        numbers = iter(range(1, 7))
        return printed.with_paragraphs(
            lambda p: replace(p, text=write(next(numbers), p.text[2:])) if p.role == "heading" else p
        )

    return change


def _numerals_restart(printed: Printed, rng: random.Random) -> Printed:
    """一、二、 stand inside a section too, where （一）（二） should."""
    return printed.with_paragraphs(
        lambda p: replace(p, text=f"{p.text[1]}、{p.text[3:]}") if p.role == "text" and p.text[2:3] == "）" else p
    )


def _title(*lines: str) -> Damage:
    """Another title; {body}, {short} and {year} are the report's own, each line a paragraph."""

    def change(printed: Printed, _: random.Random) -> Printed:
        report = printed.report
        known = {"body": report.issuing_body, "year": report.report_year, "title": report.title}
        known["short"] = report.issuing_body.removesuffix("人民政府")
        titles = [PrintedParagraph(line.format(**known), "title") for line in lines]
        rest = [p for p in printed.parts if not (isinstance(p, PrintedParagraph) and p.role == "title")]
        return replace(printed, parts=(*titles, *rest))

    return change


def _period(printed_as: str, *issues: tuple[str, str | None]) -> Damage:
    def change(printed: Printed, _: random.Random) -> Printed:
        year = printed.report.report_year
        official = f"自{year}年1月1日起至{year}年12月31日止"
        other = printed_as.format(year=year, before=year - 1)
        changed = printed.with_paragraphs(lambda p: replace(p, text=p.text.replace(official, other)))
        return replace(changed, issues=printed.issues + issues)

    return change


def _leftovers(printed: Printed, rng: random.Random) -> Printed:
    """Remains of the template and of the word processor stand in the text."""
    parts: list[Part] = []
    for part in printed.parts:
        if isinstance(part, PrintedTable):
            parts.append(PrintedParagraph("该部分以表格形式报告。表格如下:"))
        parts.append(part)
        if isinstance(part, PrintedParagraph) and part.role == "heading":
            parts.append(PrintedParagraph("[bookmark: _GoBack]"))
    return replace(printed, parts=tuple(parts))


def _prose_contradicts(printed: Printed, rng: random.Random) -> Printed:
    """The prose tells another number of requests than the table."""
    received = int(printed.truth["requests", "received", "total"] or 0)
    return printed.with_paragraphs(
        lambda p: replace(p, text=re.sub(rf"(申请|新收){received}件", rf"\g<1>{received + 78}件", p.text))
    )


HEADINGS: Mapping[str, Damage] = {
    "arabic_headings": _heading(lambda n, words: f"{n}、 {words}"),
    "dash_headings": _heading(lambda n, words: f"{'—' if n == 1 else NUMERALS[n - 1]}、{words}"),
    "unnumbered_headings": _heading(lambda n, words: f"、{words}" if n == 1 else words),
    "indented_headings": _heading(lambda n, words: f"　　{NUMERALS[n - 1]}、{words}。"),
    "other_wording_of_headings": _heading(
        lambda n, words: f"{NUMERALS[n - 1]}、{OTHER_HEADINGS.get(n, words)}"
    ),
    "numerals_restart": _numerals_restart,
}
WORDING: Mapping[str, Damage] = {
    "title_over_two_lines": _title("{short}{year}年政府信息公开工作", "年度报告"),
    "title_over_three_lines": _title("{body}", "{year}年度", "政府信息公开工作年度报告"),
    "title_without_body": _title("{year}年政府信息公开工作年度报告"),
    "title_with_year_first": _title("{year}年{body}政府信息公开工作年度报告"),
    "title_with_doubled_word": _title("{body}{year}年度年度政府信息公开工作年度报告"),
    "title_says_nianbao": _title("{body}{year}年政府信息公开年报"),
    "title_with_suffix": _title("{title}.docx"),
    "period_with_lost_characters": _period("自{year}1月1日至{year}12月31日止"),
    "period_of_the_year_before": _period("自{before}年1月1日起至{before}年12月31日止", ("period", "D-2")),
    "period_ends_early": _period("自{year}年1月1日起至{year}年12月21日止"),
    "leftovers": _leftovers,
    "prose_contradicts_table": _prose_contradicts,
}
