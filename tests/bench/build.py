"""The build of ten thousand reports: cold, warm after another crawl that found all unchanged, and with one in a hundred new.

Half of the pages are tables as editors write them, half are Word exports; 60 KB on average, each of a body and year of
its own. Each build is a process of its own, from archive to published database with its search index.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import cache
from multiprocessing import forkserver
from pathlib import Path

from making.html import make_html
from making.printed import print_report
from making.report import make_report

from bench import Row, Table, say
from crawler.archive import Archive, Attempt, Received, Sent
from crawler.divisions import load_divisions
from crawler.portals import Portal
from extract.build import build

REPORTS, FEWER = 10_000, 2_000
# Promised: reports a second on two cores, seconds of a build with nothing new, how much more memory five times the reports take.
COLD, WARM, GROWTH = 80.0, 20.0, 1.25
KILLS = 10
PORTAL = Portal("shilixian", "示例县人民政府", None, "generic", "http://127.0.0.9/nb/")
YEARS = range(2021, 2026)
OFFICES = ("人民政府", "教育局", "公安局", "财政局", "卫生健康局")


def measure(*, quick: bool = False) -> Table:
    """Fill two archives, build each, and build the larger again twice."""
    reports, fewer = (300, 100) if quick else (REPORTS, FEWER)
    with tempfile.TemporaryDirectory() as name:
        folder, small = Path(name) / "all", Path(name) / "fewer"
        say(f"build: archiving {reports:,} pages")
        archive(small, range(fewer))
        size = archive(folder, range(reports))
        few = _run(small)
        cold = _run(folder)
        archive(folder, range(reports), unchanged=True)
        warm = _run(folder)
        archive(folder, range(reports, reports + reports // 100))
        some = _run(folder)
        halves = _kills(small, fewer)
    rate, growth = cold["reports"] / cold["wall"], cold["memory"] / few["memory"]
    rows = {
        f"cold, {few['reports']:,.0f} reports": few,
        f"cold, {cold['reports']:,.0f} reports": cold,
        "warm: another crawl, all unchanged": warm,
        "warm: one in a hundred new": some,
    }
    columns = ("wall", "cpu", "memory", "facts")
    return Table(
        f"Build of {reports:,} HTML reports of {size / 1000:.0f} KB on average",
        ("seconds", "CPU seconds", "memory of the parent, MB", "figures"),
        [Row(name, [[told[column] for column in columns]]) for name, told in rows.items()],
        (
            f"cold: {rate:.0f} reports/s (promised: {COLD:.0f} on two cores); {1000 * cold['cpu'] / cold['reports']:.1f} ms of CPU a report",
            f"warm: {warm['wall']:.1f} s (promised: below {WARM:.0f})",
            f"{KILLS} builds killed with -9 at random moments: {halves} times neither the old database nor the new one stood there",
            f"memory: {growth:.2f} times that of {few['reports']:,.0f} reports (promised: below {GROWTH})",
        ),
        ("selectolax", "sqlite-utils", "warcio"),
        halves == 0 and (quick or (rate >= COLD and warm["wall"] < WARM and growth < GROWTH)),
    )


def _run(folder: Path) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-m", "bench.build", folder], stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    say(f"build: {found}")
    return found


def _kills(folder: Path, reports: int) -> int:
    """Builds of ever more reports, each killed at some moment; how often what stood there afterwards was no whole build."""
    chosen, whole, halves, began = random.Random(9), {reports}, 0, time.perf_counter()
    _run(folder)
    took = time.perf_counter() - began
    for number in range(KILLS):
        archive(folder, range(reports, reports + 5))
        reports += 5
        whole.add(reports)
        process = subprocess.Popen([sys.executable, "-m", "bench.build", folder], stdout=subprocess.DEVNULL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(took * chosen.uniform(0.2, 1.2))
        process.kill()
        process.wait()
        with closing(sqlite3.connect(folder / "nianbao.db")) as database:
            sound = database.execute("PRAGMA quick_check").fetchone() == ("ok",)
            (found,) = database.execute("SELECT count(*) FROM reports").fetchone()
            (figures,) = database.execute("SELECT count(DISTINCT report_id) FROM facts").fetchone()
        say(f"build: kill {number + 1}: {found} of {reports} reports stand there")
        halves += not (sound and found == figures and found in whole)
    complete = _run(folder)["reports"] == reports and not list(folder.glob(".nianbao.db.*.new"))
    return halves + (not complete)


# --- the archive


def archive(folder: Path, numbers: range, *, unchanged: bool = False) -> float:
    """Archive the reports of these numbers, or the answers that they are as before; bytes of a page on average."""
    size = 0
    with Archive(folder / "archive", writable=True) as held:
        held.start_run([PORTAL.key])
        for number, (title, page) in zip(numbers, pages(numbers), strict=True):
            attempt = Attempt(PORTAL.key, f"{PORTAL.column_url}{number}.html", "report", title=title)
            answer = Received(200, (("Content-Type", "text/html; charset=utf-8"),), page)
            held.record(attempt, Sent(), Received(304, (), b"") if unchanged else answer)
            size += len(page)
        held.finish_portal(PORTAL.key, "good")
        held.finish_run("good")
    return size / len(numbers)


def pages(numbers: range) -> Iterator[tuple[str, bytes]]:
    """Title and page of each report: a template with the name of a county in the place of its own."""
    named = Counter(division.name for division in load_divisions().values() if division.level == "county")
    counties = [name for name, count in named.items() if count == 1]
    for number in numbers:
        office, rest = divmod(number, len(counties))
        year, which = YEARS[number % len(YEARS)], OFFICES[office % len(OFFICES)]
        title, page = _template(which, year, number % 4)
        county = counties[rest].encode()
        yield title.replace("示例县", counties[rest]), page.replace("示例县".encode(), county)


@cache
def _template(office: str, year: int, seed: int) -> tuple[str, bytes]:
    report = make_report(seed, f"示例县{office}", year)
    markup, cms = ("word", "ucap") if seed % 2 else ("clean", "trs")
    return report.title, make_html(print_report(report), markup=markup, cms=cms).content


def main() -> None:
    """Build the database of a folder in this process and say what it took."""
    began = time.perf_counter()
    result = build(Path(sys.argv[1]), [PORTAL])
    wall = time.perf_counter() - began
    own = resource.getrusage(resource.RUSAGE_SELF)
    cpu = own.ru_utime + own.ru_stime + _workers_cpu()
    told = {"wall": wall, "cpu": cpu, "memory": own.ru_maxrss / 1024, "reports": result.reports, "facts": result.facts}
    print(json.dumps(told))


def _workers_cpu() -> float:
    """CPU seconds of the process that forks the workers and of all workers that have ended (Linux)."""
    server = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
    if server is None:
        return 0.0
    told = Path(f"/proc/{server}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, told[11:15])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
