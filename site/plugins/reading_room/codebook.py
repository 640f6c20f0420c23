"""/codebook: every line of the forms with its key, labels and unit, what is comparable, and what must add up."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from reading_room.printed import Balance, Form, balances, lines_of, load_forms, section_labels
from reading_room.visit import Page, Visit

STATES = ("number", "blank", "dash", "slash", "text", "reconstructed", "unreadable")
ISSUES = (
    "balance", "incomplete", "unreadable", "label_variant", "old_form", "period", "formats_disagree",
    "not_a_report", "damaged", "encrypted", "limit", "unit", "body_unresolved",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A column under which a line is asked."""

    key: str
    zh: str
    en: str
    unit: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a form: the labels of what it stands under and its own, its columns, and the forms that ask the same."""

    key: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    columns: tuple[Asked, ...]
    comparable_with: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A table of a form. `columns`: those that all its lines share; empty where each paragraph has its own."""

    key: str
    label: str
    columns: tuple[Asked, ...]
    entries: tuple[Entry, ...]
    balances: tuple[Balance, ...]


def page(connection: sqlite3.Connection, visit: Visit) -> Page:
    """The codebook of all forms."""
    forms = load_forms(connection)
    comparable = _comparable(connection)
    return Page(
        "codebook.html",
        {
            "forms": [(form, _chapters(form, comparable, visit)) for form in forms.values()],
            "sections": {form.key: section_labels(form, visit.texts) for form in forms.values()},
            "states": STATES,
            "issues": ISSUES,
        },
    )


def _comparable(connection: sqlite3.Connection) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """(form, table, row) → what `lines` says of its columns, each once."""
    said: dict[tuple[str, str, str], dict[str, None]] = {}
    for form, table, row, column, other in connection.execute(
        "select form, table_key, row_key, column_key, comparable_with from lines where comparable_with is not null"
    ):
        # The same sentence for each column of a row is one sentence.
        said.setdefault((form, table, row), {})[other.replace(f"/{column}", "")] = None
    return {line: tuple(others) for line, others in said.items()}


def _chapters(form: Form, comparable: dict[tuple[str, str, str], tuple[str, ...]], visit: Visit) -> list[Chapter]:
    rules = balances(form, visit.texts)
    chapters = []
    for table in form.content["tables"]:
        shared = len(table["blocks"]) == 1
        groups = {group["key"]: group for group in table["groups"]}
        entries = tuple(
            Entry(
                line["key"], _path(line, block, groups, "label"), _path(line, block, groups, "en"),
                () if shared else _columns(block), comparable.get((form.key, table["key"], line["key"]), ()),
            )
            for block, line in lines_of(table, frozenset())
        )  # fmt: skip
        chapters.append(
            Chapter(
                table["key"], visit.texts.label(table["label"], table["en"]), _columns(table["blocks"][0]) if shared else (),
                entries, tuple(rule for rule in rules if rule.table == table["key"]),
            )
        )  # fmt: skip
    return chapters


def _columns(block: Any) -> tuple[Asked, ...]:
    return tuple(
        Asked(c["key"], f"{c['group']} / {c['label']}" if c["group"] else c["label"], c["en"], c["unit"])
        for c in block["columns"]
    )


def _path(line: Any, block: Any, groups: dict[str, Any], field: str) -> tuple[str, ...]:
    path, under = [line[field]], line["under"]
    while under is not None:
        path.insert(0, groups[under][field])
        under = groups[under]["under"]
    return (*([block[field]] if block[field] else []), *path)
