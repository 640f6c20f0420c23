"""Whole crawls of sample portals, each in a process of its own; what was asked is read off the portals' own log."""

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from making.crawls import (
    PATIENCE,
    ROOT,
    asked,
    captures,
    crawl,
    html,
    links,
    portal_fields,
    report,
    start,
    write_portals,
)

from crawler.archive import Archive
from crawler.archive.verifying import verify
from crawler.portals import Portal
from crawler.sample_portals import Answer, SamplePortals

HEX = "7d69cd47d780483f8b7e4071813dcf{:02x}"
UCAP_REPORTS = [f"/nb/202402/{HEX.format(n)}.shtml" for n in range(8)]
TRS_REPORTS = [f"/nb/202401/t20240115_32711{n:02}.html" for n in range(12)]


def every_trouble(folder: Path) -> Path:
    """Portals of several families, and one for each trouble."""
    return write_portals(
        folder,
        ucap={
            "family": "ucap",
            "column": "/nb/xxgk_list.shtml",
            "pages": {
                "/robots.txt": b"User-agent: *\nDisallow: /internal/\n",
                "/nb/xxgk_list.shtml": links(
                    *(report(path, f"示例县{n}镇人民政府") for n, path in enumerate(UCAP_REPORTS[:4])),
                    report("/internal/7d69cd47d780483f8b7e4071813dcfff.shtml", "示例县审计局"),
                    report("http://127.20.8.99:1/nb/7d69cd47d780483f8b7e4071813dcffe.shtml", "示例县水利局"),
                    report("/files/2020.pdf", "示例县教育局", 2020),
                    ("/nb/202402/7d69cd47d780483f8b7e4071813dcffd.shtml", "示例县2023年政府信息公开年报解读"),
                    ("/nb/2022/xxgk_list.shtml", "2022年"),
                )
                + "<script>createPageHTML('page_div',2,1,'xxgk_list','shtml',7);</script>",
                "/nb/xxgk_list_2.shtml": links(
                    *(report(path, f"示例县{n}乡人民政府") for n, path in enumerate(UCAP_REPORTS[4:7]))
                )
                + "<script>createPageHTML('page_div',2,2,'xxgk_list','shtml',7);</script>",
                "/nb/2022/xxgk_list.shtml": links(report(UCAP_REPORTS[7], "示例县", 2022)),
                **{path: f"<p>{path} 新收 54 件</p>" for path in UCAP_REPORTS[1:]},
                UCAP_REPORTS[0]: '<p>见附件</p><a href="files/a.docx">年报.docx</a><a href="/elsewhere.html">其他</a>',
                "/nb/202402/files/a.docx": b"PK not really",
                "/files/2020.pdf": b"%PDF-1.4",
                "/internal/7d69cd47d780483f8b7e4071813dcfff.shtml": "secret",
            },
        },
        trs={
            "column": "/nb/",
            "pages": {
                "/nb/index.html": links(*(report(path, f"示例市{n}局") for n, path in enumerate(TRS_REPORTS[:6])))
                + '<script>createPageHTML(2, 0, "index", "html");</script>',
                # This site's second page is _2; _1 is the first once more.
                "/nb/index_1.html": links(*(report(path, f"示例市{n}局") for n, path in enumerate(TRS_REPORTS[:6])))
                + '<script>createPageHTML(2, 0, "index", "html");</script>',
                "/nb/index_2.html": links(*(report(path, f"示例市{n}局") for n, path in enumerate(TRS_REPORTS[6:])))
                + '<script>createPageHTML(2, 1, "index", "html");</script>',
                **{path: f"<p>{path} 新收 54 件</p>" for path in TRS_REPORTS},
            },
        },
        missing={"column": "/nb/", "pages": {}},
        walled={"column": "/nb/", "pages": {"/nb/index.html": links(report("/a.html", "某局"))}},
        empty={"column": "/nb/", "pages": {"/nb/index.html": "<a href='/x.html'>首页</a>"}},
        closed={"column": "/nb/", "pages": {"/robots.txt": b"User-agent: nianbao\nDisallow: /\n"}},
        faulty={
            "column": "/nb/",
            "pages": {"/nb/index.html": links(report("/1.html", "某局"), report("/2.html", "乙局"))},
        },
        moody={
            "column": "/nb/",
            "pages": {
                "/nb/index.html": links(
                    *(
                        report(f"/{name}.html", f"示例县{name}")
                        for name in ("busy", "cookie", "gone", "abroad", "packed")
                    )
                ),
                "/busy.html": "新收 54 件",
            },
        },
    )


