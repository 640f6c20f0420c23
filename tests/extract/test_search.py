"""Chinese is found by pairs of characters: exactly the texts that hold what is asked, whatever signs stand in it."""

import sqlite3

import pytest

from extract.search import grams, mark, match, terms

TEXTS = [
    "丰城市人民政府2023年度报告",
    "公开政府信息",
    "信息公开，政府",
    "全年新收申请１２３件（Foo 2.0）",
    "丰 城",
    "城丰",
    "第一年",
    "",
    "\U00020000\U00020001字",
]


@pytest.fixture(scope="module")
def index():
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5 (text, marks, content='', tokenize='unicode61')")
    for number, text in enumerate(TEXTS):
        connection.execute(
            "INSERT INTO t (rowid, text, marks) VALUES (?, ?, ?)", (number, grams(text), mark(year=2020 + number))
        )
    return connection


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("丰城", {0}),
        ("丰城市人民政府", {0}),
        ("公开", {1, 2}),
        ("信息公开", {2}),
        ("公开 信息", {1, 2}),
        ("城", {0, 4, 5}),
        ("年", {0, 3, 6}),
        ("政府2023年", {0}),
        ("2023年度", {0}),
        ("123", {3}),
        ("１２３件", {3}),
        ("foo", {3}),
        ("\U00020000\U00020001", {8}),
        ("不存在", set()),
    ],
)
def test_a_query_finds_the_texts_that_hold_it(index, asked, found):
    assert {
        row for (row,) in index.execute("SELECT rowid FROM t WHERE t MATCH ?", (f"text : ({match(asked)})",))
    } == found


@pytest.mark.parametrize(
    "asked",
    [
        '" OR "',
        "NEAR(a b)",
        "text : x",
        "a*",
        "a AND NOT b",
        "^a",
        "{text} : a",
        "(((",
        "\x00a",
        "-公开",
        "公开'; DROP TABLE t",
    ],
)
def test_signs_of_the_query_language_are_no_orders(index, asked):
    index.execute("SELECT rowid FROM t WHERE t MATCH ?", (f"text : ({match(asked) or chr(34) * 2})",)).fetchall()


def test_a_year_is_found_among_the_marks_alone(index):
    found = index.execute(
        "SELECT rowid FROM t WHERE t MATCH ?", (f'text : ({match("公开")}) AND marks : "{mark(year=2022)}"',)
    )
    assert found.fetchall() == [(2,)]
    assert index.execute("SELECT rowid FROM t WHERE t MATCH ?", (f"text : ({match('y2022')})",)).fetchall() == []


def test_nothing_asked_is_no_query():
    assert match(" 　，。 ") == "" and terms("《》") == []


def test_what_is_asked_is_cut_off_at_a_length():
    assert len(terms("公开 " * 5000)) <= 12 and len(match("公" * 100_000)) < 2000
