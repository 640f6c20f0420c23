"""/search: bodies, reports and sections that hold what a reader asks for, with the places marked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from extract.search import INDEXES, mark, match, terms
from reading_room.printed import load_forms, section_labels
from reading_room.snippets import Piece, marked, snippet
from reading_room.visit import Page, Visit

LEVELS = ("country", "province", "prefecture", "county", "township")
KINDS = ("government", "government_office", "department", "township", "vertical", "zone", "other")
FILTERS = ("province", "level", "year", "kind")
# More hits than these are not counted: a word that stands in every section would cost a second.
MOST_COUNTED = 1000
PAGE_SIZE = 20
# What is shown of bodies and titles above the sections.
FEW = {"bodies": 6, "reports": 8}


@dataclass(frozen=True, slots=True)
class Found:
    """What an index found: so many (`many`: and more), and the rows to be shown."""

    count: int
    many: bool
    shown: Sequence[object]


@dataclass(frozen=True, slots=True)
class Passage:
    """A section that holds it, with the place."""

    heading: str
    address: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A body or a report by its name, or a report with the passages found in it."""

    id: int
    name: tuple[Piece, ...]
    body: sqlite3.Row
    passages: tuple[Passage, ...] = ()


def page(connection: sqlite3.Connection, visit: Visit) -> Page:
    """The search page, with or without something asked."""
    asked = visit.query("q").strip()
    filters = {name: visit.query(name) for name in FILTERS}
    wanted, within = terms(asked), visit.query("in")
    number = max(1, min(visit.number("page") or 1, MOST_COUNTED // PAGE_SIZE))
    where = _where(match(asked), filters)
    kinds = [kind for kind in ("bodies", "reports", "sections") if within in ("", kind)] if where else []
    found = {kind: _found(connection, visit, kind, where, wanted, number if within or kind == "sections" else 1, bool(within))
             for kind in kinds}  # fmt: skip
    return Page(
        "search.html",
        {
            "asked": asked[:200],
            "filters": filters,
            "within": within if within in INDEXES else "",
            "found": found,
            "nothing": bool(where) and not any(each.count for each in found.values()),
            "number": number,
            "last": _last(found, within),
            "most": MOST_COUNTED,
            "provinces_of": [(code[:2], name) for code, name in provinces(connection)],
            "years_of": [(year, year) for (year,) in connection.execute(
                "select report_year from holdings where division = '' and report_year is not null order by 1 desc")],
            "levels_of": [(level, visit.texts.name("level", level)) for level in LEVELS],
            "kinds_of": [(kind, visit.texts.name("body_kind", kind)) for kind in KINDS],
        },
    )  # fmt: skip


def provinces(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """The provinces by code."""
    return connection.execute("select code, name from divisions where level = 'province' order by +code").fetchall()


def find_bodies(connection: sqlite3.Connection, asked: str, most: int) -> list[sqlite3.Row]:
    """Bodies whose names hold all that is asked, governments first."""
    query = match(asked)
    if not query:
        return []
    return connection.execute(
        "select b.*, d.name as division_name from bodies b left join divisions d on d.code = b.division where b.id in "
        "(select rowid from bodies_fts where bodies_fts match ? limit 200) order by b.kind <> 'government', length(b.name), b.id limit ?",
        (f"text : ({query})", most),
    ).fetchall()


def _where(query: str, filters: Mapping[str, str]) -> str:
    """The FTS5 query with its filters, which are marks in the same index; a year says nothing about a body."""
    if not query:
        return ""
    year = (
        int(filters["year"])
        if filters["year"].isascii() and filters["year"].isdigit() and len(filters["year"]) == 4
        else None
    )
    marks = mark(
        year=year, province=filters["province"][:2], level=filters["level"][:20], kind=filters["kind"][:20]
    ).split()
    return " AND ".join([f"text : ({query})", *(f'marks : "{each}"' for each in marks)])


def _found(
    connection: sqlite3.Connection, visit: Visit, kind: str, where: str, wanted: Sequence[str], number: int, alone: bool
) -> Found:
    if kind == "bodies":
        where = " AND ".join(part for part in where.split(" AND ") if not part.startswith('marks : "y'))
    index = INDEXES[kind]
    ids = [row for (row,) in connection.execute(
        f"select rowid from {index} where {index} match ? limit {MOST_COUNTED + 1}", (where,))]  # fmt: skip
    many = len(ids) > MOST_COUNTED
    size = PAGE_SIZE if alone or kind == "sections" else FEW[kind]
    ids, first = ids[:MOST_COUNTED], (number - 1) * size
    show = {"bodies": _bodies, "reports": _reports, "sections": _sections}[kind]
    # So many rows are put in order; more are shown as they stand in the index.
    rows = show(
        connection, visit, ids[first : first + size] if many else ids, wanted, *((0, size) if many else (first, size))
    )
    return Found(len(ids), many, rows)


def _bodies(
    connection: sqlite3.Connection, visit: Visit, ids: Sequence[int], wanted: Sequence[str], first: int, size: int
) -> list[Hit]:
    rows = connection.execute(
        "select b.*, d.name as division_name from bodies b left join divisions d on d.code = b.division "
        f"where b.id in ({_marks(ids)}) order by b.kind <> 'government', length(b.name), b.id limit ? offset ?",
        (*ids, size, first),
    )
    return [Hit(row["id"], marked(row["name"], wanted), row) for row in rows]


def _reports(
    connection: sqlite3.Connection, visit: Visit, ids: Sequence[int], wanted: Sequence[str], first: int, size: int
) -> list[Hit]:
    rows = connection.execute(
        "select r.id, coalesce(r.title, r.issuing_body) as title, r.report_year, r.issuing_body, d.name as division_name "
        "from reports r join bodies b on b.id = r.body_id left join divisions d on d.code = b.division "
        f"where r.id in ({_marks(ids)}) order by r.report_year desc, r.issuing_body, r.id limit ? offset ?",
        (*ids, size, first),
    )
    return [Hit(row["id"], marked(row["title"], wanted), row) for row in rows]


def _sections(
    connection: sqlite3.Connection, visit: Visit, ids: Sequence[int], wanted: Sequence[str], first: int, size: int
) -> list[Hit]:
    """Passages by report, the newest year first."""
    rows = connection.execute(
        "select s.number, s.heading, s.text, r.id, coalesce(r.title, r.issuing_body) as title, r.report_year, r.form, r.issuing_body, "
        "d.name as division_name from (select s.rowid as row_number, r.report_year as year, r.id as report from sections s "
        f"join reports r on r.id = s.report_id where s.rowid in ({_marks(ids)}) order by 2 desc, 3, s.number limit ? offset ?) as chosen "
        "join sections s on s.rowid = chosen.row_number join reports r on r.id = chosen.report "
        "join bodies b on b.id = r.body_id left join divisions d on d.code = b.division",
        (*ids, size, first),
    ).fetchall()
    labels = {key: section_labels(form, visit.texts) for key, form in load_forms(connection).items()}
    hits: dict[int, Hit] = {}
    for row in rows:
        heading = labels.get(row["form"], {}).get(row["number"]) or row["heading"] or visit.texts["report.preamble"]
        passage = Passage(
            heading, visit.link(f"/report/{row['id']}") + f"#section-{row['number']}", snippet(row["text"], wanted)
        )
        known = hits.get(row["id"])
        hits[row["id"]] = Hit(
            row["id"], marked(row["title"], wanted), row, (*(known.passages if known else ()), passage)
        )
    return list(hits.values())


def _last(found: Mapping[str, Found], within: str) -> int:
    """The number of the last page."""
    count = found[within or "sections"].count if (within or "sections") in found else 0
    return max(1, -(-count // PAGE_SIZE))


def _marks(ids: Iterable[int]) -> str:
    return ",".join("?" for _ in ids)
