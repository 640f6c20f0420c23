"""/report/<id>: what the report is, its headline figures, its tables as officially printed, its prose, issues, checks and
versions; and the report as a file."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reading_room.balances import check
from reading_room.charts import Chart, Point, draw_sparkline
from reading_room.citation import citations
from reading_room.details import labels_of
from reading_room.figures import Doubt, Fact, Figure, Figures, load_doubts, load_facts
from reading_room.metadata import describe_report
from reading_room.printed import (
    Form,
    PrintedTable,
    addresses,
    balances,
    load_forms,
    printed_tables,
    relabelled,
    rows_met,
    section_labels,
)
from reading_room.series import told_by
from reading_room.sheets import write_csv
from reading_room.visit import File, Page, Visit

# How an issue tells that the document has a label of its own.
VARIANT = re.compile("原文“(?P<own>[^”]*)”.*“(?P<official>[^”]*)”")

HEADLINES = (
    "requests/received/total",
    "requests/outcomes_total/total",
    "proactive_disclosure/administrative_penalties/decisions",
)


@dataclass(frozen=True, slots=True)
class Headline:
    """One of the figures at the top, with its line over the body's years."""

    name: str
    figure: Figure
    line: Chart | None


@dataclass(frozen=True, slots=True)
class Version:
    """A change after publication: when it was met, what it is (edited, vanished, restored), the documents before and after
    (none where nothing stood), and the cells that became others."""

    moment: str
    what: str
    url: str
    before: str | None
    after: str | None
    cells: tuple[tuple[str, str | None, str | None], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The prose of a section, in paragraphs."""

    number: int
    heading: str
    paragraphs: tuple[str, ...]


def page(connection: sqlite3.Connection, visit: Visit) -> Page | None:
    """The page of a report; None where no report has that id."""
    report = connection.execute(
        "select r.*, b.name as body_name from reports r join bodies b on b.id = r.body_id where r.id = ?",
        (int(visit.named["id"]),),
    ).fetchone()
    if report is None:
        return None
    forms = load_forms(connection)
    form = forms.get(report["form"])
    facts = load_facts(connection, report["id"])
    rules = balances(form, visit.texts) if form else ()
    english = labels_of(form, visit.texts) if form and visit.texts.language == "en" else None
    doubts = load_doubts(connection, report["id"], rules, facts, english)
    figures = Figures(facts, doubts, visit)
    own = _own_labels(doubts) if visit.texts.language == "zh" else {}
    tables = [relabelled(table, own) for table in _tables(forms, form, facts, visit) if table is not None]
    placed = frozenset().union(*map(addresses, tables))
    return Page(
        "report.html",
        {
            "report": report,
            "described": describe_report(report, visit),
            "checks": check(form, facts, visit.texts) if form else [],
            "versions": _versions(connection, report["id"]),
            "unlisted": _unlisted(connection, report["id"]),
            "citations": citations(report, visit.texts["site"]),
            "form": form,
            "headlines": _headlines(connection, report, figures, visit),
            "tables": tables,
            "absent": _absent(form, tables, visit),
            "figures": figures,
            "unplaced": [figures[address] for address in facts if address not in placed],
            "doubts": doubts,
            "sections": _sections(connection, report["id"], form or next(iter(forms.values()), None), visit),
            "documents": _documents(connection, report["id"]),
            "captures": _captures(connection, report["payload_sha256"]),
        },
    )


def download(connection: sqlite3.Connection, visit: Visit) -> File | None:
    """A report's figures as CSV, or the whole of it as JSON; None where no report has that id."""
    number = int(visit.named["id"])
    report = connection.execute(
        "select r.*, b.division from reports r join bodies b on b.id = r.body_id where r.id = ?", (number,)
    ).fetchone()
    if report is None:
        return None
    facts = connection.execute(
        "select f.table_key, f.row_key, f.column_key, f.value, f.state, f.printed, f.unit, f.locator, l.label_zh, l.label_en "
        "from facts f left join lines l on l.form = ? and l.table_key = f.table_key and l.row_key = f.row_key "
        "and l.column_key = f.column_key where f.report_id = ? order by l.position",
        (report["form"] or "", number),
    ).fetchall()
    if visit.named["format"] == "csv":
        head = ("report_id", "issuing_body", "division", "report_year", "scope", "form")
        same = [number, *(report[key] for key in head[1:])]
        names = (
            "table_key",
            "row_key",
            "column_key",
            "label_zh",
            "label_en",
            "value",
            "state",
            "printed",
            "unit",
            "locator",
        )
        rows = [[*same, *(fact[name] for name in names)] for fact in facts]
        return File(
            write_csv([(*head, *names), *rows], bool(visit.query("bom"))),
            "text/csv; charset=utf-8",
            f"report-{number}.csv",
        )
    whole = {
        "report": dict(report),
        "facts": [dict(fact) | {"locator": json.loads(fact["locator"])} for fact in facts],
        "sections": _all(
            connection, "select number, heading, text from sections where report_id = ? order by number", number
        ),
        "issues": _all(
            connection,
            "select kind, rule, severity, table_key, row_key, column_key, detail from issues where report_id = ? order by id",
            number,
        ),
        "changes": [
            change | {"cells": json.loads(change["cells"])}
            for change in _all(
                connection,
                "select url, moment, what, before_sha256, after_sha256, cells from report_changes where report_id = ? order by moment",
                number,
            )
        ],
    }
    return File(json.dumps(whole, ensure_ascii=False, indent=1).encode(), "application/json; charset=utf-8")


def _all(connection: sqlite3.Connection, sql: str, report: int) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(sql, (report,))]


