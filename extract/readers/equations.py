"""The balances of a form as equations between the figures found: which hold, which fail, which cannot be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from extract.alignment import AlignedTable
from extract.facts import Address
from extract.forms import Balance, FormTable
from extract.numerals import Number

Values = Mapping[Address, Number | None]


@dataclass(frozen=True, slots=True)
class Equation:
    """Figures whose sum must equal the sum of others."""

    left: tuple[Address, ...]
    right: tuple[Address, ...]

    @property
    def addresses(self) -> tuple[Address, ...]:
        """All figures that take part."""
        return self.left + self.right

    def holds(self, values: Values) -> bool | None:
        """Whether the sums are equal; None where one of the figures is missing or no number."""
        sides = [[values.get(address) for address in side] for side in (self.left, self.right)]
        sums = [sum(value for value in side if value is not None) for side in sides]
        return None if any(value is None for side in sides for value in side) else sums[0] == sums[1]


def equations(tables: Mapping[str, AlignedTable], values: Values) -> list[Equation]:
    """What the forms of the tables found demand of the figures found."""
    return [
        equation
        for aligned in tables.values()
        for balance in aligned.table.balances
        for equation in _equations(aligned.table, balance, values)
    ]


def _equations(table: FormTable, balance: Balance, values: Values) -> Iterator[Equation]:
    if balance.each == "column":
        left, right = (_rows(table, side, values) for side in (balance.left, balance.right))
        for column in table.blocks[0].columns:
            yield Equation(
                tuple((table.key, row, column.key) for row in left),
                tuple((table.key, row, column.key) for row in right),
            )
        return
    for line in table.lines:
        if balance.only in (None, line.key):
            yield Equation(
                tuple((table.key, line.key, column) for column in balance.left),
                tuple((table.key, line.key, column) for column in balance.right),
            )


def _rows(table: FormTable, keys: Sequence[str], values: Values) -> list[str]:
    """The rows that a balance names; where one row is printed for several, that row."""
    found = {row for key, row, _ in values if key == table.key}
    instead = {other: line.key for line in table.lines for other in line.stands_for if line.key in found}
    return list(dict.fromkeys(instead.get(key, key) for key in keys))
