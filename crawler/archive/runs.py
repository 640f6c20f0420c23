"""RunArchive: the run that is written, from its start over its portals to its counts."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from crawler.archive.appending import AppendingArchive
from crawler.archive.captures import UNLISTED, Capture, Listed, PortalRun, Run, names
from crawler.archive.reading import GET, SAME_REQUEST
from crawler.archive.warc import Attempt, Sent, stamp
from crawler.unlisted import dropped_out

CONTINUED_WITHIN = timedelta(days=1)
KEYS = {"runs": "id", "portal_runs": "run_id"}

# What became of each address in a run: its last attempt speaks. Addresses that we refused to ask were not requested; a
# robots.txt that is not there is no failure.
COUNTS = """
SELECT
  sum(attempts) AS requested, sum(outcome = 'new') AS new, sum(outcome = 'changed') AS changed,
  sum(outcome = 'unchanged') AS unchanged, sum(outcome = 'vanished') AS vanished,
  sum(outcome = 'blocked') AS blocked, sum(outcome = 'failed' AND NOT (role = 'robots' AND status IS 404)) AS failed
FROM (
  SELECT outcome, role, status, max(id),
    count(*) FILTER (WHERE outcome <> 'refused' AND error IS NOT 'blocked:robots') AS attempts
  FROM captures WHERE run_id = ? AND portal = ? GROUP BY url, method, request_sha256
)
"""
COUNTED = ("requested", "new", "changed", "unchanged", "vanished", "blocked", "failed")


class RunArchive(AppendingArchive):
    """An archive with a run under way: what it has got already, and what became of each portal."""

    _inherited = 0  # the last capture of earlier processes

    def start_run(
        self,
        portals: Iterable[str],
        *,
        contact: str | None = None,
        configuration: Mapping[str, object] | None = None,
        run_id: str | None = None,
    ) -> str:
        """Begin a run, or continue the one interrupted less than a day ago; older ones are closed as abandoned.

        `contact` and `configuration` (names and values of settings) stand in the WARC files. With `run_id` it is the
        run of that id that is begun or continued: a part of a run that several processes do, see crawler.parts.
        """
        self._contact, self._configuration, portals = contact, configuration or {}, tuple(portals)
        now = self._clock()
        oldest = stamp(now - CONTINUED_WITHIN)
        with self._transaction():
            self._index.execute(
                "UPDATE runs SET finished_at = ?, verdict = 'abandoned' WHERE finished_at IS NULL AND started_at <= ?",
                (stamp(now), oldest),
            )
            found = self._index.execute(
                "SELECT id FROM runs WHERE finished_at IS NULL ORDER BY started_at DESC, rowid DESC LIMIT 1"
            ).fetchone()
            self._run = run_id or (found[0] if found else f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}")
            self._index.execute("INSERT OR IGNORE INTO runs (id, started_at) VALUES (?, ?)", (self._run, stamp(now)))
            self._index.execute(
                "UPDATE runs SET finished_at = ?, verdict = 'abandoned' WHERE finished_at IS NULL AND id <> ?",
                (stamp(now), self._run),
            )
            self._index.execute(
                "UPDATE warc_files SET finished_at = ? WHERE finished_at IS NULL AND run_id <> ?",
                (stamp(now), self._run),
            )
            for portal in portals:
                self._index.execute(
                    """INSERT INTO portal_runs (run_id, portal, started_at) VALUES (?, ?, ?)
                       ON CONFLICT DO UPDATE SET finished_at = NULL, verdict = NULL, reason = NULL, alarm = NULL""",
                    (self._run, portal, stamp(now)),
                )
            (self._inherited,) = self._index.execute("SELECT coalesce(max(id), 0) FROM captures").fetchone()
        closed = self._rows("runs", "verdict = 'abandoned' AND finished_at = ?", stamp(now))
        begun = self._rows("portal_runs", "run_id = ? AND finished_at IS NULL", self._run)
        self._unsaid = {"runs": [*closed, *self._rows("runs", "id = ?", self._run)], "portal_runs": begun}
        return self._run

    def captured(self, url: str, sent: Sent = GET) -> Capture | None:
        """What this run has already got from an address for what is sent there, if it need not be asked again."""
        # Blocks and busy servers are asked again (or not, as the host breaker says); attempts without an answer too.
        # A redirect of this very process is: one that only sets a cookie leads to itself and would go round for ever.
        return next(
            self._captures(
                f"""WHERE {SAME_REQUEST} AND run_id = ? AND warc_file IS NOT NULL AND (error IS NULL OR error LIKE 'gone:%')
                   AND (status < 300 OR status IN (304, 404, 410) OR (status < 400 AND id <= ?))
                   ORDER BY id DESC LIMIT 1""",
                url,
                *sent.key,
                self.run_id,
                self._inherited,
            ),
            None,
        )

    def blocked_in_run(self) -> Iterator[Capture]:
        """The answers of this run that were blocks."""
        return self._captures("WHERE run_id = ? AND error LIKE 'blocked:%' AND status IS NOT NULL", self.run_id)

    def listed_before(self, portal: str) -> Listed | None:
        """What the portal's column listed in its last finished run before this one; None where that was nothing."""
        query = f"""SELECT runs.id, runs.started_at, count(entries.url) FROM portal_runs
            JOIN runs ON runs.id = portal_runs.run_id
            JOIN entries ON entries.run_id = runs.id AND entries.portal = portal_runs.portal
              AND entries.kind <> '{UNLISTED}'
            WHERE portal_runs.portal = ? AND portal_runs.run_id <> ? AND portal_runs.finished_at IS NOT NULL
              AND portal_runs.verdict IN ('good', 'partial')
            GROUP BY runs.rowid ORDER BY runs.rowid DESC LIMIT 1"""
        row = self._index.execute(query, (portal, self.run_id)).fetchone()
        return Listed(*row) if row else None

    def listed_now(self, portal: str) -> int:
        """How many entries the portal's columns have listed in this run."""
        query = f"SELECT count(*) FROM entries WHERE run_id = ? AND portal = ? AND kind <> '{UNLISTED}'"
        return int(self._index.execute(query, (self.run_id, portal)).fetchone()[0])

    def column_answered(self, portal: str) -> bool:
        """Whether a column of the portal was answered with a page in this run."""
        query = """SELECT 1 FROM captures WHERE run_id = ? AND portal = ? AND role = 'column' AND status IN (200, 304)
            AND error IS NULL LIMIT 1"""
        return self._index.execute(query, (self.run_id, portal)).fetchone() is not None

    def dropped_out(self, portal: str) -> tuple[Attempt, ...]:
        """The addresses that no column of the portal lists any more and that are to be asked once more."""
        return tuple(dropped_out(self._index, self.run_id, portal, self._clock()))

    def keep_family(self, portal: str, family: str, confidence: float, marks: str) -> None:
        """Write down how a portal's column is delivered, how sure that is (0 to 1), and by which marks; before it is
        finished, so that its WARC file says it with the rest."""
        query = "UPDATE portal_runs SET family = ?, confidence = ?, marks = ? WHERE run_id = ? AND portal = ?"
        with self._transaction():
            self._index.execute(query, (family, round(confidence, 3), marks, self.run_id, portal))

    def finish_portal(
        self, portal: str, verdict: str, reason: str | None = None, alarm: str | None = None
    ) -> PortalRun:
        """Close a portal's part of the run, with its counts. Vanished is what its own address says is gone."""
        counts = [count or 0 for count in self._index.execute(COUNTS, (self.run_id, portal)).fetchone()]
        with self._appending() as file:
            self._index.execute(
                f"""UPDATE portal_runs SET finished_at = ?, verdict = ?, reason = ?, listed = ?, alarm = ?,
                    {", ".join(f"{name} = ?" for name in COUNTED)} WHERE run_id = ? AND portal = ?""",
                (self._stamp(), verdict, reason, self.listed_now(portal), alarm, *counts, self.run_id, portal),
            )
            finished = self._rows("portal_runs", "run_id = ? AND portal = ?", self.run_id, portal)
            file.append_rows({"portal_runs": finished}, self._clock())
        query = f"SELECT {names(PortalRun)} FROM portal_runs WHERE run_id = ? AND portal = ?"
        return PortalRun(*self._index.execute(query, (self.run_id, portal)).fetchone())

    def finish_run(self, verdict: str) -> Run:
        """Close the run: its counts are those of its portals, its WARC files are complete."""
        now = self._stamp()
        with self._appending() as file:
            self._index.execute(
                "UPDATE portal_runs SET finished_at = ?, verdict = 'abandoned'"
                " WHERE run_id = ? AND finished_at IS NULL",
                (now, self.run_id),
            )
            of_its_portals = "(SELECT coalesce(sum({0}), 0) FROM portal_runs WHERE run_id = runs.id)"
            sums = ", ".join(f"{name} = {of_its_portals.format(name)}" for name in COUNTED)
            self._index.execute(
                f"UPDATE runs SET finished_at = ?, verdict = ?, {sums} WHERE id = ?", (now, verdict, self.run_id)
            )
            query = "UPDATE warc_files SET finished_at = ? WHERE run_id = ? AND finished_at IS NULL"
            self._index.execute(query, (now, self.run_id))
            said = {table: self._rows(table, f"{key} = ?", self.run_id) for table, key in KEYS.items()}
            file.append_rows(said, self._clock())
        self.sync()
        return Run(*self._index.execute(f"SELECT {names(Run)} FROM runs WHERE id = ?", (self.run_id,)).fetchone())
