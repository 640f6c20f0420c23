"""A large nianbao.db made by SQL alone: as many reports as asked, two hundred figures and six sections each, no archive."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from crawler.divisions import load_divisions
from extract.codebook import form_row, line_rows
from extract.database import HERE, stable_id
from extract.forms import load_forms
from extract.holdings import sum_up
from extract.search import index

YEARS = range(2019, 2026)
KINDS = [
    ("government", "人民政府"),
    ("department", "教育局"),
    ("department", "公安局"),
    ("department", "财政局"),
    ("township", "某某镇人民政府"),
]
# Stands in every section; stands in one of a hundred reports.
COMMON, RARE = "公开", "磁悬浮"
WORDS = ["依法", "主动", "申请", "信息", "政府", "办理", "平台", "建设", "解读", "回应", "监督", "培训", "考核", "群众", "部门", "制度", "目录", "答复",
         "规范", "机制", "推进", "加强", "全面", "落实", "完善", "及时", "重点", "领域", "服务", "工作"]  # fmt: skip
SECTION_WORDS = 70


def make_large(path: Path, reports: int, seed: int = 1) -> Path:
    """The database, built as a build does it: figures, indexes, sums, statistics."""
    chosen = random.Random(seed)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA temp_store = FILE;"
        )
        connection.executescript((HERE / "tables.sql").read_text(encoding="utf-8"))
        connection.executescript((HERE / "views.sql").read_text(encoding="utf-8"))
        connection.executescript("DROP INDEX facts_line; PRAGMA ignore_check_constraints = ON;")
        _fill(
            connection,
            "divisions",
            [
                (d.code, d.name, d.level, d.parent, d.valid_from, d.valid_to, d.successor)
                for d in load_divisions().values()
            ],
        )
        _fill(connection, "forms", [tuple(form_row(form).values()) for form in load_forms().values()])
        _fill(connection, "lines", [tuple(row.values()) for row in line_rows(load_forms())])
        _fill(
            connection,
            "runs",
            [("r1", "2026-02-01T00:00:00Z", "2026-02-01T09:00:00Z", "good", reports, reports, 0, 0, 0, 0, 0)],
        )
        made = sorted(_reports(reports, chosen))
        _fill(
            connection,
            "bodies",
            sorted({(body, name, division, level, kind) for _, body, name, division, level, kind, *_ in made}),
        )
        _fill(connection, "documents", [(digest, "text/html", "report", None) for *_, digest in made])
        _fill(connection, "reports", [
            (report, body, name, year, "aggregate" if kind == "government" else "own_organ", "2021",
             f"{name}{year}年政府信息公开工作年度报告", f"{year + 1}-01-{number % 28 + 1:02}", f"{year + 1}-02-{number % 28 + 1:02}T{number % 24:02}:00:00Z",
             f"http://www.example.gov.cn/{report}.html", digest, 200, number % 3 == 0, None)
            for number, (report, body, name, _, _, kind, year, digest) in enumerate(made)
        ])  # fmt: skip
        connection.executescript("""
            INSERT INTO report_documents SELECT id, payload_sha256, url, 'page', 1 FROM reports;
            INSERT INTO report_versions
              SELECT id, 1, url, payload_sha256, payload_sha256, first_seen, first_seen, 'first', NULL, 1 FROM reports;
            INSERT INTO captures (run_id, portal, url, captured_at, status, media_type, payload_sha256, role)
              SELECT 'r1', 'p', url, first_seen, 200, 'text/html', payload_sha256, 'report' FROM reports;
            INSERT INTO issues (report_id, payload_sha256, url, kind, rule, severity, table_key, column_key, detail)
              SELECT id, payload_sha256, url, 'balance', 'T3-A', 'error', 'requests', 'total', '54 + 0 = 54，而 53 + 0 = 53' FROM reports WHERE issues;
            INSERT INTO facts SELECT f.*, 'number', f.value, NULL, '{"sha256":"' || r.payload_sha256 || '","path":"table[2]/tr[12]/td[5]"}' FROM (
              SELECT r.id AS report_id, l.table_key, l.row_key, l.column_key, (r.id / 7919 * l.position) % 97 % 13 * ((r.id + l.position) % 3) AS value
              FROM reports AS r CROSS JOIN (SELECT * FROM lines WHERE form = '2021' ORDER BY table_key, row_key, column_key) AS l) AS f
              CROSS JOIN reports AS r ON r.id = f.report_id;
            CREATE INDEX facts_line ON facts (table_key, row_key, column_key, report_id);
        """)
        _fill(connection, "sections", _sections([report for report, *_ in made], chosen))
        index(connection)
        sum_up(connection)
        connection.execute("ANALYZE")
    return path


def _reports(count: int, chosen: random.Random) -> Iterator[tuple[int, int, str, str, str, str, int, str]]:
    counties = [division for division in load_divisions().values() if division.level in ("prefecture", "county")]
    for number in range(count):
        which, year = divmod(number, len(YEARS))
        division = counties[which % len(counties)]
        kind, office = KINDS[which // len(counties) % len(KINDS)]
        name = division.name + office
        body = stable_id(division.code, name)
        level = "township" if kind == "township" else division.level
        digest = hashlib.sha256(f"{body} {year}".encode()).hexdigest()
        yield stable_id(body, YEARS[year], "aggregate"), body, name, division.code, level, kind, YEARS[year], digest


def _sections(reports: list[int], chosen: random.Random) -> Iterator[tuple[int, int, str, str]]:
    """Six sections a report, of some hundred and fifty characters; made of a few hundred texts, since only their words matter."""
    texts = ["".join(chosen.choices(WORDS, k=SECTION_WORDS)) for _ in range(400)]
    for report in reports:
        rare = report % 10_000 == 0 or chosen.random() < 0.0002
        for number in range(1, 7):
            text = texts[(report + number * 37) % len(texts)]
            yield (
                report,
                number,
                "总体情况",
                f"{text}{COMMON}{RARE if rare and number == 1 else ''}{text[:20]}{number}。",
            )


def _fill(connection: sqlite3.Connection, table: str, rows: object) -> None:
    names = [name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]
    connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", rows)  # type: ignore[arg-type]
