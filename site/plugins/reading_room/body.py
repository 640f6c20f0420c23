"""/body/<id>: an office's figures over the years, and all its reports."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from reading_room.charts import Chart
from reading_room.series import NEW_FORM, Series, Told, draw_series, load_series, told_by
from reading_room.texts import Texts
from reading_room.visit import Page, Visit

MOST_PEERS = 12


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

    def rows(self, texts: Texts) -> list[tuple[str, str, Mapping[int, Told]]]:
        """The rows of its table: name, cell, what is told."""
        return [(line.series.name(texts), line.series.cell, line.told) for line in self.lines]


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
        {
            "body": body,
            "reports": reports,
            "accounts": [a for a in accounts if a.lines],
            "peers": _peers(connection, body),
            "new_form": NEW_FORM,
        },
    )


def _account(connection: sqlite3.Connection, reports: list[sqlite3.Row], texts: Texts) -> Account:
    years = range(min(r["report_year"] for r in reports), max(r["report_year"] for r in reports) + 1)
    by_year = {report["report_year"]: report["id"] for report in reports}
    told = told_by(connection, by_year, [series.cell for series in load_series()])
    lines = tuple(
        Line(series, draw_series(series, told[series.cell], years, series.name(texts)), told[series.cell])
        for series in load_series()
        if told.get(series.cell)
    )
    return Account(reports[0]["scope"], tuple(years), by_year, lines)


def _peers(connection: sqlite3.Connection, body: sqlite3.Row) -> list[sqlite3.Row]:
    """Bodies of the same kind and level, those nearby first: of its prefecture, then of its province."""
    if not body["division"] or not body["kind"]:
        return []
    province, prefecture = body["division"][:2], body["division"][:4]
    return connection.execute(
        "select b.id, b.name, b.division from bodies b where b.kind = ? and b.level is ? and b.division between ? and ? and b.id <> ? "
        f"order by substr(b.division, 1, 4) <> ?, b.division, b.name limit {MOST_PEERS}",
        (body["kind"], body["level"], province, province + "~", body["id"], prefecture),
    ).fetchall()
