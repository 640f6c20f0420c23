"""The balances of a report with their operands: which add up, which do not, and which cannot be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reading_room.figures import Fact
from reading_room.numerals import plain
from reading_room.printed import Balance, Form, lines_of
from reading_room.texts import Texts

# Sums of more terms than this are written without their zeros.
MOST_ZEROS = 7


@dataclass(frozen=True, slots=True)
class Sum:
    """A balance in one column or row: the name of that, both sides in numbers; `holds` None where an operand is missing."""

    name: str
    left: str
    right: str
    holds: bool | None
    address: str


@dataclass(frozen=True, slots=True)
class Check:
    """A balance of the form with all its sums."""

    balance: Balance
    sums: tuple[Sum, ...]

    def count(self, holds: bool | None) -> int:
        """How many of its sums hold, fail, or cannot be told."""
        return sum(each.holds is holds for each in self.sums)


def check(form: Form, balances: Sequence[Balance], facts: Mapping[str, Fact], texts: Texts) -> list[Check]:
    """Every balance of the form on these figures. A missing operand is never 0: what lacks one cannot be told."""
    tables = {table["key"]: table for table in form.content["tables"]}
    met = frozenset((fact.table, fact.row) for fact in facts.values())
    checks = [Check(each, tuple(_sums(tables[each.table], each, facts, met, texts))) for each in balances]
    return [each for each in checks if each.sums]


def _sums(
    table: Mapping[str, object], balance: Balance, facts: Mapping[str, Fact], met: frozenset[tuple[str, str]], texts: Texts
) -> Iterator[Sum]:
    lines = [line for _, line in lines_of(table, met)]
    columns = table["blocks"][0]["columns"]  # type: ignore[index]
    if balance.each == "column":
        stand_ins = {other: line["key"] for line in lines for other in line["stands_for"] if (balance.table, line["key"]) in met}
        sides = [list(dict.fromkeys(stand_ins.get(key, key) for key in keys)) for keys in (balance.left, balance.right)]
        for column in columns:
            left, right = ([f"{balance.table}/{row}/{column['key']}" for row in side] for side in sides)
            if any(address in facts for address in (*left, *right)):
                yield _sum(texts.label(column["label"], column["en"]), left, right, facts)
        return
    for line in lines:
        if balance.only in (None, line["key"]):
            left, right = ([f"{balance.table}/{line['key']}/{key}" for key in keys] for keys in (balance.left, balance.right))
            if any(address in facts for address in (*left, *right)):
                yield _sum(texts.label(line["label"], line["en"]), left, right, facts)


def _sum(name: str, left: Sequence[str], right: Sequence[str], facts: Mapping[str, Fact]) -> Sum:
    sides = [[facts[address].value if address in facts else None for address in side] for side in (left, right)]
    told = [_terms(side) for side in sides]
    known = all(value is not None for side in sides for value in side)
    totals = [round(sum(value for value in side if value is not None), 6) for side in sides]
    return Sum(name, told[0], told[1], totals[0] == totals[1] if known else None, next((a for a in left if a in facts), ""))


def _terms(side: Sequence[float | None]) -> str:
    """The numbers of one side; in a long sum its zeros are left out."""
    shown = side if len(side) <= MOST_ZEROS else [value for value in side if value != 0] or side[:1]
    return " + ".join("?" if value is None else plain(value) for value in shown)
