"""Parts of a run that other processes wrote, taken over into the archive of the whole."""

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from making.archived import HTML, LIST, NOON, PLACE, asked, page, rows

from crawler.archive import Archive, ArchiveError, ArchiveLocked, ListedEntry, Received, Sent, adopting
from crawler.archive.repairing import repair
from crawler.archive.verifying import verify

RUN = "20260131T120000Z-cafe"


def opened(folder: Path, days: int = 0) -> Archive:
    return Archive(folder, writable=True, clock=lambda: NOON + timedelta(days=days))


def write_part(folder: Path, portal: str, *, run: str = RUN, seed: Path | None = None) -> Path:
    """A part of one portal, as a process of its own would write it; `seed`: an index that it begins with."""
    if seed:
        folder.mkdir(parents=True)
        with closing(sqlite3.connect(seed / "index.db")) as index:
            index.execute("VACUUM INTO ?", (str(folder / "index.db"),))
    with opened(folder, 7 if seed else 0) as archive:
        archive.start_run([portal], run_id=run)
        archive.record(asked(f"/{portal}/1.html", portal=portal), Sent(), page(f"{portal} one"))
        archive.record(asked(f"/{portal}/2.html", portal=portal), Sent(), page("the same"))
        archive.record(asked(f"/{portal}/2.html", portal=portal), Sent(), page("the same"))  # refers to the one before
        archive.record_failure(asked(f"/{portal}/3.html", portal=portal), "timeout: no answer")
        archive.record_entries(portal, [ListedEntry(f"{PLACE}/{portal}/{n}.html", "t", None, "report", "r", True, LIST) for n in (2, 1)])
        archive.finish_portal(portal, "good")
    return folder


@pytest.fixture
def main(tmp_path) -> Path:
    """The archive of the whole, with one portal of its own."""
    with opened(tmp_path / "archive") as archive:
        archive.start_run(["x"], run_id=RUN)
        archive.record(asked("/0.html"), Sent(), page("mine"))
        archive.finish_portal("x", "good")
    return tmp_path / "archive"


def adopt(main: Path, *parts: Path) -> None:
    with opened(main) as archive:
        archive.start_run(["x"], run_id=RUN)
        for part in parts:
            with opened(part):  # which settles what its process left half done, and locks it
                archive.adopt(part, RUN)


def finish(main: Path) -> None:
    with opened(main) as archive:
        archive.start_run(["x"], run_id=RUN)
        archive.finish_portal("x", "good")
        archive.finish_run("good")


def test_what_parts_hold_becomes_the_archives_own(main, tmp_path):
    parts = [write_part(tmp_path / portal, portal) for portal in ("y", "z")]
    adopt(main, *parts)
    finish(main)
    with Archive(main) as archive:
        assert [c.url.removeprefix(PLACE) for c in archive.captures()] == [
            "/0.html", *(f"/{portal}/{n}.html" for portal in ("y", "z") for n in (1, 2, 2, 3))
        ]  # fmt: skip
        assert all(archive.exchange(c).status == 200 for c in archive.captures() if c.warc_file)
        revisits = [c for c in archive.captures() if archive.original(c)]
        assert [archive.original(c).id for c in revisits] == [3, 7]
        assert [e.url.removeprefix(PLACE) for e in archive.entries(RUN, "z")] == ["/z/2.html", "/z/1.html"]
        assert [(p.portal, p.verdict, p.requested) for p in archive.portal_runs()] == [("x", "good", 1), ("y", "good", 4), ("z", "good", 4)]
        (run,) = archive.runs()
        assert (run.id, run.requested, run.new, run.failed) == (RUN, 9, 3, 2)
    assert len(list(main.glob("*.warc.gz"))) == 3  # parts may have chosen the same name
    assert not [*tmp_path.glob("[yz]/*.warc.gz")]
    assert list(verify(main)) == []


