"""/report/<id>: what the report is, its three headline figures, its tables as officially printed, its prose, its issues."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from reading_room.charts import Chart, Point, draw_sparkline
from reading_room.figures import Fact, Figure, load_doubts, load_facts, show_figures
from reading_room.printed import Form, PrintedTable, Slot, balances, load_forms, printed_tables, section_labels
from reading_room.visit import Page, Visit

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
    rules = balances(form, visit.texts) if form else []
    doubts = load_doubts(connection, report["id"], rules, facts)
    figures = show_figures(facts, doubts, visit)
    tables = [table for table in _tables(forms, form, facts, visit) if table is not None]
    placed = {slot.address for table in tables for row in table.body for slot in row if isinstance(slot, Slot)}
    return Page(
        "report.html",
        {
            "report": report,
            "form": form,
            "headlines": _headlines(connection, report, figures, visit),
            "tables": tables,
            "absent": _absent(form, tables, visit),
            "figures": figures,
            "unplaced": [figure for address, figure in figures.items() if address not in placed],
            "doubts": doubts,
            "sections": _sections(connection, report["id"], form or next(iter(forms.values()), None), visit),
            "documents": _documents(connection, report["id"]),
            "captures": _captures(connection, report["payload_sha256"]),
        },
    )


def _tables(
    forms: Mapping[str, Form], form: Form | None, facts: Mapping[str, Fact], visit: Visit
) -> list[PrintedTable | None]:
    """The tables that the report has, each on the form that its rows fit best: real reports mix forms."""
    met = {(fact.table, fact.row) for fact in facts.values()}
    choices = ([form] if form else []) + [other for other in forms.values() if other is not form]
    drawn = {each.key: printed_tables(each, visit.texts, met) for each in choices}
    keys = list(dict.fromkeys(table.key for tables in drawn.values() for table in tables))

    def fitting(table: PrintedTable) -> int:
        return sum(slot.address in facts for row in table.body for slot in row if isinstance(slot, Slot))

    best = (max((t for tables in drawn.values() for t in tables if t.key == key), key=fitting) for key in keys)
    return [table if fitting(table) else None for table in best]


def _absent(form: Form | None, tables: list[PrintedTable], visit: Visit) -> list[str]:
    """The tables of its form that nothing was read of."""
    found = {table.key for table in tables}
    return [table.label for table in printed_tables(form, visit.texts) if table.key not in found] if form else []


def _headlines(
    connection: sqlite3.Connection, report: sqlite3.Row, figures: Mapping[str, Figure], visit: Visit
) -> list[Headline]:
    headlines = []
    for address in HEADLINES:
        if address in figures:
            table, row, column = address.split("/")
            years = connection.execute(
                "select r.report_year, f.value from reports r join facts f on f.report_id = r.id "
                "where r.body_id = ? and r.scope = ? and f.table_key = ? and f.row_key = ? and f.column_key = ? "
                "order by r.report_year",
                (report["body_id"], report["scope"], table, row, column),
            )
            points = [Point(year, value) for year, value in years if value is not None]
            name = visit.texts[f"headline.{row}"]
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
