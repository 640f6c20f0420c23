from __future__ import annotations

from collections.abc import Sequence

from making.figures import Address, make_figures

from extract import readers
from extract.facts import Fact
from extract.forms import Column, load_forms
from extract.reading import Reading, read_report

FORMS = load_forms()
REQUESTS = FORMS["2021"].tables["requests"]
COLUMNS = REQUESTS.blocks[0].columns
FIGURES = make_figures(FORMS["2021"], 5)


def read(*tables: str) -> Reading:
    title = "<h1>丰城市2023年政府信息公开工作年度报告</h1>"
    return read_report(readers.read(f"<html><meta charset=utf-8><body>{title}{''.join(tables)}</body></html>".encode()))


def facts(reading: Reading, table: str) -> dict[Address, Fact]:
    return {fact.address: fact for fact in reading.facts if fact.table == table}


def table(*rows: Sequence[object]) -> str:
    cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


def requests(columns: Sequence[Column | str]) -> str:
    """Table 三 with these columns; a word instead of a column is one of the office's own, holding 9."""
    head = ["事项", *(column if isinstance(column, str) else column.label for column in columns)]
    rows = [
        [line.label, *(9 if isinstance(c, str) else FIGURES["requests", line.key, c.key] for c in columns)]
        for line in REQUESTS.official_lines
    ]
    return table(head, *rows)


def test_swapped_columns_are_read_by_their_heads() -> None:
    swapped = [COLUMNS[6], *COLUMNS[:6]]
    found = facts(read(requests(swapped)), "requests")
    assert {address: fact.value for address, fact in found.items()} == {
        a: v for a, v in FIGURES.items() if a[0] == "requests"
    }


def test_a_missing_column_is_incomplete_and_the_others_are_read() -> None:
    reading = read(requests([c for c in COLUMNS if c.key != "legal_services"]))
    found = facts(reading, "requests")
    assert {address: fact.value for address, fact in found.items()} == {
        a: v for a, v in FIGURES.items() if a[0] == "requests" and a[2] != "legal_services"
    }
    missing = {(issue.row, issue.column) for issue in reading.issues if issue.kind == "incomplete" and issue.column}
    assert missing == {(line.key, "legal_services") for line in REQUESTS.official_lines}


def test_a_column_of_the_offices_own_is_left_aside() -> None:
    found = facts(read(requests([*COLUMNS[:3], "备注", *COLUMNS[3:]])), "requests")
    assert {address: fact.value for address, fact in found.items()} == {
        a: v for a, v in FIGURES.items() if a[0] == "requests"
    }


def test_a_number_that_stands_under_no_head_makes_its_row_uncertain() -> None:
    row = [REQUESTS.lines[0].label, 1, 2, 3, 0, 0, 0, 6, 5]
    markup = (
        requests(COLUMNS).replace("</table>", "") + f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr></table>"
    )
    first = f"<tr><td>{REQUESTS.lines[0].label}</td>"
    body, wrong = markup.split(first)[0], markup[markup.rindex(first) :]
    rest = markup[markup.index(first) :].split("</tr>", 1)[1].rsplit("<tr>", 1)[0]
    reading = read(body + wrong.removesuffix("</table>") + rest + "</table>")
    states = {fact.state.value for fact in facts(reading, "requests").values() if fact.row == "received"}
    assert states == {"unreadable"}
    assert any(issue.kind == "unreadable" and issue.row == "received" for issue in reading.issues)


def test_a_table_that_mixes_forms_is_read_by_its_heads_and_says_so() -> None:
    reading = read(table(
        ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"], ["规章", 1, 2, 3], ["行政规范性文件", 4, 5, 6],
        ["信息内容", "上一年项目数量", "本年增/减", "处理决定数量"], ["行政许可", 70, -8, 90], ["其他对外管理服务事项", 1, 0, 2],
        ["信息内容", "本年处理决定数量"], ["行政处罚", 11], ["行政强制", 12],
        ["信息内容", "本年收费金额（单位：万元）"], ["行政事业性收费", "1.5"],
    ))  # fmt: skip
    found = {address[1:]: fact.value for address, fact in facts(reading, "proactive_disclosure").items()}
    assert reading.head.form == "2021"
    assert found["rules", "issued"] == 1 and found["administrative_penalties", "decisions"] == 11
    assert found["administrative_licences", "decisions"] == 90
    assert found["administrative_licences", "items_previous_year"] == 70
    assert found["administrative_licences", "items_change"] == -8
    assert found["other_public_services", "decisions"] == 2
    assert ("old_form", "F-1") in {(issue.kind, issue.rule) for issue in reading.issues}


def test_heads_of_one_form_are_never_taken_for_the_others_by_order() -> None:
    reading = read(table(
        ["信息内容", "本年新制作数量", "本年新公开数量", "对外公开总数量"], ["规章", 1, 2, 3], ["行政规范性文件", 4, 5, 6],
        ["信息内容", "本年处理决定数量"], ["行政许可", 10],
        ["信息内容", "本年处理决定数量"], ["行政处罚", 11], ["行政强制", 12],
        ["信息内容", "本年收费金额（单位：万元）"], ["行政事业性收费", "1.5"],
    ))  # fmt: skip
    found = {address[1:]: fact.value for address, fact in facts(reading, "proactive_disclosure").items()}
    assert ("rules", "issued") not in found
    assert (found["rules", "newly_made"], found["normative_documents", "total_disclosed"]) == (1, 6)


def test_damaged_heads_are_taken_in_order_between_certain_ones() -> None:
    reading = read(table(
        ["信息内容", "本年新", "本年新", "对外公开总数量"], ["规章", 1, 2, 3], ["规范性文件", 4, 5, 6],
        ["信息内容", "上一年项目数量", "本年增/减", "处理决定数量"], ["行政许可", 70, -8, 90],
    ))  # fmt: skip
    found = {address[1:]: fact.value for address, fact in facts(reading, "proactive_disclosure").items()}
    assert (found["rules", "newly_made"], found["rules", "newly_disclosed"], found["rules", "total_disclosed"]) == (
        1,
        2,
        3,
    )


def test_the_forms_name_in_angle_brackets_is_text() -> None:
    reading = read("<p><中华人民共和国政府信息公开工作年度报告格式>的要求</p>", requests(COLUMNS))
    assert len(facts(reading, "requests")) == 175


def test_rows_that_do_not_line_up_with_their_head_are_read_by_their_own_cells() -> None:
    """As LibreOffice writes a table with empty layout cells as DOC: every row packed to the left, blanks behind."""
    head = ["（本列数据的勾稽关系）", *(column.label for column in COLUMNS[:6]), "", "", "", ""]
    rows = []
    for line in REQUESTS.official_lines:
        path = REQUESTS.path(line)
        figures = [FIGURES["requests", line.key, column.key] for column in COLUMNS]
        cells = [*path, *figures]
        rows.append([*cells, *[""] * (11 - len(cells))])
    found = facts(read(table(head, *rows)), "requests")
    assert {address: fact.value for address, fact in found.items()} == {
        a: v for a, v in FIGURES.items() if a[0] == "requests"
    }
