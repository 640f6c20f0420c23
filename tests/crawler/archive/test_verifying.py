"""Every record held against the index, and the index made again from the files alone."""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from making.archived import NOON, PLACE, asked, begin, end, first_run, page, rows, second_run

import nianbao
from crawler.archive import Archive, ArchiveError, Sent
from crawler.archive.repairing import repair
from crawler.archive.verifying import Finding, verify
from crawler.portals import Portal
from extract.build import build
from extract.workers import in_order


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.warc.gz"))


def placed(folder: Path) -> dict[str, tuple[Path, int, int]]:
    """Where the captures of the first run stand: path of the address → file, offset, length."""
    with Archive(folder) as opened:
        captures = [c for c in opened.captures() if c.warc_file and c.captured_at.startswith("2026-01-31")]
    return {c.url.removeprefix(PLACE): (folder / c.warc_file, c.warc_offset, c.warc_length) for c in captures}


def flip(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        (byte,) = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ 0xFF]))


def affected(findings: list[Finding]) -> list[tuple[str, int, str]]:
    return [(f.kind, f.capture.id, f.capture.url.removeprefix(PLACE)) for f in findings if f.capture]


def command(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(nianbao.main, ["--data", str(folder.parent), "archive", "verify", *arguments])


def test_an_archive_that_is_well_has_no_findings(made):
    seen = []
    assert list(verify(made, lambda done, total: seen.append((done, total)))) == []
    size = sum(path.stat().st_size for path in files(made))
    assert seen[-1] == (size, size)
    assert seen == sorted(seen)


def test_a_flipped_byte_is_told_with_file_offset_and_captures_and_the_rest_is_read(archive):
    path, offset, length = placed(archive)["/0.html"]
    flip(path, offset + length // 2)
    findings = list(verify(archive))
    assert affected(findings) == [("altered", 3, "/0.html"), ("altered", 8, "/0.html")]  # and what refers to it
    assert (findings[0].file, findings[0].offset) == (path.name, offset)
    result = command(archive, "--json")
    assert result.exit_code == 3
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["kind"], line["capture"]["id"]) for line in told] == [("altered", 3), ("altered", 8)]
    assert f"{path.name}: offset {offset}: altered: " in command(archive).stdout


def test_a_flipped_byte_beside_the_answers_is_told_too(archive):
    path, offset, length = placed(archive)["/4.html"]
    flip(path, offset + length + 40)  # in the record of the request
    (finding,) = verify(archive)
    assert (finding.kind, finding.offset, finding.capture) == ("altered", offset + length, None)


def test_a_file_that_is_cut_is_told_with_the_captures_that_it_cost(archive):
    path, offset, length = placed(archive)["/2.html"]
    os.truncate(path, offset + length - 3)
    findings = list(verify(archive))
    assert affected(findings) == [("torn", 5, "/2.html"), ("torn", 7, "/4.html")]
    assert findings[-1].detail == f"{offset + length - 3} bytes stand there, the index says {length_of(archive, path)}"
    assert command(archive).exit_code == 3
    repair(archive)
    assert affected(list(verify(archive))) == affected(findings)  # what is gone is gone, and goes on being told


def length_of(folder: Path, path: Path) -> int:
    return next(row[2] for row in rows(folder)["warc_files"] if row[0] == path.name)


def test_a_file_that_is_missing_is_told_with_all_its_captures(archive):
    first, _ = files(archive)
    first.unlink()
    findings = list(verify(archive))
    assert (findings[0].kind, findings[0].file, findings[0].capture) == ("missing", first.name, None)
    assert [number for _, number, _ in affected(findings)][:6] == [1, 2, 3, 8, 4, 9]
    assert {kind for kind, _, _ in affected(findings)} == {"missing"}
    assert command(archive).exit_code == 3


def test_a_payload_that_is_whole_but_another_than_the_index_says_is_told(archive):
    with closing(sqlite3.connect(archive / "index.db")) as index, index:
        index.execute("UPDATE captures SET payload_sha256 = ? WHERE id = 7", ("0" * 64,))
    (finding,) = verify(archive)
    assert finding.detail.startswith("sha256 of the payload is")
    assert finding.capture.id == 7


