"""/quality: what could not be read or does not add up, by rule, year and province."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from reading_room.home import years_of
from reading_room.printed import balances, load_forms
from reading_room.visit import TABLES, Page, Visit


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of issue and, where it has one, its rule: how many there are, in how many reports, by year."""

    kind: str
    rule: str | None
    severity: str
    meaning: str
    issues: int
    reports: int
    by_year: Mapping[int, int]
    address: str


@dataclass(frozen=True, slots=True)
class Place:
    """How a province's reports stand: how many there are, how many of them bear an error."""

    code: str
    name: str
    reports: int
    errors: int
    warnings: int


def page(connection: sqlite3.Connection, visit: Visit) -> Page:
    """The issues of the whole archive, in counts with their denominators."""
    rules = _rules(connection, visit)
    reports = dict(connection.execute(
        "select report_year, reports from holdings where division = '' and report_year is not null order by 1").fetchall())  # fmt: skip
    return Page(
        "quality.html",
        {
            "rules": rules,
            "reports": reports,
            "years": years_of(reports),
            "total": sum(reports.values()),
            "places": _places(connection, visit),
            "elsewhere": connection.execute(
                "select coalesce(sum(issues), 0) from issue_counts where report_year is null"
            ).fetchone()[0],
        },
    )


def _rules(connection: sqlite3.Connection, visit: Visit) -> list[Rule]:
    said = {
        balance.rule: balance.text
        for form in load_forms(connection).values()
        for balance in balances(form, visit.texts)
    }
    rows = connection.execute(
        "select kind, rule, severity, report_year, sum(issues), sum(reports) from issue_counts group by 1, 2, 3, 4"
    )
    gathered: dict[tuple[str, str | None, str], dict[int, tuple[int, int]]] = {}
    for kind, rule, severity, year, issues, reports in rows:
        gathered.setdefault((kind, rule, severity), {})[year or 0] = (issues, reports)
    rules = [
        Rule(
            kind, rule, severity, said.get(rule or "") or visit.texts.name("issue_meaning", kind),
            sum(issues for issues, _ in years.values()), sum(reports for _, reports in years.values()),
            {year: issues for year, (issues, _) in years.items() if year},
            f"{TABLES}/issues?kind={kind}" + (f"&rule={rule}" if rule else "") + f"&severity={severity}",
        )
        for (kind, rule, severity), years in gathered.items()
    ]  # fmt: skip
    return sorted(rules, key=lambda rule: (-rule.issues, rule.kind, rule.rule or ""))


def _places(connection: sqlite3.Connection, visit: Visit) -> list[Place]:
    rows = connection.execute(
        "select h.division, d.name, h.reports, "
        "(select coalesce(sum(c.issues), 0) from issue_counts c where c.province = substr(h.division, 1, 2) and c.severity = 'error' "
        "and c.report_year is not null), "
        "(select coalesce(sum(c.issues), 0) from issue_counts c where c.province = substr(h.division, 1, 2) and c.severity = 'warning' "
        "and c.report_year is not null) "
        "from holdings h join divisions d on d.code = h.division where d.level in ('country', 'province') and h.report_year is null "
        "order by h.division"
    )
    return [Place(*row) for row in rows]
