"""One document read whole: which report it is, whose and of which year, its figures, its sections, and what is wrong
with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from crawler.bodies import UNCLEAR_IN_ZONE
from crawler.titles import TitleReading, read_title
from extract.alignment import AlignedTable, align
from extract.checks import check_balances, check_completeness
from extract.content import content_digest
from extract.document import Document
from extract.facts import Fact, Issue, read_facts
from extract.forms import Form, form_of_year, load_forms
from extract.glued import glued_tables
from extract.narrative import SectionText, read_sections
from extract.numerals import State
from extract.rows import rows_of

# A title may be split over this many short lines at the head of the document.
TITLE_LINES, TITLE_LENGTH = 5, 70
PERIOD = re.compile(
    r"统计(?:数据)?(?:的)?期[限间][^\d]{0,10}(?P<start>(?:19|20)\d{2})\s*年?(?P<begin>[^至到。]{0,12})"
    r"[至到][^\d]{0,3}(?P<end>(?:19|20)\d{2})?\s*年?\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*日"
)
DATE = re.compile(r"(?P<year>(?:19|20)\d{2})\D{1,3}(?P<month>\d{1,2})\D{1,3}(?P<day>\d{1,2})")
# Rows of table 三 that a page must show to be a report without a title that says so.
CONVINCING_ROWS = 10
REPORT = "report"
# Kinds of titles that do not speak against a report: no title at all, or 政府信息公开工作年度报告 without body and year.
UNTOLD = frozenset(["other", "column"])


@dataclass(frozen=True, slots=True)
class Hint:
    """What is known of a document from outside: titles (of the list, of its page), the portal's division and name, its
    date as listed."""

    titles: tuple[str, ...] = ()
    division: str | None = None
    url: str | None = None
    published: str | None = None
    portal_name: str | None = None


@dataclass(frozen=True, slots=True)
class ReportHead:
    """Whose report it is and for which year; None where the document does not tell."""

    title: str | None
    issuing_body: str | None
    identity: str | None  # the same for every way of writing one body's name
    report_year: int | None
    scope: str
    form: str | None
    is_annual_report: bool
    published_on: str | None
    division: str | None
    level: str | None
    body_kind: str | None
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything read from one document."""

    sha256: str
    media_type: str
    head: ReportHead
    facts: Sequence[Fact]
    sections: Sequence[SectionText]
    issues: tuple[Issue, ...]
    text_sha256: str  # of the content without page furniture: another one where the report says something else


def read_report(document: Document, hint: Hint = Hint()) -> Reading:
    """A document as a report: facts with their places, sections, issues. A document that is no report has no facts
    and says why."""
    tables = _tables(document)
    facts, issues = read_facts(document, tables)
    title, told = _title(document, hint)
    why_not = _why_not(told, tables, facts.values())
    if why_not is not None:
        head = _head(document, hint, title, told, None, None, why_not)
        none = (Issue("not_a_report", "info", why_not),)
        return Reading(document.sha256, document.media_type, head, (), (), none, content_digest(title, (), ()))
    year, period_issues = _year(document, told)
    form, form_issues = _form(tables, year)
    issues += [Issue("unreadable", "error", part) for part in document.unread]
    issues += period_issues + form_issues
    issues += check_completeness(facts, tables, form)
    issues += check_balances(facts, tables)
    head = _head(document, hint, title, told, year, form, None)
    if head.issuing_body is None:
        issues.append(Issue("body_unresolved", "error", f"标题“{title or ''}”未说明发布机关"))
    elif told and UNCLEAR_IN_ZONE in told.evidence:
        detail = f"“{head.issuing_body}”刊于功能区网站，未说明属于该功能区还是所在县（区）"
        issues.append(Issue("body_unresolved", "warning", detail))
    sections = read_sections(document, (form or next(iter(load_forms().values()))).sections)
    said = content_digest(title, facts.values(), sections)
    return Reading(document.sha256, document.media_type, head, tuple(facts.values()), tuple(sections), tuple(issues), said)


def _tables(document: Document) -> dict[str, AlignedTable]:
    """The official tables of a document: from its grids, and what those lack from text whose cell borders were lost."""
    forms = tuple(load_forms().values())
    found = align(rows_of(document), forms)
    lost = {} if len(found) == len(forms[0].tables) else glued_tables(document, forms)
    return {**lost, **found}


def read_date(text: str | None) -> str | None:
    """A printed date in ISO 8601; None where there is none.

    >>> read_date("发布日期：2024年1月29日"), read_date("0000")
    ('2024-01-29', None)
    """
    match = DATE.search(unicodedata.normalize("NFKC", text or ""))
    if match is None or not (1 <= int(match["month"]) <= 12 and 1 <= int(match["day"]) <= 31):
        return None
    return f"{match['year']}-{int(match['month']):02d}-{int(match['day']):02d}"


# ------------------------------------------------------------------ title, body, year


