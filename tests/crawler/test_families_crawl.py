"""Whole crawls of a local portal for each family, tree, wrapper and trap; what was asked is read off their own log."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest
from making.crawls import ROOT, start
from making.portals import all_portals
from making.portals.serving import LocalPortal, Met, Serving
from making.warm import Crawling

from crawler.archive import Archive, Capture, ListedEntry, PortalRun

PATIENCE = 100  # seconds until a test gives up on a process that hangs
PORTALS = {portal.key: portal for portal in all_portals()}


@dataclass(frozen=True)
class Crawled:
    """What a crawl of one portal left: in the archive, and in the portal's log."""

    portal: LocalPortal
    origin: str
    verdict: str
    reason: str
    captures: tuple[Capture, ...]
    entries: tuple[ListedEntry, ...]
    asked: tuple[Met, ...]
    run: PortalRun

    def targets(self, *roles: str) -> set[str]:
        """What was archived in these roles."""
        kept = [c for c in self.captures if c.role in roles and c.payload_sha256 and (c.status or 0) < 400]
        return {c.url.removeprefix(self.origin) for c in kept if c.status == 200}


@pytest.fixture(scope="module")
def crawl(tmp_path_factory):
    """All portals crawled in one run: (by key what each left, requests that overlapped, messages)."""
    folder = tmp_path_factory.mktemp("data")
    with Serving(list(PORTALS.values())) as serving:
        process = start(serving.registered(), folder)
        out, messages = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, messages
        result = json.loads(out)
        with Archive(folder) as archive:
            captures = list(archive.captures())
            runs = {run.portal: run for run in archive.portal_runs()}
            left = {
                key: Crawled(
                    portal,
                    serving.origin(portal),
                    result["portals"][key],
                    result["said"][key],
                    tuple(c for c in captures if c.portal == key),
                    tuple(archive.entries(result["run_id"], key)),
                    tuple(serving.asked(portal)),
                    runs[key],
                )
                for key, portal in PORTALS.items()
            }
    return left, serving.overlaps, messages


@pytest.fixture(params=PORTALS)
def crawled(request, crawl) -> Crawled:
    return crawl[0][request.param]


def test_every_report_is_archived_and_nothing_else_is_taken_for_one(crawled):
    wanted = {target.partition("#")[0] for target in crawled.portal.reports}
    if crawled.portal.itself:
        found = {entry.url.removeprefix(crawled.origin) for entry in crawled.entries if entry.found_on == entry.url}
        assert found | crawled.targets("report") == wanted <= crawled.targets("column", "report")
        assert {entry.kind for entry in crawled.entries if entry.found_on == entry.url} == {"report"}
    else:
        assert crawled.targets("report") >= wanted
        assert crawled.targets("report") - wanted <= {"/nb/2023a.html"}, "titled like a report, and a list"


def test_every_file_of_a_report_is_archived(crawled):
    assert crawled.targets("attachment") == set(crawled.portal.files)


def test_what_is_no_report_is_listed_with_its_kind_and_not_asked_for(crawled):
    noise = crawled.portal.noise
    listed = {entry.title: entry for entry in crawled.entries if entry.title in noise}
    assert {title: entry.kind for title, entry in listed.items()} == noise
    assert not [e.title for e in listed.values() if e.followed and e.kind != "filing_list"]


def test_nothing_forbidden_is_asked_for_and_nothing_twice(crawled):
    asked = [met.target for met in crawled.asked]
    assert not [target for target in asked for never in crawled.portal.never if target.startswith(never)]
    if crawled.portal.key != "trap-loop":
        requests = [(met.method, met.target, met.body) for met in crawled.asked]
        assert len(requests) == len(set(requests))
    assert len(asked) <= crawled.portal.at_most


def test_the_portal_is_judged_rightly_and_says_why(crawled):
    assert (crawled.verdict, crawled.reason == "") == (crawled.portal.verdict, crawled.portal.verdict == "good")
    assert (crawled.portal.says or "") in crawled.reason


