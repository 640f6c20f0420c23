"""/coverage: which reports are here, beside the divisions that exist; what was due and is missing is not known yet, and said so."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from reading_room.home import years_of
from reading_room.visit import Page, Visit

LEVELS = ("province", "prefecture", "county")


@dataclass(frozen=True, slots=True)
class Level:
    """Divisions of a level that exist, and of how many the government's own report is here, by year."""

    level: str
    divisions: int
    by_year: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Kind:
    """Reports of a kind of body, by year."""

    kind: str | None
    by_year: Mapping[int, int]


def page(connection: sqlite3.Connection, visit: Visit) -> Page:
    """What the view `coverage` knows."""
    kinds = _kinds(connection)
    statuses = connection.execute("select status, count(*) from coverage group by 1 order by 2 desc").fetchall()
    return Page(
        "coverage.html",
        {
            "levels": _levels(connection),
            "kinds": kinds,
            "statuses": statuses,
            "years": years_of(year for kind in kinds for year in kind.by_year),
        },
    )


def _levels(connection: sqlite3.Connection) -> list[Level]:
    exist = dict(
        connection.execute("select level, count(*) from divisions where valid_to is null group by level").fetchall()
    )
    found: dict[str, dict[int, int]] = {level: {} for level in LEVELS}
    for level, year, count in connection.execute(
        "select d.level, r.report_year, count(distinct d.code) from bodies b join divisions d on d.code = b.division and d.valid_to is null "
        "join reports r on r.body_id = b.id where b.kind = 'government' group by 1, 2"
    ):
        found.setdefault(level, {})[year] = count
    return [Level(level, exist.get(level, 0), found[level]) for level in LEVELS]


def _kinds(connection: sqlite3.Connection) -> list[Kind]:
    found: dict[str | None, dict[int, int]] = {}
    for kind, year, count in connection.execute(
        "select kind, report_year, count(*) from coverage where status = 'found' group by 1, 2 order by 3 desc"
    ):
        found.setdefault(kind, {})[year] = count
    return [Kind(kind, years) for kind, years in found.items()]