class Troubles:
    """What the portals do besides serving files; and whether a host ever met two requests at once."""

    def __init__(self) -> None:
        self.active: Counter[str] = Counter()
        self.overlaps: list[str] = []
        self.busy = 2
        self.first_report_met = threading.Event()
        self.other_host_served = threading.Event()

    def __call__(self, address: str, path: str, headers) -> Answer | None:
        self.active[address] += 1
        if self.active[address] > 1:
            self.overlaps.append(f"{address}{path}")
        try:
            return self.answer(address, path, headers)
        finally:
            self.active[address] -= 1

    def answer(self, address: str, path: str, headers) -> Answer | None:
        page = {"Content-Type": "text/html"}
        match address.rpartition(".")[2], path:
            case "1", path if path in UCAP_REPORTS and not self.first_report_met.is_set():
                # While this one waits, the other host serves its twelve reports; a second request here would be met.
                self.first_report_met.set()
                self.other_host_served.wait(PATIENCE)
            case "2", path if path in TRS_REPORTS:
                self.first_report_met.wait(PATIENCE)
                if path == TRS_REPORTS[0]:
                    self.other_host_served.set()
            case "4", "/nb/":
                return Answer(412, b"<script>challenge()</script>", page)
            case "7", "/1.html" | "/2.html":
                return Answer(500, b"", page)
            case "8", "/busy.html" if self.busy:
                self.busy -= 1
                return Answer(503, b"busy", page)
            case "8", "/cookie.html":
                if "session=1" not in headers.get("cookie", ""):
                    return Answer(302, b"", {"Location": "/cookie.html", "Set-Cookie": "session=1"})
                return Answer(200, html("with cookie").encode(), page)
            case "8", "/gone.html":
                return Answer(404, b"gone", page)
            case "8", "/abroad.html":
                return Answer(302, b"", {"Location": "http://127.20.8.99:1/report.html"})
            case "8", "/packed.html":
                return Answer(200, gzip.compress(html("packed").encode()), page | {"Content-Encoding": "gzip"})
        return None


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """The portals crawled twice: (first result, its visits, second result, its visits, archive folder, troubles)."""
    folder = every_trouble(tmp_path_factory.mktemp("portals"))
    archive = tmp_path_factory.mktemp("data") / "archive"
    troubles = Troubles()
    with SamplePortals(folder, behaviour=troubles) as served:
        portals = [
            *served.portals(),
            Portal("refusing", "refusing", None, "auto", f"http://127.20.8.98:{served.port}/nb/"),
            Portal("strange", "strange", None, "ucapp", f"http://127.20.8.97:{served.port}/nb/"),
        ]
        first = crawl(portals, archive)
        visits = list(served.visits)
        second = crawl(portals, archive)
        return first, visits, second, served.visits[len(visits) :], archive, troubles


def test_a_column_is_followed_over_its_pages_and_years_to_reports_and_attachments(crawled):
    first, visits, *_ = crawled
    assert first["portals"]["ucap"] == "good"
    assert sorted(asked(visits, "127.20.8.1")) == sorted(
        [
            "/robots.txt", "/nb/xxgk_list.shtml", "/nb/xxgk_list_2.shtml", "/nb/2022/xxgk_list.shtml",
            *UCAP_REPORTS, "/nb/202402/files/a.docx", "/files/2020.pdf",
        ]
    )  # fmt: skip