# What the address of a portal's key does not say: families met in wrappers, trees and traps are not asserted one by one.
TAKEN_FOR = {
    "trs": ("trs", "trs-offset", "trs-counted"), "ucap": ("ucap", "ucap-json", "ucap-channels"),
    "hanweb": ("hanweb", "hanweb-encrypted", "hanweb-jpaas"), "vsb": ("vsb",), "nfcms": ("nfcms",), "gkmlpt": ("gkmlpt",),
    "longxun": ("longxun",), "showlist": ("showlist",), "hebei": ("hebei",),
    "epoint": ("epoint-from-0", "epoint-from-1", "epoint-static"),
    "generic": ("generic-php", "generic-table", "generic-json", "generic-aspx", "generic-thtml"),
}  # fmt: skip


@pytest.mark.parametrize(("family", "key"), [(family, key) for family, keys in TAKEN_FOR.items() for key in keys])
def test_the_family_is_kept_with_the_marks_that_decided_it(crawl, family, key):
    run = crawl[0][key].run
    assert run.family == family
    assert 0 < run.confidence <= 1
    assert run.marks


def test_where_nothing_is_listed_no_family_is_kept(crawl):
    assert crawl[0]["unknown"].run.family is None


def test_no_host_met_two_requests_at_once_and_nothing_was_said(crawl):
    _, overlaps, messages = crawl
    assert (overlaps, messages) == ([], "")


def test_lines_are_written_down_with_the_page_that_lists_them(crawl):
    left = crawl[0]["trs"]
    by_title = {entry.title: entry for entry in left.entries if entry.followed}
    named = by_title["丰城市镕堃镇人民政府2023年政府信息公开工作年度报告"]
    assert (named.kind, named.published, named.found_on) == ("report", "2024-01-03", f"{left.origin}/nb/")
    twin = next(entry for entry in left.entries if entry.url.endswith("_app.shtml"))
    assert (twin.followed, twin.refused) == (False, f"the same page as {left.origin}/nb/t19700101_3441457.shtml")
    filed = next(entry for entry in left.entries if entry.kind == "filing_list")
    assert filed.followed
    assert filed.url.removeprefix(left.origin) in left.targets("other")


def test_what_stands_on_another_host_is_listed_and_refused(crawl):
    (foreign,) = [entry for entry in crawl[0]["carried-abroad"].entries if not entry.followed]
    assert (foreign.kind, foreign.refused) == ("report", "foreign host 127.21.200.1")


def test_a_report_behind_ever_other_sessions_has_one_address(crawl):
    left = crawl[0]["trap-sessions-in-path"]
    assert len([met for met in left.asked if "/(S(" in met.target]) == 5
    assert not [capture.url for capture in left.captures if "(S(" in capture.url]
    assert not [entry.url for entry in left.entries if "(S(" in entry.url or "(S(" in entry.found_on]


def test_lists_by_post_are_archived_apart(crawl):
    left = crawl[0]["epoint-from-0"]
    lists = [c for c in left.captures if c.url.endswith("getgovinfolist")]
    assert len({c.payload_sha256 for c in lists}) == len(lists) == 2
    assert [met.json["pageIndex"] for met in left.asked if met.method == "POST"] == [0, 1]


def test_the_command_crawls_columns_of_several_families_and_finds_them_unchanged_the_next_time(tmp_path):
    keys = ("ucap", "hanweb", "vsb", "wrapped-iframe")
    with Serving([PORTALS[key] for key in keys]) as serving:
        columns = [part for portal in serving.registered() for part in ("--column", portal.column_url)]
        arguments = ["--data", str(tmp_path), "crawl", *columns, "--delay", "0"]
        done = subprocess.run(
            [sys.executable, "-m", "nianbao", *arguments],
            cwd=ROOT, env=os.environ | {"NIANBAO_DATA": str(tmp_path)},
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        again = Crawling("run_command", [arguments])
        _, said = again.communicate(PATIENCE)
        assert again.returncode == 0, said
        expected = {serving.origin(PORTALS[key]) + target for key in keys for target in PORTALS[key].reports}
    with Archive(tmp_path / "archive") as archive:
        assert {c.url for c in archive.captures() if c.role == "report" and c.status == 200} == expected
        first, second = archive.runs()
    assert (first.verdict, second.verdict, first.requested) == ("good", "good", second.requested)
    assert (first.unchanged, second.new, second.changed, second.vanished) == (0, 0, 0, 0)
