from __future__ import annotations

from pathlib import Path

import pytest

from extract.forms import FormError, form_of_year, load_forms


@pytest.mark.parametrize(("key", "counts"), [("2021", (10, 175, 15)), ("2019", (22, 161, 15))])
def test_a_form_asks_for_as_many_figures_as_the_notice_prints(key: str, counts: tuple[int, ...]) -> None:
    assert tuple(sum(1 for _ in table.cells()) for table in load_forms()[key].tables.values()) == counts


@pytest.mark.parametrize(("year", "key"), [(2019, "2019"), (2020, "2019"), (2021, "2021"), (2030, "2021")])
def test_a_report_year_has_its_form(year: int, key: str) -> None:
    form = form_of_year(year)
    assert form is not None and form.key == key


def test_before_2019_no_form_is_known() -> None:
    assert form_of_year(2018) is None


def test_lines_stand_under_their_headings() -> None:
    table = load_forms()["2021"].tables["requests"]
    line = next(line for line in table.lines if line.key == "not_processed.repeat")
    assert table.path(line) == ("三、本年度办理结果", "（五）不予处理", "2.重复申请")


def test_the_older_form_has_one_row_where_the_newer_has_three() -> None:
    old, new = (load_forms()[key].tables["requests"] for key in ("2019", "2021"))
    assert "other_handling" in {line.key for line in old.official_lines}
    assert "other_handling" not in {line.key for line in new.official_lines}
    balance = next(b for b in old.balances if b.rule == "T3-B")
    assert "other_handling" in balance.right and "other_handling.other" not in balance.right


def test_every_balance_names_lines_and_columns_of_its_table() -> None:
    for form in load_forms().values():
        for table in form.tables.values():
            rows, columns = {line.key for line in table.lines}, {c.key for c in table.blocks[0].columns}
            for balance in table.balances:
                known = rows if balance.each == "column" else columns
                assert set(balance.left) | set(balance.right) <= known
                assert balance.only is None or balance.only in rows


def test_a_broken_form_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "2099.toml").write_text('key = "2099"\n[[tables]]\nkey = "requests"\n', encoding="utf-8")
    with pytest.raises(FormError, match=r"2099\.toml"):
        load_forms(tmp_path)
