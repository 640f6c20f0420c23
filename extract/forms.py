"""The official forms, as the TOML files of `data/forms` state them: which lines are asked, in which order, what must
add up."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

# Forms are loaded once and compared by identity (eq=False): they key the caches of the hottest loops.
FOLDER = Path(__file__).parent.parent / "data" / "forms"


class FormError(ValueError):
    """A form file says something that cannot be a form; the message names file and key."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column of an official table: its label as printed, the spellings met, the unit its figures are in."""

    key: str
    label: str
    en: str
    aliases: tuple[str, ...] = ()
    group: str | None = None
    unit: str | None = None
    money: bool = False
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A heading over several lines, without figures of its own."""

    key: str
    label: str
    en: str
    under: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A row of an official table. `stands_for`: the rows that this one row replaces where an office prints it
    instead."""

    key: str
    label: str
    en: str
    aliases: tuple[str, ...] = ()
    under: str | None = None
    stands_for: tuple[str, ...] = ()
    unofficial: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class LineBlock:
    """Lines that share their columns: a numbered paragraph of Article 20, or the whole of tables 三 and 四."""

    label: str | None
    en: str | None
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """What must add up: the sum of `left` equals the sum of `right`, for each column or for each row of a table."""

    rule: str
    each: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    severity: str
    zh: str
    en: str
    source: str
    only: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FormTable:
    """One of the three official tables. `layout` is `blocks`, `matrix` or `one_row`."""

    key: str
    section: int
    label: str
    en: str
    layout: str
    head: str | None
    caption: str | None
    blocks: tuple[LineBlock, ...]
    groups: tuple[Group, ...] = ()
    balances: tuple[Balance, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines in printed order, those met instead of official ones among them."""
        return tuple(line for block in self.blocks for line in block.lines)

    @property
    def official_lines(self) -> tuple[Line, ...]:
        """The lines that the form itself asks for, in printed order."""
        return tuple(line for line in self.lines if not line.unofficial)

    def cells(self) -> Iterator[tuple[LineBlock, Line, Column]]:
        """Every figure that the form asks for, in printed order."""
        for block in self.blocks:
            for line in block.lines:
                if not line.unofficial:
                    for column in block.columns:
                        yield block, line, column

    def group(self, key: str) -> Group:
        """The group of that key; raises KeyError."""
        for group in self.groups:
            if group.key == key:
                return group
        raise KeyError(key)

    def path(self, line: Line) -> tuple[str, ...]:
        """The labels of the headings over a line, outermost first, then its own."""
        labels, under = [line.label], line.under
        while under is not None:
            group = self.group(under)
            labels.insert(0, group.label)
            under = group.under
        return tuple(labels)


@dataclass(frozen=True, slots=True)
class Section:
    """One of the six prescribed sections."""

    number: int
    label: str
    en: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """An official form: its notice, the report years it is for, its sections and tables."""

    key: str
    notice: str
    issued_on: datetime.date
    title_zh: str
    title_en: str
    first_year: int
    last_year: int | None
    sections: tuple[Section, ...]
    tables: Mapping[str, FormTable]

    def covers(self, year: int) -> bool:
        """Whether the notice prescribes this form for that report year."""
        return self.first_year <= year <= (self.last_year or year)


@cache
def load_forms(folder: Path = FOLDER) -> Mapping[str, Form]:
    """All forms by key, the newest first. Raises FormError, naming the file."""
    raw = {}
    for path in sorted(folder.glob("*.toml"), reverse=True):
        with path.open("rb") as file:
            raw[path.stem] = tomllib.load(file)
    forms: dict[str, Form] = {}
    for name, entry in raw.items():
        try:
            form = _form(entry, forms)
        except (KeyError, TypeError) as error:
            raise FormError(f"{folder / name}.toml: {error}") from error
        if form.key != name:
            raise FormError(f"{folder / name}.toml: its key is {form.key!r}")
        forms[name] = form
    return MappingProxyType(forms)


@cache
def column_of(form: Form, table: str, line: str, column: str) -> Column:
    """The column of a line by its key, in the form or, where a table mixes forms, in another. Raises KeyError."""
    for candidate in (form, *load_forms().values()):
        for block in candidate.tables[table].blocks:
            if any(each.key == line for each in block.lines):
                for each in block.columns:
                    if each.key == column:
                        return each
    raise KeyError(f"{table}/{line}/{column}")


def form_of_year(year: int) -> Form | None:
    """The form that the notices prescribe for a report year; None before 2019."""
    return next((form for form in load_forms().values() if form.covers(year)), None)


def _form(entry: dict[str, Any], known: Mapping[str, Form]) -> Form:
    sections = (
        known[entry["sections_like"]].sections
        if "sections_like" in entry
        else tuple(Section(s["number"], s["label"], s["en"], tuple(s.get("aliases", ()))) for s in entry["sections"])
    )
    tables = {table["key"]: _table(table, known) for table in entry["tables"]}
    return Form(
        entry["key"], entry["notice"], entry["issued_on"], entry["title_zh"], entry["title_en"],
        entry["first_year"], entry.get("last_year"), sections, MappingProxyType(tables),
    )  # fmt: skip


def _table(entry: dict[str, Any], known: Mapping[str, Form]) -> FormTable:
    if "like" in entry:
        return _merged(known[entry["like"]].tables[entry["key"]], tuple(entry.get("merged", ())))
    blocks = tuple(_block(block) for block in entry.get("blocks", [entry]))
    groups = tuple(Group(g["key"], g["label"], g["en"], g.get("under")) for g in entry.get("groups", ()))
    balances = tuple(balance for b in entry.get("balances", ()) for balance in _balances(b))
    return FormTable(
        entry["key"], entry["section"], entry["label"], entry["en"], entry["layout"],
        entry.get("head"), entry.get("caption"), blocks, groups, balances,
    )  # fmt: skip


def _block(entry: dict[str, Any]) -> LineBlock:
    is_block = "layout" not in entry
    return LineBlock(
        entry["label"] if is_block else None,
        entry["en"] if is_block else None,
        tuple(Column(**{**c, "aliases": tuple(c.get("aliases", ()))}) for c in entry["columns"]),
        tuple(
            Line(**{**line, "aliases": tuple(line.get("aliases", ())), "stands_for": tuple(line.get("stands_for", ()))})
            for line in entry["lines"]
        ),
    )


def _balances(entry: dict[str, Any]) -> Iterator[Balance]:
    rules: dict[str | None, str] = entry.get("rules") or {None: entry["rule"]}
    for only, rule in rules.items():
        yield Balance(
            rule, entry["each"], tuple(entry["left"]), tuple(entry["right"]), entry["severity"],
            entry["zh"], entry["en"], entry["source"], only,
        )  # fmt: skip


def _merged(table: FormTable, merged: tuple[str, ...]) -> FormTable:
    """The same table with one row where the other form has several: the row is official here, those it stands for are
    not asked."""
    replaced = {key for line in table.lines if line.key in merged for key in line.stands_for}
    blocks = tuple(
        replace(
            block,
            lines=tuple(
                replace(line, unofficial=False) if line.key in merged else line
                for line in block.lines
                if line.key not in replaced
            ),
        )
        for block in table.blocks
    )
    groups = tuple(group for group in table.groups if group.key not in merged)
    balances = tuple(
        replace(b, left=_swap(b.left, replaced, merged), right=_swap(b.right, replaced, merged)) for b in table.balances
    )
    return replace(table, blocks=blocks, groups=groups, balances=balances)


def _swap(keys: tuple[str, ...], replaced: set[str], merged: tuple[str, ...]) -> tuple[str, ...]:
    if not replaced & set(keys):
        return keys
    return (*(key for key in keys if key not in replaced), *merged)
