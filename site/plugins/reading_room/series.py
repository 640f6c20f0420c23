"""Series: a figure of a body followed over the years, and its chart."""

from __future__ import annotations

import json
import sqlite3
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from markupsafe import Markup, escape

from reading_room.charts import Chart, Point, draw_chart
from reading_room.numerals import figure
from reading_room.texts import Texts
from reading_room.visit import SITE, Visit

# The year of the new form: what stands under the same words on both sides may not be the same thing.
NEW_FORM = 2021
# Where an office reports in several scopes, one of them is followed: the widest.
SCOPES = ("aggregate", "own_organ", "unknown")


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


class Told(NamedTuple):
    """What a report says of a series in a year."""

    report: int
    value: float | None
    state: str
    printed: str


@cache
def load_series() -> tuple[Series, ...]:
    """The series that a body's page draws."""
    with (SITE / "series.toml").open("rb") as file:
        entries = tomllib.load(file)["series"]
    return tuple(
        Series(each["cell"], {"zh": each["zh"], "en": each["en"]}, each.get("broken", False), each.get("since"))
        for each in entries
    )


def draw_series(
    series: Series, told: Mapping[int, Told], years: Iterable[int], name: str, top: float | None = None
) -> Chart | None:
    """The chart of a series over these years; None where nothing is told in numbers. `top`: the scale, where several share it."""
    points = [Point(year, said.value) for year, said in told.items() if said.value is not None]
    broken_before = NEW_FORM if series.broken else None
    drawn = [year for year in years if not series.since or year >= series.since]
    return draw_chart(name, points, drawn, broken_before, top) if points and drawn else None


def told_by(
    connection: sqlite3.Connection, reports: Mapping[int, int], cells: Sequence[str]
) -> dict[str, dict[int, Told]]:
    """cell → year → what the report of that year says. `reports`: the report of each year."""
    if not reports or not cells:
        return {}
    # Each figure is found by its whole key; left alone, SQLite reads every figure of the reports.
    rows = connection.execute(
        f"with asked (number, table_key, row_key, column_key) as (values {','.join(['(?,?,?,?)'] * len(cells))}) "
        "select a.number, f.report_id, f.value, f.state, f.printed from (select value as id from json_each(?)) r "
        "cross join asked a cross join facts f on f.report_id = r.id "
        "and f.table_key = a.table_key and f.row_key = a.row_key and f.column_key = a.column_key",
        (*(key for number, cell in enumerate(cells) for key in (number, *cell.split("/"))), json.dumps(list(reports.values()))),
    )
    years = {report: year for year, report in reports.items()}
    told: dict[str, dict[int, Told]] = {}
    for number, report, value, state, printed in rows:
        told.setdefault(cells[number], {})[years[report]] = Told(report, value, state, printed or "")
    return told


def draw_rows(
    rows: Iterable[tuple[str, str, Mapping[int, Told]]],
    years: Sequence[int],
    reports: Iterable[Mapping[int, int]],
    visit: Visit,
) -> Markup:
    """The rows of a table of series: (name, cell, what is told). `reports`: of each row, the reports of the years."""
    none = {
        True: f' title="{escape(visit.texts["body.not_asked"])}"',
        False: f' title="{escape(visit.texts["body.no_report"])}"',
    }
    prefix = visit.link("/report/")
    drawn: list[str] = []
    for (name, cell, told), known in zip(rows, reports, strict=True):
        drawn.append(f'<tr><th scope="row" class="l0">{escape(name)}</th>')
        for at, year in enumerate(years):
            said, after = told.get(year), " after-break" if year == NEW_FORM and at else ""
            if said is None:
                drawn.append(f'<td class="figure missing{after}"{none[year in known]}></td>')
                continue
            style = "zero" if said.value == 0 else said.state
            shown = figure(said.value) if said.value is not None else escape(said.printed)
            spoken = f' aria-label="{escape(visit.texts.name("state", said.state))}"' if said.value is None else ""
            drawn.append(
                f'<td class="figure {style}{after}"><a href="{prefix}{said.report}#{escape(cell)}"{spoken}>{shown}</a></td>'
            )
        drawn.append("</tr>\n")
    return Markup("".join(drawn))
