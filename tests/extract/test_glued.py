from dataclasses import replace

import pytest
from making.damages import damage
from making.glued import write_glued
from making.printed import PrintedCell, print_report
from making.report import make_report

from extract.document import Document, Paragraph
from extract.facts import read_facts
from extract.forms import load_forms
from extract.glued import glued_tables
from extract.labels import read_label
from extract.numerals import State
from extract.readers import read
from extract.splits import balanced_splits

FORMS = tuple(load_forms().values())
BODIES = ("示例县人民政府", "示例市人民政府", "示例县示例镇人民政府", "示例县公安局")
YEARS = (2023, 2020)
LABELS_3 = [line.label for line in load_forms()["2021"].tables["requests"].official_lines]


def glued(text):
    """The tables found in one paragraph."""
    return glued_tables(Document("0" * 64, "text/plain", (Paragraph(text, {"line": 1}),)), FORMS)


def facts_of(payload):
    document = read(payload)
    facts, issues = read_facts(document, glued_tables(document, FORMS))
    return facts, issues


def made(seed, *damages, year=2023):
    printed = print_report(make_report(seed, BODIES[seed % 4], year))
    return damage(printed, *damages, seed=seed) if damages else printed


def wrong(printed, facts):
    """The figures read otherwise than they are."""
    return {
        address: (fact.value, printed.truth.get(address))
        for address, fact in facts.items()
        if fact.value is not None and fact.value != printed.truth.get(address)
    }


def request_rows(digits, *, labels=LABELS_3, head="申请人情况"):
    """Table 三 as one run of text; rows not named are zeros."""
    return (
        head + "".join(label + digits.get(index, "0000000") for index, label in enumerate(labels)) + "四、政府信息公开"
    )


def row_of(tables, key):
    (row,) = [row for row in tables["requests"].rows if row.line.key == key]
    return [placed.cell for placed in row.placed]


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("seed", range(8))
def test_every_row_that_its_own_sum_cuts_in_one_way_is_reconstructed(seed, year):
    printed = made(seed, year=year)
    facts, _ = facts_of(write_glued(printed))
    rows = {address[:2] for address in printed.truth if address[0] == "requests"}
    for row in rows:
        values = {address: value for address, value in printed.truth.items() if address[:2] == row}
        if len(balanced_splits("".join(map(str, values.values())), 7)) == 1:
            assert {address: facts[address].value for address in values} == values
            assert {facts[address].state for address in values} == {State.RECONSTRUCTED}


@pytest.mark.parametrize("spaces", [0.0, 0.2, 0.6])
@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_reads_nearly_everything_and_nothing_wrong(seed, lines, spaces):
    printed = made(seed)
    facts, _ = facts_of(write_glued(printed, spaces=spaces, lines=lines, seed=seed))
    assert not wrong(printed, facts)
    assert sum(fact.value is not None for fact in facts.values()) > 0.93 * len(printed.truth)
    assert facts.keys() == printed.truth.keys()


@pytest.mark.parametrize(
    "name",
    [
        "repeated_results_head", "split_table", "split_table_with_heads", "single_other_handling", "missing_row",
        "characters_lost_in_label", "character_lost_in_label", "not_processed_called_withheld", "straight_quotes",
        "ascii_brackets", "broken_lines_in_labels", "unnumbered_labels", "traditional_characters", "no_caption",
        "old_label_of_documents", "character_lost_in_head", "year_in_head", "space_in_head", "full_width_digits",
        "thousands_separators", "unit_in_cell", "padded_cells", "arabic_headings", "fees_with_unit",
    ],
)  # fmt: skip
@pytest.mark.parametrize("seed", [1, 5])
def test_damaged_labels_and_figures_cost_little(seed, name):
    printed = made(seed, name)
    facts, _ = facts_of(write_glued(printed))
    assert not wrong(printed, facts)
    assert sum(fact.value is not None for fact in facts.values()) > 0.9 * len(printed.truth)


@pytest.mark.parametrize(
    "name",
    [
        "blank_cells", "space_cells", "blank_zeros", "blank_totals", "dash_cells", "long_dash_cells", "slash_cells",
        "word_cells", "chinese_numerals", "ordinal_column", "phantom_cells", "wrong_total", "wrong_applicant",
        "wrong_reconsideration_total", "no_tables",
    ],
)  # fmt: skip
@pytest.mark.parametrize("seed", [1, 2, 4, 5, 7, 9])
def test_what_cannot_be_known_is_unreadable_and_never_wrong(seed, name):
    printed = made(seed, name)
    facts, issues = facts_of(write_glued(printed, spaces=0.1 * (seed % 3), seed=seed))
    assert not wrong(printed, facts)
    unread = {address for address, fact in facts.items() if fact.state is State.UNREADABLE}
    assert unread <= {(issue.table, issue.row, issue.column) for issue in issues if issue.severity == "error"}


