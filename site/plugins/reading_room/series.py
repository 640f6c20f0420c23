"""Series: a figure of a body followed over the years, and its chart."""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from reading_room.charts import Chart, Point, draw_chart
from reading_room.drawing import SITE
from reading_room.texts import Texts

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


@dataclass(frozen=True, slots=True)
class Told:
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


def draw_series(series: Series, told: Mapping[int, Told], years: Iterable[int], name: str, top: float | None = None) -> Chart | None:
    """The chart of a series over these years; None where nothing is told in numbers. `top`: the scale, where several share it."""
    points = [Point(year, said.value) for year, said in told.items() if said.value is not None]
    broken_before = NEW_FORM if series.broken else None
    drawn = [year for year in years if not series.since or year >= series.since]
    return draw_chart(name, points, drawn, broken_before, top) if points and drawn else None


def told_by(connection: sqlite3.Connection, reports: Mapping[int, int], cells: Sequence[str]) -> dict[str, dict[int, Told]]:
    """cell → year → what the report of that year says. `reports`: the report of each year."""
    if not reports or not cells:
        return {}
    years = {report: year for year, report in sorted(reports.items())}
    asked = ",".join(["(?,?,?)"] * len(cells))
    keys = [key for cell in cells for key in cell.split("/")]
    told: dict[str, dict[int, Told]] = {}
    for report in years:
        rows = connection.execute(
            f"select table_key, row_key, column_key, value, state, printed from facts where report_id = ? "
            f"and (table_key, row_key, column_key) in (values {asked})",
            (report, *keys),
        )
        for table, row, column, value, state, printed in rows:
            told.setdefault(f"{table}/{row}/{column}", {})[years[report]] = Told(report, value, state, printed or "")
    return told
