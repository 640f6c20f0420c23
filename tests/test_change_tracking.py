"""Five crawls of local portals through the command line, a build, and what the site says of it: nothing changed; then a
figure edited, a report withdrawn and one restored. What was sent over the wire is read off the portals' own log."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner
from making.crawls import PATIENCE, html, links, report, write_portals
from making.html import make_html
from making.printed import print_report
from making.report import make_report
from making.warm import Crawling

import nianbao
from crawler.sample_portals import Answer, SamplePortals

NAMES = ("甲", "乙", "丙", "丁", "戊", "己")
BODIES = [f"示例县{name}镇人民政府" for name in NAMES]
CELL = ("requests", "received", "total")
EDITED, WITHDRAWN = 0, 1
PRINTED = [print_report(make_report(11 + number, body, 2023)) for number, body in enumerate(BODIES)]
COUNTER = "127.20.8.2"  # the address of the portal whose pages have a visit counter and no validators


def path_of(number: int) -> str:
    return f"/nb/202401/t20240115_{number + 10}.html"


def column(numbers: range | list[int]) -> str:
    return links(*(report(path_of(number), BODIES[number]) for number in numbers))


@dataclass
class Ended:
    """How a command ended: its exit code, what it printed, and the bytes that the portals sent meanwhile, by address."""

    code: int
    out: str
    err: str
    sent: Counter[str]


@dataclass
class World:
    """The portals' files, the data folder, and the commands run so far by name."""

    portals: Path
    data: Path
    served: SamplePortals
    environment: dict[str, str]
    ended: dict[str, Ended] = field(default_factory=dict)
    alerts: list[dict] = field(default_factory=list)

    def run(self, name: str, *words: str) -> None:
        """A command in this process."""
        before, result = len(self.served.visits), CliRunner().invoke(nianbao.main, ["--data", str(self.data), *words])
        self.ended[name] = Ended(result.exit_code, result.stdout, result.stderr, self._sent(before))

    def crawl(self, name: str, *words: str) -> None:
        """A crawl, in a process of its own: its engine can be started once in a process."""
        before = len(self.served.visits)
        line = ["--data", str(self.data), "crawl", "--delay", "0", *words]
        process = Crawling("run_command", [line], self.environment)
        out, err = process.communicate(timeout=PATIENCE)
        self.ended[name] = Ended(process.returncode, out, err, self._sent(before))

    def _sent(self, before: int) -> Counter[str]:
        sent: Counter[str] = Counter()
        for seen in self.served.visits[before:]:
            sent[seen.address] += seen.sent
        return sent

    def rows(self, sql: str, database: str = "nianbao.db") -> list[tuple]:
        with closing(sqlite3.connect(self.data / database)) as connection:
            return connection.execute(sql).fetchall()

    def ledger(self, run: int) -> dict[str, dict[str, int]]:
        """The counts of the portals in a run, the first run being 0."""
        names = ("new", "changed", "unchanged", "vanished", "failed")
        found = self.rows(f"SELECT portal, {', '.join(names)} FROM portal_runs WHERE run_id = "
                          f"(SELECT id FROM runs ORDER BY rowid LIMIT 1 OFFSET {run})", "archive/index.db")  # fmt: skip
        return {portal: dict(zip(names, counts, strict=True)) for portal, *counts in found}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    pages = {path_of(n): make_html(printed).content for n, printed in enumerate(PRINTED)}
    pages["/robots.txt"] = b"User-agent: *\nDisallow:\n"
    portals = write_portals(
        folder / "served",
        tracked={"column": "/nb/", "pages": {"/nb/index.html": column(range(len(BODIES)))} | pages},
        counted={"column": "/nb/", "pages": {"/nb/index.html": column([2, 3])} | pages},
    )
    visits = Counter[str]()

    def behave(address: str, path: str, headers: object) -> Answer | None:
        if address != COUNTER or path not in pages or path == "/robots.txt":
            return None
        visits["all"] += 1
        counter = f"<p>浏览次数：{visits['all'] + 98}</p><script>var hits={visits['all']}</script></body>".encode()
        return Answer(200, pages[path].replace(b"</body>", counter), {"Content-Type": "text/html"})

    with SamplePortals(portals, behaviour=behave) as served, alerts_heard() as (url, alerts):
        registry = folder / "data" / "portals"
        registry.mkdir(parents=True)
        lines = [f'{{ key = "{p.key}", name = "{p.key}", family = "auto", column_url = "{p.column_url}" }}' for p in served.portals()]
        (registry / "local.toml").write_text("portals = [\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
        environment = {"NIANBAO_ALERT_URL": url, "no_proxy": "127.0.0.1"}
        yield (world := World(portals, folder / "data", served, environment, alerts=alerts))
        assert all(line.get("exit_code") for line in world.alerts)


class alerts_heard:
    """A server that takes alerts."""

    def __enter__(self) -> tuple[str, list[dict]]:
        heard: list[dict] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_address[1]}/", heard

    def __exit__(self, *problem: object) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def told(world: World) -> World:
    """The world after all that is to happen in it."""
    tracked = world.portals / "tracked"
    withdrawn = tracked / path_of(WITHDRAWN).lstrip("/")
    kept = withdrawn.read_bytes()
    world.run("status before", "status")
    world.crawl("first", "--due")
    world.run("due", "crawl", "--due")
    world.crawl("unchanged")
    world.run("status after", "status", "--json")

    figure = PRINTED[EDITED].with_figure(CELL, "77777", 77777)
    (tracked / path_of(EDITED).lstrip("/")).write_bytes(make_html(figure).content)
    withdrawn.unlink()
    (tracked / "nb" / "index.html").write_text(html(column([n for n in range(len(BODIES)) if n != WITHDRAWN])), encoding="utf-8")
    world.crawl("changed")
    withdrawn.write_bytes(kept)
    (tracked / "nb" / "index.html").write_text(html(column(range(len(BODIES)))), encoding="utf-8")
    world.crawl("restored")
    world.run("build", "build")

    (world.portals / "counted" / "nb" / "index.html").write_text(html("<p>暂无</p>"), encoding="utf-8")
    world.crawl("emptied", "--portal", "counted", "--alert-command", "false")
    world.run("status at the end", "status")
    world.run("status at the end as json", "status", "--json")
    return world


