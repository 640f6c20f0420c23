"""What became of an address: the word that the ledger has for an answer, given what was met there before."""

from __future__ import annotations

import sqlite3
from http import HTTPStatus

from crawler.absence import GONE, NOT_FOUND
from crawler.archive.captures import Latest
from crawler.archive.warc import Sent

# The last thing that is known of an address that was something once.
LAST_MET = """
SELECT outcome FROM captures WHERE url = ? AND method = ? AND request_sha256 IS ?
  AND outcome IN ('new', 'changed', 'unchanged', 'redirected', 'vanished', 'gone') ORDER BY id DESC LIMIT 1
"""


def outcome_of(
    index: sqlite3.Connection,
    url: str,
    sent: Sent,
    before: Latest | None,
    status: int,
    sha256: str | None,
    error: str | None,
) -> str:
    """new, changed, unchanged, redirected; blocked; vanished, or gone where it was found so before; failed.

    An address with nothing there that has never been anything has failed: it did not vanish.
    """
    if error and error.startswith("blocked:"):
        return "blocked"
    if status in NOT_FOUND or (error and error.startswith(GONE)):
        (last,) = index.execute(LAST_MET, (url, *sent.key)).fetchone() or (None,)
        return "failed" if last is None else "gone" if last in ("vanished", "gone") else "vanished"
    if status == HTTPStatus.NOT_MODIFIED or status < 300:
        if sha256 is None:
            return "failed"
        return "new" if before is None else "unchanged" if before.capture.payload_sha256 == sha256 else "changed"
    return "redirected" if status < 400 else "failed"