def test_a_wrong_total_is_not_forced_into_another_cut():
    printed = made(12, "wrong_total", year=2020)
    facts, _ = facts_of(write_glued(printed))
    assert not wrong(printed, facts)


def test_the_number_of_the_next_label_is_no_digit_of_the_row():
    tables = glued(request_rows({13: "7000007"}))
    assert [cell.text for cell in row_of(tables, "unable.requires_creation")] == list("7000007")
    assert tables["requests"].rows[13].row.labels[-1].text == "2.没有现成信息需要另行制作"


@pytest.mark.parametrize(
    ("digits", "later", "texts"),
    [
        ("310000031", "2没有现成信息需要另行制作", ["31", "0", "0", "0", "0", "0", "31"]),
        ("310000031", "5.没有现成信息需要另行制作", ["31", "0", "0", "0", "0", "0", "31"]),
        ("310000031", "没有现成信息需要另行制作", ["31", "0", "0", "0", "0", "0", "31"]),
        ("31 0 0 0 0 0 31", "2没有现成信息需要另行制作", ["31", "0", "0", "0", "0", "0", "31"]),
    ],
)
def test_a_label_without_mark_or_with_another_number_gives_no_digit_away(digits, later, texts):
    labels = [later if label.startswith("2.没有") else label for label in LABELS_3]
    cells = row_of(glued(request_rows({12: digits}, labels=labels)), "unable.not_held")
    assert [cell.text for cell in cells] == texts


def test_columns_decide_where_the_row_has_several_cuts():
    rows = {0: "220000325", 2: "220000325", 23: "220000325"}
    cells = row_of(glued(request_rows(rows)), "disclosed")
    assert [cell.text for cell in cells] == ["220000325"] * 2 + ["0", "0", "0", "3", "25"]
    # With one row of which only one cut adds up the others follow.
    decided = row_of(glued(request_rows(rows | {0: "22 0000325"})), "disclosed")
    assert [cell.text for cell in decided] == ["22", "0", "0", "0", "0", "3", "25"]
    assert "T3-A、T3-B" in decided[0].how


def test_columns_decide_nothing_where_the_original_does_not_balance():
    rows = {0: "22 0000325", 1: "1000001", 2: "220000325", 23: "22 0000325"}
    cells = row_of(glued(request_rows(rows)), "disclosed")
    assert [cell.certain for cell in cells] == [False, False, True, True, True, True, True]


def test_an_uncertain_figure_holds_the_whole_run_and_names_the_cuts():
    cell = row_of(glued(request_rows({0: "220000325"})), "received")[0]
    assert (cell.text, cell.certain) == ("220000325", False)
    assert "2/20/0/0/0/3/25、22/0/0/0/0/3/25" in cell.how


def test_a_row_that_does_not_add_up_is_unreadable():
    cells = row_of(glued(request_rows({0: "7000009"})), "received")
    assert not any(cell.certain for cell in cells)
    assert "没有一种" in cells[0].how


def test_figures_printed_apart_are_ordinary_cells_even_if_they_do_not_add_up():
    cells = row_of(glued(request_rows({0: " 7 0 0 0 0 0 9 "})), "received")
    assert [(cell.text, cell.how) for cell in cells] == [(digit, None) for digit in "7000009"]


def test_a_cell_says_where_its_run_stands():
    text = request_rows({0: "7000007"})
    cell = row_of(glued(text), "received")[0]
    start, end = cell.place["span"]
    assert (text[start:end], cell.place["line"]) == ("7000007", 1)


@pytest.mark.parametrize("digits", ["700000 7", "7 00000 7", "70 00007"])
def test_a_printed_space_is_a_border(digits):
    assert [cell.text for cell in row_of(glued(request_rows({0: digits})), "received")] == list("7000007")


def test_a_row_that_lost_a_figure_is_not_filled_up():
    cells = row_of(glued(request_rows({24: " 0 0 00 0 0 "})), "carried_to_next_year")
    assert not any(cell.certain for cell in cells)


def test_a_heading_by_a_wrong_name_stands_over_its_rows():
    tables = glued(request_rows({}, labels=[label.replace("1.信访", "（五）不予公开1.信访") for label in LABELS_3]))
    (row,) = [row for row in tables["requests"].rows if row.line.key == "not_processed.repeat"]
    assert [label.text for label in row.row.labels] == ["（五）不予公开", "2.重复申请"]


