"""The official tables as printed: merged heads, and the places where figures stand."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from reading_room.texts import Texts

# Table 三 has three columns of labels: the item, the outcome, the reason.
LABEL_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class Head:
    """A printed head. `scope` is what it heads: col, colgroup, row, rowgroup, or the corner; `label` the label column
    where it begins; `total` stands over the column 总计 of table 三. `official`: the form's words, where a document has
    its own and those are shown."""

    text: str
    scope: str
    rows: int = 1
    columns: int = 1
    label: int | None = None
    total: bool = False
    official: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a figure. `total` where it stands in the column 总计 of table 三."""

    table: str
    row: str
    column: str
    columns: int = 1
    total: bool = False

    @property
    def address(self) -> str:
        """table/row/column: the name of a figure everywhere."""
        return f"{self.table}/{self.row}/{self.column}"


Row = tuple[Head | Slot, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PrintedTable:
    """An official table in one language: its section, its layout, the rows of its head and the rows below."""

    key: str
    section: int
    label: str
    layout: str
    head: tuple[Row, ...]
    body: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """What must add up in a table, and where the rule is from."""

    table: str
    rule: str
    each: str
    only: str | None
    left: tuple[str, ...]
    right: tuple[str, ...]
    severity: str
    text: str
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """An official form as the database tells it; `definition` is JSON with the fields of the form file."""

    key: str
    notice: str
    issued_on: str
    title_zh: str
    title_en: str
    first_year: int
    last_year: int | None
    definition: str

    def title(self, texts: Texts) -> str:
        """Its title in this language."""
        return texts.label(self.title_zh, self.title_en)

    @property
    def content(self) -> Any:
        """The sections and tables of the form file."""
        return _parsed(self.definition)


def load_forms(connection: sqlite3.Connection) -> dict[str, Form]:
    """The forms that the database was built with, the newest first."""
    rows = connection.execute(
        "select key, notice, issued_on, title_zh, title_en, first_year, last_year, definition from forms order by key desc"
    )
    return {row["key"]: _form(*row) for row in rows}


@lru_cache(maxsize=8)
def _form(*told: Any) -> Form:
    """The same object for the same form, so that what is worked out of it is kept."""
    return Form(*told)


def section_labels(form: Form, texts: Texts) -> dict[int, str]:
    """The names of the six sections."""
    return {section["number"]: texts.label(section["label"], section["en"]) for section in form.content["sections"]}


def printed_tables(form: Form, texts: Texts, met: Iterable[tuple[str, str]] = ()) -> list[PrintedTable]:
    """The form's tables. `met` are the rows (table, row) that a report prints: one row instead of several is then drawn as such."""
    return list(_tables(form.definition, texts, frozenset(met)))


def rows_met(addresses: Iterable[str]) -> frozenset[tuple[str, str]]:
    """The rows (table, row) in which these figures stand."""
    return frozenset(map(_row_of, addresses))


@lru_cache(maxsize=4096)
def _row_of(address: str) -> tuple[str, str]:
    table, row, _ = address.split("/")
    return table, row


@lru_cache(maxsize=128)
def addresses(table: PrintedTable) -> frozenset[str]:
    """The addresses of all figures that have a place in a table."""
    return frozenset(part.address for row in table.body for part in row if isinstance(part, Slot))


def relabelled(table: PrintedTable, own: Mapping[str, str]) -> PrintedTable:
    """The table with a document's own labels in place of the form's."""
    if not own:
        return table

    def told(part: Head | Slot) -> Head | Slot:
        if isinstance(part, Head) and part.text in own:
            return replace(part, text=own[part.text], official=part.text)
        return part

    head, body = (tuple(tuple(map(told, row)) for row in rows) for rows in (table.head, table.body))
    return replace(table, head=head, body=body)


@lru_cache(maxsize=16)
def balances(form: Form, texts: Texts) -> tuple[Balance, ...]:
    """The balances of all its tables, in this language."""
    return tuple(
        Balance(
            table["key"], each["rule"], each["each"], each["only"], tuple(each["left"]), tuple(each["right"]),
            each["severity"], texts.label(each["zh"], each["en"]), texts.name("balance_source", each["source"]),
        )
        for table in form.content["tables"]
        for each in table["balances"]
    )  # fmt: skip


def lines_of(table: Any, met: frozenset[tuple[str, str]]) -> Iterator[tuple[Any, Any]]:
    """(block, line) in printed order: what the form asks for, or the row that stands for several where a report has that one."""
    every = [line for block in table["blocks"] for line in block["lines"]]
    replaced = {key for line in every if (table["key"], line["key"]) in met for key in line["stands_for"]}
    for block in table["blocks"]:
        for line in block["lines"]:
            known = (table["key"], line["key"]) in met
            if known or not (line["unofficial"] or line["key"] in replaced):
                yield block, line


@lru_cache(maxsize=8)
def _parsed(definition: str) -> Any:
    return json.loads(definition)


@lru_cache(maxsize=64)
def _tables(definition: str, texts: Texts, met: frozenset[tuple[str, str]]) -> tuple[PrintedTable, ...]:
    layouts = {"blocks": _blocks, "matrix": _matrix, "one_row": _one_row}
    drawn = []
    for table in _parsed(definition)["tables"]:
        head, body = layouts[table["layout"]](table, texts, met)
        label = texts.label(table["label"], table["en"])
        drawn.append(PrintedTable(table["key"], table["section"], label, table["layout"], tuple(head), tuple(body)))
    return tuple(drawn)


def _blocks(table: Any, texts: Texts, met: frozenset[tuple[str, str]]) -> tuple[list[Row], list[Row]]:
    """Table 二: a head over each paragraph of Article 20, its columns spread over the table's whole width."""
    width = _width({len(block["columns"]) for block in table["blocks"]})
    content = Head(texts.label(table["head"], None), "col", label=0)
    rows: list[Row] = []
    for block in table["blocks"]:
        spans = _spread(len(block["columns"]), width)
        columns = list(zip(block["columns"], spans, strict=True))
        rows.append((Head(texts.label(block["label"], block["en"]), "colgroup", columns=1 + width),))
        rows.append((content, *(Head(texts.label(c["label"], c["en"]), "col", columns=span) for c, span in columns)))
        for owner, line in lines_of(table, met):
            if owner is block:
                slots = (Slot(table["key"], line["key"], c["key"], span) for c, span in columns)
                rows.append((Head(texts.label(line["label"], line["en"]), "row", label=0), *slots))
    return [], rows


def _matrix(table: Any, texts: Texts, met: frozenset[tuple[str, str]]) -> tuple[list[Row], list[Row]]:
    """Table 三: three rows of heads over the applicants, three columns of labels before them."""
    columns = table["blocks"][0]["columns"]
    corner = Head(texts.label(table["caption"], None), "corner", 3, LABEL_COLUMNS, 0)
    over = Head(texts.label(table["head"], None), "colgroup", columns=len(columns))
    middle: list[Head] = []
    for column in columns:
        if column["group"] is None:
            middle.append(Head(texts.label(column["label"], column["en"]), "col", rows=2, total=column is columns[-1]))
        elif not middle or middle[-1].scope != "colgroup":
            grouped = sum(each["group"] == column["group"] for each in columns)
            middle.append(Head(texts.label(column["group"], None), "colgroup", columns=grouped))
    lowest = tuple(Head(texts.label(c["label"], c["en"]), "col") for c in columns if c["group"])
    return [(corner, over), tuple(middle), lowest], list(_matrix_rows(table, texts, met))


def _matrix_rows(table: Any, texts: Texts, met: frozenset[tuple[str, str]]) -> Iterator[Row]:
    groups = {group["key"]: group for group in table["groups"]}
    lines = [line for _, line in lines_of(table, met)]
    paths = [_path(line, groups) for line in lines]
    columns = table["blocks"][0]["columns"]
    open_groups: tuple[str, ...] = ()
    for line, path in zip(lines, paths, strict=True):
        row: list[Head | Slot] = []
        for depth, key in enumerate(path):
            if open_groups[: depth + 1] != path[: depth + 1]:
                group = groups[key]
                rows = sum(other[: depth + 1] == path[: depth + 1] for other in paths)
                row.append(Head(texts.label(group["label"], group["en"]), "rowgroup", rows, label=depth))
        open_groups = path
        own = Head(texts.label(line["label"], line["en"]), "row", 1, LABEL_COLUMNS - len(path), len(path))
        slots = (Slot(table["key"], line["key"], c["key"], total=c is columns[-1]) for c in columns)
        yield (*row, own, *slots)


def _path(line: Any, groups: dict[str, Any]) -> tuple[str, ...]:
    """The groups over a line, outermost first."""
    path: tuple[str, ...] = ()
    under = line["under"]
    while under is not None:
        path = (under, *path)
        under = groups[under]["under"]
    return path


def _one_row(table: Any, texts: Texts, met: frozenset[tuple[str, str]]) -> tuple[list[Row], list[Row]]:
    """Table 四: three rows of heads over one row of figures."""
    groups = {group["key"]: group for group in table["groups"]}
    columns = table["blocks"][0]["columns"]
    results = [Head(texts.label(c["label"], c["en"]), "col") for c in columns]
    top: list[Head] = []
    middle: list[Head] = []
    lowest: list[Head] = []
    slots: list[Slot] = []
    opened: set[str] = set()
    lines = [line for _, line in lines_of(table, met)]
    for line in lines:
        label = texts.label(line["label"], line["en"])
        if line["under"] is None:
            top.append(Head(label, "colgroup", columns=len(columns)))
            middle.extend(Head(result.text, "col", rows=2) for result in results)
        else:
            if line["under"] not in opened:
                opened.add(line["under"])
                group = groups[line["under"]]
                under = sum(each["under"] == line["under"] for each in lines)
                top.append(Head(texts.label(group["label"], group["en"]), "colgroup", columns=under * len(columns)))
            middle.append(Head(label, "colgroup", columns=len(columns)))
            lowest.extend(results)
        slots.extend(Slot(table["key"], line["key"], column["key"]) for column in columns)
    return [tuple(top), tuple(middle), tuple(lowest)], [tuple(slots)]


def _width(counts: set[int]) -> int:
    """The fewest columns over which all blocks of a table can be spread evenly.

    >>> _width({3, 1}), _width({3, 2})
    (3, 4)
    """
    width = max(counts)
    while any(width % count and count % 2 == 0 for count in counts):
        width += 1
    return width


def _spread(count: int, width: int) -> list[int]:
    """How many columns each of `count` heads takes; what is left over goes to the middle one, as the 2019 form prints it.

    >>> _spread(3, 4), _spread(2, 4), _spread(1, 3)
    ([1, 2, 1], [2, 2], [3])
    """
    each, left = divmod(width, count)
    return [each + left if at == count // 2 else each for at in range(count)]
