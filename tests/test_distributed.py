"""Crawl and build by a Dask cluster: what comes of them equals what comes of them here, also where workers are killed."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from making import crawls
from making.cluster import Workers, workers
from making.html import make_html
from making.printed import print_report
from making.report import make_report

import nianbao
from crawler import distributed
from crawler.archive import Archive
from crawler.cluster import ClusterError, reached
from crawler.sample_portals import SamplePortals, Visit
from extract.build import build
from extract.distributed import reading_on

PORTALS, REPORTS = 6, 4
CRAWLED = "SELECT url, portal, role, outcome, status, error, payload_sha256, title, found_on FROM captures"
LISTED = "SELECT portal, url, title, kind, followed, found_on FROM entries ORDER BY portal, rowid"
COUNTED = "SELECT portal, verdict, requested, new, changed, unchanged, vanished, blocked, failed, listed FROM portal_runs"
# All that does not tell when it was met.
BUILT = {
    "bodies": "id, name, division, level, kind",
    "documents": "payload_sha256, media_type, kind, why",
    "reports": "id, body_id, issuing_body, report_year, scope, form, title, published_on, url, payload_sha256, facts, issues",
    "report_documents": "report_id, payload_sha256, url, role, chosen",
    "facts": "report_id, table_key, row_key, column_key, value, state, printed, unit, locator",
    "sections": "report_id, number, heading, text",
    "issues": "report_id, kind, rule, severity, table_key, row_key, column_key, detail",
}


@dataclass
class Gate:
    """Holds the second report of every portal back until two processes stand there, and kills a worker then."""

    workers: Workers | None = None
    arrived: int = 0

    def __post_init__(self) -> None:
        self.open, self.counting = threading.Event(), threading.Lock()

    def __call__(self, address: str, path: str, headers: Mapping[str, str]) -> None:
        if self.workers is None or not path.endswith("_2.html"):
            return
        with self.counting:
            self.arrived += 1
            if self.arrived == PORTALS:  # all portals of both batches are at their second report
                self.workers.kill(0)
                self.open.set()
        assert self.open.wait(crawls.PATIENCE)


@dataclass(frozen=True)
class Scene:
    """A crawl here, and one by two workers of which one was killed, of the same portals."""

    here: Path
    there: Path
    result: Any
    visits: list[Visit]
    workers: Workers
    portals: Any


def pages(key: int) -> dict[str, Any]:
    names = [f"示例县{'甲乙丙丁戊己'[key]}{'教民财水'[n]}政局" for n in range(REPORTS)]
    found = {"/nb/index.html": crawls.links(*(crawls.report(f"t20240115_{key}_{n}.html", w) for n, w in enumerate(names)))}
    for n, name in enumerate(names):
        found[f"/nb/t20240115_{key}_{n}.html"] = make_html(print_report(make_report(10 * key + n, name, 2023))).content
    return found


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder, gate = tmp_path_factory.mktemp("distributed"), Gate()
    written = crawls.write_portals(folder / "site", **{f"p{k}": {"column": "/nb/", "pages": pages(k)} for k in range(PORTALS)})
    with (
        workers(2, "--no-nanny") as started,
        SamplePortals(written, behaviour=gate) as samples,
    ):
        crawls.crawl(samples.portals(), folder / "here" / "archive")
        asked = len(samples.visits)
        with reached(started.address, str) as client:
            client.wait_for_workers(2)
        gate.workers = started
        result = distributed.crawl(samples.portals(), folder / "there" / "archive", started.address, delay=0.05)
        yield Scene(folder / "here", folder / "there", result, samples.visits[asked:], started, samples.portals())


def rows(path: Path, query: str) -> list[Any]:
    with sqlite3.connect(path) as connection:
        return connection.execute(query).fetchall()


def test_a_crawl_of_which_a_worker_was_killed_keeps_what_a_crawl_here_keeps(scene: Scene) -> None:
    here, there = scene.here / "archive/index.db", scene.there / "archive/index.db"
    assert (scene.result.verdict, scene.result.finished, scene.result.reasons) == ("good", True, ())
    assert Counter(rows(here, CRAWLED)) == Counter(rows(there, CRAWLED))
    assert rows(here, LISTED) == rows(there, LISTED)
    assert sorted(rows(here, COUNTED)) == sorted(rows(there, COUNTED))
    assert rows(here, "SELECT verdict, requested, new, failed FROM runs") == rows(there, "SELECT verdict, requested, new, failed FROM runs")


def test_every_capture_can_be_read_where_it_stands_now_and_no_part_is_left(scene: Scene) -> None:
    with Archive(scene.there / "archive") as archive:
        pages = [archive.exchange(capture).body for capture in archive.captures() if capture.status == 200]
    assert len(pages) == PORTALS * (REPORTS + 1)
    assert not (scene.there / "archive" / "parts").exists()


def test_no_host_is_asked_by_two_at_once_and_nothing_twice_but_what_was_under_way(scene: Scene) -> None:
    for address in {visit.address for visit in scene.visits}:
        asked = sorted((visit for visit in scene.visits if visit.address == address), key=lambda visit: visit.started)
        at_once = [(before, after) for before, after in pairwise(asked) if before.ended > after.started]
        assert not [(a.path, b.path, a.started, a.ended, b.started) for a, b in at_once]
    twice = {key: n for key, n in Counter((visit.address, visit.path) for visit in scene.visits).items() if n > 1}
    assert set(twice.values()) <= {2} and len(twice) <= PORTALS // 2  # what was under way at the kill


def test_a_build_by_workers_equals_one_here(scene: Scene) -> None:
    build(scene.here, scene.portals, strategy=map)
    with reading_on(scene.workers.address) as strategy:
        result = build(scene.there, scene.portals, strategy=strategy)
    assert result.reports == PORTALS * REPORTS
    for table, columns in BUILT.items():
        query = f"SELECT {columns} FROM {table} ORDER BY {columns}"
        assert rows(scene.here / "nianbao.db", query) == rows(scene.there / "nianbao.db", query), table


def test_a_worker_of_another_version_is_named(scene: Scene) -> None:
    versions = iter(["ours"])
    with pytest.raises(ClusterError, match=r"worker tcp://.* runs another version"), reached(scene.workers.address, lambda: next(versions, "theirs")):
        pass


@pytest.mark.parametrize("command", [["crawl", "--column", "http://127.0.0.1:9/nb/"], ["build"]])
def test_a_scheduler_that_is_not_there_is_told_in_one_line(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.cluster.REACHED_WITHIN", 0.2)
    told = CliRunner().invoke(nianbao.main, ["--data", str(tmp_path), *command, "--scheduler", "127.0.0.1:9"])
    assert told.exit_code == 1
    assert told.output.strip().endswith("no scheduler answers at 127.0.0.1:9") and told.output.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_without_the_extra_the_line_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    told = CliRunner().invoke(nianbao.main, ["--data", str(tmp_path), "build", "--scheduler", "127.0.0.1:9"])
    assert (told.exit_code, told.output.count("\n")) == (1, 1) and "extra `scale`" in told.output