def test_to_adopt_a_part_twice_is_to_adopt_it_once(main, tmp_path):
    part = write_part(tmp_path / "y", "y")
    copied = shutil.copytree(part, tmp_path / "again")
    adopt(main, part)
    once = rows(main)
    adopt(main, part)
    adopt(main, copied)
    assert {**rows(main), "portal_runs": []} == {**once, "portal_runs": []}
    assert list(verify(main)) == []


@pytest.mark.parametrize("step", ["_files", "_captures", "_others"])
def test_a_crash_in_the_middle_leaves_nothing_in_the_index_and_is_repeated(main, tmp_path, monkeypatch, step):
    part = write_part(tmp_path / "y", "y")
    before = rows(main)["captures"]

    def crash(*_):
        raise RuntimeError("power")

    with opened(main) as archive:
        archive.start_run(["x"], run_id=RUN)
        with monkeypatch.context() as patched, pytest.raises(RuntimeError):
            patched.setattr(adopting, step, crash)
            archive.adopt(part, RUN)
        assert rows(main)["captures"] == before
        archive.adopt(part, RUN)
        assert len(rows(main)["captures"]) == len(before) + 4
    adopt(main, part)
    assert len(rows(main)["captures"]) == len(before) + 4
    assert len(list(main.glob("*.warc.gz"))) == 2
    assert list(verify(main)) == []


def test_a_process_that_is_killed_before_the_rows_are_in_costs_nothing(main, tmp_path, monkeypatch):
    part = write_part(tmp_path / "y", "y")
    monkeypatch.setattr(adopting, "_files", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        adopt(main, part)
    monkeypatch.undo()
    adopt(main, part)  # opening the archive has taken up the file that it did not know
    with Archive(main) as archive:
        assert [c.url.removeprefix(PLACE) for c in archive.captures()] == ["/0.html", *(f"/y/{n}.html" for n in (1, 2, 2, 3))]
    assert list(verify(main)) == []


def test_a_part_that_knows_what_was_archived_before_refers_to_it(main, tmp_path):
    adopt(main, write_part(tmp_path / "y", "y"))
    finish(main)
    run = "20260207T120000Z-beef"
    part = write_part(tmp_path / "later", "y", run=run, seed=main)
    for path in main.glob("*.warc.gz"):  # the part's process reads them where they are
        (part / path.name).symlink_to(path)
    with opened(part, 7) as archive:
        archive.start_run(["y"], run_id=run)
        archive.record(asked("/y/1.html", portal="y"), Sent(), Received(304, HTML, b""))
    for path in part.glob("*.warc.gz"):
        if path.is_symlink():
            path.unlink()
    with opened(main, 7) as archive:
        archive.start_run(["y"], run_id=run)
        archive.adopt(part, run)
        captures = [c for c in archive.captures() if c.run_id == run]
        (unchanged,) = [c for c in captures if c.status == 304]
        assert archive.exchange(unchanged).body == b"<p>y one</p>"
    assert list(verify(main)) == []


def test_an_index_that_is_lost_is_made_again_from_adopted_files_too(main, tmp_path):
    adopt(main, write_part(tmp_path / "y", "y"))
    finish(main)
    before = rows(main)
    (main / "index.db").unlink()
    repair(main)
    after = rows(main)
    assert sorted(row[3] for row in after["captures"]) == sorted(row[3] for row in before["captures"])
    assert (after["runs"], sorted(after["portal_runs"])) == (before["runs"], sorted(before["portal_runs"]))
    assert after["entries"] == before["entries"]
    assert list(verify(main)) == []


def test_a_part_that_is_being_written_or_is_none_is_refused(main, tmp_path):
    part = write_part(tmp_path / "y", "y")
    with opened(part), pytest.raises(ArchiveLocked):
        adopt(main, part)
    (path,) = part.glob("*.warc.gz")
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ArchiveError, match="bytes, its index says"):
        adopt(main, part)
    assert len(rows(main)["captures"]) == 1