def _own_labels(doubts: Iterable[Doubt]) -> dict[str, str]:
    """The form's label → the document's own, as issues of the kind `label_variant` tell it."""
    told = (VARIANT.search(doubt.detail) for doubt in doubts if doubt.kind == "label_variant")
    return {each["official"]: each["own"] for each in told if each}


def _versions(connection: sqlite3.Connection, report: int) -> list[Version]:
    """The changes after publication, the newest first."""
    rows = connection.execute("select * from report_changes where report_id = ? order by moment desc, what", (report,))
    return [
        Version(
            row["moment"],
            row["what"],
            row["url"],
            row["before_sha256"],
            row["after_sha256"],
            tuple(map(tuple, json.loads(row["cells"]))),
        )
        for row in rows
    ]


def _unlisted(connection: sqlite3.Connection, report: int) -> list[sqlite3.Row]:
    """The addresses that answer still though their column lists them no more, each with when that was met."""
    return connection.execute(
        "select v.url, v.first_seen from report_versions v where v.report_id = ? and v.what_changed = 'unlisted' and not exists "
        "(select 1 from report_versions w where w.report_id = v.report_id and w.url = v.url and w.number > v.number)",
        (report,),
    ).fetchall()


def _tables(
    forms: Mapping[str, Form], form: Form | None, facts: Mapping[str, Fact], visit: Visit
) -> list[PrintedTable | None]:
    """The tables that the report has, each on the form that its rows fit best: real reports mix forms."""
    met = rows_met(facts)
    choices = ([form] if form else []) + [other for other in forms.values() if other is not form]
    drawn = {each.key: printed_tables(each, visit.texts, met) for each in choices}
    keys = list(dict.fromkeys(table.key for tables in drawn.values() for table in tables))

    def fitting(table: PrintedTable) -> int:
        return len(addresses(table) & facts.keys())

    best = (max((t for tables in drawn.values() for t in tables if t.key == key), key=fitting) for key in keys)
    return [table if fitting(table) else None for table in best]


def _absent(form: Form | None, tables: list[PrintedTable], visit: Visit) -> list[str]:
    """The tables of its form that nothing was read of."""
    found = {table.key for table in tables}
    return [table.label for table in printed_tables(form, visit.texts) if table.key not in found] if form else []


def _headlines(
    connection: sqlite3.Connection, report: sqlite3.Row, figures: Mapping[str, Figure], visit: Visit
) -> list[Headline]:
    there = [address for address in HEADLINES if address in figures]
    years = dict(
        connection.execute(
            "select report_year, id from reports where body_id = ? and scope = ? order by report_year",
            (report["body_id"], report["scope"]),
        ).fetchall()
    )
    told = told_by(connection, years, there) if len(years) > 1 else {}
    headlines = []
    for address in there:
        points = [Point(year, said.value) for year, said in sorted(told.get(address, {}).items()) if said.value is not None]
        name = visit.texts[f"headline.{address.split('/')[1]}"]
        line = draw_sparkline(name, points, report["report_year"]) if len(points) > 1 else None
        headlines.append(Headline(name, figures[address], line))
    return headlines


def _sections(connection: sqlite3.Connection, report: int, form: Form | None, visit: Visit) -> list[Section]:
    labels = section_labels(form, visit.texts) if form else {}
    rows = connection.execute(
        "select number, heading, text from sections where report_id = ? order by number", (report,)
    )
    return [
        Section(
            number, labels.get(number) or heading or "", tuple(filter(None, map(str.strip, re.split(r"\n+", text))))
        )
        for number, heading, text in rows
        if text.strip()
    ]


def _documents(connection: sqlite3.Connection, report: int) -> list[sqlite3.Row]:
    """Every document that carries the report, the one that speaks first."""
    return connection.execute(
        "select d.payload_sha256, d.url, d.role, d.chosen, p.media_type from report_documents d "
        "join documents p on p.payload_sha256 = d.payload_sha256 where d.report_id = ? order by d.chosen desc, d.role desc, d.url",
        (report,),
    ).fetchall()


def _captures(connection: sqlite3.Connection, sha256: str) -> list[sqlite3.Row]:
    """When and where the document that speaks was fetched, first and last."""
    return connection.execute(
        "select c.captured_at, c.url, coalesce(p.name, c.portal) as portal from captures c "
        "left join portals p on p.key = c.portal where c.payload_sha256 = ? order by c.captured_at limit 1",
        (sha256,),
    ).fetchall()
