"""The command as a person uses it: what it prints, and how it ends."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from making import bad
from making.docx import write_docx
from making.fengcheng import print_fengcheng
from making.text import write_text
from making.warm import Crawling

import nianbao
from crawler.sample_portals import SamplePortals

PATIENCE = 120  # seconds until a test gives up on a process that hangs


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(nianbao.main, [str(argument) for argument in arguments])


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command as a person starts it."""
    line = [sys.executable, "-m", "nianbao", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE, check=False)


def warm_command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, which has imported Scrapy already: a crawl can be started once in a process."""
    process = Crawling("run_command", [[str(argument) for argument in arguments]])
    out, messages = process.communicate(timeout=PATIENCE)
    assert process.returncode is not None
    return subprocess.CompletedProcess(arguments, process.returncode, out, messages)


@pytest.fixture
def fengcheng(tmp_path: Path) -> tuple[Path, Path]:
    text, word = tmp_path / "丰城.txt", tmp_path / "丰城.docx"
    text.write_bytes(write_text(print_fengcheng()))
    word.write_bytes(write_docx(print_fengcheng()))
    return text, word


def test_read_answers_one_json_object_a_file_in_the_order_given(fengcheng: tuple[Path, Path]) -> None:
    result = run("read", "--json", *fengcheng)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [answer["document"]["name"] for answer in answers] == [str(path) for path in fengcheng]
    for answer, path in zip(answers, fengcheng, strict=True):
        assert answer["document"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert answer["report"] == {
            "title": "丰城市2023年政府信息公开工作年度报告", "issuing_body": "丰城市人民政府", "report_year": 2023,
            "scope": "aggregate", "form": "2021", "is_annual_report": True, "published_on": None, "division": "360981",
        }  # fmt: skip
        figures = {(f["table"], f["row"], f["column"]): f for f in answer["facts"]}
        assert len(figures) == 200
        assert figures["requests", "received", "total"]["value"] == 54
        assert figures["requests", "outcomes_total", "total"]["value"] == 54
        assert figures["proactive_disclosure", "administrative_penalties", "decisions"]["value"] == 106734
        fees = figures["proactive_disclosure", "administrative_fees", "amount_10k_yuan"]
        assert (fees["value"], fees["unit"]) == (320.7832, "万元")
        assert figures["review_and_litigation", "reconsideration", "corrected"]["value"] == 7
        assert [section["number"] for section in answer["sections"]] == [0, 1, 2, 3, 4, 5, 6]
        assert [(issue["kind"], issue["severity"]) for issue in answer["issues"]] == [("label_variant", "warning")]


def test_read_says_what_is_wrong_with_a_file_goes_on_and_exits_3(tmp_path: Path, fengcheng: tuple[Path, Path]) -> None:
    for name, payload in {"empty.docx": bad.empty_file(), "cut.docx": bad.truncated_docx()}.items():
        (tmp_path / name).write_bytes(payload)
    broken = [tmp_path / "empty.docx", tmp_path / "cut.docx", tmp_path / "missing.docx"]
    result = run("read", "--json", *broken, fengcheng[0])
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == nianbao.PARTIAL
    assert [answer["report"]["is_annual_report"] for answer in answers] == [False, False, False, True]
    for answer, path in zip(answers, broken, strict=False):
        (issue,) = answer["issues"]
        assert issue["severity"] == "error" and path.name in issue["detail"]
        assert answer["facts"] == []
    words = run("read", *broken).stdout.splitlines()
    assert len(words) == 3 and all(path.name in line for path, line in zip(broken, words, strict=True))


def test_a_page_that_is_no_report_is_no_failure(tmp_path: Path) -> None:
    page = tmp_path / "news.html"
    page.write_bytes(bad.page_without_report())
    result = run("read", page)
    assert result.exit_code == 0
    assert "不是年度报告" in result.stdout and len(result.stdout.splitlines()) == 1


def test_a_registry_line_with_an_unknown_family_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = 'portals = [{ key = "x", name = "x", family = "ucapp", column_url = "http://www.example.gov.cn/" }]'
    (tmp_path / "some.toml").write_text(line, encoding="utf-8")
    monkeypatch.setattr(nianbao, "REGISTRY", tmp_path)
    result = run("--data", tmp_path, "crawl", "--portal", "x")
    assert result.exit_code == nianbao.USAGE
    (told,) = result.stderr.splitlines()
    assert "some.toml: x: unknown family 'ucapp'" in told
    assert not (tmp_path / "archive").exists()


def test_an_unknown_portal_is_named(tmp_path: Path) -> None:
    result = run("--data", tmp_path, "crawl", "--portal", "nowhere")
    assert (result.exit_code, result.stderr.splitlines()) == (
        nianbao.USAGE, ["nianbao: no portal has the key 'nowhere' (see `nianbao portals list`)"],
    )  # fmt: skip


def test_the_registry_can_be_listed() -> None:
    portals = [json.loads(line) for line in run("portals", "list", "--json").stdout.splitlines()]
    assert len(portals) > 100
    first = next(portal for portal in portals if portal["key"] == "fengcheng")
    assert first["column_url"] == "http://www.jxfc.gov.cn/fcsrmzf/bjzfxxgknb/xxgk_list.shtml"


def test_serving_without_a_database_says_what_to_do(tmp_path: Path) -> None:
    result = run("--data", tmp_path, "serve")
    assert result.exit_code == 1
    assert "run `nianbao build` first" in result.stderr


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[str]:
    """A small portal: one column with the Fengcheng report in it."""
    files = tmp_path / "portals" / "small"
    (files / "nb").mkdir(parents=True)
    entry = ("丰城市2023年政府信息公开工作年度报告", "report.docx", "2024-01-29")
    (files / "nb" / "index.html").write_text(
        f"<html><head><meta charset=utf-8></head><body><ul><li><a href='{entry[1]}'>{entry[0]}</a> {entry[2]}</li></ul></body></html>",
        encoding="utf-8",
    )
    (files / "nb" / "report.docx").write_bytes(write_docx(print_fengcheng()))
    (tmp_path / "portals" / "demo.toml").write_text(
        '[[portals]]\nkey = "small"\nname = "x"\nfamily = "generic"\naddress = "127.20.9.1"\ncolumn = "/nb/"\nfolder = "small"\n',
        encoding="utf-8",
    )
    with SamplePortals(tmp_path / "portals") as samples:
        yield samples.portals()[0].column_url


def test_a_column_becomes_figures_and_one_that_answers_404_is_told_and_touches_nothing(
    tmp_path: Path, portal: str
) -> None:
    data = tmp_path / "data"
    crawled = command("--data", data, "crawl", "--column", portal, "--delay", "0")
    assert (crawled.returncode, crawled.stderr) == (0, "")
    built = warm_command("--data", data, "build")
    assert built.returncode == 0
    assert " 1 reports, 200 facts, 1 issues" in built.stderr
    archived = {path.name: path.read_bytes() for path in (data / "archive").glob("*.warc.gz")}

    lost = warm_command("--data", data, "crawl", "--column", portal.replace("/nb/", "/gone/"), "--delay", "0")
    assert lost.returncode == nianbao.FAILED
    (line,) = lost.stderr.splitlines()
    assert "/gone/" in line and "404" in line
    assert all((data / "archive" / name).read_bytes() == content for name, content in archived.items())


def test_a_column_is_found_from_the_home_page(tmp_path: Path, portal: str) -> None:
    home = portal.removesuffix("nb/")
    links = "<a href='/nb/'>政府信息公开年报</a>"
    page = f"<html><head><meta charset=utf-8><title>x</title></head><body>{links}</body></html>"
    (tmp_path / "portals" / "small" / "index.html").write_text(page, encoding="utf-8")
    found = warm_command("--data", tmp_path / "data", "portals", "discover", home, "--delay", "0")
    assert (found.returncode, found.stderr) == (0, "")
    (candidate,) = (json.loads(line) for line in found.stdout.splitlines())
    assert candidate["column_url"] == portal
    assert set(candidate) == {"column_url", "family", "confidence", "evidence"}
    assert not (tmp_path / "data" / "archive" / "index.db").exists()

    lost = warm_command(
        "--data", tmp_path / "data", "portals", "discover", home.replace("127.20.9.1", "127.20.9.2"), "--delay", "0"
    )
    assert lost.returncode == nianbao.PARTIAL
    assert len(lost.stderr.splitlines()) == 1 and "127.20.9.2" in lost.stderr