def test_a_lost_index_is_made_again_row_by_row_and_the_build_gives_the_same_reports(archive):
    before = rows(archive)
    portals = [Portal("x", "丰城市人民政府", "360981", "generic", f"{PLACE}/nb/")]
    build(archive.parent, portals, strategy=partial(in_order, workers=1))
    reports = published(archive.parent)
    for path in archive.glob("index.db*"):
        path.unlink()
    result = command(archive)
    assert (result.exit_code, result.stderr) == (
        1, f"nianbao: the archive: {archive}/index.db is not there (2 WARC files are)\n"
    )  # fmt: skip
    result = command(archive, "--repair")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "index.db was not there: made again from 2 WARC files" in result.stderr
    assert rows(archive) == before
    build(archive.parent, portals, strategy=partial(in_order, workers=1))
    assert published(archive.parent) == reports
    assert len(reports["reports"]) == 1


def published(data: Path) -> dict[str, list[tuple]]:
    with closing(sqlite3.connect(data / "nianbao.db")) as database:
        return {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in ("reports", "facts", "captures")}


def test_a_damaged_index_is_put_aside_and_made_again(archive):
    before = rows(archive)
    with (archive / "index.db").open("r+b") as file:
        file.seek(5000)
        file.write(b"\xff" * 30000)
    result = command(archive)
    assert result.exit_code in (1, 3)
    assert "index" in result.output
    result = command(archive, "--repair")
    assert result.exit_code == 0, result.output
    (aside,) = archive.glob("index.db.damaged-*")
    assert aside.name in result.stderr
    assert rows(archive) == before


def test_an_index_older_than_the_files_is_brought_up_to_them_and_costs_no_byte(tmp_path):
    folder = tmp_path / "archive"
    first_run(folder)
    shutil.copy(folder / "index.db", tmp_path / "old.db")
    second_run(folder)
    before, held = rows(folder), {path: path.read_bytes() for path in files(folder)}
    shutil.copy(tmp_path / "old.db", folder / "index.db")
    (finding,) = verify(folder)
    assert (finding.kind, finding.file) == ("unindexed", files(folder)[1].name)
    repair(folder)
    assert rows(folder) == before
    assert {path: path.read_bytes() for path in files(folder)} == held


def test_what_an_index_lacks_is_entered_in_the_order_in_which_it_was_made(tmp_path):
    """The index was lost, and nobody noticed before the next crawl had begun another."""
    folder = tmp_path / "archive"
    first_run(folder)
    before = rows(folder)
    (folder / "index.db").unlink()
    second_run(folder)
    assert [finding.kind for finding in verify(folder)] == ["unindexed"]
    repair(folder)
    after = rows(folder)
    assert after["captures"][:7] == before["captures"]
    assert [row[0] for row in after["captures"]] == list(range(1, 12))
    assert [row[1] for row in after["runs"]] == ["2026-01-31T12:00:00Z", "2026-02-07T12:00:00Z"]
    assert list(verify(folder)) == []


def test_what_a_killed_process_wrote_whole_is_taken_up_and_the_rest_is_cut_off(tmp_path):
    folder = tmp_path / "archive"
    with begin(folder) as archive:
        archive.record(asked("/1.html"), Sent(), page("one"))
        archive.record(asked("/2.html"), Sent(), page("two"))
    (path,) = files(folder)
    _, offset, length = placed(folder)["/2.html"]
    with closing(sqlite3.connect(folder / "index.db")) as index, index:  # as it was before the last commit
        index.execute("DELETE FROM captures WHERE id = 2")
        index.execute("UPDATE warc_files SET length = ?", (offset,))
    with path.open("ab") as file:
        file.write(path.read_bytes()[offset : offset + length])  # an answer whose request was not written any more
        file.write(b"\x1f\x8b\x08\x00torn")
    whole = path.stat().st_size - length - 8
    assert [finding.kind for finding in verify(folder)] == ["unindexed"]
    with begin(folder) as archive:
        assert path.stat().st_size == whole
        assert [c.url for c in archive.captures()] == [f"{PLACE}/1.html", f"{PLACE}/2.html"]
        archive.record(asked("/3.html"), Sent(), page("three"))
        end(archive)
    assert list(verify(folder)) == []


@pytest.mark.parametrize("tail", [bytes(700), b"\x1f\x8b\x08\x00torn", b"WARC/1.1", bytes(range(256)) * 2])
def test_whatever_stands_behind_the_last_commit_is_not_written_after(tmp_path, tail):
    folder = tmp_path / "archive"
    with begin(folder) as archive:
        archive.record(asked("/1.html"), Sent(), page("one"))
    (path,) = files(folder)
    whole = path.stat().st_size
    with path.open("ab") as file:
        file.write(tail)
    with begin(folder) as archive:
        assert path.stat().st_size == whole
        archive.record(asked("/2.html"), Sent(), page("two"))
        end(archive)
    assert files(folder) == [path]
    assert list(verify(folder)) == []