def _title(document: Document, hint: Hint) -> tuple[str | None, TitleReading | None]:
    """The title that tells most, and what all of them tell together: the document's own words go before the page's and
    the list's, and a document that calls itself something else (解读, 通知) is no report whatever the list says."""
    own = _told((*_printed_titles(document), *document.furniture.titles), document, hint)
    listed = _told(hint.titles, document, hint)
    otherwise = [pair for pair in own if pair[1].kind not in UNTOLD]
    if otherwise and not any(told.kind == REPORT for _, told in own):
        return otherwise[0]
    reports = [(title, told) for title, told in (*own, *listed) if told.kind == REPORT]
    if not reports:
        spoken = [*own, *listed]
        return next((pair for pair in spoken if pair[1].kind != "other"), spoken[0] if spoken else (None, None))
    title, best = max(reports, key=lambda pair: (pair[1].issuing_body is not None) + (pair[1].report_year is not None))
    for _, other in reports:
        if best.issuing_body is None and other.issuing_body is not None:
            best = replace(other, report_year=best.report_year or other.report_year)
        elif best.report_year is None and other.report_year is not None:
            best = replace(best, report_year=other.report_year)
    return title, best


def _told(titles: Iterable[str], document: Document, hint: Hint) -> list[tuple[str, TitleReading]]:
    """What each distinct title says."""
    publisher = document.furniture.publisher
    return [
        (
            title,
            read_title(
                title, url=hint.url, division=hint.division, portal_name=hint.portal_name, publisher=publisher
            ),
        )
        for title in dict.fromkeys(filter(None, titles))
    ]


def _printed_titles(document: Document) -> Iterable[str]:
    """The first short lines of the text, alone and joined with those that follow."""
    lines: list[str] = []
    for paragraph in document.paragraphs:
        if len(paragraph.text) > TITLE_LENGTH or len(lines) == TITLE_LINES:
            break
        lines.append(paragraph.text)
    for start in range(min(len(lines), 3)):
        for end in range(start + 1, min(start + 3, len(lines)) + 1):
            yield "".join(lines[start:end])


def _why_not(told: TitleReading | None, tables: Mapping[str, AlignedTable], facts: Iterable[Fact]) -> str | None:
    """Why a document is no report; None where it is one."""
    convincing = any(len(table.rows) >= CONVINCING_ROWS for table in tables.values())
    if told is not None and told.kind != REPORT and not (told.kind in UNTOLD and convincing):
        return f"标题不是年度报告：{told.rule}"
    if told is None and not convincing:
        return "没有标题，也没有法定表格"
    states = [fact.state for fact in facts]
    yearless = told is None or told.report_year is None
    if yearless and states and all(state is State.BLANK for state in states):
        return "空白表格"
    return None


def _year(document: Document, told: TitleReading | None) -> tuple[int | None, list[Issue]]:
    """The report year: title first, then the period of the statistics; both are held against each other (rule D-2)."""
    in_title = told.report_year if told is not None else None
    match = next((match for p in document.paragraphs if "统计" in p.text and (match := PERIOD.search(p.text))), None)
    issues: list[Issue] = []
    if match is None:
        return in_title, issues
    printed, start = match[0], int(match["start"])
    end = int(match["end"] or start)
    if in_title is not None and in_title not in (start, end):
        issues.append(Issue("period", "error", f"标题为{in_title}年度，统计期限为“{printed}”", "D-2"))
    elif start != end or (int(match["month"]), int(match["day"])) != (12, 31):
        issues.append(Issue("period", "warning", f"统计期限不是一个自然年：“{printed}”", "D-2"))
    return in_title or start, issues


def _form(tables: Mapping[str, AlignedTable], year: int | None) -> tuple[Form | None, list[Issue]]:
    """The form that the labels bear: of table 二, else of 三; one single （六）其他处理 row alone does not make the
    older form."""
    by_year = form_of_year(year) if year is not None else None
    single = next((row.line.key for table in tables.values() for row in table.rows if row.line.stands_for), None)
    form = by_year
    if "proactive_disclosure" in tables:
        form = tables["proactive_disclosure"].form
    elif "requests" in tables and (single is None or by_year is None):
        form = tables["requests"].form if single is None else _official(single)
    issues: list[Issue] = []
    if form is not None and by_year is not None and form.key != by_year.key:
        issues.append(
            Issue("old_form", "warning", f"{year}年度应用{by_year.notice}的格式，原文用{form.notice}的格式", "F-1")
        )
    elif form is not None and single is not None and form is not _official(single):
        issues.append(Issue("old_form", "warning", "“（六）其他处理”只有一行，为旧格式", "F-1", "requests", single))
    for table in tables.values():
        if table.mixed:
            rows = "、".join(dict.fromkeys(table.mixed))
            issues.append(
                Issue(
                    "old_form",
                    "warning",
                    f"“{table.table.label}”混用了另一年度格式的栏目：{rows}",
                    "F-1",
                    table.table.key,
                )
            )
    return form, issues


def _official(row: str) -> Form:
    """The form that itself asks for this row of table 三."""
    return next(
        form
        for form in load_forms().values()
        if any(row == line.key for line in form.tables["requests"].official_lines)
    )


def _head(
    document: Document, hint: Hint, title: str | None, told: TitleReading | None, year: int | None, form: Form | None,
    why_not: str | None
) -> ReportHead:  # fmt: skip
    return ReportHead(
        title=title,
        issuing_body=told.issuing_body if told else None,
        identity=told.identity if told else None,
        report_year=year,
        scope=told.scope if told else "unknown",
        form=form.key if form else None,
        is_annual_report=why_not is None,
        published_on=read_date(document.furniture.published) or read_date(hint.published),
        division=told.division if told else None,
        level=told.level if told else None,
        body_kind=told.body_kind if told else None,
        why_not=why_not,
    )