def test_applicants_in_another_order_are_read_in_that_order():
    head = "申请人情况自然人法人或其他组织总计科研机构商业企业社会公益组织法律服务机构其他"
    tables = glued(request_rows({0: "1200003"}, head=head))
    (row,) = [row for row in tables["requests"].rows if row.line.key == "received"]
    assert [placed.column for placed in row.placed][:3] == ["natural_persons", "research_institutes", "enterprises"]


def test_a_total_that_stands_first_is_not_read():
    assert "requests" not in glued(request_rows({}, head="申请人情况总计自然人法人或其他组织"))


@pytest.mark.parametrize("form", ["2019", "2021"])
def test_knows_the_form_by_its_labels(form):
    printed = made(1, year=2020 if form == "2019" else 2022)
    tables = glued_tables(read(write_glued(printed)), FORMS)
    assert tables["proactive_disclosure"].form.key == form


@pytest.mark.parametrize(
    ("printed", "texts"),
    [
        ("000", ["0", "0", "0"]),
        ("88 55 698", ["88", "55", "698"]),
        ("77132470", ["77132470"] * 3),
        ("120", ["1", "2", "0"]),
        ("1200", ["1200", "1200", "0"]),
    ],
)
def test_without_a_sum_only_one_way_to_cut_counts(printed, texts):
    cells = disclosure({("normative_documents", "issued"): printed})["normative_documents"]
    assert [cell.text for cell in cells] == texts


def test_the_only_figure_between_two_labels_is_an_ordinary_cell():
    cells = disclosure(
        {("administrative_licences", "decisions"): "2629", ("administrative_fees", "amount_10k_yuan"): "5949.088667"}
    )
    assert [(c.text, c.how) for c in cells["administrative_licences"] + cells["administrative_fees"]] == [
        ("2629", None),
        ("5949.088667", None),
    ]


@pytest.mark.parametrize("figure", ["2629\n3", "2629 3", "2629 - 3 -"])
def test_a_pages_number_beside_the_only_figure_makes_it_uncertain(figure):
    (cell,) = disclosure({("administrative_licences", "decisions"): figure})["administrative_licences"]
    assert not cell.certain


def test_zeros_of_phantom_cells_make_only_figures_uncertain():
    figures = {"administrative_licences": "262900", "administrative_penalties": "133000", "coercive_measures": "000"}
    cells = disclosure({(row, "decisions"): figure for row, figure in figures.items()})
    assert not any(cells[row][0].certain for row in figures)


def test_the_number_of_the_next_section_is_no_digit_of_the_fees():
    text = write_glued(made(1)).decode()
    for section in load_forms()["2021"].sections:
        text = text.replace(
            f"{'一二三四五六'[section.number - 1]}、{section.label}", f"{section.number}、{section.label}"
        )
    facts, _ = facts_of(text.encode())
    assert not wrong(made(1), facts)


def test_the_unit_printed_in_the_head_is_told():
    facts, _ = facts_of(write_glued(made(1, "fees_in_yuan")))
    assert facts["proactive_disclosure", "administrative_fees", "amount_10k_yuan"].unit == "元"


def test_prose_that_names_lines_and_figures_is_no_table():
    prose = (
        "全年行政许可2629件，行政处罚1330件，行政强制54件，行政事业性收费5949.08万元。规章0件，行政规范性文件77件。"
        "本年新收政府信息公开申请数量81件，上年结转政府信息公开申请数量0件，予以公开22件，部分公开20件，重复申请1件。"
        "行政复议2件，未经复议直接起诉5件，复议后起诉2件，结果维持3件，结果纠正1件，总计9件。"
    )
    assert glued(prose * 3) == {}


def test_documents_without_such_text_have_none():
    assert glued("本机关2023年收到申请3件。") == {}
    assert glued_tables(Document("0" * 64, "text/plain", ()), FORMS) == {}


def test_labels_of_undamaged_text_are_certain():
    tables = glued_tables(read(write_glued(made(1))), FORMS)
    rows = [row for table in tables.values() for row in table.rows]
    assert {row.certainty for row in rows} == {1.0}
    assert all(row.row.own == read_label(row.line.label) for row in rows)


def disclosure(figures):
    """Table 二 with some rows' figures as told, by line: the cells."""
    printed = print_report(make_report(1))
    rows = {row for row, _ in figures}
    told = {("proactive_disclosure", *address): text for address, text in figures.items()}

    def change(cell: PrintedCell) -> PrintedCell:
        if cell.address is None or cell.address[0] != "proactive_disclosure":
            return cell
        if cell.address[1] in rows or cell.address[1] == "rules":
            return replace(cell, text=told.get(cell.address, "0" if cell.address[1] == "rules" else ""))
        return cell

    tables = glued_tables(read(write_glued(printed.with_cells(change))), FORMS)
    return {row.line.key: [placed.cell for placed in row.placed] for row in tables["proactive_disclosure"].rows}
