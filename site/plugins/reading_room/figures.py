"""A report's figures as shown: each with its state, what casts doubt on it, and the ways to its record and its source."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from markupsafe import Markup, escape

from reading_room.details import in_english
from reading_room.numerals import figure, plain
from reading_room.printed import Balance, Slot
from reading_room.visit import Visit, row_address

# A balance over more cells than this is doubted at its sum alone: twenty red corners tell less than one.
FEW_OPERANDS = 2


# A page has two hundred facts: named tuples are made three times as fast as dataclasses.
class Fact(NamedTuple):
    """A row of `facts`, its locator reduced to the digest of the document that it leads into; what is printed stands only
    where there is no number."""

    address: str
    report_id: int
    value: float | None
    state: str
    printed: str | None
    unit: str | None
    sha256: str

    @property
    def keys(self) -> tuple[str, str, str]:
        """Its table, row and column."""
        table, row, column = self.address.split("/")
        return table, row, column

    @property
    def record(self) -> str:
        """Datasette's page of this fact."""
        return row_address("facts", self.report_id, *self.keys)


@dataclass(frozen=True, slots=True)
class Doubt:
    """An issue of a report in words. `cells`: the figures that it casts doubt on; `seen_at`: where in the tables it shows."""

    id: int
    kind: str
    rule: str | None
    severity: str
    meaning: str
    detail: str
    cells: tuple[str, ...]
    seen_at: str
    language: str = "zh-Hans"


class Figure(NamedTuple):
    """A figure as shown: its text, its state as a word for the style sheet, why it stands out, and where it leads."""

    fact: Fact
    text: Markup
    style: str
    remark: str
    source: Markup

    @property
    def spoken(self) -> str:
        """What a screen reader says where the look alone would tell; empty where the number says it all."""
        shown = plain(self.fact.value) or self.fact.printed or ""
        return f"{shown} {self.remark}".strip() if self.remark else ""


def load_facts(connection: sqlite3.Connection, report: int) -> dict[str, Fact]:
    """A report's facts by address."""
    cursor = connection.cursor()
    cursor.row_factory = None
    rows = cursor.execute(
        "select table_key || '/' || row_key || '/' || column_key, report_id, value, state, case when value is null then printed end, "
        "unit, coalesce(json_extract(locator, '$.sha256'), '') from facts where report_id = ?",
        (report,),
    )
    return {row[0]: Fact._make(row) for row in rows}


def load_doubts(
    connection: sqlite3.Connection,
    report: int,
    balances: Iterable[Balance],
    facts: Mapping[str, Fact],
    labels: Mapping[str, str] | None = None,
) -> list[Doubt]:
    """A report's issues, the gravest first; what is said of several rows in the same words is said once.

    `labels`: the English names of tables, rows (table/row) and columns (table//column), where they are to be told in English.
    """
    known = {(balance.table, balance.rule): balance for balance in balances}
    rows = connection.execute(
        "select min(id) as id, kind, rule, severity, table_key, min(row_key) as row_key, column_key, detail "
        "from issues where report_id = ? group by kind, rule, severity, table_key, column_key, detail "
        "order by case severity when 'error' then 0 when 'warning' then 1 else 2 end, id",
        (report,),
    )
    return [_doubt(row, known.get((row["table_key"], row["rule"])), facts, labels) for row in rows]


def _doubt(
    issue: sqlite3.Row, balance: Balance | None, facts: Mapping[str, Fact], labels: Mapping[str, str] | None
) -> Doubt:
    meaning = balance.text if balance else ""
    # A mere note is no reason for a red corner.
    cells = [] if issue["severity"] == "info" else [cell for cell in _cells(issue, balance) if cell in facts]
    asked = (issue["table_key"], issue["row_key"], issue["column_key"])
    near = (
        address
        for address, fact in facts.items()
        if all(key in (None, own) for key, own in zip(asked, fact.keys, strict=True))
    )
    seen_at = cells[0] if cells else next(near, "") if issue["table_key"] else ""
    english = in_english(issue, balance, facts, labels) if labels is not None else ""
    return Doubt(
        issue["id"], issue["kind"], issue["rule"], issue["severity"], meaning, english or issue["detail"], tuple(cells), seen_at,
        "en" if english else "zh-Hans",
    )  # fmt: skip


class Figures(Mapping[str, Figure]):
    """The figures of a report by address, as a page shows them; each is worked out when it is asked for."""

    def __init__(self, facts: Mapping[str, Fact], doubts: Iterable[Doubt], visit: Visit) -> None:
        self.facts, self._visit = facts, visit
        self.reasons: dict[str, list[str]] = {}
        for doubt in doubts:
            for cell in doubt.cells:
                self.reasons.setdefault(cell, []).append(_reason(doubt, visit))
        # Digests are quoted once; two hundred times a page would take milliseconds.
        self.sources = {fact.sha256: _source(fact, visit) for fact in {fact.sha256: fact for fact in facts.values()}.values()}

    def __getitem__(self, address: str) -> Figure:
        fact = self.facts[address]
        return _shown(address, fact, self.reasons.get(address), self.sources[fact.sha256], self._visit)

    def __iter__(self) -> Iterator[str]:
        return iter(self.facts)

    def __len__(self) -> int:
        return len(self.facts)

    def is_plain(self, fact: Fact) -> bool:
        """Whether it is a number that nothing is to be said about."""
        return fact.state == "number" and fact.unit is None and fact.address not in self.reasons and fact.sha256 != ""


def _source(fact: Fact, visit: Visit) -> str:
    return (
        str(escape(visit.link(f"/source/{fact.sha256}"))) + f"?report={fact.report_id}&amp;cell=" if fact.sha256 else ""
    )


def _reason(doubt: Doubt, visit: Visit) -> str:
    name = visit.texts.name("issue", doubt.kind)
    return ": ".join(filter(None, [f"{name} {doubt.rule}" if doubt.rule else name, doubt.detail]))


def _shown(address: str, fact: Fact, reasons: list[str] | None, source: str, visit: Visit) -> Figure:
    style = "zero" if fact.value == 0 and fact.state == "number" else fact.state
    remark = "" if fact.state in ("number", "dash", "slash") else visit.texts.name("state", fact.state)
    if reasons:
        style, remark = f"{style} flagged", "; ".join([remark, *reasons] if remark else reasons)
    text = figure(fact.value) if fact.value is not None else escape((fact.printed or "").strip())
    return Figure(fact, text, style, remark, Markup(f"{source}{quoted(address)}#cell") if source else Markup())


@lru_cache(maxsize=4096)
def quoted(address: str) -> str:
    """An address as markup holds it."""
    return str(escape(address))


def _cells(issue: sqlite3.Row, balance: Balance | None) -> list[str]:
    """The addresses that an issue names, or those that its balance adds up; for one over many, the sum alone."""
    table, row, column = issue["table_key"], issue["row_key"], issue["column_key"]
    if table and row and column and not balance:
        return [Slot(table, row, column).address]
    if not balance or not (row or column):
        return []
    keys = (*balance.left, *balance.right) if len(balance.right) <= FEW_OPERANDS else balance.left
    if balance.each == "column":
        return [Slot(table, key, column).address for key in keys] if column else []
    return [Slot(table, row, key).address for key in keys] if row else []
