"""The search index: Chinese found by pairs of characters, in contentless FTS5 tables.

SQLite's tokenizers find no words in Chinese. So each run of Chinese characters is written as its overlapping pairs and its
last character, and what is sought becomes a phrase of such pairs: exactly the texts that hold it are found.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from functools import lru_cache
from operator import add

from crawler.characters import nfkc

_CJK = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# A run of Chinese characters, or a word or number between them.
_RUN = re.compile(f"([{_CJK}]+)|([^\\W_{_CJK}]+)")
_CHINESE = re.compile(f"[{_CJK}]")
# What a reader asks for is cut off here: nobody writes more by hand.
MOST_CHARACTERS, MOST_TERMS = 200, 12
INDEXES = {"sections": "sections_fts", "reports": "reports_fts", "bodies": "bodies_fts"}


def grams(text: str | None) -> str:
    """A text as the index holds it.

    >>> grams("丰城市2023年，Foo")
    '丰城 城市 市 2023 年 foo'
    """
    found: list[str] = []
    for chinese, word in _RUN.findall(nfkc(text or "").lower()):
        if chinese:
            found += map(add, chinese, chinese[1:])
            found.append(chinese[-1])
        else:
            found.append(word)
    return " ".join(found)


def terms(asked: str) -> list[str]:
    """The words that a reader asks for, parted by spaces; quotation marks and other signs play no part.

    >>> terms('丰城　"行政 处罚"')
    ['丰城', '行政', '处罚']
    """
    words = nfkc(asked[:MOST_CHARACTERS]).lower().split()
    runs = ([run.group() for run in _RUN.finditer(word)] for word in words[:MOST_TERMS])
    return [" ".join(term) for term in runs if term]


def match(asked: str) -> str:
    """What a reader asks for as an FTS5 query: every term a phrase, all of them wanted; empty where there is no term.

    >>> match("丰城市 年报 市")
    '"丰城 城市" AND "年报" AND "市"*'
    """
    return " AND ".join(_phrase(term) for term in terms(asked))


def mark(
    *, year: int | None = None, province: str | None = None, level: str | None = None, kind: str | None = None
) -> str:
    """What a row is marked with, so that filters are found by the index itself and not row by row.

    >>> mark(year=2023, province="36", kind="government_office")
    'y2023 p36 kgovernmentoffice'
    """
    told = (("y", year), ("p", province), ("l", level), ("k", kind))
    return " ".join(f"{letter}{re.sub('[^0-9a-z]', '', str(value))}" for letter, value in told if value)


INDEXED = """
  SELECT s.rowid AS number, s.text, mark(r.report_year, substr(b.division, 1, 2), b.level, b.kind) AS marks
  FROM {0}.sections AS s CROSS JOIN {0}.reports AS r ON r.id = s.report_id CROSS JOIN {0}.bodies AS b ON b.id = r.body_id
"""


def index(connection: sqlite3.Connection, carried: bool = False) -> None:
    """Fill the indexes over titles, bodies and sections; each has the rowids of its table.

    `carried`: that of the sections is the one of the attached database `old`, and is brought to what the sections say now.
    """
    connection.create_function("grams", 1, grams, deterministic=True)
    connection.create_function("mark", 4, mark_of, deterministic=True)
    marks = "mark({year}, substr(b.division, 1, 2), b.level, b.kind)"
    connection.execute(f"""
        INSERT INTO bodies_fts (rowid, text, marks)
          SELECT b.id, grams(b.name), {marks.format(year="NULL")} FROM main.bodies AS b ORDER BY b.id""")
    connection.execute(f"""
        INSERT INTO reports_fts (rowid, text, marks)
          SELECT r.id, grams(r.issuing_body || ' ' || coalesce(r.title, '')), {marks.format(year="r.report_year")}
          FROM main.reports AS r JOIN main.bodies AS b ON b.id = r.body_id ORDER BY r.id""")
    changed = INDEXED.format("main")
    if carried:
        connection.execute(f"""
            INSERT INTO sections_fts (sections_fts, rowid, text, marks)
              SELECT 'delete', number, grams(text), marks FROM ({_only_in("old", "main")}) ORDER BY number""")
        changed = _only_in("main", "old")
    connection.execute(f"""
        INSERT INTO sections_fts (rowid, text, marks) SELECT number, grams(text), marks FROM ({changed}) ORDER BY number""")
    for table in INDEXES.values():
        connection.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")


def _only_in(one: str, other: str) -> str:
    """The rows to index of one database that the other has not, or has otherwise: told row by row, without sorting."""
    return f"""
        SELECT a.number, a.text, a.marks FROM ({INDEXED.format(one)}) AS a
        LEFT JOIN {other}.sections AS s ON s.rowid = a.number
        LEFT JOIN {other}.reports AS r ON r.id = s.report_id LEFT JOIN {other}.bodies AS b ON b.id = r.body_id
        WHERE s.text IS NOT a.text OR mark(r.report_year, substr(b.division, 1, 2), b.level, b.kind) IS NOT a.marks"""


@lru_cache(4096)
def mark_of(year: int | None, province: str | None, level: str | None, kind: str | None) -> str:
    """The same, as a function of SQL."""
    return mark(year=year, province=province, level=level, kind=kind)


def _pairs(run: str) -> Iterable[str]:
    return (*map(add, run, run[1:]), run[-1]) if _CHINESE.match(run) else (run,)


def _phrase(term: str) -> str:
    """A term as a phrase. Its last character may be followed by any other in the text, so it is left to the last pair."""
    *before, last = term.split(" ")
    words = [gram for run in before for gram in _pairs(run)]
    pairs = list(_pairs(last))
    single = len(pairs) == 1 and bool(_CHINESE.match(last))
    words += pairs if len(pairs) == 1 else pairs[:-1]
    return '"' + " ".join(words) + '"' + ("*" if single else "")
