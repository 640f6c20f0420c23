"""Random figures for an official form that add up as the form demands."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from decimal import Decimal

from extract.forms import Balance, Column, Form, FormTable

Address = tuple[str, str, str]  # table, row, column
Figures = Mapping[Address, int | Decimal | None]

# How many requests a body of that size may get in a year.
SIZES = {"township": 4, "department": 20, "county": 80, "city": 600}
APPLICANTS = {"natural_persons": 1.0, "enterprises": 0.2, "legal_services": 0.05}
OUTCOMES = {
    "disclosed": 40, "partly_disclosed": 8, "withheld.internal_affairs": 2, "withheld.third_party_rights": 2,
    "withheld.administrative_queries": 2, "unable.not_held": 20, "unable.requires_creation": 4,
    "not_processed.petitions": 5, "not_processed.repeat": 2,
}  # fmt: skip
SELDOM = 0.3


def make_figures(
    form: Form, seed: int, *, size: str = "county", single_other_handling: bool = False, previous: Figures | None = None
) -> dict[Address, int | Decimal | None]:
    """Figures for every cell that the form asks for, many of them zero; the same seed gives the same figures.

    `previous` are the figures of the year before: what it carried over, kept in force or counted is taken up.
    `single_other_handling` has the one row of the 2019 form where the 2021 form asks three.
    """
    rng, scale, before = random.Random(seed), SIZES[size], previous or {}
    figures: dict[Address, int | Decimal | None] = {}
    figures |= _proactive_disclosure(form.tables["proactive_disclosure"], rng, scale, before)
    figures |= _requests(form.tables["requests"], rng, scale, before, single_other_handling)
    figures |= _review_and_litigation(form.tables["review_and_litigation"], rng, scale)
    return figures


def broken_balances(form: Form, figures: Figures) -> set[tuple[str, str]]:
    """Which balances of the form the figures break, as (rule, column or row); a missing operand breaks none."""
    return {
        (balance.rule, where)
        for table in form.tables.values()
        for balance in table.balances
        for where in _places(table, balance, figures)
        if _holds(table, balance, where, figures) is False
    }


def _places(table: FormTable, balance: Balance, figures: Figures) -> Iterator[str]:
    if balance.only:
        yield balance.only
    elif balance.each == "column":
        yield from (column.key for column in table.blocks[0].columns)
    else:
        yield from dict.fromkeys(row for key, row, _ in figures if key == table.key)


def _holds(table: FormTable, balance: Balance, where: str, figures: Figures) -> bool | None:
    sums: list[int | Decimal] = []
    for side in (balance.left, balance.right):
        if balance.each == "column":
            cells = [(table.key, row, where) for row in _rows_met(table, side, figures)]
        else:
            cells = [(table.key, where, column) for column in side]
        values = [figures.get(cell) for cell in cells]
        if any(value is None for value in values):
            return None
        sums.append(sum(value for value in values if value is not None))
    return sums[0] == sums[1]


def _rows_met(table: FormTable, rows: tuple[str, ...], figures: Figures) -> tuple[str, ...]:
    """The rows of a balance as a report prints them: one row may stand for several."""
    for line in table.lines:
        replaced = set(line.stands_for) & set(rows)
        if replaced and any((table.key, line.key, column.key) in figures for column in table.blocks[0].columns):
            rows = (*(row for row in rows if row not in line.stands_for), line.key)
    return rows


def _few(rng: random.Random, most: float) -> int:
    """A count that is often zero and seldom large."""
    return 0 if rng.random() < 0.35 else int(most * rng.random() ** 2 + 0.5)


def _balance(table: FormTable, rule: str) -> Balance:
    return next(balance for balance in table.balances if balance.rule == rule)


def _requests(
    table: FormTable, rng: random.Random, scale: int, before: Figures, single: bool
) -> dict[Address, int | Decimal | None]:
    applicants, outcomes = _balance(table, "T3-C").right, _balance(table, "T3-B").right
    merged = next((line for line in table.lines if line.unofficial), None)
    if single and merged:
        outcomes = (*(key for key in outcomes if key not in merged.stands_for), merged.key)
    weights = [OUTCOMES.get(key, SELDOM) for key in outcomes]
    rows: dict[str, dict[str, int]] = {}
    for applicant in applicants:
        most = scale * APPLICANTS.get(applicant, 0.02)
        received = _few(rng, most) if applicant != "natural_persons" else rng.randint(0, scale)
        carried = before.get((table.key, "carried_to_next_year", applicant)) if before else _few(rng, most / 8)
        carried = int(carried or 0)
        left_over = min(received, _few(rng, most / 8))
        handled = received + carried - left_over
        told = rng.choices(outcomes, weights, k=handled)
        rows.setdefault("received", {})[applicant] = received
        rows.setdefault("carried_from_previous_year", {})[applicant] = carried
        for key in outcomes:
            rows.setdefault(key, {})[applicant] = told.count(key)
        rows.setdefault("outcomes_total", {})[applicant] = handled
        rows.setdefault("carried_to_next_year", {})[applicant] = left_over
    order = [line.key for line in table.lines if line.key in rows]
    return {
        (table.key, row, column): count
        for row in order
        for column, count in {**rows[row], "total": sum(rows[row].values())}.items()
    }


def _review_and_litigation(table: FormTable, rng: random.Random, scale: int) -> dict[Address, int | Decimal | None]:
    figures: dict[Address, int | Decimal | None] = {}
    for line in table.official_lines:
        results = {column.key: _few(rng, scale / 20) for column in table.blocks[0].columns if column.key != "total"}
        for key, count in {**results, "total": sum(results.values())}.items():
            figures[table.key, line.key, key] = count
    return figures


def _proactive_disclosure(
    table: FormTable, rng: random.Random, scale: int, before: Figures
) -> dict[Address, int | Decimal | None]:
    figures: dict[Address, int | Decimal | None] = {}
    for block in table.blocks:
        for line in block.lines:
            drawn = {column.key: _disclosed(column, line.key, rng, scale) for column in block.columns}
            was = {column.key: before.get((table.key, line.key, column.key)) for column in block.columns}
            _carry_on(drawn, was)
            for key, value in drawn.items():
                figures[table.key, line.key, key] = value
    return figures


def _disclosed(column: Column, row: str, rng: random.Random, scale: int) -> int | Decimal:
    if row == "rules" and scale < SIZES["city"]:  # only a city with districts may make government rules
        return 0
    if column.money:
        places = rng.choice((0, 1, 2, 4, 6))
        return Decimal(_few(rng, scale * 10 * 10**places)).scaleb(-places) or 0
    if column.signed:
        return rng.choice((-4, -2, -1, 0, 0, 0, 0, 1, 3, 15))
    if column.key == "decisions":
        return _few(rng, scale * 120)
    if column.key in ("in_force", "total_disclosed", "items_previous_year"):
        return rng.randint(scale // 4, scale * 2)
    return _few(rng, scale / 4)


def _carry_on(drawn: dict[str, int | Decimal], was: Mapping[str, int | Decimal | None]) -> None:
    """Make a line's figures of this year follow from those of the year before, where the form lets us compare."""
    if (in_force := was.get("in_force")) is not None:
        drawn["repealed"] = min(drawn["repealed"], in_force)
        drawn["in_force"] = in_force + drawn["issued"] - drawn["repealed"]
    elif "in_force" in drawn:
        drawn["in_force"] = max(drawn["in_force"], drawn["issued"])
    if "newly_disclosed" in drawn:
        drawn["newly_disclosed"] = drawn["newly_made"]
        drawn["total_disclosed"] = drawn["newly_disclosed"] + (was.get("total_disclosed") or drawn["total_disclosed"])
    if (items := was.get("items_previous_year")) is not None:
        drawn["items_previous_year"] = items + (was.get("items_change") or 0)
    if "items_change" in drawn:
        drawn["items_change"] = max(drawn["items_change"], -drawn["items_previous_year"])
