"""/body/<id>: an office's figures over the years, and all its reports."""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from reading_room.charts import Chart, Point, draw_chart
from reading_room.drawing import SITE
from reading_room.texts import Texts
from reading_room.visit import Page, Visit

# The year of the new form: what stands under the same words on both sides may not be the same thing.
NEW_FORM = 2021


@dataclass(frozen=True, slots=True)
class Series:
    """A figure followed over the years, as site/series.toml chooses it. `since`: from which year on the forms ask it."""

    cell: str
    names: Mapping[str, str]
    broken: bool
    since: int | None

    def name(self, texts: Texts) -> str:
        """Its name in this language."""
        return self.names[texts.language]


@dataclass(frozen=True, slots=True)
class Told:
    """What a report says of a series in a year."""

    report: int
    value: float | None
    state: str
    printed: str


@dataclass(frozen=True, slots=True)
class Line:
    """A series of one body: its chart and its figures by year."""

    series: Series
    chart: Chart | None
    told: Mapping[int, Told]


@dataclass(frozen=True, slots=True)
class Account:
    """What a body tells in one scope: an office may report on itself and on its whole government, never mixed."""

    scope: str
    years: tuple[int, ...]
    reports: Mapping[int, int]
    lines: tuple[Line, ...]


def page(connection: sqlite3.Connection, visit: Visit) -> Page | None:
    """The page of a body; None where no body has that id."""
    body = connection.execute(
        "select b.*, d.name as division_name from bodies b left join divisions d on d.code = b.division where b.id = ?",
        (int(visit.named["id"]),),
    ).fetchone()
    if body is None:
        return None
    reports = connection.execute(
        "select * from reports where body_id = ? order by report_year desc, scope", (body["id"],)
    ).fetchall()
    scopes = dict.fromkeys(report["scope"] for report in reports)
    accounts = [_account(connection, [r for r in reports if r["scope"] == scope], visit.texts) for scope in scopes]
    return Page(
        "body.html",
        {"body": body, "reports": reports, "accounts": [a for a in accounts if a.lines], "new_form": NEW_FORM},
    )


@cache
def load_series() -> tuple[Series, ...]:
    """The series that a body's page draws."""
    with (SITE / "series.toml").open("rb") as file:
        entries = tomllib.load(file)["series"]
    return tuple(
        Series(each["cell"], {"zh": each["zh"], "en": each["en"]}, each.get("broken", False), each.get("since"))
        for each in entries
    )


def _account(connection: sqlite3.Connection, reports: list[sqlite3.Row], texts: Texts) -> Account:
    years = range(min(r["report_year"] for r in reports), max(r["report_year"] for r in reports) + 1)
    by_year = {report["report_year"]: report["id"] for report in reports}
    told = _told(connection, by_year)
    lines = tuple(
        Line(series, _chart(series, told[series.cell], years, texts), told[series.cell])
        for series in load_series()
        if told.get(series.cell)
    )
    return Account(reports[0]["scope"], tuple(years), by_year, lines)


def _chart(series: Series, told: Mapping[int, Told], years: Iterable[int], texts: Texts) -> Chart | None:
    points = [Point(year, said.value) for year, said in told.items() if said.value is not None]
    broken_before = NEW_FORM if series.broken else None
    drawn = [year for year in years if not series.since or year >= series.since]
    return draw_chart(series.name(texts), points, drawn, broken_before) if points else None


def _told(connection: sqlite3.Connection, reports: Mapping[int, int]) -> dict[str, dict[int, Told]]:
    """cell → year → what the report says."""
    cells = [tuple(series.cell.split("/")) for series in load_series()]
    asked = ",".join(["(?,?,?)"] * len(cells))
    told: dict[str, dict[int, Told]] = {}
    for year, report in sorted(reports.items()):
        rows = connection.execute(
            f"select table_key, row_key, column_key, value, state, printed from facts where report_id = ? "
            f"and (table_key, row_key, column_key) in (values {asked})",
            (report, *(key for cell in cells for key in cell)),
        )
        for table, row, column, value, state, printed in rows:
            told.setdefault(f"{table}/{row}/{column}", {})[year] = Told(report, value, state, printed or "")
    return told
