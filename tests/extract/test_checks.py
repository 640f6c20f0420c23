from __future__ import annotations

from making.damages import damage
from making.printed import Made, print_report
from making.report import make_report
from making.text import make_text

from extract import readers
from extract.alignment import align
from extract.checks import check_balances, check_completeness
from extract.facts import Fact, read_facts
from extract.forms import load_forms
from extract.numerals import State
from extract.rows import rows_of

FORMS = tuple(load_forms().values())
Found = tuple[dict[tuple[str, str, str], Fact], dict]  # type: ignore[type-arg]


def read(made: Made) -> Found:
    document = readers.read(made.content)
    tables = align(rows_of(document), FORMS)
    return read_facts(document, tables)[0], tables


def made(*damages: str, year: int = 2023) -> Made:
    return make_text(damage(print_report(make_report(5, "示例县人民政府", year)), *damages, seed=1))


def test_a_balanced_report_fails_nothing() -> None:
    for year in (2020, 2023):
        facts, tables = read(made(year=year))
        assert check_balances(facts, tables) == []
        assert check_completeness(facts, tables, tables["proactive_disclosure"].form) == []


def test_a_failing_balance_names_its_cells_and_numbers_and_the_figure_stays() -> None:
    document = made("wrong_total")
    facts, tables = read(document)
    issues = check_balances(facts, tables)
    assert {(issue.rule, issue.column or issue.row) for issue in issues} == set(document.broken)
    for address, value in document.truth.items():
        assert facts[address].value == value
    row = next(issue for issue in issues if issue.rule == "T3-C")
    told = facts["requests", str(row.row), "total"].value
    assert row.severity == "error" and f" {told}，而" in row.detail and "总计" in row.detail


def test_one_row_may_stand_for_three() -> None:
    facts, tables = read(made("single_other_handling"))
    assert check_balances(facts, tables) == []
    assert check_completeness(facts, tables, FORMS[0]) == []


def test_a_missing_operand_is_not_zero() -> None:
    facts, tables = read(made())
    address = ("requests", "received", "total")
    facts[address] = facts[address]._replace(value=None, state=State.BLANK)
    outcomes = ("requests", "outcomes_total", "total")
    facts[outcomes] = facts[outcomes]._replace(value=9_999)
    rules = {(issue.rule, issue.column or issue.row) for issue in check_balances(facts, tables)}
    assert ("T3-A", "total") not in rules and ("T3-C", "received") not in rules
    assert ("T3-B", "total") in rules


def test_a_wholly_blank_total_is_told_once_for_information() -> None:
    facts, tables = read(made())
    for address, fact in facts.items():
        if address[0] == "requests" and address[2] == "total":
            facts[address] = fact._replace(value=None, state=State.BLANK)
    told = [issue for issue in check_balances(facts, tables) if issue.rule == "T3-C"]
    assert [issue.severity for issue in told] == ["info"]


def test_a_lost_row_and_a_lost_table_are_incomplete_though_every_balance_holds() -> None:
    facts, tables = read(made("missing_row"))
    missing = [issue for issue in check_completeness(facts, tables, FORMS[0]) if issue.kind == "incomplete"]
    assert len(missing) == 1 and missing[0].row and missing[0].severity == "error"
    facts, tables = read(made("no_requests_table"))
    (lost,) = check_completeness(facts, tables, FORMS[0])
    assert (lost.kind, lost.table, lost.row) == ("incomplete", "requests", None)