def test_captures_say_what_each_answer_is_and_where_it_was_found(crawled):
    first, _, _, _, archive, _ = crawled
    kept = {c.url.partition("127.20.8.1:")[2].partition("/")[2]: c for c in captures(archive, "ucap", first["run_id"])}
    assert kept["robots.txt"].role == "robots"
    assert kept["nb/xxgk_list_2.shtml"].role == "column"
    page = kept[UCAP_REPORTS[0].lstrip("/")]
    assert (page.role, page.title, page.published) == (
        "report",
        "示例县0镇人民政府2023年政府信息公开工作年度报告",
        "2024-01-15",
    )
    assert page.found_on.endswith("/nb/xxgk_list.shtml")
    file = kept["nb/202402/files/a.docx"]
    assert (file.role, file.title, file.found_on) == ("attachment", "年报.docx", page.url)
    assert (kept["files/2020.pdf"].role, kept["files/2020.pdf"].media_type) == ("report", "application/pdf")


def test_everything_that_a_column_lists_is_written_down_followed_or_not(crawled):
    first, _, _, _, archive, _ = crawled
    with Archive(archive) as opened:
        listed = {entry.title: entry for entry in opened.entries(first["run_id"], "ucap")}
    assert len(listed) == 13
    foreign = listed["示例县水利局2023年政府信息公开工作年度报告"]
    assert (foreign.kind, foreign.followed, foreign.refused) == ("report", False, "foreign host 127.20.8.99")
    explanation = listed["示例县2023年政府信息公开年报解读"]
    assert (explanation.kind, explanation.followed) == ("interpretation", False)
    assert explanation.rule
    assert (listed["2022年"].kind, listed["2022年"].followed) == ("column", True)


def test_what_robots_txt_disallows_is_never_requested(crawled):
    first, visits, _, again, archive, _ = crawled
    assert not [visit for visit in (*visits, *again) if visit.path.startswith("/internal/")]
    assert set(asked(visits, "127.20.8.6")) == {"/robots.txt"}
    assert "closed: column http://127.20.8.6:" in "\n".join(first["reasons"])
    (disallowed,) = [c for c in captures(archive, "ucap", first["run_id"]) if c.error]
    assert (disallowed.error, disallowed.status) == ("blocked:robots", None)


def test_a_host_never_meets_two_requests_at_once(crawled):
    *_, troubles = crawled
    assert troubles.overlaps == []
    assert troubles.other_host_served.is_set()


def test_we_say_who_we_are(crawled):
    _, visits, *_ = crawled
    assert {visit.headers["user-agent"].split(" ")[0] for visit in visits} == {"nianbao/0.1"}


def test_a_second_page_that_is_the_first_once_more_is_looked_for_one_further(crawled):
    first, visits, *_ = crawled
    assert first["portals"]["trs"] == "good"
    assert sorted(asked(visits, "127.20.8.2")) == sorted(
        ["/robots.txt", "/nb/", "/nb/index_1.html", "/nb/index_2.html", *TRS_REPORTS]
    )


def test_each_portal_that_went_wrong_has_one_line_and_the_others_are_unharmed(crawled):
    first, *_ = crawled
    said = {line.partition(":")[0]: line for line in first["reasons"]}
    assert "/nb/ answered 404" in said["missing"]
    assert "/nb/ answered 412" in said["walled"]
    assert said["empty"].endswith("/nb/ lists nothing that could be recognized")
    assert said["closed"].endswith("/nb/ was not asked for: disallowed by robots.txt")
    assert "robots.txt gave no answer" in said["refusing"] or "connection: refused" in said["refusing"]
    assert said["strange"] == "strange: unknown family 'ucapp'"
    assert "answered 500 (1 more problems)" in said["faulty"]
    assert "foreign host 127.20.8.99" in said["moody"]
    assert set(said) == {"missing", "walled", "empty", "closed", "refusing", "strange", "faulty", "moody"}
    assert first["portals"] == {
        "ucap": "good", "trs": "good", "missing": "failed", "walled": "blocked", "empty": "failed", "closed": "blocked",
        "faulty": "partial", "moody": "partial", "refusing": "failed", "strange": "failed",
    }  # fmt: skip
    assert (first["verdict"], first["finished"]) == ("partial", True)


