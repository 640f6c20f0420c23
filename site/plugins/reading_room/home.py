"""/: what the archive holds, by province and year, and what came in last."""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from reading_room.changes import changed
from reading_room.metadata import describe_archive
from reading_room.numerals import figure
from reading_room.visit import SITE, Page, Visit

NEWEST, CHANGED = 12, 5
# The side of a square of the tile map, with the gap after it.
SQUARE = 44
# The first report counts of the steps of the tiles' shade; the legend prints them.
STEPS = (1, 5, 20, 100, 500)


@dataclass(frozen=True, slots=True)
class Tile:
    """How many reports there are of a year; `shade` 0 (none) to 5."""

    count: int
    shade: int


class Square(NamedTuple):
    """A province on the tile map."""

    code: str
    name: str
    title: str
    x: int
    y: int
    tile: Tile


@dataclass(frozen=True, slots=True)
class Province:
    """A row of the grid. `code` is `unknown` for bodies whose division could not be told."""

    code: str
    name: str
    bodies: int
    tiles: Mapping[int, Tile]


def page(connection: sqlite3.Connection, visit: Visit) -> Page:
    """The home page."""
    provinces = _provinces(connection, visit)
    years = years_of(year for province in provinces for year in province.tiles)
    totals = _totals(connection)
    return Page(
        "home.html",
        {
            "totals": totals,
            "described": describe_archive(totals, visit),
            "grid": _grid(provinces, years, visit),
            "map": _map(_squares(connection, provinces), visit),
            "years": years,
            "steps": STEPS,
            "newest": _newest(connection),
            "changed": changed(connection, CHANGED),
            "last_run": connection.execute("select * from runs order by started_at desc, rowid desc limit 1").fetchone(),
        },
    )


def years_of(years: Iterable[int]) -> list[int]:
    """All years from the first to the last, those without a report among them."""
    known = set(years)
    return list(range(min(known), max(known) + 1)) if known else []


@lru_cache(maxsize=4096)
def tile(count: int) -> Tile:
    """A tile of that many reports."""
    return Tile(count, sum(count >= step for step in STEPS))


def _totals(connection: sqlite3.Connection) -> dict[str, int]:
    """How much there is, as summed up when the database was built."""
    row = connection.execute(
        "select reports, bodies, facts as figures, issues, documents from holdings where division = '' and report_year is null"
    ).fetchone()
    return dict(row) if row else dict.fromkeys(("reports", "bodies", "figures", "issues", "documents"), 0)


def _provinces(connection: sqlite3.Connection, visit: Visit) -> list[Province]:
    """The provinces that have reports, and last the bodies whose division is not known."""
    rows = connection.execute(
        "select h.division, d.name, h.report_year, h.reports, h.bodies from holdings h left join divisions d on d.code = h.division "
        "where h.division in (select code from divisions where level in ('country', 'province') union select 'unknown')"
    )
    named: dict[str, str] = {}
    bodies_of: dict[str, int] = {}
    tiles: dict[str, dict[int, Tile]] = {}
    for code, name, year, reports, bodies in rows:
        named[code] = name or visit.texts["home.unknown_division"]
        if year is None:
            bodies_of[code] = bodies
        else:
            tiles.setdefault(code, {})[year] = tile(reports)
    return [Province(code, named[code], bodies_of.get(code, 0), tiles.get(code, {})) for code in sorted(named)]


def _squares(connection: sqlite3.Connection, provinces: Iterable[Province]) -> list[Square]:
    """All provinces, those without a report among them."""
    held = {province.code: sum(tile.count for tile in province.tiles.values()) for province in provinces}
    rows = connection.execute("select code, name from divisions where level = 'province' order by +code")
    places = _places()
    return [
        Square(
            code,
            places[code]["name"],
            name,
            places[code]["column"] * SQUARE,
            places[code]["row"] * SQUARE,
            tile(held.get(code, 0)),
        )
        for code, name in rows
        if code in places
    ]


def _map(squares: Iterable[Square], visit: Visit) -> Markup:
    """The tile map: put together here, which takes a fourth of the time that a template would."""
    prefix, half = escape(visit.link("/division/")), SQUARE // 2 - 1
    drawn: list[str] = []
    for each in squares:
        count, middle = each.tile.count, each.x + half
        drawn.append(
            f'<a href="{prefix}{escape(each.code)}" aria-label="{escape(each.title)} {count}">'
            f'<rect class="t{each.tile.shade}" x="{each.x + 1}" y="{each.y + 1}" width="41" height="41"/>'
            f'<text x="{middle}" y="{each.y + 20}">{escape(each.name)}</text>'
        )
        drawn.append(f'<text class="n" x="{middle}" y="{each.y + 35}">{count}</text></a>\n' if count else "</a>\n")
    return Markup("".join(drawn))


def _grid(provinces: Iterable[Province], years: Iterable[int], visit: Visit) -> Markup:
    """The rows of the grid of provinces and years."""
    drawn: list[str] = []
    for province in provinces:
        name, address = escape(province.name), escape(visit.link(f"/division/{province.code}"))
        drawn.append(f'<tr><th scope="row" class="l0"><a href="{address}">{name}</a></th>')
        for year in years:
            if known := province.tiles.get(year):
                label = f"{name} {year}: {known.count}"
                drawn.append(
                    f'<td class="tile q{known.shade}"><a href="{address}" aria-label="{label}">{known.count}</a></td>'
                )
            else:
                drawn.append('<td class="tile q0"></td>')
        drawn.append(f'<td class="count">{figure(province.bodies)}</td></tr>\n')
    return Markup("".join(drawn))


@cache
def _places() -> Mapping[str, Mapping[str, Any]]:
    with (SITE / "tiles.toml").open("rb") as file:
        return tomllib.load(file)


def _newest(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    # Chosen by the index alone, and only then joined.
    return connection.execute(
        "select r.id, r.title, r.issuing_body, r.report_year, r.first_seen, r.issues, d.name as division_name "
        f"from (select * from reports order by first_seen desc, id limit {NEWEST}) as r join bodies b on b.id = r.body_id "
        "left join divisions d on d.code = b.division order by r.first_seen desc, r.report_year desc, r.id"
    ).fetchall()
