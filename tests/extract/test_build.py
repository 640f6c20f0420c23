from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from making import bad
from making.docx import make_docx
from making.html import make_html
from making.printed import print_report
from making.report import Report, make_report

from crawler.archive import Archive, Attempt, ListedEntry, Received, Sent
from crawler.portals import Portal
from extract.build import build
from extract.database import Writer
from extract.sources import Sources
from extract.workers import in_order

PORTAL = Portal("fengcheng", "丰城市人民政府", "360981", "ucap", "http://127.0.0.9/nb/")
HTML, WORD, PNG = "text/html", "application/msword", "image/png"
TITLE = "丰城市2023年政府信息公开工作年度报告"
INTERPRETATION = (
    "<html><head><title>一图读懂2023年政府信息公开工作年度报告</title></head><body><p>图</p></body></html>".encode()
)
Answer = tuple[str, str, bytes, str, str | None]  # address, role, bytes, media type, page


def archive(folder: Path, *runs: Iterable[Answer]) -> None:
    """Archive answers, each run a day after the other."""
    for day, answers in enumerate(runs):
        moment = datetime(2024, 3, 1, tzinfo=UTC) + timedelta(days=2 * day)
        with Archive(folder / "archive", writable=True, clock=lambda: moment) as held:  # noqa: B023
            held.start_run([PORTAL.key])
            for url, role, body, media_type, page in answers:
                title = TITLE if role == "report" else "附件"
                held.record(
                    Attempt(PORTAL.key, url, role, found_on=page, title=title),
                    Sent(),
                    Received(200, (("Content-Type", media_type),), body),
                )
            held.finish_portal(PORTAL.key, "good")
            held.finish_run("good")


def rows(folder: Path, sql: str) -> list[Any]:
    with sqlite3.connect(folder / "nianbao.db") as connection:
        return connection.execute(sql).fetchall()


def page(report: Report) -> bytes:
    return make_html(print_report(report)).content


def fengcheng(seed: int = 1, **changes: Any) -> Report:
    return dataclasses.replace(make_report(seed, "丰城市人民政府", 2023), **changes)


def test_a_rebuild_gives_the_same_database(tmp_path: Path) -> None:
    archive(tmp_path, [("http://127.0.0.9/1.html", "report", page(fengcheng()), HTML, None)])
    result = build(tmp_path, [PORTAL])
    before = [
        rows(tmp_path, f"SELECT * FROM {table}") for table in ("bodies", "reports", "facts", "sections", "issues")
    ]
    assert (result.captures, result.documents, result.reports, result.facts, result.issues) == (1, 1, 1, 200, 0)
    build(tmp_path, [PORTAL], strategy=partial(in_order, workers=1))
    assert before == [
        rows(tmp_path, f"SELECT * FROM {table}") for table in ("bodies", "reports", "facts", "sections", "issues")
    ]


def test_page_and_attachment_are_one_report_and_what_differs_is_told(tmp_path: Path) -> None:
    report = fengcheng()
    other = dict(report.figures)
    other["proactive_disclosure", "administrative_penalties", "decisions"] = 77
    word = make_docx(print_report(fengcheng(figures=other))).content
    archive(tmp_path, [
        ("http://127.0.0.9/1.html", "report", page(report), HTML, None),
        ("http://127.0.0.9/1.docx", "attachment", word, WORD, "http://127.0.0.9/1.html"),
    ])  # fmt: skip
    build(tmp_path, [PORTAL])
    assert rows(tmp_path, "SELECT issuing_body, report_year, url FROM reports") == [
        ("丰城市人民政府", 2023, "http://127.0.0.9/1.html")
    ]
    assert rows(tmp_path, "SELECT role, chosen FROM report_documents ORDER BY role") == [("attachment", 0), ("page", 1)]
    ((kind, detail),) = rows(tmp_path, "SELECT kind, detail FROM issues")
    assert kind == "formats_disagree" and "另一文件为 77" in detail


def test_an_attachment_speaks_where_the_page_has_only_its_title(tmp_path: Path) -> None:
    shell = f"<html><head><title>{TITLE}</title></head><body><a href='1.docx'>附件</a></body></html>".encode()
    word = make_docx(print_report(fengcheng())).content
    archive(tmp_path, [
        ("http://127.0.0.9/1.html", "report", shell, HTML, None),
        ("http://127.0.0.9/1.docx", "attachment", word, WORD, "http://127.0.0.9/1.html"),
    ])  # fmt: skip
    build(tmp_path, [PORTAL])
    assert rows(tmp_path, "SELECT url, facts, issues FROM reports") == [("http://127.0.0.9/1.html", 200, 0)]
    assert rows(tmp_path, "SELECT role FROM report_documents WHERE chosen") == [("attachment",)]


