from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from extract.codebook import line_rows
from extract.database import DatabaseError, replacing, stable_id
from extract.forms import load_forms

VIEWS = {"portal_states", "proactive_disclosure", "requests", "review_and_litigation", "panel", "coverage"}


def test_an_id_comes_from_content_alone_and_is_safe_in_json() -> None:
    assert stable_id("360981", "丰城市人民政府") == 7883983080253302  # addresses that people cite must never change
    assert stable_id(None, "丰城市人民政府") != stable_id("360981", "丰城市人民政府")
    assert all(0 <= stable_id("x", n) < 2**53 for n in range(1000))


def test_a_database_is_complete_or_the_old_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "nianbao.db"
    with replacing(path) as database:
        database.add("lines", line_rows(load_forms()))
    before = path.read_bytes()
    with pytest.raises(DatabaseError, match="reports"), replacing(path) as database:
        database.add("facts", [fact(report_id=7)])
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["nianbao.db"]


def test_two_contents_with_one_id_fail_the_build(tmp_path: Path) -> None:
    body = {"id": 1, "name": "甲", "division": None, "level": None, "kind": None}
    with pytest.raises(DatabaseError, match="bodies"), replacing(tmp_path / "nianbao.db") as database:
        database.add("bodies", [body, {**body, "name": "乙"}])


@pytest.mark.parametrize(
    "change", [{"value": 0, "state": "blank"}, {"value": None, "state": "number"}, {"state": "zero"}]
)
def test_a_value_without_a_number_state_cannot_be_stored(tmp_path: Path, change: dict[str, object]) -> None:
    with pytest.raises(DatabaseError), replacing(tmp_path / "nianbao.db") as database:
        database.add("facts", [{**fact(report_id=1), **change}])


def test_tables_are_strict_and_views_answer(tmp_path: Path) -> None:
    with replacing(tmp_path / "nianbao.db") as database:
        database.add("lines", line_rows(load_forms()))
    connection = sqlite3.connect(tmp_path / "nianbao.db")
    kinds = dict(
        connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '%\\_fts%' ESCAPE '\\'"
        )
    )
    assert all("STRICT" in sql for sql in kinds.values())
    views = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'view'")}
    assert views == VIEWS
    for view in VIEWS:
        assert connection.execute(f"SELECT * FROM {view}").fetchall() == []


def test_every_figure_of_every_form_has_its_column_in_a_view(tmp_path: Path) -> None:
    with replacing(tmp_path / "nianbao.db") as database:
        database.add("lines", [])
    connection = sqlite3.connect(tmp_path / "nianbao.db")
    columns = {view: {d[0] for d in connection.execute(f"SELECT * FROM {view}").description} for view in VIEWS}
    for form in load_forms().values():
        for table in form.tables.values():
            for _, line, column in table.cells():
                name = line.key.replace(".", "_")
                assert (name if table.key == "requests" else f"{name}_{column.key}") in columns[table.key]


def test_the_codebook_says_what_runs_on_between_forms() -> None:
    lines = {(row["form"], row["table_key"], row["row_key"], row["column_key"]): row for row in line_rows(load_forms())}
    assert lines["2021", "requests", "received", "total"]["comparable_with"] == "2019"
    assert lines["2021", "proactive_disclosure", "rules", "in_force"]["comparable_with"] is None
    three = lines["2021", "requests", "other_handling.other", "total"]["comparable_with"]
    assert three == "2019: requests/other_handling/total (sum of its three rows)"


def fact(report_id: int) -> dict[str, object]:
    address = {"table_key": "requests", "row_key": "received", "column_key": "total"}
    return {
        "report_id": report_id,
        **address,
        "value": 1,
        "state": "number",
        "printed": "1",
        "unit": None,
        "locator": "{}",
    }
