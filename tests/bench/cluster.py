"""Crawl and build by a Dask cluster on this machine against the same here; workers killed with -9 in the middle.

Speed: workers of one thread each (LocalCluster), portals without delay. Kills: two `dask worker` processes as a person
starts them, portals with a delay, the log of which says whether a host was asked by two at once or too soon.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from distributed import LocalCluster
from making import crawls
from making.cluster import Workers, workers
from making.html import make_html
from making.printed import print_report
from making.report import make_report

from bench import Row, Table, say
from bench.crawl import columns
from crawler.cluster import program
from crawler.distributed import crawl
from crawler.part_process import fields_of, portal_of
from crawler.portals import Portal
from crawler.run import crawl as crawl_here
from crawler.sample_portals import SamplePortals, Visit
from extract.build import build
from extract.distributed import reading_on
from extract.reading import Hint
from extract.sources import Job, read_job
from extract.workers import in_order

PORTALS, DOCUMENTS, KILLED_PORTALS, REPORTS = 60, 600, 8, 12
DELAY = 0.5  # seconds
PLACE: dict[str, Any] = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "silence_logs": 50}
CONTENT = {
    "archive/index.db": (
        "SELECT url, portal, role, outcome, status, error, payload_sha256, title, found_on FROM captures",
        "SELECT portal, url, title, kind, followed, found_on FROM entries",
        "SELECT portal, verdict, requested, new, changed, unchanged, vanished, blocked, failed, listed FROM portal_runs",
    ),
    "nianbao.db": (
        "SELECT id, name, division, level, kind FROM bodies",
        "SELECT id, body_id, report_year, scope, form, title, published_on, url, payload_sha256 FROM reports",
        "SELECT payload_sha256, media_type, kind, why FROM documents",
        "SELECT report_id, table_key, row_key, column_key, value, state, printed, unit, locator FROM facts",
        "SELECT report_id, number, heading, text FROM sections",
        "SELECT report_id, kind, rule, severity, table_key, row_key, column_key, detail FROM issues",
    ),
}


def measure(quick: bool = False) -> Table:
    """The speeds, then the kills."""
    figures, notes = _crawling(8 if quick else PORTALS)
    read, also = _reading(60 if quick else DOCUMENTS)
    figures |= read
    killed = _killing(*((4, 12) if quick else (KILLED_PORTALS, REPORTS)))
    good = all(found.endswith("none") or found.endswith("same content") for found in [*notes, *also, *killed])
    return Table(
        "Crawl and build by two workers on this machine",
        ("pages or documents", "per second"),
        [Row(name, [figure]) for name, figure in figures.items()],
        [*notes, *also, *killed],
        ("distributed", "Scrapy"),
        good,
    )


def _crawling(count: int) -> tuple[dict[str, list[float]], list[str]]:
    """A local crawl, one by one worker and one by two, of the portals of the benchmark of crawls."""
    figures, contents = {}, {}
    server = subprocess.Popen([sys.executable, "-m", "bench.crawl", "serve"], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    port = int(server.stdout.readline())
    portals = [Portal(f"p{n}", f"示例县{n}", None, "auto", url) for n, url in enumerate(columns(port, count))]
    try:
        for number in range(3):
            with tempfile.TemporaryDirectory() as folder:
                data = Path(folder)
                if number == 0:
                    line = [sys.executable, "-m", "bench.crawl", "first", str(port), str(count), folder]
                    began = time.perf_counter()
                    subprocess.run(line, stdout=subprocess.DEVNULL, check=True)
                    took = time.perf_counter() - began
                else:
                    with LocalCluster(**PLACE, n_workers=number) as cluster:
                        program.cache_clear()  # the workers are fresh
                        began = time.perf_counter()
                        crawl(portals, data / "archive", cluster.scheduler_address, delay=0)
                        took = time.perf_counter() - began
                contents[number] = content(data)
                pages = sum(contents[number][CONTENT["archive/index.db"][0]].values())
                name = f"crawl: {f'{number} workers' if number else 'here'}"
                figures[name] = [float(pages), pages / took]
                say(f"cluster: {name}: {pages} in {took:.1f} s")
    finally:
        server.terminate()
        server.wait()
    same = {number: differs(contents[0], contents[number]) for number in (1, 2)}
    return figures, [f"crawl by {number} workers: {found}" for number, found in same.items()]


def _reading(count: int) -> tuple[dict[str, list[float]], list[str]]:
    """Documents read by two processes here and by two workers."""
    made = [make_html(print_report(make_report(n, f"示例{n}县人民政府", 2023))).content for n in range(60)]
    jobs = [Job((made[n % len(made)],), "text/html", None, Hint((), None, f"http://x/{n}", None)) for n in range(count)]
    figures, results = {}, []
    with LocalCluster(**PLACE, n_workers=2) as cluster, reading_on(cluster.scheduler_address) as there:
        for name, strategy in (("read: here, 2 processes", partial(in_order, workers=2)), ("read: 2 workers", there)):
            list(strategy(read_job, jobs[:8]))  # what is loaded once
            began = time.perf_counter()
            results.append(list(strategy(read_job, jobs)))
            took = time.perf_counter() - began
            figures[name] = [float(count), count / took]
            say(f"cluster: {name}: {count} in {took:.1f} s")
    return figures, [f"readings by two workers: {'same content' if results[0] == results[1] else 'OTHERS'}"]


def _killing(portals: int, reports: int) -> list[str]:
    """Two `dask worker` processes, one killed in the middle of a crawl and one in the middle of a build."""
    notes = []
    with tempfile.TemporaryDirectory() as folder, workers(2) as started:
        data = Path(folder)
        killer = _Killer()
        pages = {f"p{k}": {"column": "/nb/", "pages": _pages(k, reports)} for k in range(portals)}
        with SamplePortals(crawls.write_portals(data / "site", **pages), behaviour=killer) as samples:
            found = samples.portals()
            _apart(found, data / "here" / "archive").wait()
            manners = {"here": _sooner(samples.visits)}
            asked = len(samples.visits)
            killer.workers = started.at_work()
            killer.after = portals * reports // 2
            result = crawl(found, data / "there" / "archive", started.address, delay=DELAY)
            visits = samples.visits[asked:]
            notes += _leader_killed(found, data, started, samples, killer, portals * reports // 2)
        manners["by the cluster"] = _sooner(visits)
        twice = sum(n > 1 for n in Counter((v.address, v.path) for v in visits).values())
        killed = f"kill -9 of {killer.killed} worker in a crawl ({result.verdict}), asked twice: {twice}"
        notes = [f"{killed}; hosts asked by two at once: {manners['by the cluster'][0] or 'none'}", *notes]
        for name, (_, soon, shortest) in manners.items():
            say(f"cluster: {name}: {soon} of {len(visits)} requests sooner than nine tenths of the delay, the soonest after {shortest:.2f} s")
        build(data / "here", found)
        killer.workers = started.at_work()
        with reading_on(started.address) as strategy:

            def killing(function: Any, jobs: Any) -> Any:
                def watched() -> Any:
                    for number, job in enumerate(jobs):
                        if number == 40:  # two batches are handed out
                            killer.kill()
                        yield job

                return strategy(function, watched())

            build(data / "there", found, strategy=killing)
        notes.append(f"after both kills ({killer.killed} workers): {differs(content(data / 'here'), content(data / 'there'))}")
    return notes


def _leader_killed(
    portals: Sequence[Portal], data: Path, started: Workers, samples: SamplePortals, killer: _Killer, after: int
) -> list[str]:
    """The command itself killed in the middle of a crawl, then started again."""
    asked, archive = len(samples.visits), data / "led" / "archive"
    leader = _apart(portals, archive, started.address)
    killer.met, killer.after, killer.victim = 0, after, leader
    leader.wait()
    began = time.perf_counter()
    result = crawl(portals, archive, started.address, delay=DELAY)
    say(f"cluster: command killed, then again: {time.perf_counter() - began:.1f} s")
    twice = Counter((v.address, v.path) for v in samples.visits[asked:] if v.path != "/robots.txt")
    note = f"the command killed ({leader.returncode}) and started again ({result.verdict}): "
    note += f"{sum(n > 1 for n in twice.values())} of {len(twice)} pages asked twice, "
    return [note + differs(content(data / "here"), content(data / "led"))]


class _Killer:
    """Kills a worker (each has its batch), or the victim named, once so many pages were asked for."""

    def __init__(self) -> None:
        self.workers: list[int] = []
        self.after, self.met, self.killed = 0, 0, 0
        self.victim: subprocess.Popen[bytes] | None = None
        self._counting = threading.Lock()

    def __call__(self, address: str, path: str, headers: Mapping[str, str]) -> None:
        with self._counting:
            self.met += bool(self.after)
            due = self.after and self.met == self.after
        if due and self.victim:
            self.victim.kill()
        elif due:
            self.kill()

    def kill(self) -> None:
        """kill -9 of the process itself; its nanny starts another."""
        os.kill(self.workers.pop(), signal.SIGKILL)
        self.killed += 1


def _pages(key: int, reports: int) -> dict[str, Any]:
    names = [f"示例{key}县{n}局" for n in range(reports)]
    lines = [crawls.report(f"t20240115_{key}_{n}.html", name) for n, name in enumerate(names)]
    found: dict[str, Any] = {"/nb/index.html": crawls.links(*lines)}
    for n, name in enumerate(names):
        found[f"/nb/t20240115_{key}_{n}.html"] = make_html(print_report(make_report(100 * key + n, name, 2023))).content
    return found


def content(data: Path) -> dict[str, Counter[Any]]:
    """All that an archive and its database say, but for ids and times."""
    found = {}
    for name, queries in CONTENT.items():
        if (data / name).exists():
            with sqlite3.connect(data / name) as connection:
                found |= {query: Counter(connection.execute(query)) for query in queries}
    return found


def differs(here: Mapping[str, Counter[Any]], there: Mapping[str, Counter[Any]]) -> str:
    """In which tables two contents differ."""
    tables = [query.rpartition(" ")[2] for query in here if here[query] != there.get(query)]
    return f"OTHER {', '.join(tables)}" if tables else f"{sum(map(len, here.values()))} distinct rows, same content"


def main() -> None:
    """PORTALS ARCHIVE [ADDRESS]: a crawl, here or by a cluster, in this process."""
    portals = list(map(portal_of, json.loads(sys.argv[1])))
    if len(sys.argv) > 3:
        crawl(portals, Path(sys.argv[2]), sys.argv[3], delay=DELAY)
    else:
        crawl_here(portals, Path(sys.argv[2]), delay=DELAY, show_progress=False)


def _apart(portals: Sequence[Portal], archive: Path, *address: str) -> subprocess.Popen[bytes]:
    described = json.dumps(list(map(fields_of, portals)))
    return subprocess.Popen([sys.executable, "-m", "bench.cluster", described, str(archive), *address])


def _sooner(visits: Sequence[Visit]) -> tuple[int, int, float]:
    """Of requests to one host after another: how many came while the last was not answered, how many before nine tenths
    of the delay were over, and the shortest time between two."""
    hosts = {visit.address for visit in visits}
    asked = [sorted((v.started, v.ended) for v in visits if v.address == host) for host in hosts]
    pairs = [pair for host in asked for pair in itertools.pairwise(host)]
    between = [after[0] - before[0] for before, after in pairs]
    return sum(b[1] > a[0] for b, a in pairs), sum(seconds < DELAY * 0.9 for seconds in between), min(between)


if __name__ == "__main__":
    main()
