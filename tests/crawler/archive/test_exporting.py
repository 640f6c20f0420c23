"""A WACZ file that validates, and in which unchanged pages are no empty pages."""

import contextlib
import gzip
import io
import json
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from making.archived import NOON, PLACE, REPORT, asked, begin, end, two_runs
from warcio.archiveiterator import ArchiveIterator

import nianbao
from crawler.archive import Archive, Received, Sent
from crawler.archive.exporting import export_wacz


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    return two_runs(tmp_path_factory.mktemp("made") / "archive")


@pytest.fixture(scope="module")
def exported(archive) -> Path:
    """The second run, in which most is unchanged, of one portal."""
    target = archive.parent / "second.wacz"
    with Archive(archive) as opened:
        run = list(opened.runs())[1].id
    arguments = ["--data", archive.parent, "archive", "export", "--wacz", target, "--run", run, "--portal", "x"]
    result = CliRunner().invoke(nianbao.main, [str(argument) for argument in arguments])
    assert (result.exit_code, result.stderr) == (0, f"{target}: 2 captures\n")
    return target


def answers(wacz: Path) -> list[tuple]:
    with zipfile.ZipFile(wacz) as packed, packed.open("archive/data.warc.gz") as file:
        return [
            (
                record.rec_type, record.rec_headers.get_header("WARC-Date")[:10],
                record.rec_headers.get_header("WARC-Target-URI").removeprefix(PLACE),
                record.http_headers.get_statuscode(), record.http_headers.get_header("ETag"),
                (record.rec_headers.get_header("WARC-Profile") or "").rpartition("/")[2],
                record.raw_stream.read(),
            )
            for record in ArchiveIterator(file)
        ]  # fmt: skip


def test_an_export_validates(exported):
    from wacz.main import main

    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert main(["validate", "-f", str(exported)]) == 0
    assert "the passed WACZ is valid" in said.getvalue()


def test_an_unchanged_page_has_the_headers_of_the_answer_that_comes_along(exported):
    same = "identical-payload-digest"
    assert answers(exported) == [
        ("response", "2026-01-31", "/0.html", "200", '"0"', "", REPORT),
        ("revisit", "2026-02-07", "/0.html", "200", '"0"', same, b""),
        ("response", "2026-01-31", "/1.html", "200", None, "", b"<p>one</p>"),
        ("revisit", "2026-02-07", "/1.html", "200", None, same, b""),
    ]


def test_the_index_of_an_export_leads_to_its_records(exported):
    with zipfile.ZipFile(exported) as packed:
        lines = gzip.decompress(packed.read("indexes/index.cdx.gz")).decode().splitlines()
        warc = packed.read("archive/data.warc.gz")
    found = [(line.split(" ", 2)[1], json.loads(line.split(" ", 2)[2])) for line in lines if line.startswith("cn,gov,x")]
    assert len(found) == 4
    for date, entry in found:
        piece = warc[int(entry["offset"]) : int(entry["offset"]) + int(entry["length"])]
        (record,) = ArchiveIterator(io.BytesIO(piece))
        assert record.rec_headers.get_header("WARC-Target-URI") == entry["url"]
        assert record.rec_headers.get_header("WARC-Date").translate({ord(c): None for c in "-:TZ"}) == date


def test_the_pages_have_the_titles_that_their_lists_print(archive):
    target = archive.parent / "all.wacz"
    assert export_wacz(archive, target) == 9
    with zipfile.ZipFile(target) as packed:
        pages = [json.loads(line) for line in packed.read("pages/pages.jsonl").splitlines()][1:]
    told = [(page["url"].removeprefix(PLACE), page["ts"][:10], page["title"].replace("\n", "")) for page in pages]
    assert told[:2] == [("/nb/", "2026-01-31", f"{PLACE}/nb/"), ("/0.html", "2026-01-31", "丰城市2023年政府信息公开工作年度报告")]
    assert told[4] == ("/0.html", "2026-02-07", "丰城市2023年政府信息公开工作年度报告")
    assert "/2.html" not in [path for path, _, _ in told]  # a block is no page


def test_an_export_that_fails_leaves_no_file(archive, tmp_path, monkeypatch):
    def export(*arguments: str):
        line = ["--data", archive.parent, "archive", "export", "--wacz", tmp_path / "x.wacz", *arguments]
        return CliRunner().invoke(nianbao.main, [str(argument) for argument in line])

    result = export("--portal", "nobody")
    assert (result.exit_code, "no answers of run any and portal nobody" in result.stderr) == (1, True)
    monkeypatch.setitem(sys.modules, "wacz.main", None)
    result = export()
    assert (result.exit_code, "the extra `export` is needed" in result.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_an_answer_that_refers_to_another_portals_page_brings_it_along(tmp_path):
    folder = tmp_path / "archive"
    with begin(folder) as opened:
        opened.record(asked("/0.html", portal="y"), Sent(), Received(200, (("Content-Type", "text/html"),), REPORT))
        opened.record(asked("/0.html", portal="x"), Sent(), Received(304, (), b""))
        end(opened)
    assert export_wacz(folder, tmp_path / "x.wacz", portal="x") == 1
    assert [line[0] for line in answers(tmp_path / "x.wacz")] == ["response", "revisit"]
    assert f"{NOON:%Y-%m-%d}" == answers(tmp_path / "x.wacz")[1][1]
