"""Builds after the first: only what is new is read, and what comes of it is what a fresh build gives."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from making.database import change
from making.docx import make_docx
from making.html import make_html
from making.printed import print_report
from making.report import make_report

import nianbao
from crawler.archive import Archive, ArchiveLocked, Attempt, Received, Sent
from crawler.archive.lock import take_lock
from crawler.portals import Portal
from extract import build as building
from extract.build import build
from extract.database import DatabaseError
from extract.kept import Kept
from extract.packing import Packed
from extract.sources import Job
from extract.workers import Overrun

PORTAL = Portal("fengcheng", "丰城市人民政府", "360981", "ucap", "http://127.0.0.9/nb/")
HTML, WORD = "text/html; charset=utf-8", "application/msword"
BODIES = ("丰城市人民政府", "丰城市教育局", "丰城市公安局")
Answer = tuple[str, str, str, bytes, str | None]  # address, title, media type, bytes, page


class Counting:
    """Reads in this process, and counts what it was given to read."""

    def __init__(self) -> None:
        self.read = 0

    def __call__(self, function: Callable[[Job], Packed], jobs: Iterable[Job], /) -> Iterator[Packed | Overrun]:
        for job in jobs:
            self.read += 1
            yield function(job)


def record(data: Path, answers: Iterable[Answer], day: int) -> None:
    with Archive(data / "archive", writable=True, clock=lambda: datetime(2024, 3, day, tzinfo=UTC)) as held:
        held.start_run([PORTAL.key])
        for url, title, media_type, body, page in answers:
            attempt = Attempt(PORTAL.key, url, "attachment" if page else "report", found_on=page, title=title)
            held.record(attempt, Sent(), Received(200, (("Content-Type", media_type),), body))
        held.finish_portal(PORTAL.key, "good")
        held.finish_run("good")


def answers(year: int, seed: int) -> list[Answer]:
    """Three bodies' pages of a year; the first with a Word file beside it that says something else."""
    reports = [make_report(seed, body, year) for body in BODIES]
    pages = [f"http://127.0.0.9/{year}/{number}.html" for number in range(len(reports))]
    found: list[Answer] = [
        (url, report.title, HTML, make_html(print_report(report)).content, None)
        for url, report in zip(pages, reports, strict=True)
    ]
    other = make_docx(print_report(make_report(seed + 100, BODIES[0], year))).content
    return [*found, (f"{pages[0][:-5]}.docx", "附件", WORD, other, pages[0])]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after one crawl and one build; copied by each test that goes on from there."""
    data = tmp_path_factory.mktemp("first")
    broken: Answer = ("http://127.0.0.9/broken.docx", "丰城市2021年政府信息公开工作年度报告", WORD, b"PK\x03\x04" * 9, None)
    record(data, [*answers(2022, 1), broken], day=1)
    counting = Counting()
    build(data, [PORTAL], strategy=counting)
    assert counting.read == 5
    return data


@pytest.fixture
def data(first: Path, tmp_path: Path) -> Path:
    """The same in a folder of its own, whose files the kept readings know as published."""
    folder = tmp_path / "data"
    shutil.copytree(first, folder)
    known = (folder / "nianbao.db").stat()
    told = (known.st_dev, known.st_ino, known.st_size, known.st_mtime_ns)
    with closing(sqlite3.connect(folder / "readings.db")) as kept, kept:
        kept.execute("UPDATE published SET device = ?, inode = ?, size = ?, modified = ?", told)
    return folder


def rebuild(data: Path, portal: Portal = PORTAL) -> int:
    """Build once more; how many documents were read."""
    counting = Counting()
    build(data, [portal], strategy=counting)
    return counting.read


def contents(data: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table in its order, with the words that each search index holds."""
    with closing(sqlite3.connect(data / "nianbao.db")) as connection:
        tables = [name for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%\\_fts\\_%' ESCAPE '\\' ORDER BY name"
        )]  # fmt: skip
        rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables if "_fts" not in name}
        rows["row numbers"] = connection.execute("SELECT rowid, report_id FROM sections ORDER BY rowid").fetchall()
        for name in (name for name in tables if name.endswith("_fts")):
            connection.execute(f"CREATE VIRTUAL TABLE temp.words USING fts5vocab (main, {name}, instance)")
            rows[name] = connection.execute("SELECT * FROM temp.words").fetchall()
            connection.execute("DROP TABLE temp.words")
        assert all(rows[name] for name in ("facts", "sections", "sections_fts", "reports_fts", "bodies_fts", "issues"))
        return rows


def fresh(data: Path, portal: Portal = PORTAL) -> dict[str, list[tuple[object, ...]]]:
    """What a build of this archive that knows of no other gives."""
    for name in ("nianbao.db", "readings.db"):
        (data / name).unlink()
    rebuild(data, portal)
    return contents(data)


