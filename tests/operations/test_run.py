"""The run that a timer calls, with the site under it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.archive import ArchiveLocked
from operations.run import FAILED, GOOD, PARTIAL, prune, run, worst


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
