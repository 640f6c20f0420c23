"""Figures of a report: each with its address, state, printed text and the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from extract.alignment import AlignedRow, AlignedTable
from extract.columns import Placed
from extract.document import Cell, Document, Place
from extract.forms import Column
from extract.labels import read_label, similarity
from extract.numerals import Number, State, is_figure, read_figure

# A label whose words are less alike than this is published as a variant, so that a person can look.
CERTAIN = 0.85

Address = tuple[str, str, str]  # table, row, column


@dataclass(frozen=True, slots=True)
class Locator:
    """Where a figure stands: the document's sha256, the place in the format's own terms, and how sure a recognition
    was."""

    sha256: str
    place: Place | None
    confidence: float | None = None
    how: str | None = None  # of a reconstructed figure: what determined it

    def as_json(self) -> dict[str, object]:
        """The locator as one flat JSON object."""
        known = {"confidence": self.confidence, "how": self.how}
        return {
            "sha256": self.sha256,
            **(self.place or {}),
            **{key: value for key, value in known.items() if value is not None},
        }


@dataclass(frozen=True, slots=True)
class Fact:
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
        for row in aligned.rows:
            issues += _variants(aligned, row)
            columns = {
                column.key: column
                for block in aligned.table.blocks
                if row.line in block.lines
                for column in block.columns
            }
            for placed in row.placed:
                fact, odd = _fact(document, aligned.table.key, row, placed, columns[placed.column])
                facts[fact.address] = fact
                issues += odd
    return facts, issues


def _fact(document: Document, table: str, row: AlignedRow, placed: Placed, column: Column) -> tuple[Fact, list[Issue]]:
    cell = placed.cell
    figure = read_figure(cell.text)
    value, state, issues = figure.value, figure.state, []
    here = {"table": table, "row": row.line.key, "column": column.key}
    if state is State.TEXT and not is_figure(cell.text) and any(sign.isdigit() for sign in cell.text):
        state = State.UNREADABLE  # digits among other signs: 1O, 约12, 3/4; no reading of it is certain
    if cell.how is not None:
        value, state = (
            (figure.value, State.RECONSTRUCTED)
            if cell.certain and figure.value is not None
            else (None, State.UNREADABLE)
        )
    if state is State.UNREADABLE and cell.how is not None:
        issues.append(Issue("unreadable", "error", f"{row.line.label}/{column.label}：{cell.how}", **here))
    elif state is State.UNREADABLE:
        issues.append(Issue("unreadable", "error", f"“{cell.text.strip()}”不能确定地读作一个数", **here))
    if value is not None and not column.signed and not column.money and (value < 0 or value != int(value)):
        issues.append(
            Issue(
                "balance",
                "warning",
                f"{row.line.label}/{column.label}：件数应为非负整数，原文为“{cell.text.strip()}”",
                "T2-N",
                **here,
            )
        )
    if phantom := [other.text.strip() for other in placed.others if other.text.strip() not in ("", "0")]:
        value, state = None, State.UNREADABLE
        issues.append(
            Issue(
                "unreadable",
                "error",
                f"“{column.label}”之下有多个数：{cell.text.strip()}、{'、'.join(phantom)}",
                **here,
            )
        )
    unit = _unit(figure.unit, row, column)
    if column.money and column.unit and unit != column.unit and value is not None:
        issues.append(
            Issue("unit", "warning", f"{row.line.label}：表式单位为{column.unit}，原文单位为{unit}", "U-1", **here)
        )
    locator = Locator(document.sha256, cell.place, cell.confidence, cell.how)
    return Fact(table, row.line.key, column.key, value, state, cell.text, unit, locator), issues


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


def printed_cells(cells: Sequence[Cell]) -> str:
    """Cells as printed, for an issue's detail."""
    return " | ".join(_plain(cell.text) or "（空）" for cell in cells)