def test_the_latest_state_of_an_address_speaks_and_the_earlier_is_kept(tmp_path: Path) -> None:
    first, second = (page(fengcheng(seed)) for seed in (1, 2))
    archive(
        tmp_path,
        [("http://127.0.0.9/1.html", "report", first, HTML, None)],
        [("http://127.0.0.9/1.html", "report", second, HTML, None)],
    )
    build(tmp_path, [PORTAL])
    (spoken,) = rows(tmp_path, "SELECT payload_sha256 FROM reports")
    states = rows(tmp_path, "SELECT payload_sha256, substr(first_seen, 1, 10) FROM report_versions ORDER BY first_seen")
    assert [day for _, day in states] == ["2024-03-01", "2024-03-03"]
    assert states[1][0] == spoken[0] != states[0][0]


def test_what_cannot_be_read_or_is_no_report_is_an_issue_and_the_others_are_read(tmp_path: Path) -> None:
    archive(tmp_path, [
        ("http://127.0.0.9/1.html", "report", page(fengcheng()), HTML, None),
        ("http://127.0.0.9/2.docx", "report", bad.truncated_docx(), WORD, None),
        ("http://127.0.0.9/3.html", "report", INTERPRETATION, HTML, None),
    ])  # fmt: skip
    result = build(tmp_path, [PORTAL])
    assert result.reports == 1
    told = rows(tmp_path, "SELECT kind, severity, url FROM issues ORDER BY url")
    assert told == [
        ("damaged", "error", "http://127.0.0.9/2.docx"),
        ("not_a_report", "info", "http://127.0.0.9/3.html"),
    ]
    kinds = rows(tmp_path, "SELECT kind, why IS NOT NULL FROM documents ORDER BY kind")
    assert kinds == [("not_a_report", 1), ("not_a_report", 1), ("report", 0)]


def test_a_damaged_archive_file_costs_its_own_documents_only(tmp_path: Path) -> None:
    answers = [(f"http://127.0.0.9/{n}.html", "report", page(fengcheng(n)), HTML, None) for n in (1, 2)]
    archive(tmp_path, answers[:1], answers[1:])
    first = sorted((tmp_path / "archive").glob("*.warc.gz"))[0]
    first.write_bytes(first.read_bytes()[: first.stat().st_size // 2])
    result = build(tmp_path, [PORTAL])
    assert result.reports == 1
    ((kind, detail),) = rows(tmp_path, "SELECT kind, detail FROM issues")
    assert kind == "damaged" and first.name in detail


def test_several_pictures_of_one_page_are_one_source(tmp_path: Path) -> None:
    archive(tmp_path, [
        ("http://127.0.0.9/1.html", "report", b"<p>x</p>", HTML, None),
        *((f"http://127.0.0.9/{n}.png", "attachment", bytes([n]) * 9, PNG, "http://127.0.0.9/1.html") for n in (1, 2)),
        ("http://127.0.0.9/3.png", "attachment", b"333", PNG, "http://127.0.0.9/other.html"),
    ])  # fmt: skip
    with Archive(tmp_path / "archive") as held:
        database = Writer(tmp_path / "captures.db")
        database.add("captures", map(dataclasses.asdict, held.captures()))
        sources = list(Sources(database.connection, {}))
    assert [len(source.payloads) for source in sources] == [1, 2, 1]


def test_an_empty_archive_gives_an_empty_database(tmp_path: Path) -> None:
    result = build(tmp_path, [PORTAL])
    assert (result.captures, result.reports) == (0, 0)
    assert len(rows(tmp_path, "SELECT * FROM lines")) == 398


def test_a_column_that_is_itself_the_report_is_read(tmp_path: Path) -> None:
    url = "http://127.0.0.9/2023nb/"
    with Archive(tmp_path / "archive", writable=True) as held:
        run = held.start_run([PORTAL.key])
        sent = Received(200, (("Content-Type", HTML),), page(fengcheng()))
        held.record(Attempt(PORTAL.key, url, "column"), Sent(), sent)
        held.record_entries(PORTAL.key, [ListedEntry(url, TITLE, None, "report", "", True, url)])
        held.finish_portal(PORTAL.key, "good")
        held.finish_run("good")
    assert run
    result = build(tmp_path, [PORTAL])
    assert (result.reports, result.facts) == (1, 200)
    assert rows(tmp_path, "SELECT url FROM reports") == [(url,)]
    assert rows(tmp_path, "SELECT role, chosen FROM report_documents") == [("page", 1)]
