"""A crawl that is killed with SIGKILL again and again, each time continued by the same command, and then run to its end.

The portal has its column on many pages and logs every request itself. A moment to be killed at is a number of requests
from the seed and a few milliseconds more, so that it falls anywhere: while an answer is awaited, written or committed.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from making.crawls import ROOT, links, report, write_portals

from bench import Row, Table, say
from crawler.archive import Archive
from crawler.portals import Portal
from crawler.sample_portals import Answer, SamplePortals

PAGES, KILLS = 1500, 10
LISTED = 30  # reports on a page of the column
SEED = 20260131
PATIENCE = 600.0  # seconds for what lies between two kills
COLUMNS = ("pages", "kills", "lost", "twice", "twice, in flight", "WARC findings", "index findings")


def measure(quick: bool = False) -> Table:
    """Kill, continue, count."""
    pages, kills = (120, 3) if quick else (PAGES, KILLS)
    with tempfile.TemporaryDirectory() as name:
        row = _killed(Path(name), pages, kills)
    _, _, lost, twice, in_flight, *findings = row
    return Table(
        f"A crawl of {pages:,} pages killed {kills} times",
        COLUMNS,
        (Row("kill -9, the same command again, …", [row]),),
        (f"lost, and fetched twice but not in flight at a kill: {lost + twice - in_flight:.0f} (promised: 0)",),
        ("Scrapy", "warcio"),
        lost == 0 and twice == in_flight and findings == [0, 0],
    )


class _Portal:
    """Counts requests and says when the one that is waited for has come."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.wanted = 0
        self.met = threading.Event()

    def __call__(self, address: str, path: str, headers: Mapping[str, str]) -> Answer | None:
        self.paths.append(path)
        if len(self.paths) == self.wanted:
            self.met.set()
        return None


def _killed(folder: Path, pages: int, kills: int) -> list[float]:
    chance = random.Random(SEED)
    portal, expected = _Portal(), _write(folder / "portals", pages)
    in_flight: set[str] = set()
    with SamplePortals(folder / "portals", behaviour=portal) as served:
        (line,) = served.portals()
        for number, moment in enumerate(sorted(chance.sample(range(2, pages), kills)), start=1):
            portal.met.clear()
            portal.wanted = moment + number - 1  # one request more for each kill before
            if len(portal.paths) >= portal.wanted:
                portal.wanted = len(portal.paths) + 1
            process = _start(folder, line)
            if not portal.met.wait(PATIENCE):
                raise RuntimeError(f"the crawl did not come to its {portal.wanted}th request")
            threading.Event().wait(chance.uniform(0, 0.01))
            process.send_signal(signal.SIGKILL)
            process.wait()
            in_flight.add(portal.paths[-1])
            say(f"kills: {number}: after {len(portal.paths)} requests, during {portal.paths[-1]}")
        end = _start(folder, line)
        _, said = end.communicate(timeout=PATIENCE)
        if end.returncode:
            raise RuntimeError(f"the crawl ended with {end.returncode}: {said}")
    twice = [path for path, count in Counter(portal.paths).items() if count > 1]
    say(f"kills: fetched twice: {twice}")
    with Archive(folder / "data" / "archive") as archive:
        (run,) = archive.runs()
        kept = {c.url.partition(f":{served.port}")[2] for c in archive.captures() if archive.exchange(c).body}
        assert run.verdict == "good", run
    files = sorted(map(str, (folder / "data" / "archive").glob("*.warc.gz")))
    checked = subprocess.run([sys.executable, "-m", "warcio.cli", "check", *files], capture_output=True, text=True, check=False)
    verified = _command(folder, "archive", "verify")
    say(f"kills: warcio check: {checked.returncode} {checked.stdout!r}; archive verify: {verified.returncode} {verified.stdout!r}")
    return [
        pages, kills, len(expected - kept), len(twice), len(in_flight & set(twice)),
        checked.returncode + len(checked.stdout.splitlines()), verified.returncode + len(verified.stdout.splitlines()),
    ]  # fmt: skip


def _start(folder: Path, portal: Portal) -> subprocess.Popen[str]:
    line = _line(folder, "crawl", "--column", portal.column_url, "--delay", "0")
    return subprocess.Popen(line, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def _command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_line(folder, *arguments), cwd=ROOT, capture_output=True, text=True, check=False)


def _line(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "nianbao", "--data", str(folder / "data"), *arguments]


def _write(folder: Path, pages: int) -> set[str]:
    """A portal of that many pages, those of its column among them; their paths."""
    lists = -(-pages // (LISTED + 1))
    paths = [f"/nb/202401/t20240115_{440000 + n}.html" for n in range(pages - lists)]
    written: dict[str, str] = {path: f"<h1>示例县{n}局</h1><p>{'本年度新收政府信息公开申请。' * 40}</p>" for n, path in enumerate(paths)}
    expected = set(paths)
    for number in range(lists):
        name = f"/nb/index_{number}.html" if number else "/nb/index.html"
        listed = [report(path, f"示例县{n}局") for n, path in list(enumerate(paths))[number * LISTED : (number + 1) * LISTED]]
        written[name] = links(*listed) + f"<script>createPageHTML({lists}, {number}, 'index', 'html');</script>"
        expected.add(name if number else "/nb/")
    write_portals(folder, flat={"family": "trs", "column": "/nb/", "pages": written})
    return expected
