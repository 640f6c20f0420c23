"""Parts of a run: what they know when they begin, and that nothing is lost or doubled when they are taken over."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from making import crawls

from crawler.adoption import take_over, take_over_all
from crawler.archive import Archive, ArchiveLocked, Attempt, Received, Sent
from crawler.estates import Batch, estates_of
from crawler.parts import Part, make_part, parts_of
from crawler.portals import Portal
from crawler.sample_portals import SamplePortals

A, B = (Portal(key, key, None, "auto", f"http://www.{key}.gov.cn/nb/") for key in "ab")
PAGE = "http://www.a.gov.cn/nb/1.html"
Answer = tuple[str, bytes]


def record(archive: Archive, portal: Portal, *answers: Answer) -> None:
    for url, body in answers:
        received = Received(200, (("Content-Type", "text/html"), ("ETag", '"1"')), body)
        archive.record(Attempt(portal.key, url, "report"), Sent(), received)


def run(archive: Archive, portal: Portal, *answers: Answer) -> None:
    archive.start_run([portal.key])
    record(archive, portal, *answers)
    archive.finish_portal(portal.key, "good")
    archive.finish_run("good")


def batch(*portals: Portal) -> Batch:
    return Batch(portals, frozenset().union(*map(estates_of, portals)))


def told(archive: Path, what: str = "url, outcome, payload_sha256, error") -> Counter[Any]:
    with sqlite3.connect(archive / "index.db") as index:
        return Counter(index.execute(f"SELECT {what} FROM captures"))


def crawled_part(archive: Archive, answers: Iterable[Answer], portal: Portal = A) -> Path:
    folder = make_part(archive, batch(portal))
    with Part(folder) as part:
        part.start_run([portal.key])
        record(part, portal, *answers)
        part.record_failure(Attempt(portal.key, "http://www.a.gov.cn/nb/2.html", "report"), "timeout: none")
        part.finish_portal(portal.key, "good")
    return folder


def test_what_earlier_runs_have_is_known_and_what_is_unchanged_refers_to_it(tmp_path: Path) -> None:
    with Archive(tmp_path, writable=True) as archive:
        run(archive, A, (PAGE, b"once"))
        run(archive, A, (PAGE, b"once"))
        run(archive, A, (PAGE, b"once"))
        archive.start_run([A.key])
        folder = make_part(archive, batch(A))
        with Part(folder) as part:
            part.start_run([A.key])
            known = part.known(PAGE)
            assert known is not None and (known.exchange.body, known.etag) == (b"once", '"1"')
            assert len(list(part.captures())) == 2  # that it was the same is known once
            record(part, A, (PAGE, b"once"), ("http://www.a.gov.cn/nb/9.html", b"new"))
            assert part.finish_portal(A.key, "good").unchanged == 1
        adopted = take_over(archive, folder)
        assert adopted.finished == (A.key,)
        *_, last, new = archive.captures()
        assert [archive.exchange(capture).body for capture in (last, new)] == [b"once", b"new"]
        first = next(iter(archive.captures()))
        assert archive.original(last) == first
        assert archive.finish_run("good").unchanged == 1


def test_a_page_of_another_portal_on_the_same_host_is_known_too(tmp_path: Path) -> None:
    with Archive(tmp_path, writable=True) as archive:
        run(archive, B, (PAGE, b"once"), ("http://www.c.gov.cn/1.html", b"of nobody"))
        archive.start_run([A.key])
        with Part(make_part(archive, batch(A))) as part:
            assert [capture.url for capture in part.captures()] == [PAGE]


def test_what_the_run_has_already_is_not_asked_for_again(tmp_path: Path) -> None:
    with Archive(tmp_path, writable=True) as archive:
        archive.start_run([A.key, B.key])
        record(archive, A, (PAGE, b"once"))
        with Part(make_part(archive, batch(A))) as part:
            part.start_run([A.key])
            captured = part.captured(PAGE)
            assert part.has_begun and captured is not None and part.exchange(captured).body == b"once"
        with Part(make_part(archive, batch(B))) as part:
            assert not part.has_begun


@pytest.mark.parametrize("lost", ["rows", "removal"])
def test_taking_over_again_after_a_kill_in_the_middle_of_it_adds_nothing_twice(tmp_path: Path, lost: str) -> None:
    archive = tmp_path / "archive"
    with Archive(archive, writable=True) as main:
        main.start_run([A.key])
        folder = crawled_part(main, [(PAGE, b"once")])
        shutil.copytree(folder, tmp_path / "part")
        if lost == "rows":  # the files were moved, and nothing else
            for path in folder.glob("*.warc.gz"):
                shutil.copy(path, archive)
        else:
            take_over(main, folder)
            shutil.copytree(tmp_path / "part", folder)
    with Archive(archive, writable=True) as main:
        take_over_all(main)
        assert not list(parts_of(archive))
        main.start_run([A.key])
        assert [main.exchange(capture).body for capture in main.captures() if capture.status] == [b"once"]
    assert told(archive, "url, outcome") == {(PAGE, "new"): 1, ("http://www.a.gov.cn/nb/2.html", "failed"): 1}


def test_a_part_that_is_written_is_waited_for_and_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Part.__init__, "__kwdefaults__", {"writable": True, "patience": 0.0})
    with Archive(tmp_path, writable=True) as archive:
        archive.start_run([A.key])
        folder = make_part(archive, batch(A))
        with Part(folder), pytest.raises(ArchiveLocked):
            take_over(archive, folder)
        assert list(parts_of(tmp_path)) == [folder]


def test_what_was_never_made_whole_is_removed(tmp_path: Path) -> None:
    begun = tmp_path / "parts" / "run" / "1234.making"
    begun.mkdir(parents=True)
    assert not list(parts_of(tmp_path)) and not begun.exists()


def test_a_portal_that_leads_to_a_host_of_others_is_gone_on_with_once_that_is_free(tmp_path: Path) -> None:
    column, met = {"column": "/nb/", "pages": {}}, "url, status, payload_sha256, error"
    folder = crawls.write_portals(tmp_path / "site", one=dict(column), two=dict(column))
    with SamplePortals(folder) as samples:
        one, two = samples.portals()
        foreign = f"http://{two.host}:{samples.port}/nb/t20240115_3.html"
        for key, lines in {
            "one": [crawls.report("t20240115_1.html", "甲县"), crawls.report(foreign, "乙县")],
            "two": [crawls.report("t20240115_3.html", "乙县"), crawls.report("t20240115_4.html", "乙县教育局")],
        }.items():
            (folder / key / "nb").mkdir()
            (folder / key / "nb/index.html").write_text(crawls.html(crawls.links(*lines)))
            for line in lines:
                if "/" not in line[0]:
                    (folder / key / "nb" / line[0]).write_text(crawls.html(f"<p>{line[1]}</p>"))
        one = Portal(one.key, one.name, None, "auto", one.column_url, hosts=(two.host,))
        crawls.crawl([two, one], tmp_path / "here")
        asked = len(samples.visits)
        with Archive(tmp_path / "there", writable=True) as archive:
            archive.start_run([one.key, two.key])
            left, done = (make_part(archive, Batch((portal,), frozenset({portal.host}))) for portal in (one, two))
            crawls.crawl_part([one], left, [one.host])
            assert {visit.address for visit in samples.visits[asked:]} == {one.host}
            crawls.crawl_part([two], done, [two.host])
            first = take_over(archive, left)
            assert (first.finished, dict(first.elsewhere)) == ((), {one.key: {two.host}})
            assert take_over(archive, done).finished == (two.key,)
            both = make_part(archive, Batch((one,), frozenset({one.host, two.host})))
            crawls.crawl_part([one], both, [one.host, two.host])
            assert take_over(archive, both).finished == (one.key,)
            archive.finish_run("good")
        # Here two requests for one page may be under way at once, of which the second finds it unchanged.
        assert told(tmp_path / "here", met).keys() == told(tmp_path / "there", met).keys()
        assert max(Counter((visit.address, visit.path) for visit in samples.visits[asked:]).values()) == 1


def test_what_a_run_on_several_machines_left_lying_is_taken_over_by_the_next_crawl(tmp_path: Path) -> None:
    folder = crawls.write_portals(tmp_path / "site", one={"column": "/nb/", "pages": {"/nb/index.html": crawls.links(crawls.report("1.html", "甲县"))}})
    with SamplePortals(folder) as samples:
        (portal,) = samples.portals()
        with Archive(tmp_path / "archive", writable=True, clock=lambda: datetime.now(UTC)) as archive:
            archive.start_run([portal.key])
            part = make_part(archive, Batch((portal,), frozenset({portal.host})))
        crawls.crawl_part([portal], part, [portal.host])
        asked = len(samples.visits)
        said = crawls.crawl([portal], tmp_path / "archive")
    assert said["finished"] and [visit.path for visit in samples.visits[asked:]] == []
    assert not (tmp_path / "archive/parts").exists()
