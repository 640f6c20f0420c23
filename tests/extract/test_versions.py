"""What became of reports after their publication, held in one archive of five runs: edited, vanished, restored, unlisted."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from making.html import make_html
from making.printed import print_report
from making.report import make_report

from crawler.archive import Archive, Attempt, Received, Sent
from crawler.portals import Portal
from crawler.unlisted import as_entry
from extract.build import build
from extract.content import content_digest
from extract.narrative import SectionText
from extract.workers import in_order

PORTAL = Portal("x", "示例县人民政府", None, "auto", "http://www.x.gov.cn/nb/")
CELL = ("requests", "received", "total")
YEARS = {"edited": 2019, "gone": 2020, "away": 2021, "counter": 2022, "unlisted": 2023, "soft": 2024}
PRINTED = {name: print_report(make_report(5, "示例县人民政府", year)) for name, year in YEARS.items()}
NOT_FOUND = Received(404, (("Content-Type", "text/html"),), b"404")


def page(name: str, figure: int | None = None, visits: int = 0) -> Received:
    printed = PRINTED[name] if figure is None else PRINTED[name].with_figure(CELL, str(figure), figure)
    body = make_html(printed).content
    if visits:
        body = body.replace(b"<body>", f"<body><script>var now={visits};</script><p>浏览次数：{visits}</p>".encode(), 1)
        assert str(visits).encode() in body
    return Received(200, (("Content-Type", "text/html"),), body)


def address(name: str) -> str:
    return f"http://www.x.gov.cn/nb/{name}.html"


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], list[Any]]]:
    """Queries of the database that five runs on the first days of March give."""
    folder = tmp_path_factory.mktemp("data")
    regret = (Received(200, (("Content-Type", "text/html"),), "<p>您访问的页面不存在</p>".encode()), "gone:soft_404")
    runs: list[dict[str, Received | tuple[Received, str]]] = [
        {name: page(name, visits=1 if name == "counter" else 0) for name in YEARS},
        {"edited": page("edited", 77777), "gone": NOT_FOUND, "away": NOT_FOUND, "counter": page("counter", visits=2), "soft": regret},
        {"gone": NOT_FOUND, "away": page("away", 88888), "unlisted": page("unlisted"), "soft": page("soft")},
        {"unlisted": page("unlisted"), "counter": page("counter", visits=33)},
        {"unlisted": page("unlisted")},
    ]
    for day, answers in enumerate(runs, start=1):
        with Archive(folder / "archive", writable=True, clock=lambda: datetime(2024, 3, day, 4, tzinfo=UTC)) as held:  # noqa: B023
            held.start_run([PORTAL.key])
            for name, answer in answers.items():
                received, error = answer if isinstance(answer, tuple) else (answer, None)
                attempt = Attempt(PORTAL.key, address(name), "report", PORTAL.column_url, PRINTED[name].title)
                held.record(attempt, Sent(), received, error=error)
                if name == "unlisted" and day in (3, 4):
                    held.record_entries(PORTAL.key, [as_entry(attempt)])
            held.finish_portal(PORTAL.key, "good")
            held.finish_run("good")
    build(folder, [PORTAL], strategy=partial(in_order, workers=1))
    with closing(sqlite3.connect(folder / "nianbao.db")) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


def states(rows: Callable[[str], list[Any]], name: str) -> list[tuple[str, str, str, str | None]]:
    return rows(
        "SELECT what_changed, substr(first_seen, 9, 2), substr(last_seen, 9, 2), evidence FROM report_versions"
        f" WHERE url = '{address(name)}' ORDER BY number"
    )


def changes(rows: Callable[[str], list[Any]], name: str) -> list[tuple[str, str, list[list[str | None]]]]:
    found = rows(f"SELECT what, substr(moment, 9, 2), cells FROM report_changes WHERE url = '{address(name)}' ORDER BY moment, what")
    return [(what, day, json.loads(cells)) for what, day, cells in found]


def test_an_edited_figure_is_told_with_its_day_and_cell(rows):
    assert states(rows, "edited") == [("first", "01", "01", None), ("edited", "02", "02", None)]
    ((what, day, cells),) = changes(rows, "edited")
    assert (what, day) == ("edited", "02")
    ((cell, was, now),) = cells
    assert (cell, was, now) == ("/".join(CELL), str(PRINTED["edited"].truth[CELL]), "77777")


def test_a_withdrawn_report_keeps_its_figures_and_says_since_when_it_is_gone_and_by_what(rows):
    assert states(rows, "gone") == [("first", "01", "01", None), ("vanished", "02", "03", "404")]
    ((what, day, cells),) = changes(rows, "gone")
    held = len(PRINTED["gone"].truth)
    assert (what, day, len(cells)) == ("vanished", "02", held)
    assert all(was is not None and now is None for _, was, now in cells)
    ((facts, since),) = rows(f"SELECT facts, vanished_on FROM reports WHERE url = '{address('gone')}'")
    assert (facts, since) == (held, "2024-03-02T04:00:00Z")
    assert rows("SELECT report_year FROM coverage WHERE status = 'vanished'") == [(2020,)]
    assert len(rows("SELECT 1 FROM coverage WHERE status = 'found'")) == 5


def test_a_restored_report_that_was_edited_while_it_was_away_says_both(rows):
    assert [state[:2] for state in states(rows, "away")] == [("first", "01"), ("vanished", "02"), ("restored", "03")]
    vanished, edited, restored = changes(rows, "away")
    assert vanished[:2] == ("vanished", "02")
    assert (edited[:2], restored[:2]) == (("edited", "03"), ("restored", "03"))
    assert [(cell, now) for cell, _, now in edited[2]] == [("/".join(CELL), "88888")]
    assert len(restored[2]) == 200 and all(was is None for _, was, _ in restored[2])


def test_a_page_of_regret_with_status_200_is_an_absence_and_no_state_of_the_report(rows):
    assert states(rows, "soft") == [
        ("first", "01", "01", None), ("vanished", "02", "02", "soft_404"), ("restored", "03", "03", None)
    ]  # fmt: skip
    assert rows(f"SELECT count(*) FROM report_documents WHERE url = '{address('soft')}'") == [(1,)]
    assert rows(f"SELECT facts, vanished_on FROM reports WHERE url = '{address('soft')}'") == [(200, None)]


def test_a_page_whose_visit_counter_moves_has_one_state_and_no_change(rows):
    assert states(rows, "counter") == [("first", "01", "04", None)]
    assert changes(rows, "counter") == []
    assert rows(f"SELECT payloads FROM report_versions WHERE url = '{address('counter')}'") == [(3,)]
    assert rows("SELECT changed, unchanged FROM portal_runs WHERE run_id LIKE '20240304%'") == [(0, 2)]


def test_a_report_that_answers_unlisted_has_not_vanished(rows):
    assert [state[:3] for state in states(rows, "unlisted")] == [
        ("first", "01", "01"), ("unlisted", "03", "04"), ("listed", "05", "05")
    ]  # fmt: skip
    assert changes(rows, "unlisted") == []


def test_what_is_furniture_does_not_change_the_digest_and_a_figure_or_a_word_does():
    def digest(text: str, title: str = "报告") -> str:
        return content_digest(title, (), [SectionText(1, "一、总体情况", text)])

    plain = digest("全年收到申请 54 件。\n")
    assert digest("全年收到申请５４件。\n浏览次数：1,234 次　今天是2024年3月1日 星期五\n上一篇：某局年报") == plain
    assert digest("全年收到申请 55 件。") != plain
    assert digest("全年收到申请 54 件。", "另一份报告") != plain
    assert digest("网站访问量：120 万次") != digest("网站访问量：130 万次")
