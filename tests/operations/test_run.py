"""The run that a timer calls, with the site under it."""

from __future__ import annotations

import os
import re
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from making.html import make_html
from making.printed import print_report
from making.report import make_report

from crawler.archive import ArchiveLocked
from crawler.sample_portals import SamplePortals
from operations.run import FAILED, GOOD, PARTIAL, prune, run, worst

PORTALS = '[[portals]]\nkey = "small"\nname = "x"\nfamily = "generic"\naddress = "127.20.9.3"\ncolumn = "/nb/"\nfolder = "small"\n'


@pytest.fixture(scope="module")
def column(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A column with one report."""
    folder = tmp_path_factory.mktemp("portals")
    page = make_html(print_report(make_report(4, "示例县人民政府", 2024)))
    (folder / "small" / "nb").mkdir(parents=True)
    (folder / "small" / "nb" / "1.html").write_bytes(page.content)
    entry = f"<ul><li><a href='1.html'>{page.title}</a> 2025-01-29</li></ul>"
    (folder / "small" / "nb" / "index.html").write_text(f"<meta charset=utf-8>{entry}", encoding="utf-8")
    (folder / "demo.toml").write_text(PORTALS, encoding="utf-8")
    with SamplePortals(folder) as samples:
        yield samples.portals()[0].column_url


@dataclass(frozen=True)
class Done:
    """How a run ended, what it said, what readers were answered meanwhile, and when the readers stopped."""

    code: int
    said: list[str]
    answers: list[int]
    states: list[str]


@pytest.fixture(scope="module")
def done(public, column: str) -> Done:
    """A run of that column while a reader asks for the home page without end."""
    answers: list[int] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            try:
                with urllib.request.urlopen(public.pages_at + "/") as answer:
                    answers.append(len(re.findall(r"<li><a href=./report/", answer.read().decode())))
            except OSError:
                answers.append(-1)
            over.wait(0.05)

    said: list[str] = []
    reader = threading.Thread(target=read)
    reader.start()
    try:
        code = run(public.data, ["crawl", "--column", column, "--delay", "0"], said.append)
        while answers[-1] != 2 and len(answers) < 600:
            over.wait(0.05)
    finally:
        over.set()
        reader.join()
    return Done(code, said, answers, sorted(path.name for path in (public.data / ".serving").iterdir()))


def test_each_stage_says_in_one_line_what_it_did(done: Done) -> None:
    crawled, built, published, pruned = done.said
    assert done.code == GOOD
    assert re.match(r"crawl: run \S+ good: \d+ requested, \d new, ", crawled)
    assert re.match(r"build: nianbao\.db of \S+Z, [\d.]+ MB$", built)
    assert re.fullmatch(r"publish: (pages|sql) at http://\S+ \(pid \d+\); (pages|sql) at http://\S+ \(pid \d+\)", published)
    assert re.match(r"prune: \d+ removed", pruned)


def test_the_site_takes_the_new_database_and_refuses_nobody_meanwhile(done: Done) -> None:
    assert set(done.answers) == {1, 2}
    assert sorted(done.answers) == done.answers


def test_the_processes_that_serve_a_folder_are_written_down(public, done: Done) -> None:
    assert done.states == sorted(str(process.pid) for process in (public.pages, public.sql))


def test_a_second_run_says_who_holds_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def stage(data: Path, *words: str) -> int:
        with pytest.raises(ArchiveLocked, match="held by process"):
            run(data, ["crawl"], told.append)
        return 0

    monkeypatch.setattr("operations.run._stage", stage)
    assert run(tmp_path, ["crawl"], told.append) == GOOD


@pytest.mark.parametrize(
    ("codes", "ended", "stages"),
    [({"crawl": PARTIAL}, PARTIAL, 2), ({"crawl": FAILED}, FAILED, 2), ({"crawl": 75}, 75, 1), ({"crawl": 2}, FAILED, 1),
     ({"crawl": PARTIAL, "build": FAILED}, FAILED, 2), ({"crawl": -15}, FAILED, 1)],
)  # fmt: skip
def test_a_partial_crawl_is_built_all_the_same_and_the_worst_code_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codes: dict[str, int], ended: int, stages: int
) -> None:
    called: list[str] = []
    monkeypatch.setattr("operations.run._stage", lambda data, *words: called.append(words[0]) or codes.get(words[0], 0))
    assert run(tmp_path, ["crawl"], lambda line: None) == ended
    assert len(called) == stages


def test_only_what_dead_processes_left_is_removed(tmp_path: Path) -> None:
    kept = [tmp_path / name for name in (f".nianbao.db.{os.getpid()}.new", "nianbao.db", ".nianbao.db.note", "readings.db")]
    lost = tmp_path / ".nianbao.db.999999999.new-journal"
    for path in (*kept, lost):
        path.touch()
    assert lost in list(prune(tmp_path))
    assert all(path.exists() for path in kept) and not lost.exists()
    assert worst([]) == GOOD