def test_a_block_is_recorded_and_neither_retried_nor_gone_round(crawled):
    first, visits, _, _, archive, _ = crawled
    assert asked(visits, "127.20.8.4") == ["/robots.txt", "/nb/"]
    assert [(c.status, c.error) for c in captures(archive, "walled", first["run_id"])][-1] == (412, "blocked:challenge")


def test_only_a_passing_state_is_tried_again(crawled):
    _, visits, *_ = crawled
    counts = Counter(asked(visits, "127.20.8.8"))
    assert (counts["/busy.html"], counts["/gone.html"]) == (3, 1)
    assert Counter(asked(visits, "127.20.8.7"))["/1.html"] == 1


def test_a_redirect_that_sets_a_cookie_is_followed_and_one_abroad_is_not(crawled):
    first, _, _, _, archive, _ = crawled
    kept = [(c.url.rpartition("/")[2], c.status, c.error) for c in captures(archive, "moody", first["run_id"])]
    assert [line for line in kept if line[0] == "cookie.html"] == [
        ("cookie.html", 302, None),
        ("cookie.html", 200, None),
    ]
    assert ("report.html", None, "refused: foreign host 127.20.8.99") in kept


def test_a_packed_answer_is_unpacked_for_reading(crawled):
    first, _, _, _, archive, _ = crawled
    with Archive(archive) as opened:
        (packed,) = [c for c in captures(archive, "moody", first["run_id"]) if c.url.endswith("packed.html")]
        assert b"packed" in opened.exchange(packed).body


def test_an_attempt_without_an_answer_is_in_the_index(crawled):
    first, _, _, _, archive, _ = crawled
    kept = [(c.role, c.status, c.error) for c in captures(archive, "refusing", first["run_id"])]
    assert kept[0] == ("robots", None, "connection: refused")
    assert kept[1] == ("robots", None, "connection: refused")  # over https
    assert kept[-1][0] == "column"


def test_a_second_crawl_gets_nothing_twice_and_follows_every_link_again(crawled):
    first, visits, second, again, archive, _ = crawled
    for address in ("127.20.8.1", "127.20.8.2"):
        assert sorted(asked(again, address)) == sorted(asked(visits, address))
        assert {visit.status for visit in again if visit.address == address} <= {304, 404}
    runs = captures(archive, "ucap", second["run_id"])
    assert {c.status for c in runs} == {304, None}
    with Archive(archive) as opened:
        for capture in runs:
            if capture.status == 304:
                assert opened.exchange(capture).status == 200
        ledger = {(run.run_id, run.portal): run for run in opened.portal_runs()}
    assert ledger[first["run_id"], "ucap"].new == ledger[second["run_id"], "ucap"].unchanged == 14
    assert second["portals"] == first["portals"]


def test_the_warc_files_of_a_crawl_are_clean_and_a_second_crawl_adds_little(crawled):
    *_, archive, _ = crawled
    files = sorted(archive.glob("*.warc.gz"))
    assert len(files) == 2
    checked = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", *map(str, files)], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, "")
    assert list(verify(archive)) == []
    with gzip.open(files[0]) as file:
        head = file.read(4000).decode()
    assert '"ROBOTSTXT_OBEY": true, "DOWNLOAD_DELAY": 0.001' in head


def flat_portal(folder: Path, reports: int = 20) -> Path:
    paths = [f"/nb/202401/t20240115_4400{n:02}.html" for n in range(reports)]
    pages = {path: f"<p>{path}</p>" for path in paths}
    return write_portals(
        folder,
        flat={
            "family": "trs",
            "column": "/nb/",
            "pages": {"/nb/index.html": links(*(report(p, f"示例县{n}局") for n, p in enumerate(paths))), **pages},
        },
    )


