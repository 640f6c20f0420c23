"""Which addresses are asked once more though no column lists them: held in an archive whose clock is ours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler import unlisted
from crawler.archive import Archive, Attempt, Received, Sent
from crawler.unlisted import as_entry

START = datetime(2024, 2, 1, 3, tzinfo=UTC)
COLUMN, PAGE, OTHER, FILE = (f"http://www.x.gov.cn/nb/{name}" for name in ("", "1.html", "2.html", "files/1.docx"))
OK, GONE = 200, 404
Run = Callable[..., list[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A finished run on a day: what each address answered; and what was then worth asking, in its order."""

    def one(day: float, *answers: tuple[str, int], column: int = OK) -> list[str]:
        with Archive(tmp_path, writable=True, clock=lambda: START + timedelta(days=day)) as archive:
            archive.start_run(["x"])
            archive.record(Attempt("x", COLUMN, "column"), Sent(), Received(column, (), f"list {day}".encode()))
            for url, status in answers:
                role, found_on = ("attachment", PAGE) if url == FILE else ("report", COLUMN)
                archive.record(Attempt("x", url, role, found_on, "年报"), Sent(), Received(status, (), url.encode()))
            found = archive.dropped_out("x")
            assert {(attempt.title, attempt.portal) for attempt in found} <= {("年报", "x")}
            archive.finish_portal("x", "good")
            archive.finish_run("good")
            return [attempt.url for attempt in found]

    return one


def test_what_was_met_once_and_not_asked_for_in_this_run_is_asked(run: Run) -> None:
    assert run(0, (PAGE, OK), (OTHER, OK)) == []
    assert run(1, (PAGE, OK)) == [OTHER]
    assert run(2, (PAGE.replace("http://www.", "https://"), OK)) == [OTHER], "https and no www. are no change"


def test_nothing_is_asked_where_a_page_of_the_column_could_not_be_had(run: Run) -> None:
    run(0, (PAGE, OK))
    assert run(1, column=500) == []
    assert run(2) == [PAGE]


def test_an_attachment_is_asked_for_only_where_its_page_does_not_answer(run: Run) -> None:
    run(0, (PAGE, OK), (FILE, OK))
    assert run(1, (PAGE, OK)) == []
    assert run(2, (PAGE, GONE)) == [FILE]


def test_what_is_gone_is_asked_for_at_every_run_of_a_week_and_then_once_in_a_month(run: Run) -> None:
    run(0, (PAGE, OK), (OTHER, OK))
    run(1, (PAGE, GONE), (OTHER, OK))
    assert run(7, (PAGE, GONE), (OTHER, OK)) == []
    assert run(7 + 1, (OTHER, OK)) == []
    assert run(7 + 29, (OTHER, OK)) == []
    assert run(7 + 30, (OTHER, OK)) == [PAGE]
    run(7 + 31, (PAGE, OK), (OTHER, OK))
    assert run(7 + 32, (OTHER, OK)) == [PAGE], "it came back: it is asked for like any other"


def test_what_never_was_there_is_not_asked_for(run: Run) -> None:
    run(0, (PAGE, GONE), (OTHER, OK))
    assert run(1, (OTHER, OK)) == []


def test_a_relaunched_site_meets_no_more_than_so_many_at_once(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unlisted, "AT_MOST", 3)
    pages = [f"http://www.x.gov.cn/nb/old{number}.html" for number in range(5)]
    run(0, *((page, OK) for page in pages[1:]))
    run(0.5, *((page, OK) for page in pages[:1]))
    with Archive(tmp_path, writable=True, clock=lambda: START + timedelta(days=1)) as archive:
        archive.start_run(["x"])
        found = archive.dropped_out("x")
        assert [attempt.url for attempt in found] == pages[1:4], "what was not asked for longest goes first"
        archive.record_entries("x", [as_entry(attempt) for attempt in found])
        assert archive.dropped_out("x") == ()
        assert list(archive.unlisted()) == [(archive.run_id, page) for page in pages[1:4]]
        assert archive.listed_now("x") == 0
