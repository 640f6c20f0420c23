"""What a report's figures must satisfy: the balances of its form, and that every figure asked for was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from extract.alignment import AlignedTable
from extract.facts import Address, Fact, Issue
from extract.forms import Balance, Form, FormTable
from extract.numerals import Number, State

Facts = Mapping[Address, Fact]


def check_balances(facts: Facts, tables: Mapping[str, AlignedTable]) -> list[Issue]:
    """Balances that fail, each with its operands. A missing or blank operand makes a balance not assessable; nothing
    is corrected."""
    issues: list[Issue] = []
    for aligned in tables.values():
        stand_ins = _stand_ins(facts, aligned.table)
        for balance in aligned.table.balances:
            issues += _check(facts, aligned.table, balance, stand_ins)
    return issues


def check_completeness(facts: Facts, tables: Mapping[str, AlignedTable], form: Form | None) -> list[Issue]:
    """Tables, rows and cells that the form asks for and the document does not show. A lost row can leave every
    balance true."""
    issues: list[Issue] = []
    for key, table in (form.tables if form else {}).items():
        if key not in tables:
            issues.append(Issue("incomplete", "error", f"未找到表“{table.label}”", None, key))
    for key, aligned in tables.items():
        issues += _missing_cells(facts, key, aligned)
    return issues


def _missing_cells(facts: Facts, key: str, aligned: AlignedTable) -> Iterator[Issue]:
    found = {row.line.key for row in aligned.rows}
    replaced = {other for row in aligned.rows for other in row.line.stands_for}
    missing_rows: list[str] = []
    for block in aligned.table.blocks:
        for line in block.lines:
            if line.unofficial or line.key in replaced:
                continue
            if line.key not in found:
                missing_rows.append(line.key)
                yield Issue("incomplete", "error", f"表中未找到“{line.label}”一行", None, key, line.key)
                continue
            for column in block.columns:
                if (key, line.key, column.key) not in facts:
                    yield Issue(
                        "incomplete",
                        "error",
                        f"“{line.label}”一行没有“{column.label}”一栏",
                        None,
                        key,
                        line.key,
                        column.key,
                    )


def _check(facts: Facts, table: FormTable, balance: Balance, stand_ins: Mapping[str, str]) -> Iterator[Issue]:
    if balance.each == "column":
        left, right = (
            dict.fromkeys(stand_ins.get(row, row) for row in side) for side in (balance.left, balance.right)
        )
        for column in table.blocks[0].columns:
            yield from _compare(
                facts, table, balance, [(row, column.key) for row in left], [(row, column.key) for row in right],
                (None, column.key),
            )  # fmt: skip
        return
    rows = [line.key for line in table.lines if balance.only in (None, line.key)]
    totals_blank = _blank_everywhere(facts, table, rows, balance.left)
    if totals_blank:
        yield Issue("balance", "info", "“总计”一栏全部为空，无法核对", balance.rule, table.key, None, balance.left[0])
        return
    for row in rows:
        yield from _compare(
            facts, table, balance, [(row, c) for c in balance.left], [(row, c) for c in balance.right], (row, None)
        )


def _stand_ins(facts: Facts, table: FormTable) -> dict[str, str]:
    """Where an office printed one row for several: that row, by each of those."""
    return {other: line.key for line in table.lines for other in line.stands_for if _present(facts, table, line.key)}


def _present(facts: Facts, table: FormTable, row: str) -> bool:
    return any((table.key, row, column.key) in facts for column in table.blocks[0].columns)


def _blank_everywhere(facts: Facts, table: FormTable, rows: Sequence[str], columns: Sequence[str]) -> bool:
    """Whether these columns are wholly blank in a table that is not."""
    states = [
        facts[table.key, row, column].state for row in rows for column in columns if (table.key, row, column) in facts
    ]
    if len(states) < 2 or any(state is not State.BLANK for state in states):
        return False
    return any(fact.value is not None for fact in facts.values() if fact.table == table.key)


def _compare(
    facts: Facts, table: FormTable, balance: Balance,
    left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]], where: tuple[str | None, str | None],
) -> Iterator[Issue]:  # fmt: skip
    sides = [[facts.get((table.key, row, column)) for row, column in side] for side in (left, right)]
    values: list[list[tuple[Fact, Number]]] = []
    for side in sides:
        known = [(fact, fact.value) for fact in side if fact is not None and fact.value is not None]
        if len(known) < len(side):
            return  # not assessable: an operand is missing, never 0
        values.append(known)
    sums = [sum(value for _, value in side) for side in values]
    if sums[0] != sums[1]:
        row, column = where
        detail = "，而 ".join(_told(table, side, balance) for side in values)
        yield Issue("balance", balance.severity, detail, balance.rule, table.key, row, column)


def _told(table: FormTable, side: Sequence[tuple[Fact, Number]], balance: Balance) -> str:
    """The operands of one side in words and numbers; zeros of a long sum are left out."""
    shown = [(fact, value) for fact, value in side if value != 0] or list(side[:1])
    if len(side) <= 2:
        shown = list(side)
    terms = " + ".join(f"{_name(table, fact, balance)} {value}" for fact, value in shown)
    return terms if len(side) == 1 else f"{terms} = {sum(value for _, value in side)}"


def _name(table: FormTable, fact: Fact, balance: Balance) -> str:
    columns = {column.key: column.label for block in table.blocks for column in block.columns}
    lines = {line.key: line.label for line in table.lines}
    own = lines[fact.row] if balance.each == "column" else columns[fact.column]
    over = columns[fact.column] if balance.each == "column" else lines[fact.row]
    return f"{own}［{over}］"
