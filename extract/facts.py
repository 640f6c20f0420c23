"""Figures of a report: each with its address, state, printed text and the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from extract.alignment import AlignedRow, AlignedTable
from extract.columns import Placed
from extract.document import Document, Place
from extract.forms import Column, column_of
from extract.labels import read_label, similarity
from extract.numerals import Figure, Number, State, counts_in_chinese, is_figure, read_figure

# A label whose words are less alike than this is published as a variant, so that a person can look.
CERTAIN = 0.85

Address = tuple[str, str, str]  # table, row, column


class Locator(NamedTuple):
    """Where a figure stands: the document's sha256, the place in the format's own terms, and how sure a recognition
    was."""

    sha256: str
    place: Place | None
    confidence: float | None = None
    how: str | None = None  # of a reconstructed figure: what determined it

    def as_json(self) -> dict[str, object]:
        """The locator as one flat JSON object."""
        told = {"sha256": self.sha256, **(self.place or {})}
        if self.confidence is not None:
            told["confidence"] = self.confidence
        if self.how is not None:
            told["how"] = self.how
        return told


class Fact(NamedTuple):
    """A figure: value is a number only in the states `number` and `reconstructed`; unit is 元 or 万元 for money, None
    for counts."""

    table: str
    row: str
    column: str
    value: Number | None
    state: State
    printed: str
    unit: str | None
    locator: Locator

    @property
    def address(self) -> Address:
        """Table, row and column."""
        return self.table, self.row, self.column


@dataclass(frozen=True, slots=True)
class Issue:
    """Something not read or not adding up. Severity is error, warning or info; the detail is for people."""

    kind: str
    severity: str
    detail: str
    rule: str | None = None
    table: str | None = None
    row: str | None = None
    column: str | None = None


def read_facts(document: Document, tables: Mapping[str, AlignedTable]) -> tuple[dict[Address, Fact], list[Issue]]:
    """The figures of the tables found, and what was odd about their cells and labels."""
    facts: dict[Address, Fact] = {}
    issues: list[Issue] = []
    for aligned in tables.values():
        chinese = counts_in_chinese(placed.cell.text for row in aligned.rows for placed in row.placed)
        for row in aligned.rows:
            issues += (issue for issue in _variants(aligned, row) if issue.detail not in {i.detail for i in issues})
            for placed in row.placed:
                column = column_of(aligned.form, aligned.table.key, row.line.key, placed.column)
                fact, odd = _fact(document, aligned.table.key, row, placed, column, chinese)
                facts[fact.address] = fact
                issues += odd
    return facts, issues


def _fact(
    document: Document, table: str, row: AlignedRow, placed: Placed, column: Column, chinese: bool
) -> tuple[Fact, list[Issue]]:
    cell = placed.cell
    figure = read_figure(cell.text, chinese=chinese)
    why = _why_unreadable(figure, placed, column)
    value, state = (None, State.UNREADABLE) if why else (figure.value, figure.state)
    if state is State.NUMBER and cell.how is not None:
        state = State.RECONSTRUCTED
    unit = _unit(figure.unit, row, column)
    locator = Locator(document.sha256, cell.place, cell.confidence, cell.how)
    fact = Fact(table, row.line.key, column.key, value, state, cell.text, unit, locator)
    plain = why is None and not column.money and (value is None or (type(value) is int and value >= 0))
    return fact, [] if plain else list(_oddities(fact, row, column, why))


def _why_unreadable(figure: Figure, placed: Placed, column: Column) -> str | None:
    """Why no reading of a cell is certain; None where one is, or where the cell says that nothing was reported."""
    if figure.state is State.NUMBER and placed.cell.certain and not placed.others:
        return None
    text = placed.cell.text.strip()
    if not placed.cell.certain:
        return placed.cell.how or f"“{text}”不能确定地读作一个数"
    if others := [cell.text.strip() for cell in placed.others if cell.text.strip() not in ("", "0")]:
        return f"“{column.label}”之下有多个数：{'、'.join([text, *others])}"
    # Digits among other signs: 1O, 约12, 3/4.
    digits = figure.state is State.TEXT and not is_figure(text) and any(sign.isdigit() for sign in text)
    return f"“{text}”不能确定地读作一个数" if digits or figure.state is State.UNREADABLE else None


def _oddities(fact: Fact, row: AlignedRow, column: Column, why: str | None) -> Iterator[Issue]:
    """What is odd about a figure by itself: unreadable, no count, another unit than the form's."""
    name = f"{row.line.label}/{column.label}"
    if why:
        yield Issue("unreadable", "error", f"{name}：{why}", None, *fact.address)
    if fact.value is None:
        return
    if not column.signed and not column.money and (fact.value < 0 or fact.value != int(fact.value)):
        detail = f"{name}：件数应为非负整数，原文为“{fact.printed.strip()}”"
        yield Issue("balance", "warning", detail, "T2-N", *fact.address)
    if column.money and column.unit and fact.unit != column.unit:
        detail = f"{row.line.label}：表式单位为{column.unit}，原文单位为{fact.unit}"
        yield Issue("unit", "warning", detail, None, *fact.address)


def _unit(printed: str | None, row: AlignedRow, column: Column) -> str | None:
    """The unit of money: from the cell, else from the head as printed, else as the form prescribes; None where nobody
    says."""
    if not column.money:
        return None
    head = row.head.texts.get(column.key, "") if row.head else ""
    in_head = "万元" if "万元" in head else "元" if "元" in head else None
    return printed or in_head or column.unit


def _variants(aligned: AlignedTable, row: AlignedRow) -> Iterator[Issue]:
    """Labels that are not the form's: the row's own below certainty, and a heading that names another group."""
    own = row.row.own
    if row.certainty < CERTAIN:
        printed = row.row.labels[-1].text if row.row.labels else ""
        yield Issue(
            "label_variant",
            "warning",
            f"原文“{_plain(printed)}”，按表式读作“{row.line.label}”",
            None,
            aligned.table.key,
            row.line.key,
        )
    official = aligned.table.path(row.line)[:-1]
    if official and row.row.parents and own.words:
        printed_heading, meant = row.row.parents[-1], read_label(official[-1])
        if (
            printed_heading.words
            and similarity(printed_heading.words, meant.words) < CERTAIN
            and printed_heading.number == meant.number
        ):
            text = _plain(row.row.labels[-2].text)
            yield Issue(
                "label_variant",
                "warning",
                f"原文“{text}”，按其下各行读作“{official[-1]}”",
                None,
                aligned.table.key,
                row.line.key,
            )


def _plain(text: str) -> str:
    return "".join(text.split())
