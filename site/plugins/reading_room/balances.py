"""The balances of a report with their operands: which add up, which do not, and which cannot be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from reading_room.figures import Fact, quoted
from reading_room.numerals import plain
from reading_room.printed import Balance, Form, balances, lines_of, rows_met
from reading_room.texts import Texts

# Sums of more terms than this are written without their zeros.
MOST_ZEROS = 7
SIGNS = {True: "=", False: "≠", None: "?"}
FLAG = ' class="flag"'
# A balance in one column or row: the name of that as markup, the addresses of both sides.
Place = tuple[str, tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Check:
    """A balance of the form: how many of its sums hold, fail, or cannot be told; and the list of them."""

    balance: Balance
    counts: Mapping[bool | None, int]
    sums: Markup


def check(form: Form, facts: Mapping[str, Fact], texts: Texts) -> list[Check]:
    """Every balance of the form on these figures. A missing operand is never 0: what lacks one cannot be told."""
    values = {address: fact.value for address, fact in facts.items()}
    checks = (_check(balance, places, values) for balance, places in _plan(form, texts, rows_met(facts)))
    return [each for each in checks if any(each.counts.values())]


def _check(balance: Balance, places: Sequence[Place], values: Mapping[str, float | None]) -> Check:
    counts: dict[bool | None, int] = {True: 0, False: 0, None: 0}
    drawn: list[str] = []
    get = values.get
    for name, left, right in places:
        sides = (list(map(get, left)), list(map(get, right)))
        if None not in sides[0] and None not in sides[1]:
            total, parts = sum(sides[0]), sum(sides[1])  # type: ignore[arg-type]
            holds: bool | None = total == parts or round(total, 6) == round(parts, 6)
        elif any(value is not None for side in sides for value in side):
            holds = None
        else:
            continue
        counts[holds] += 1
        there = left[0] if left[0] in values else next((address for address in (*left, *right) if address in values), "")
        drawn.append(
            f'<li{FLAG if holds is False else ""}><a href="#{quoted(there)}">{name}</a> {_terms(sides[0])} {SIGNS[holds]} {_terms(sides[1])}</li>'
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
                yield str(escape(texts.label(line["label"], line["en"]))), left, right
        return
    stand_ins = {
        other: line["key"] for line in lines for other in line["stands_for"] if (balance.table, line["key"]) in met
    }
    sides = [list(dict.fromkeys(stand_ins.get(key, key) for key in keys)) for keys in (balance.left, balance.right)]
    for column in table["blocks"][0]["columns"]:  # type: ignore[index]
        left, right = (tuple(f"{balance.table}/{row}/{column['key']}" for row in side) for side in sides)
        yield str(escape(texts.label(column["label"], column["en"]))), left, right
