"""/runs: how the crawls went, run by run and portal by portal, and which portals need a person."""

from __future__ import annotations

import sqlite3

from reading_room.visit import Page, Visit

MOST_RUNS, MOST_PORTALS, MOST_NEEDS = 20, 300, 200
COUNTS = ("requested", "new", "changed", "unchanged", "vanished", "blocked", "failed")


def page(connection: sqlite3.Connection, visit: Visit) -> Page:
    """The portals that need a person, the latest runs, and the portals of the one chosen (the latest where none is)."""
    runs = connection.execute(f"select * from runs order by started_at desc, rowid desc limit {MOST_RUNS}").fetchall()
    asked = visit.query("run")
    chosen = next((run for run in runs if run["id"] == asked), runs[0] if runs else None)
    portals = connection.execute(
        "select r.*, p.name, p.column_url, p.division from portal_runs r left join portals p on p.key = r.portal where r.run_id = ? "
        f"order by r.verdict in ('good', 'ok'), r.failed desc, r.blocked desc, r.portal limit {MOST_PORTALS}",
        (chosen["id"],),
    ).fetchall() if chosen else []  # fmt: skip
    count = (
        connection.execute("select count(*) from portal_runs where run_id = ?", (chosen["id"],)).fetchone()[0]
        if chosen
        else 0
    )
    needs = connection.execute(
        "select * from portal_states where state is not null order by state = 'never', last_good, portal"
    ).fetchall()
    shown = {
        "runs": runs, "chosen": chosen, "portals": portals, "count": count, "counts": COUNTS, "needs": needs[:MOST_NEEDS],
        "need_count": len(needs),
    }  # fmt: skip
    return Page("runs.html", shown)