def test_a_build_with_nothing_new_reads_nothing_and_gives_the_same(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(data)
    with monkeypatch.context() as patched:
        patched.delattr(Kept, "rows")  # figures and sections are copied, not unpacked and written again
        assert rebuild(data) == 0
    assert contents(data) == before == fresh(data)


def test_what_is_new_or_edited_is_read_and_the_rest_carried_over_as_a_fresh_build_would_give_it(data: Path) -> None:
    edited = [answer for answer in answers(2022, 7) if answer[0].endswith("/1.html")]
    record(data, [*answers(2023, 3), *edited], day=9)
    assert rebuild(data) == 5
    later = contents(data)
    assert rebuild(data) == 0  # what was carried over can be carried over again
    assert contents(data) == later == fresh(data)


def test_documents_that_another_hint_reads_otherwise_leave_nothing_of_the_old_reading(data: Path) -> None:
    moved = replace(PORTAL, division="360121")
    assert rebuild(data, moved) == 5
    assert contents(data) == fresh(data, moved)


def test_a_database_that_somebody_changed_is_not_carried_over(data: Path) -> None:
    before = contents(data)
    change(data / "nianbao.db", "UPDATE facts SET value = 4711, state = 'number'", "DELETE FROM sections")
    assert rebuild(data) == 0
    assert contents(data) == before


@pytest.mark.parametrize("spoil", ["garbage", "foreign", "torn", "another version", "a reading"])
def test_spoilt_readings_are_read_anew_without_a_word(data: Path, spoil: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, file, again = contents(data), data / "readings.db", 5
    if spoil == "garbage":
        file.write_bytes(b"\x00garbage" * 999)
    elif spoil == "foreign":
        file.unlink()
        change(file, "CREATE TABLE readings (key)", "CREATE TABLE made_by (fingerprint)")
    elif spoil == "torn":
        os.truncate(file, file.stat().st_size // 2)
    elif spoil == "another version":
        monkeypatch.setattr(building, "fingerprint", lambda: "another")
    else:
        change(file, "UPDATE readings SET body = zeroblob(length(body)) WHERE rowid = (SELECT min(rowid) FROM readings)")
        again = 1
    assert rebuild(data) == again
    assert contents(data) == before


def test_readings_that_nothing_asks_for_are_let_go(data: Path) -> None:
    def kept() -> int:
        with closing(sqlite3.connect(data / "readings.db")) as connection:
            return int(connection.execute("SELECT count(*) FROM readings").fetchone()[0])

    assert kept() == 5
    rebuild(data, replace(PORTAL, division="360121"))
    assert kept() == 5


def test_a_page_that_the_archive_lost_is_read_when_it_is_repaired(data: Path) -> None:
    before = contents(data)
    (file,) = (data / "archive").glob("*.warc.gz")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    (data / "readings.db").unlink()
    rebuild(data)
    assert contents(data) != before
    file.write_bytes(whole)
    assert 0 < rebuild(data) < 5
    assert contents(data) == before


def test_a_killed_build_leaves_the_old_database_and_its_litter_goes_with_the_next(data: Path) -> None:
    before = (data / "nianbao.db").read_bytes()
    record(data, answers(2023, 3), day=9)

    def killing(function: Callable[[Job], Packed], jobs: Iterable[Job], /) -> Iterator[Packed | Overrun]:
        yield function(next(iter(jobs)))
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        build(data, [PORTAL], strategy=killing)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert (data / "nianbao.db").read_bytes() == before
    assert len(list(data.glob(".nianbao.db.*.new"))) == 1
    rebuild(data)
    assert list(data.glob(".nianbao.db.*")) == []
    assert contents(data) == fresh(data)


def test_the_second_of_two_builds_says_so_and_leaves_the_first_alone(data: Path) -> None:
    lock = take_lock(data / "nianbao.db.lock", datetime.now(UTC))
    try:
        with pytest.raises(ArchiveLocked, match=f"held by process {os.getpid()}"):
            rebuild(data)
        told = CliRunner().invoke(nianbao.main, ["--data", str(data), "build"])
    finally:
        os.close(lock)
    assert told.exit_code == nianbao.LOCKED
    assert told.output.count("\n") == 1 and "another build is under way" in told.output


@pytest.mark.parametrize("room", [8_192, 400_000])
def test_a_full_disk_is_told_and_the_old_database_stays(data: Path, room: int) -> None:
    before = (data / "nianbao.db").read_bytes()
    record(data, answers(2023, 3), day=9)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))  # no file grows beyond: as if the disk were full
    try:
        with pytest.raises(DatabaseError, match=r"disk|full"):
            rebuild(data)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (data / "nianbao.db").read_bytes() == before
    assert list(data.glob(".nianbao.db.*")) == []


def test_a_folder_that_cannot_be_written_to_is_told_in_one_line(data: Path) -> None:
    (data / "readings.db").unlink()
    (data / "readings.db").mkdir()
    before = (data / "nianbao.db").read_bytes()
    told = CliRunner().invoke(nianbao.main, ["--data", str(data), "build"])
    assert told.exit_code == nianbao.FAILED
    assert told.output.count("\n") == 1 and told.output.startswith("nianbao: nothing was published: ")
    assert (data / "nianbao.db").read_bytes() == before
