"""The site over 100,000 reports: how long its pages take eight readers at once without a cache, beside Datasette's own row page."""

from __future__ import annotations

import http.client
import json
import random
import sqlite3
import statistics
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from making.large import COMMON, RARE, make_large
from making.server import serving

from bench import Row, Table, say

READERS = 8
ENDLESS = "with recursive r(n) as (select 1 union all select n + 1 from r) select count(*) from r"
ZEROS = "select zeroblob(1000000000)"
# What is promised: milliseconds within which 95 of 100 answers come.
PROMISED = {
    "home": 50.0,
    "report": 60.0,
    "body": 80.0,
    "search, rare word": 50.0,
    "search, word in every section": 400.0,
}
MOST_P99, MOST_START = 200.0, 2.0
Pick = Callable[[random.Random], str]


def measure(*, quick: bool = False) -> Table:
    """Make the archive, start the site, let eight readers ask each page; then again while six others attack the sql process."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        say("making the archive")
        database = make_large(Path(folder) / "nianbao.db", 2_000 if quick else 100_000)
        say(f"made in {time.monotonic() - started:.0f} s, {database.stat().st_size / 1e9:.2f} GB")
        return _measure(database, quick)


def _measure(database: Path, quick: bool) -> Table:
    rounds, requests = (1, 80) if quick else (3, 400)
    starts = []
    for _ in range(rounds):
        begun = time.monotonic()
        with serving(database, "pages"):
            starts.append(time.monotonic() - begun)
    with serving(database, "pages") as address:
        rows = []
        for name, pick in _pages(database).items():
            say(name)
            _ask(address, pick, READERS * 2)
            rows.append(Row(name, [_figures(*_ask(address, pick, requests)) for _ in range(rounds)]))
        with serving(database, "sql") as attacked:
            say("report while the sql process is attacked")
            pick = _pages(database)["report"]
            with _attacking(attacked):
                under = [_ask(address, pick, requests, readers=2) for _ in range(rounds)]
    p99 = max(statistics.quantiles(times, n=100)[98] for times, _ in under) * 1000
    rows.append(Row("report, 2 readers, sql process under attack", [_figures(*each) for each in under]))
    medians = {row.name: row.medians for row in rows}
    start = statistics.median(starts)
    ratio = medians["report"][2] / medians["Datasette's row page"][2]
    kept = start < MOST_START and p99 < MOST_P99 and all(medians[name][1] <= most for name, most in PROMISED.items())
    notes = [
        f"{name}: p95 {medians[name][1]:.0f} ms (promised: {most:.0f})" for name, most in PROMISED.items()
    ] + [
        f"report page: {ratio:.2f} times as many a second as Datasette's own row page",
        f"start: {start:.2f} s until the first page is answered (promised: {MOST_START:.0f})",
        f"under attack (six clients with endless recursion and zeroblob) the worst p99 of the report page was {p99:.0f} ms (promised: {MOST_P99:.0f})",
        f"{_count(database, 'reports'):,} reports, {_count(database, 'facts'):,} figures, {_count(database, 'sections'):,} sections of some 170 characters,"
        f" {database.stat().st_size / 1e9:.1f} GB; {READERS} readers, as many workers as processors, no cache; the readers run on the same cores",
    ]  # fmt: skip
    return Table(
        "Site: pages under load",
        ["p50 ms", "p95 ms", "answers/s"],
        rows,
        notes,
        ("datasette", "uvicorn", "jinja2"),
        kept,
    )


def _pages(database: Path) -> dict[str, Pick]:
    """How to pick an address of each kind."""
    with closing(sqlite3.connect(database)) as connection:
        reports = [report for (report,) in connection.execute("SELECT id FROM reports ORDER BY id LIMIT 50000")]
        bodies = [body for (body,) in connection.execute("SELECT id FROM bodies ORDER BY id LIMIT 20000")]
    rare, common = (urllib.parse.quote(word) for word in (RARE, COMMON))
    return {
        "home": lambda _: "/",
        "report": lambda chosen: f"/report/{chosen.choice(reports)}",
        "body": lambda chosen: f"/body/{chosen.choice(bodies)}",
        "search, rare word": lambda _: f"/search?q={rare}",
        "search, word in every section": lambda _: f"/search?q={common}",
        "search, the same in one province and year": lambda chosen: (
            f"/search?q={common}&province=36&year={chosen.randint(2019, 2025)}"
        ),
        "Datasette's row page": lambda chosen: f"/nianbao/reports/{chosen.choice(reports)}",
    }


def _ask(address: str, pick: Pick, requests: int, readers: int = READERS) -> tuple[list[float], float]:
    """Each answer's seconds, and how many came a second."""
    times: list[float] = []
    host = urllib.parse.urlsplit(address).netloc

    def read(number: int) -> None:
        chosen, connection = random.Random(number), http.client.HTTPConnection(host)
        for _ in range(requests // readers):
            path, begun = pick(chosen), time.perf_counter()
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            times.append(time.perf_counter() - begun)
            if answer.status != 200:
                raise RuntimeError(f"{path} answers {answer.status}")
        connection.close()

    begun = time.perf_counter()
    threads = [threading.Thread(target=read, args=(number,)) for number in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(times) < requests // readers * readers:
        raise RuntimeError(f"{address}: not every request was answered")
    return times, len(times) / (time.perf_counter() - begun)


def _figures(times: Sequence[float], rate: float) -> list[float]:
    return [statistics.median(times) * 1000, statistics.quantiles(times, n=20)[18] * 1000, rate]


class _attacking:
    """Six clients that send queries without end, as long as the block lasts."""

    def __init__(self, address: str) -> None:
        self.address, self.over = address, threading.Event()
        self.threads = [threading.Thread(target=self._attack, args=(sql,)) for sql in [ENDLESS, ZEROS] * 3]

    def _attack(self, sql: str) -> None:
        host = urllib.parse.urlsplit(self.address).netloc
        while not self.over.is_set():
            connection = http.client.HTTPConnection(host, timeout=60)
            try:
                connection.request("GET", "/nianbao.json?" + urllib.parse.urlencode({"sql": sql}))
                json.loads(connection.getresponse().read())
            except (OSError, ValueError, http.client.HTTPException):
                continue
            finally:
                connection.close()

    def __enter__(self) -> None:
        for thread in self.threads:
            thread.start()

    def __exit__(self, *error: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()


def _count(database: Path, table: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(
            connection.execute(
                f"SELECT CAST(stat AS INTEGER) FROM sqlite_stat1 WHERE tbl = '{table}' LIMIT 1"
            ).fetchone()[0]
        )
