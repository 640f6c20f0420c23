"""What an issue says, in English: put together from its rule, its cells and their numbers, which are no language."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

from reading_room.numerals import plain
from reading_room.printed import Balance, Form
from reading_room.texts import Texts


class Known(Protocol):
    """A figure, as far as a sentence needs it."""

    @property
    def value(self) -> float | None:
        """Its number."""


def in_english(
    issue: sqlite3.Row, balance: Balance | None, facts: Mapping[str, Known], labels: Mapping[str, str]
) -> str:
    """The detail of an issue in English; empty where only the Chinese says it."""
    table, row, column = issue["table_key"], issue["row_key"], issue["column_key"]
    if issue["kind"] == "incomplete" and table in labels:
        missing = labels.get(f"{table}/{row}") if row else labels[table]
        if row and column and missing:
            return f"The row “{missing}” has no cell in the column “{labels.get(f'{table}//{column}', column)}”."
        return f"The {'row' if row else 'table'} “{missing}” was not found." if missing else ""
    if issue["kind"] == "balance" and balance and (row or column) and issue["severity"] != "info":
        where = labels.get(f"{table}/{row}") if row else labels.get(f"{table}//{column}")
        left, right = (
            [facts.get(f"{table}/{row}/{key}" if row else f"{table}/{key}/{column}") for key in keys]
            for keys in (balance.left, balance.right)
        )
        numbers = [[fact.value if fact else None for fact in side] for side in (left, right)]
        # Where one row stands for several, only the Chinese knows which numbers were added up.
        if where and not any(value is None for side in numbers for value in side):
            return f"{where}: {' + '.join(map(plain, numbers[0]))} ≠ {' + '.join(map(plain, numbers[1]))}."
    return ""


@lru_cache(maxsize=8)
def labels_of(form: Form, texts: Texts) -> Mapping[str, str]:
    """The names of a form's tables, rows (table/row) and columns (table//column)."""
    names: dict[str, str] = {}
    for table in form.content["tables"]:
        names[table["key"]] = texts.label(table["label"], table["en"])
        for block in table["blocks"]:
            for line in block["lines"]:
                names[f"{table['key']}/{line['key']}"] = texts.label(line["label"], line["en"])
            for column in block["columns"]:
                names[f"{table['key']}//{column['key']}"] = texts.label(column["label"], column["en"])
    return names