def test_what_is_due_is_crawled_and_nothing_due_is_no_failure(told):
    assert (told.ended["first"].code, told.ended["first"].out) == (0, "2 of 2 portals due\n")
    due = told.ended["due"]
    assert due.code == 0 and due.out.startswith("0 of 2 portals due; the next is due 20") and not due.sent


def test_a_second_run_over_unchanged_portals_sends_a_twentieth_of_the_bytes_and_reports_no_change(told):
    first, second = told.ended["first"].sent["127.20.8.1"], told.ended["unchanged"].sent["127.20.8.1"]
    assert first > 100_000 and 0 < second <= 0.05 * first, (first, second)
    assert told.ledger(1)["tracked"] == {"new": 0, "changed": 0, "unchanged": 8, "vanished": 0, "failed": 0}
    stored = "SELECT count(*), count(DISTINCT payload_sha256) FROM captures WHERE refers_to IS NULL AND status = 200 AND portal = 'tracked'"
    ((records, payloads),) = told.rows(stored + " AND run_id IN (SELECT id FROM runs ORDER BY rowid LIMIT 2)", "archive/index.db")
    assert records == payloads == 8, "no payload is kept twice"


def test_pages_with_a_visit_counter_are_kept_each_time_and_are_no_change(told):
    assert told.ended["unchanged"].sent[COUNTER] > 0.5 * told.ended["first"].sent[COUNTER], "it has no validators"
    assert [told.ledger(run)["counted"]["changed"] for run in range(4)] == [0, 0, 0, 0]
    reports = "report_id IN (SELECT id FROM reports WHERE issuing_body IN ('{2}', '{3}'))".format(*BODIES)
    kept = told.rows(f"SELECT what_changed, payloads FROM report_versions WHERE {reports} AND url LIKE '%{COUNTER}%'")
    assert kept == [("first", 4)] * 2
    assert told.rows(f"SELECT * FROM report_changes WHERE {reports}") == []


