"""/compare: up to six bodies side by side, any lines over any years; the address keeps the choice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reading_room.charts import Chart
from reading_room.search import find_bodies
from reading_room.series import SCOPES, Series, Told, draw_series, load_series, told_by
from reading_room.sheets import write_csv
from reading_room.visit import MOST_DIGITS, File, Page, Visit

MOST_BODIES, MOST_LINES, MOST_OFFERED = 6, 12, 12
FIRST_LINE = "requests/received/total"


@dataclass(frozen=True, slots=True)
class Compared:
    """A body with the report of each year, of the one scope that is followed."""

    id: int
    name: str
    scope: str
    reports: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Row:
    """A body's figures of a line, and its chart on the scale of that line."""

    body: Compared
    told: Mapping[int, Told]
    chart: Chart | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of the codebook over all bodies."""

    series: Series
    name: str
    rows: tuple[Row, ...]

    def told(self) -> list[tuple[str, str, Mapping[int, Told]]]:
        """The rows of its table: name, cell, what is told."""
        return [(row.body.name, self.series.cell, row.told) for row in self.rows]

    @property
    def reports(self) -> list[Mapping[int, int]]:
        """Of each body, the reports of the years."""
        return [row.body.reports for row in self.rows]


@dataclass(frozen=True, slots=True)
class Choice:
    """What is compared."""

    bodies: tuple[Compared, ...]
    years: tuple[int, ...]
    comparisons: tuple[Comparison, ...]


def page(connection: sqlite3.Connection, visit: Visit) -> Page:
    """The comparison, and the form that changes it."""
    lines = _lines(connection, visit)
    choice = _choose(connection, visit, lines)
    chosen = [comparison.series.cell for comparison in choice.comparisons]
    asked = visit.query("find").strip()[:200]
    known = {body.id for body in choice.bodies}
    return Page(
        "compare.html",
        {
            "choice": choice,
            "chosen": chosen,
            "lines": lines,
            "asked": asked,
            "offered": [each for each in find_bodies(connection, asked, MOST_OFFERED) if each["id"] not in known],
            "full": len(known) >= MOST_BODIES,
            "most": MOST_BODIES,
            "span": _span(connection),
            "without": {
                body.id: visit.again(body=[other.id for other in choice.bodies if other is not body], find=None)
                for body in choice.bodies
            },
            "dropped": {
                cell: visit.again(line=[other for other in chosen if other != cell], find=None) for cell in chosen
            },
            "with_body": lambda body: visit.again(body=[*known, body], find=None),
        },
    )


def download(connection: sqlite3.Connection, visit: Visit) -> File:
    """The figures of the comparison as CSV, one a row."""
    choice = _choose(connection, visit, _lines(connection, visit))
    head = (
        "body_id",
        "issuing_body",
        "scope",
        "report_year",
        "table_key",
        "row_key",
        "column_key",
        "value",
        "state",
        "printed",
        "report_id",
    )
    return File(
        write_csv([head, *_figures(choice)], mark=bool(visit.query("bom"))), "text/csv; charset=utf-8", "comparison.csv"
    )


def _figures(choice: Choice) -> Iterator[tuple[object, ...]]:
    for comparison in choice.comparisons:
        for row in comparison.rows:
            for year, said in sorted(row.told.items()):
                body, keys = row.body, comparison.series.cell.split("/")
                yield (body.id, body.name, body.scope, year, *keys, said.value, said.state, said.printed, said.report)


def _lines(connection: sqlite3.Connection, visit: Visit) -> dict[str, dict[str, Series]]:
    """table → cell → series: every line of the codebook, the newest form's first, those of site/series.toml under their names."""
    known = {series.cell: series for series in load_series()}
    lines: dict[str, dict[str, Series]] = {}
    rows = connection.execute(
        "select table_key, row_key, column_key, label_zh, label_en, min(form) as since from lines "
        "group by table_key, row_key, column_key order by max(form) desc, position"
    )
    for table, row, column, zh, en, since in rows:
        cell = f"{table}/{row}/{column}"
        asked_since = int(since) if since.isdigit() and table == "proactive_disclosure" and since >= "2021" else None
        plain = Series(cell, {"zh": zh, "en": en or zh}, False, asked_since)
        lines.setdefault(table, {})[cell] = known.get(cell) or plain
    return lines


def _choose(connection: sqlite3.Connection, visit: Visit, lines: Mapping[str, Mapping[str, Series]]) -> Choice:
    every = {cell: series for table in lines.values() for cell, series in table.items()}
    asked = [line for line in dict.fromkeys(visit.asked.get("line", ())) if line in every][:MOST_LINES]
    cells = asked or [cell for cell in (FIRST_LINE,) if cell in every]
    ids = [
        int(each)
        for each in dict.fromkeys(visit.asked.get("body", ()))
        if each.isascii() and each.isdigit() and len(each) <= MOST_DIGITS
    ]
    bodies = [body for each in ids[: 2 * MOST_BODIES] if (body := _body(connection, each))][:MOST_BODIES]
    first, last = visit.number("from") or 0, visit.number("to") or 9999
    bodies = [replace(b, reports={y: r for y, r in b.reports.items() if first <= y <= last}) for b in bodies]
    met = [year for body in bodies for year in body.reports]
    years = tuple(range(min(met), max(met) + 1)) if met else ()
    told = {body.id: told_by(connection, body.reports, cells) for body in bodies}
    return Choice(
        tuple(bodies), years,
        tuple(_compare(every[cell], bodies, years, {key: each.get(cell, {}) for key, each in told.items()}, visit) for cell in cells),
    )  # fmt: skip


def _compare(
    series: Series,
    bodies: Sequence[Compared],
    years: Sequence[int],
    told: Mapping[int, Mapping[int, Told]],
    visit: Visit,
) -> Comparison:
    top = max((said.value for each in told.values() for said in each.values() if said.value is not None), default=0)
    rows = (
        Row(body, told[body.id], draw_series(series, told[body.id], years, body.name, top or None)) for body in bodies
    )
    return Comparison(series, series.name(visit.texts), tuple(rows))


def _body(connection: sqlite3.Connection, body: int) -> Compared | None:
    reports = connection.execute(
        "select b.name, r.scope, r.report_year, r.id from bodies b left join reports r on r.body_id = b.id where b.id = ?",
        (body,),
    ).fetchall()
    if not reports:
        return None
    scope = min((row["scope"] for row in reports if row["scope"]), key=SCOPES.index, default="unknown")
    years = {row["report_year"]: row["id"] for row in reports if row["scope"] == scope}
    return Compared(body, reports[0]["name"], scope, years)


def _span(connection: sqlite3.Connection) -> tuple[int, int] | None:
    first, last = connection.execute(
        "select min(report_year), max(report_year) from holdings where division = ''"
    ).fetchone()
    return (first, last) if first else None
