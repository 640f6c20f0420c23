"""A public site as deploy/ sets it up: both processes, nginx before them, and the run that gives them a new database."""

from __future__ import annotations

import gzip
import os
import re
import resource
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPMessage
from pathlib import Path

import pytest
from click.testing import CliRunner
from making.database import PORTAL, make_data_of_pages
from making.fengcheng import print_fengcheng
from making.html import make_html
from making.printed import print_report
from making.report import make_report
from making.server import started

import nianbao
from crawler.sample_portals import SamplePortals
from operations.run import GOOD, run

NGINX = Path(__file__).parents[2] / "deploy" / "nginx" / "nianbao.conf"
SQL = "/nianbao.json?_shape=array&sql=select+count(*)+as+n+from+reports"
PORTALS = '[[portals]]\nkey = "small"\nname = "x"\nfamily = "generic"\naddress = "127.20.9.3"\ncolumn = "/nb/"\nfolder = "small"\n'


@dataclass(frozen=True)
class Public:
    """Its data folder, and of each process the supervisor and the address."""

    data: Path
    pages: subprocess.Popen[str]
    pages_at: str
    sql: subprocess.Popen[str]
    sql_at: str


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Public]:
    """Both processes; the archive holds one report."""
    page = make_html(print_fengcheng())
    data = make_data_of_pages(
        tmp_path_factory.mktemp("public"), {f"{PORTAL.column_url}0.html": (page.title, page.content)}
    ).parent
    with started(data, "--role", "pages", "--workers", "1") as (pages, pages_at), started(data, "--role", "sql") as (sql, sql_at):
        yield Public(data, pages, pages_at, sql, sql_at)


def workers_of(supervisor: subprocess.Popen[str]) -> list[int]:
    """The processes that it started."""
    return [int(word) for word in Path(f"/proc/{supervisor.pid}/task/{supervisor.pid}/children").read_text().split()]


def test_the_sql_process_gives_way_and_is_bound_in_memory(public: Public) -> None:
    worker = workers_of(public.sql)[-1]
    assert int(Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[16]) == 10
    assert resource.prlimit(worker, resource.RLIMIT_AS) == (4 << 30, 4 << 30)


def test_only_the_sql_process_runs_a_readers_sql(public: Public) -> None:
    asked = "/nianbao.json?_shape=array&sql=select+count(*)+from+reports"
    assert (ask(public.pages_at + asked)[0], ask(public.sql_at + asked)[0]) == (403, 200)


def test_a_taken_port_is_told_in_one_line(public: Public) -> None:
    port = public.pages_at.rpartition(":")[2]
    ended = CliRunner().invoke(nianbao.main, ["--data", str(public.data), "serve", "--port", port])
    assert (ended.exit_code, ended.stderr) == (
        nianbao.FAILED, f"nianbao: cannot listen at 127.0.0.1, port {port}: Address already in use\n",
    )  # fmt: skip


@pytest.fixture(scope="module")
def front(public: Public, program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """nginx with our configuration before both processes."""
    folder = tmp_path_factory.mktemp("nginx")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ours = NGINX.read_text()
    for written, here in (
        ("127.0.0.1:8001", public.pages_at.removeprefix("http://")), ("127.0.0.1:8002", public.sql_at.removeprefix("http://")),
        ("listen 80;", f"listen 127.0.0.1:{port};"), ("/var/lib/nginx/nianbao", f"{folder}/cache"),
    ):  # fmt: skip
        assert written in ours
        ours = ours.replace(written, here)
    (folder / "nianbao.conf").write_text(ours)
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder}/pid; error_log stderr; worker_processes 1; events {{}}"
        f" http {{ {temporary} include {folder}/nianbao.conf; }}"
    )
    line = [program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
    assert subprocess.run([*line, "-t"], capture_output=True, check=False).returncode == 0
    process = subprocess.Popen(line, stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def ask(address: str, **headers: str) -> tuple[int, HTTPMessage, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def test_pages_come_through_compressed_and_are_kept(front: str) -> None:
    code, headers, body = ask(front + "/", **{"Accept-Encoding": "gzip", "Cookie": "a=b"})
    assert (code, headers["X-Cache"], headers["Content-Encoding"]) == (200, "MISS", "gzip")
    assert "default-src 'none'" in headers["Content-Security-Policy"] and headers["ETag"] and not headers["Set-Cookie"]
    assert headers["Strict-Transport-Security"]
    report = re.search(r"/report/\d+", gzip.decompress(body).decode())
    assert ask(front + "/")[1]["X-Cache"] == "HIT"
    assert report and ask(front + report[0])[0] == 200


def test_an_original_and_the_style_sheet_are_kept_for_good(front: str) -> None:
    home = ask(front + "/")[2].decode()
    sheet = re.search(r'/static/[^"]+', home)
    page = ask(front + str(re.search(r"/report/\d+", home)[0]))[2].decode()  # type: ignore[index]
    source = re.search(r"/source/[0-9a-f]{64}", page)
    assert sheet and source and ask(front + source[0])[0] == 200
    for path in (sheet[0], source[0] + "/original"):
        code, headers, _ = ask(front + path)
        assert (code, "immutable" in headers["Cache-Control"]) == (200, True), path
    assert ask(front + source[0] + "/original")[1]["Content-Security-Policy"].startswith("sandbox")


def test_a_readers_sql_goes_to_the_process_that_is_bounded(front: str) -> None:
    code, _, body = ask(front + SQL)
    assert code == 200 and b'"n": ' in body
    assert ask(front + "/nianbao/reports.csv?_stream=on")[0] == 200
    assert ask(front + "/nianbao/reports")[0] == ask(front + "/nianbao/most_requests.json?year=2023")[0] == 200
    assert ask(front + "/-/versions")[0] == 404


def test_who_asks_for_too_much_sql_is_told_to_wait(front: str) -> None:
    codes = [ask(f"{front}{SQL}+limit+{number}")[0] for number in range(20)]
    assert set(codes) == {200, 429}


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
def done(public: Public, column: str) -> Done:
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
        end = time.monotonic() + 60
        while answers[-1] != 2 and time.monotonic() < end:
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


def test_the_processes_that_serve_a_folder_are_written_down(public: Public, done: Done) -> None:
    assert done.states == sorted(str(process.pid) for process in (public.pages, public.sql))
