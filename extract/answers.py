"""What `nianbao read` answers about a file: the one JSON object that outside tools rely on."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from extract import readers
from extract.database import plain_number
from extract.document import UnreadableDocument
from extract.facts import Fact, Issue
from extract.reading import Hint, Reading, read_report
from extract.workers import Overrun, in_order


@dataclass(frozen=True, slots=True)
class Answer:
    """A file as read; without a reading where it could not be read, and then an issue of severity error says why."""

    name: str
    sha256: str | None
    reading: Reading | None
    issues: tuple[Issue, ...]

    @property
    def failed(self) -> bool:
        """Whether the file could not be read. A readable file that is no report is no failure."""
        return self.reading is None

    def as_json(self) -> dict[str, object]:
        """The contract of `nianbao read --json`: document, report, facts, sections, issues; what is not known is
        None."""
        reading = self.reading
        head = reading.head if reading else None
        return {
            "document": {
                "name": self.name,
                "sha256": self.sha256,
                "media_type": reading.media_type if reading else None,
            },
            "report": {
                "title": head.title if head else None,
                "issuing_body": head.issuing_body if head else None,
                "report_year": head.report_year if head else None,
                "scope": head.scope if head else "unknown",
                "form": head.form if head else None,
                "is_annual_report": head.is_annual_report if head else False,
                "published_on": head.published_on if head else None,
                "division": head.division if head else None,
            },
            "facts": [_fact(fact) for fact in reading.facts] if reading else [],
            "sections": [{"number": s.number, "heading": s.heading, "text": s.text} for s in reading.sections]
            if reading
            else [],
            "issues": [_issue(issue) for issue in self.issues],
        }


def answer(name: str) -> Answer:
    """Read one file. Nothing is raised for a file's own faults: a missing, damaged or encrypted one is answered with
    its issue."""
    try:
        payload = Path(name).read_bytes()
    except OSError as error:
        return Answer(name, None, None, (Issue("unreadable", "error", f"{name}：无法打开（{error.strerror}）"),))
    sha256 = hashlib.sha256(payload).hexdigest()
    try:
        document = readers.read(payload, name=name)
    except UnreadableDocument as error:
        return Answer(name, sha256, None, (Issue(error.kind, "error", f"{name}：{error.detail}"),))
    reading = read_report(document, Hint(titles=(Path(name).stem,)))
    return Answer(name, sha256, reading, reading.issues)


def answers(names: Sequence[str]) -> Iterator[Answer]:
    """The files' answers in the order given, read in processes of their own; a file that costs too much has an issue."""
    workers = min(len(names), os.cpu_count() or 1)
    for name, told in zip(names, in_order(answer, names, workers=workers), strict=True):
        yield told if isinstance(told, Answer) else Answer(name, None, None, (_limit(name, told),))


def _limit(name: str, overrun: Overrun) -> Issue:
    return Issue("limit", "error", f"{name}：{overrun.detail}")


def in_words(told: Answer) -> str:
    """The answer on a few lines for people."""
    if told.reading is None:
        return "\n".join(issue.detail for issue in told.issues)
    head = told.reading.head
    if not head.is_annual_report:
        return f"{told.name}：不是年度报告（{head.why_not}）"
    whose = f"{head.issuing_body or '发布机关不明'} {head.report_year or '年度不明'}"
    what = f"{told.name}：{whose}，{len(told.reading.facts)} 个数据，{len(told.issues)} 个问题"
    lines = (f"  {issue.severity} {issue.kind} {issue.rule or ''} {issue.detail}" for issue in told.issues)
    return "\n".join([what, *lines])


def _fact(fact: Fact) -> dict[str, object]:
    return {
        "table": fact.table,
        "row": fact.row,
        "column": fact.column,
        "value": plain_number(fact.value),
        "state": fact.state.value,
        "printed": fact.printed,
        "unit": fact.unit,
        "locator": fact.locator.as_json(),
    }


def _issue(issue: Issue) -> dict[str, object]:
    return {
        "kind": issue.kind,
        "rule": issue.rule,
        "severity": issue.severity,
        "table": issue.table,
        "row": issue.row,
        "column": issue.column,
        "detail": issue.detail,
    }
