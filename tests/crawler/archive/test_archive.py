import gzip
import hashlib
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.archive import (
    Archive,
    ArchiveError,
    ArchiveLocked,
    Attempt,
    Capture,
    ListedEntry,
    Received,
    Sent,
)

URL = "http://www.x.gov.cn/nb/t20240115_1.html?a=1&b=二"
PAGE = "<p>新收政府信息公开申请 54 件</p>".encode()
NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def attempt(url: str = URL, **more: str) -> Attempt:
    return Attempt(**({"portal": "x", "url": url, "role": "report"} | more))


def answer(body: bytes = PAGE, status: int = 200, **headers: str) -> Received:
    named = {"Content-Type": "text/html; charset=GB2312"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return Received(status, tuple(named.items()), body)


def open_run(folder: Path, at: datetime = NOON) -> Archive:
    archive = Archive(folder, writable=True, clock=lambda: at)
    archive.start_run(["x"], contact="mailto:someone@example.org", configuration={"DOWNLOAD_DELAY": 2.0})
    return archive


def keep(folder: Path, *answers: Received) -> list[Capture]:
    with open_run(folder) as archive:
        captures = [archive.record(attempt(f"http://www.x.gov.cn/{n}"), Sent(), a) for n, a in enumerate(answers)]
        archive.finish_portal("x", "good")
        archive.finish_run("good")
    return captures


def warc_of(folder: Path) -> Path:
    (path,) = folder.glob("*.warc.gz")
    return path


def check(folder: Path) -> str:
    """What `warcio check` finds wrong; nothing, if all is well."""
    return "".join(
        subprocess.run(
            [sys.executable, "-m", "warcio.cli", "check", str(path)], capture_output=True, text=True, check=False
        ).stdout
        for path in sorted(folder.glob("*.warc.gz"))
    )


def test_an_answer_is_read_back_as_it_came(tmp_path):
    (kept,) = keep(tmp_path, answer())
    with Archive(tmp_path) as archive:
        (capture,) = archive.captures()
        assert capture == kept
        assert (capture.status, capture.media_type, capture.captured_at) == (200, "text/html", "2026-01-31T12:00:00Z")
        assert capture.payload_sha256 == hashlib.sha256(PAGE).hexdigest()
        assert list(archive.captures_of(capture.payload_sha256)) == [capture]
        exchange = archive.exchange(capture)
        assert (exchange.status, exchange.body) == (200, PAGE)
        assert exchange.header("content-type") == "text/html; charset=GB2312"


def test_what_is_sent_to_one_address_tells_its_answers_apart(tmp_path):
    first, second = Sent("POST", (), b"pageIndex=1"), Sent("POST", (), b"pageIndex=2")
    with open_run(tmp_path) as archive:
        one, two = (archive.record(attempt(), sent, answer(sent.body)) for sent in (first, second))
        archive.record_failure(attempt(), "timeout: no answer", Sent("POST", (), b"pageIndex=3"))
        assert [archive.captured(URL, sent) for sent in (first, second)] == [one, two]
        assert archive.known(URL, second).exchange.body == b"pageIndex=2"
        assert archive.captured(URL) is archive.known(URL) is None
        assert archive.captured(URL, Sent("POST", (), b"pageIndex=3")) is None
        run = archive.finish_portal("x", "partial")
        assert (run.requested, run.new, run.changed, run.failed) == (3, 2, 0, 1)
    with warc_of(tmp_path).open("rb") as file:
        assert [r.raw_stream.read() for r in ArchiveIterator(file) if r.rec_type == "request"] == [
            b"pageIndex=1",
            b"pageIndex=2",
        ]
    assert check(tmp_path) == ""


def test_an_index_of_an_earlier_version_is_written_on(tmp_path):
    keep(tmp_path, answer())
    with sqlite3.connect(tmp_path / "index.db") as index:
        index.executescript("ALTER TABLE captures DROP COLUMN method; ALTER TABLE captures DROP COLUMN request_sha256;")
    with Archive(tmp_path) as archive:
        assert archive.exchange(next(archive.captures())).body == PAGE
    with open_run(tmp_path) as archive:
        assert archive.known("http://www.x.gov.cn/0").exchange.body == PAGE


def test_a_missing_archive_is_an_empty_one(tmp_path):
    with Archive(tmp_path / "none") as archive:
        assert list(archive.captures()) == list(archive.runs()) == list(archive.portal_runs()) == []
    assert not (tmp_path / "none").exists()


def test_the_warc_keeps_the_wire_and_the_payload_is_what_a_browser_would_save(tmp_path):
    packed = gzip.compress(PAGE)
    (capture,) = keep(tmp_path, answer(packed, Content_Encoding="gzip", Transfer_Encoding="chunked"))
    with Archive(tmp_path) as archive:
        exchange = archive.exchange(capture)
    assert exchange.body == PAGE
    assert capture.payload_sha256 == hashlib.sha256(PAGE).hexdigest()
    with warc_of(tmp_path).open("rb") as file:
        response = next(r for r in ArchiveIterator(file) if r.rec_type == "response")
        assert response.raw_stream.read() == packed
        assert response.http_headers.get_header("Content-Encoding") == "gzip"
        assert response.http_headers.get_header("Content-Length") == str(len(packed))
        assert response.http_headers.get_header("Transfer-Encoding") is None
    assert check(tmp_path) == ""


def test_a_body_that_cannot_be_unpacked_is_kept_as_it_is_and_says_so(tmp_path):
    broken = gzip.compress(PAGE)[:-12]
    (capture,) = keep(tmp_path, answer(broken, Content_Encoding="gzip"))
    assert capture.error == "Content-Encoding gzip cannot be undone"
    with Archive(tmp_path) as archive:
        assert archive.exchange(capture).body == broken


def test_a_warc_tells_who_wrote_it_how_and_why_each_page_was_asked_for(tmp_path):
    with open_run(tmp_path) as archive:
        run = archive.run_id
        asked = attempt(found_on="http://www.x.gov.cn/nb/", title="某市\n2023年年报", published="2024-01-15")
        archive.record(asked, Sent("GET", (("User-Agent", "nianbao"),)), answer())
    with warc_of(tmp_path).open("rb") as file:
        records = {r.rec_type: (r.rec_headers, r.http_headers, r.raw_stream.read()) for r in ArchiveIterator(file)}
    info = records["warcinfo"][2].decode()
    assert f"isPartOf: {run}" in info
    assert 'configuration: {"DOWNLOAD_DELAY": 2.0}' in info
    assert "operator: mailto:someone@example.org" in info
    assert "headers are normalized by the downloader" in info
    assert records["metadata"][2].decode().splitlines() == [
        "portal: x",
        "role: report",
        "via: http://www.x.gov.cn/nb/",
        'title: "某市\\n2023年年报"',
        "published: 2024-01-15",
        f"run: {run}",
        "media_type: text/html",
        f"payload_sha256: {hashlib.sha256(PAGE).hexdigest()}",
        "outcome: new",
    ]
    assert records["request"][1].statusline == "/nb/t20240115_1.html?a=1&b=%E4%BA%8C HTTP/1.1"
    assert records["request"][1].get_header("Host") == "www.x.gov.cn"
    about = [records[kind][0].get_header("WARC-Target-URI") for kind in ("response", "request", "metadata")]
    assert about == [URL] * 3
    assert records["response"][0].protocol == "WARC/1.1"


def test_a_torn_tail_is_cut_off_and_what_is_written_after_it_can_be_read(tmp_path):
    archive = open_run(tmp_path)
    before = archive.record(attempt("http://www.x.gov.cn/1"), Sent(), answer())
    whole = warc_of(tmp_path).stat().st_size
    archive.close()  # the process dies while it writes the next exchange
    with warc_of(tmp_path).open("ab") as file:
        file.write(gzip.compress(b"WARC/1.1\r\nWARC-Type: response\r\n")[:-9])
    assert warc_of(tmp_path).stat().st_size > whole
    with open_run(tmp_path) as archive:
        assert warc_of(tmp_path).stat().st_size == whole
        after = archive.record(attempt("http://www.x.gov.cn/2"), Sent(), answer(b"two"))
    with Archive(tmp_path) as archive:
        assert archive.exchange(before).body == PAGE
        assert archive.exchange(after).body == b"two"
    assert after.warc_offset >= whole
    assert check(tmp_path) == ""


def test_a_record_that_is_cut_short_is_refused_with_file_and_offset(tmp_path):
    first, last = keep(tmp_path, answer(), answer(b"last"))
    path = warc_of(tmp_path)
    with path.open("r+b") as file:
        file.truncate(last.warc_offset + last.warc_length - 5)
    with Archive(tmp_path) as archive:
        assert archive.exchange(first).body == PAGE
        with pytest.raises(ArchiveError, match=rf"{path.name}: offset {last.warc_offset}: .* bytes stand there"):
            archive.exchange(last)


def test_a_payload_with_another_digest_than_the_index_says_is_refused(tmp_path):
    (capture,) = keep(tmp_path, answer())
    with sqlite3.connect(tmp_path / "index.db") as index:
        index.execute("UPDATE captures SET payload_sha256 = ?", ("0" * 64,))
    with Archive(tmp_path) as archive:
        (altered,) = archive.captures()
        with pytest.raises(ArchiveError, match=rf"offset {capture.warc_offset}: sha256 of the payload is"):
            archive.exchange(altered)


def test_bytes_changed_on_the_disk_are_refused(tmp_path):
    (capture,) = keep(tmp_path, answer())
    with warc_of(tmp_path).open("r+b") as file:
        file.seek(capture.warc_offset + capture.warc_length // 2)
        file.write(b"\xff\xff\xff")
    with Archive(tmp_path) as archive, pytest.raises(ArchiveError):
        archive.exchange(capture)


def test_an_unchanged_page_is_a_revisit_that_resolves_to_the_stored_payload(tmp_path):
    with open_run(tmp_path) as archive:
        first = archive.record(attempt(), Sent(), answer(ETag='"1"', Last_Modified="Mon, 15 Jan 2024 00:00:00 GMT"))
        archive.finish_run("good")
    with open_run(tmp_path, NOON + timedelta(days=7)) as archive:
        known = archive.known(URL)
        assert (known.etag, known.last_modified) == ('"1"', "Mon, 15 Jan 2024 00:00:00 GMT")
        not_modified = archive.record(attempt(), Sent(), Received(304, (), b""))
        same_again = archive.record(attempt(), Sent(), answer())
        assert archive.known(URL).etag == '"1"'
        assert archive.finish_portal("x", "good").unchanged == 1
        archive.finish_run("good")
    with Archive(tmp_path) as archive:
        for revisit in (not_modified, same_again):
            assert revisit.payload_sha256 == first.payload_sha256
            assert (archive.exchange(revisit).status, archive.exchange(revisit).body) == (200, PAGE)
        assert (not_modified.status, not_modified.media_type) == (304, "text/html")
    kinds = []
    for path in sorted(tmp_path.glob("*.warc.gz")):
        with path.open("rb") as file:
            kinds += [(r.rec_type, r.rec_headers.get_header("WARC-Profile")) for r in ArchiveIterator(file)]
    profiles = [profile.rpartition("/")[2] for kind, profile in kinds if kind == "revisit"]
    assert profiles == ["server-not-modified", "identical-payload-digest"]
    assert check(tmp_path) == ""


def test_a_page_whose_stored_payload_is_damaged_is_not_taken_for_known(tmp_path):
    keep(tmp_path, answer())
    with warc_of(tmp_path).open("r+b") as file:
        file.truncate(100)
    with open_run(tmp_path) as archive:
        assert archive.known("http://www.x.gov.cn/0") is None
        again = archive.record(attempt("http://www.x.gov.cn/0"), Sent(), answer())
        assert archive.exchange(again).body == PAGE


def test_an_attempt_without_an_answer_has_a_row_and_nothing_to_read(tmp_path):
    with open_run(tmp_path) as archive:
        capture = archive.record_failure(attempt(), "dns: the name www.x.gov.cn does not resolve")
        assert (capture.status, capture.warc_file, capture.payload_sha256) == (None, None, None)
        with pytest.raises(ArchiveError, match="nothing was answered: dns: the name"):
            archive.exchange(capture)
        run = archive.finish_portal("x", "failed", "x: no such name")
        assert (run.requested, run.failed) == (1, 1)
        assert archive.reasons(archive.run_id) == {"x": "x: no such name"}


def test_the_ledger_counts_what_became_of_each_address(tmp_path):
    with open_run(tmp_path) as archive:
        for n in range(4):
            archive.record(attempt(f"http://www.x.gov.cn/{n}"), Sent(), answer(str(n).encode()))
        archive.finish_run("good")
    with open_run(tmp_path) as archive:
        archive.record(attempt("http://www.x.gov.cn/0"), Sent(), answer(b"0"))
        archive.record(attempt("http://www.x.gov.cn/1"), Sent(), answer(b"other"))
        archive.record(attempt("http://www.x.gov.cn/2"), Sent(), answer(b"gone", 404))
        archive.record(attempt("http://www.x.gov.cn/3"), Sent(), answer(b"", 521), error="blocked:challenge")
        archive.record(attempt("http://www.x.gov.cn/4"), Sent(), answer(b"", 503))
        archive.record(attempt("http://www.x.gov.cn/4"), Sent(), answer(b"4"))
        archive.record(attempt("http://www.x.gov.cn/5"), Sent(), answer(b"", 404))
        archive.record_failure(attempt("http://www.x.gov.cn/6"), "blocked:robots")
        archive.record_failure(attempt("http://example.com/"), "refused: foreign host example.com")
        portal = archive.finish_portal("x", "blocked")
        run = archive.finish_run("partial")
    expected = {"requested": 7, "new": 1, "changed": 1, "unchanged": 1, "vanished": 1, "blocked": 2, "failed": 1}
    assert {name: getattr(portal, name) for name in expected} == expected
    assert {name: getattr(run, name) for name in expected} == expected
    with Archive(tmp_path) as archive:
        assert list(archive.portal_runs())[-1] == portal
        assert list(archive.runs())[-1] == run


def test_a_run_interrupted_today_is_continued_and_an_older_one_is_closed(tmp_path):
    with open_run(tmp_path) as archive:
        interrupted = archive.run_id
        archive.record(attempt(), Sent(), answer())
        archive.record(attempt("http://www.x.gov.cn/busy"), Sent(), answer(status=503))
    with open_run(tmp_path, NOON + timedelta(hours=23)) as archive:
        assert archive.run_id == interrupted
        assert archive.captured(URL).payload_sha256 == hashlib.sha256(PAGE).hexdigest()
        assert archive.captured("http://www.x.gov.cn/busy") is None
    with open_run(tmp_path, NOON + timedelta(hours=25)) as archive:
        assert archive.run_id != interrupted
        assert archive.captured(URL) is None
        archive.record(attempt(), Sent(), answer(b"new"))
        archive.finish_run("good")
    with Archive(tmp_path) as archive:
        assert [run.verdict for run in archive.runs()] == ["abandoned", "good"]
    assert len(list(tmp_path.glob("*.warc.gz"))) == 2


def test_two_processes_cannot_write_at_once_and_one_can_read_meanwhile(tmp_path):
    with open_run(tmp_path) as archive:
        archive.record(attempt(), Sent(), answer())
        with pytest.raises(ArchiveLocked, match=r"lock: held by process \d+ since 2026-01-31T12:00:00Z \(90 minutes\)"):
            Archive(tmp_path, writable=True, clock=lambda: NOON + timedelta(minutes=90))
        read = (
            "import sys; from pathlib import Path; from crawler.archive import Archive; a = Archive(Path(sys.argv[1])); "
            + ("print(*(len(a.exchange(c).body) for c in a.captures()))")
        )
        other = subprocess.run([sys.executable, "-c", read, str(tmp_path)], capture_output=True, text=True, check=True)
        assert other.stdout.split() == [str(len(PAGE))]
    open_run(tmp_path).close()


def test_what_a_column_lists_is_kept_in_its_order(tmp_path):
    listed = [
        ListedEntry(URL, "某市2023年年报", "2024-01-15", "report", "year and 年报", True, "http://www.x.gov.cn/nb/"),
        ListedEntry(URL + "2", "年报解读", None, "interpretation", "says 解读", False, "http://www.x.gov.cn/nb/", None),
    ]
    with open_run(tmp_path) as archive:
        archive.record_entries("x", listed)
        archive.record_entries("x", listed)
        assert list(archive.entries(archive.run_id, "x")) == listed


def test_an_index_that_is_no_database_is_named(tmp_path):
    (tmp_path / "index.db").write_text("not a database, but long enough to be read as one" * 20)
    with pytest.raises(ArchiveError, match=r"index\.db"):
        Archive(tmp_path)
    with pytest.raises(ArchiveError, match=r"index\.db"):
        Archive(tmp_path, writable=True)