def test_an_edited_figure_a_withdrawn_and_a_restored_report_are_told_with_day_and_cells(told):
    assert told.ledger(2)["tracked"] | {"unchanged": 0} == {"new": 0, "changed": 2, "unchanged": 0, "vanished": 1, "failed": 0}
    assert told.ledger(3)["tracked"]["vanished"] == 0
    runs = [begun[:10] for (begun,) in told.rows("SELECT started_at FROM runs ORDER BY rowid")]
    found = told.rows("SELECT r.issuing_body, c.what, substr(c.moment, 1, 10), c.cells FROM report_changes c JOIN reports r ON r.id = c.report_id ORDER BY c.what")
    assert [row[:3] for row in found] == [
        (BODIES[EDITED], "edited", runs[2]), (BODIES[WITHDRAWN], "restored", runs[3]), (BODIES[WITHDRAWN], "vanished", runs[2])
    ]  # fmt: skip
    edited, restored, vanished = (json.loads(row[3]) for row in found)
    assert edited == [["/".join(CELL), str(PRINTED[EDITED].truth[CELL]), "77777"]]
    assert len(vanished) == len(restored) == len(PRINTED[WITHDRAWN].truth)
    assert {cell: was for cell, was, now in vanished} == {cell: now for cell, was, now in restored}
    assert told.rows("SELECT DISTINCT status FROM coverage") == [("found",)]


def test_the_sites_page_of_changes_says_the_same(told):
    import asyncio

    from datasette.app import Datasette
    from parsel import Selector

    site = Datasette(immutables=[str(told.data / "nianbao.db")], config_dir=Path(__file__).parents[1] / "site")
    asyncio.run(site.invoke_startup())
    for prefix, words in (("", ("公布后改动", "已从原网址撤下", "重新出现")), ("/en", ("changed after publication", "gone from its address", "back at its address"))):
        page = Selector(asyncio.run(site.client.get(f"{prefix}/changes?only=changed")).text)
        lines = [" ".join(line.xpath("string()").get().split()) for line in page.css("ol.newest li")]
        assert len(lines) == 3 and all(any(word in line for line in lines) for word in words)
        (edited,) = [line for line in lines if words[0] in line]
        assert f"{'/'.join(CELL)} {PRINTED[EDITED].truth[CELL]} → 77777" in edited and BODIES[EDITED] in edited
        (day,) = {time.attrib["datetime"] for time in page.css("h2.day time")}
        assert day == told.rows("SELECT max(started_at) FROM runs")[0][0][:10]
        feed = asyncio.run(site.client.get(f"{prefix}/changes.atom?only=changed")).text
        assert feed.count("<entry>") == 3 and all(word in feed for word in words)
    runs = Selector(asyncio.run(site.client.get("/runs")).text)
    assert runs.css("section[aria-labelledby=need] p").xpath("string()").get() == "没有。"


def test_status_tells_people_and_machines_who_needs_a_person(told):
    before = told.ended["status before"]
    assert (before.code, before.out.splitlines()[0]) == (3, "nothing was crawled yet")
    assert "never (never crawled to the end): 2 portals" in before.out
    after = json.loads(told.ended["status after"].out)
    assert (told.ended["status after"].code, after["well"], after["needs_a_person"]) == (0, True, [])
    assert after["last_run"]["unchanged"] >= 8 and after["totals"]["portals"] == 2 and after["due"]["now"] == 0
    end, as_json = told.ended["status at the end"], json.loads(told.ended["status at the end as json"].out)
    assert end.code == 3 and "zero (lists nothing where it listed reports): 1 portal\n  counted (counted): since 20" in end.out
    ((need),) = as_json["needs_a_person"]
    assert (need["portal"], need["state"]) == ("counted", "zero") and "it listed 2 entries" in need["reason"]


def test_a_bad_run_alerts_and_an_alert_that_fails_is_one_line(told):
    emptied = told.ended["emptied"]
    assert emptied.code == 3
    assert emptied.err.splitlines()[-1] == "nianbao: alert command 'false': exit 1"
    (alert,) = told.alerts
    assert (alert["exit_code"], alert["well"], alert["needs_a_person"][0]["portal"]) == (3, False, "counted")