def test_a_crawl_that_is_killed_is_continued_and_fetches_nothing_twice(tmp_path):
    """kill -9 while the twelfth request is answered; only that one is asked for again."""
    met, killed = threading.Event(), threading.Event()
    paths: list[str] = []

    def twelfth(address, path, headers):
        paths.append(path)
        if len(paths) == 12:
            met.set()
            killed.wait(PATIENCE)

    with SamplePortals(flat_portal(tmp_path / "portals"), behaviour=twelfth) as served:
        process = start(served.portals(), tmp_path / "archive")
        assert met.wait(PATIENCE)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
        before, in_flight = paths[:11], paths[11]
        killed.set()
        with Archive(tmp_path / "archive") as archive:
            (interrupted,) = archive.runs()
            assert interrupted.finished_at is None
            assert [c.url.partition("/nb")[2] for c in archive.captures()] == [p.partition("/nb")[2] for p in before]
        result = crawl(served.portals(), tmp_path / "archive")
        after = paths[12:]
    assert result["run_id"] == interrupted.id
    assert (result["verdict"], result["finished"], result["requested"]) == ("good", True, 22)
    assert set(after) & set(before) == set()
    assert in_flight in after
    assert len(set(before) | set(after)) == len(before) + len(after) == 22


def test_a_crawl_that_a_person_stops_ends_soon_and_is_continued(tmp_path):
    met, stopped = threading.Event(), threading.Event()
    paths: list[str] = []

    def sixth(address, path, headers):
        paths.append(path)
        if len(paths) == 6:
            met.set()
            stopped.wait(PATIENCE)

    with SamplePortals(flat_portal(tmp_path / "portals"), behaviour=sixth) as served:
        process = start(served.portals(), tmp_path / "archive")
        assert met.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        stopped.set()
        out, err = process.communicate(timeout=PATIENCE)
        interrupted = json.loads(out)
        assert (process.returncode, interrupted["finished"], interrupted["verdict"], err) == (0, False, "partial", "")
        assert len(paths) < 22
        result = crawl(served.portals(), tmp_path / "archive")
    assert (result["run_id"], result["finished"], result["verdict"]) == (interrupted["run_id"], True, "good")
    assert sorted(paths) == sorted(set(paths))
    assert len(paths) == 22


def test_a_block_in_the_middle_stops_the_host_and_nothing_waiting_goes_out(tmp_path):
    paths: list[str] = []

    def wall(address, path, headers):
        paths.append(path)
        return Answer(468, b"firewall", {"Content-Type": "text/html"}) if len(paths) > 4 else None

    with SamplePortals(flat_portal(tmp_path / "portals"), behaviour=wall) as served:
        result = crawl(served.portals(), tmp_path / "archive")
    assert len(paths) == 5
    assert result["verdict"] == "partial"
    (line,) = result["reasons"]
    assert "answered 468" in line
    assert "17 pages not asked for" in line


def test_an_archive_that_another_process_writes_is_left_alone(tmp_path):
    with Archive(tmp_path / "archive", writable=True):
        process = start([Portal("x", "x", None, "auto", "http://127.20.8.98:9/nb/")], tmp_path / "archive")
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert f"ArchiveLocked: {tmp_path}/archive/lock: held by process {os.getpid()} since" in err
    assert "Traceback" not in err


def test_the_spider_runs_from_scrapys_own_command(tmp_path):
    with SamplePortals(flat_portal(tmp_path / "portals", reports=3)) as served:
        (portal,) = served.portals()
        (tmp_path / "data" / "portals").mkdir(parents=True)
        line = "\n".join(f"{name} = {json.dumps(value)}" for name, value in portal_fields(portal).items() if value)
        (tmp_path / "data" / "portals" / "x.toml").write_text(f"[[portals]]\n{line}\n", encoding="utf-8")
        process = subprocess.run(
            [sys.executable, "-m", "scrapy", "crawl", "annual_reports", "-a", "portals=flat", "-s", "DOWNLOAD_DELAY=0"],
            cwd=ROOT,
            env=os.environ | {"NIANBAO_DATA": str(tmp_path / "data"), "NIANBAO_CONTACT": "mailto:someone@example.org"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert process.returncode == 0, process.stderr
        agents = {visit.headers["user-agent"] for visit in served.visits}
    assert agents == {
        "nianbao/0.1 (+mailto:someone@example.org; archives annual reports on open government information)"
    }
    with Archive(tmp_path / "data" / "archive") as archive:
        assert [run.verdict for run in archive.runs()] == ["good"]
        assert sum(1 for c in archive.captures() if c.role == "report") == 3
