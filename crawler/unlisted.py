"""Addresses that no column lists any more: which of them are asked once more, to know whether they still answer.

A report that dropped out of its column has vanished only if its address says so. What still answers is unlisted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta

from crawler.archive.captures import UNLISTED, ListedEntry
from crawler.archive.warc import Attempt

AT_MOST = 200  # addresses of a portal in a run: after a relaunch of a site all of them are gone
# What was found gone is asked again at every run for a while, as it may come back, and rarely later.
OFTEN_FOR = timedelta(days=7)
RARELY = timedelta(days=30)

# A page of the column that could not be had, and that is not simply not there: what it lists is then not known.
COLUMN_MISSED = """
SELECT 1 FROM (
  SELECT status, outcome, max(id) FROM captures WHERE run_id = ? AND portal = ? AND role = 'column'
  GROUP BY url, method, request_sha256
) WHERE outcome IN ('failed', 'blocked') AND status IS NOT 404 AND status IS NOT 410 LIMIT 1
"""
# Every address that has ever given a report or an attachment, as it was last met.
MET = """
SELECT last.url, last.role, last.found_on, last.title, last.published FROM (
  SELECT max(id) AS id FROM captures WHERE portal = ? AND outcome = 'new' AND role IN ('report', 'attachment')
    AND method = 'GET' GROUP BY url
) AS met JOIN captures AS last ON last.id = met.id ORDER BY last.id
"""
ASKED = "SELECT url FROM captures WHERE run_id = ? AND portal = ?"
ASKED_BY_ANOTHER = "SELECT 1 FROM captures WHERE url = ? AND run_id = ? LIMIT 1"  # portal: cities list their counties' reports
ASKED_FOR = "SELECT count(*) FROM entries WHERE run_id = ? AND portal = ? AND kind = ?"
LAST_ASKED = "SELECT max(captured_at) FROM captures WHERE url = ?"
# When it was found gone, if it is: no later answer brought it back.
GONE_SINCE = """
SELECT CASE WHEN outcome IN ('vanished', 'gone') THEN
  (SELECT max(captured_at) FROM captures WHERE url = met.url AND outcome = 'vanished') END
FROM captures AS met WHERE url = ? AND status IS NOT NULL AND outcome <> 'blocked' ORDER BY id DESC LIMIT 1
"""
ANSWERED = "SELECT 1 FROM captures WHERE url = ? AND run_id = ? AND outcome IN ('new', 'changed', 'unchanged') LIMIT 1"


def dropped_out(index: sqlite3.Connection, run_id: str, portal: str, now: datetime) -> Iterator[Attempt]:
    """What a portal's columns listed once, this run has not asked for, and is worth asking; longest not asked goes first.

    Nothing where a page of the column could not be had. An attachment counts with its page: while that answers, it says
    itself what it carries. That an address is now written with another scheme, or with www., is no change.
    """
    if index.execute(COLUMN_MISSED, (run_id, portal)).fetchone():
        return
    asked = {bare(url) for (url,) in index.execute(ASKED, (run_id, portal))}
    (already,) = index.execute(ASKED_FOR, (run_id, portal, UNLISTED)).fetchone()
    found: list[tuple[datetime, Attempt]] = []
    for url, role, found_on, title, published in index.execute(MET, (portal,)).fetchall():
        if bare(url) in asked or index.execute(ASKED_BY_ANOTHER, (url, run_id)).fetchone():
            continue
        if role == "attachment" and index.execute(ANSWERED, (found_on, run_id)).fetchone():
            continue
        last_asked = datetime.fromisoformat(index.execute(LAST_ASKED, (url,)).fetchone()[0])
        if _worth_asking(index, url, last_asked, now):
            found.append((last_asked, Attempt(portal, url, role, found_on, title, published)))
    found.sort(key=lambda pair: pair[0])
    yield from (attempt for _, attempt in found[: max(0, AT_MOST - already)])


def as_entry(attempt: Attempt) -> ListedEntry:
    """How it is written down that an address is asked for though nothing lists it."""
    title, found_on = attempt.title or "", attempt.found_on or ""
    return ListedEntry(attempt.url, title, attempt.published, UNLISTED, "栏目不再列出", True, found_on)


def bare(url: str) -> str:
    """An address without what changes when a portal moves to https or drops its www."""
    return url.partition("://")[2].removeprefix("www.")


def _worth_asking(index: sqlite3.Connection, url: str, last_asked: datetime, now: datetime) -> bool:
    (gone_since,) = index.execute(GONE_SINCE, (url,)).fetchone() or (None,)
    often = gone_since is None or now - datetime.fromisoformat(gone_since) < OFTEN_FOR
    return often or now - last_asked >= RARELY
