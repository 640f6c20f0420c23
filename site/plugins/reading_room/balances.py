"""The balances of a report with their operands: which add up, which do not, and which cannot be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from reading_room.figures import Fact
from reading_room.numerals import plain
from reading_room.printed import Balance, Form, balances, lines_of
from reading_room.texts import Texts

# Sums of more terms than this are written without their zeros.
MOST_ZEROS = 7
SIGNS = {True: "=", False: "≠", None: "?"}
# A balance in one column or row: the name of that, the addresses of both sides.
Place = tuple[str, tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Check:
    """A balance of the form: how many of its sums hold, fail, or cannot be told; and the list of them."""

    balance: Balance
    counts: Mapping[bool | None, int]
    sums: Markup


def check(form: Form, facts: Mapping[str, Fact], texts: Texts) -> list[Check]:
    """Every balance of the form on these figures. A missing operand is never 0: what lacks one cannot be told."""
    met = frozenset((fact.table, fact.row) for fact in facts.values())
    checks = (_check(balance, places, facts) for balance, places in _plan(form, texts, met))
    return [each for each in checks if any(each.counts.values())]


def _check(balance: Balance, places: Sequence[Place], facts: Mapping[str, Fact]) -> Check:
    counts: dict[bool | None, int] = {True: 0, False: 0, None: 0}
    drawn: list[str] = []
    for name, left, right in places:
        sides = [[fact.value if (fact := facts.get(address)) else None for address in side] for side in (left, right)]
        known = [value for side in sides for value in side if value is not None]
        if not known:
            continue
        whole = len(known) == len(left) + len(right)
        holds = round(sum(sides[0]), 6) == round(sum(sides[1]), 6) if whole else None  # type: ignore[arg-type]
        counts[holds] += 1
        flag = ' class="flag"' if holds is False else ""
        there = next((address for address in (*left, *right) if address in facts), "")
        drawn.append(
            f'<li{flag}><a href="#{escape(there)}">{escape(name)}</a> {_terms(sides[0])} {SIGNS[holds]} {_terms(sides[1])}</li>'
        )
    return Check(balance, counts, Markup("".join(drawn)))


def _terms(side: Sequence[float | None]) -> str:
    """The numbers of one side; in a long sum its zeros are left out."""
    shown = side if len(side) <= MOST_ZEROS else [value for value in side if value != 0] or side[:1]
    return " + ".join("?" if value is None else plain(value) for value in shown)


@lru_cache(maxsize=64)
def _plan(form: Form, texts: Texts, met: frozenset[tuple[str, str]]) -> tuple[tuple[Balance, tuple[Place, ...]], ...]:
    """Which figures each balance adds up. `met` are the rows that the report has."""
    tables = {table["key"]: table for table in form.content["tables"]}
    return tuple(
        (balance, tuple(_places(tables[balance.table], balance, met, texts))) for balance in balances(form, texts)
    )


def _places(
    table: Mapping[str, object], balance: Balance, met: frozenset[tuple[str, str]], texts: Texts
) -> Iterator[Place]:
    lines = [line for _, line in lines_of(table, met)]
    if balance.each == "row":
        for line in lines:
            if balance.only in (None, line["key"]):
                left, right = (
                    tuple(f"{balance.table}/{line['key']}/{key}" for key in keys)
                    for keys in (balance.left, balance.right)
                )
                yield texts.label(line["label"], line["en"]), left, right
        return
    stand_ins = {
        other: line["key"] for line in lines for other in line["stands_for"] if (balance.table, line["key"]) in met
    }
    sides = [list(dict.fromkeys(stand_ins.get(key, key) for key in keys)) for keys in (balance.left, balance.right)]
    for column in table["blocks"][0]["columns"]:  # type: ignore[index]
        left, right = (tuple(f"{balance.table}/{row}/{column['key']}" for row in side) for side in sides)
        yield texts.label(column["label"], column["en"]), left, right