def test_a_file_whose_end_is_damaged_is_not_written_on_after_a_repair(tmp_path):
    folder = tmp_path / "archive"
    with begin(folder) as archive:
        archive.record(asked("/1.html"), Sent(), page("one"))
    (path,) = files(folder)
    with path.open("ab") as file:
        file.write(bytes(700))
    (folder / "index.db").unlink()
    repair(folder)
    before = path.read_bytes()
    with begin(folder) as archive:
        archive.record(asked("/2.html"), Sent(), page("two"))
        end(archive)
    assert path.read_bytes() == before
    assert [(f.kind, f.file, f.capture) for f in verify(folder)] == [("altered", path.name, None)]


def test_a_repair_cuts_a_torn_tail_and_keeps_what_it_cuts(tmp_path):
    folder = tmp_path / "archive"
    with begin(folder) as archive:
        archive.record(asked("/1.html"), Sent(), page("one"))
    (path,) = files(folder)
    whole = path.read_bytes()
    torn = whole[:200]  # of a record
    path.write_bytes(whole + torn)
    assert [(f.kind, f.detail) for f in verify(folder)] == [
        ("torn", "200 bytes stand behind the last commit, 0 whole records in them")
    ]
    lines = repair(folder)
    assert lines == (f"{path.name}: a torn tail of 200 bytes cut off, kept as {path.name}.torn-{len(whole)}",)
    assert path.read_bytes() == whole
    assert (folder / f"{path.name}.torn-{len(whole)}").read_bytes() == torn
    assert list(verify(folder)) == []


def test_what_cannot_be_repaired_is_told(archive):
    path, offset, length = placed(archive)["/1.html"]
    (archive / "index.db").unlink()
    before = path.read_bytes()
    flip(path, offset + length // 2)
    result = command(archive, "--repair")
    assert result.exit_code == 3
    assert f"{path.name}: cannot be repaired: offset {offset}" in result.stderr
    assert "altered" in result.stdout
    assert path.stat().st_size == len(before)
    with Archive(archive) as opened:  # it is known to be missed: its notes say what it was
        missed = list(opened.captures())[3]
        assert (missed.url, missed.portal, missed.status) == (f"{PLACE}/1.html", "x", None)
        with pytest.raises(ArchiveError):
            opened.exchange(missed)


def test_nothing_to_repair_from_is_an_error(tmp_path):
    (tmp_path / "archive").mkdir()
    result = command(tmp_path / "archive", "--repair")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there are no WARC files to make the index from" in result.stderr
    with pytest.raises(ArchiveError, match=r"index\.db is not there"):
        list(verify(tmp_path / "nowhere"))


def test_a_repair_waits_for_nobody_and_says_who_is_writing(archive):
    with begin(archive, 8):
        result = command(archive, "--repair")
    assert (result.exit_code, "lock: held by process" in result.stderr) == (75, True)


def test_a_file_is_full_at_its_limit_and_a_run_goes_on_with_the_next(tmp_path):
    folder, limit = tmp_path / "archive", 3000
    numbers = iter(range(100))
    for _ in range(3):  # a run that is interrupted twice
        with begin(folder, file_limit=limit) as archive:
            for n, _ in zip(numbers, range(6), strict=False):
                archive.record(asked(f"/{n}.html"), Sent(), page(os.urandom(300).hex()))
            run = archive.run_id
    with begin(folder, file_limit=limit) as archive:
        assert archive.run_id == run
        end(archive)
    found = files(folder)
    assert [path.name for path in found] == [f"nianbao-{run}-{n:05d}.warc.gz" for n in range(1, len(found) + 1)]
    assert len(found) > 4
    assert all(limit <= path.stat().st_size < limit + 1500 for path in found[:-1])
    assert [row[3] for row in rows(folder)["warc_files"]] == [f"{NOON:%Y-%m-%dT%H:%M:%SZ}"] * len(found)
    assert list(verify(folder)) == []
    with Archive(folder) as opened:
        assert len({c.url for c in opened.captures() if opened.exchange(c).body}) == 18
