"""When a portal is due for its next visit: by the schedule in data/schedule.toml and what the ledger knows of it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from itertools import takewhile
from pathlib import Path

from crawler.archive.captures import PortalRun
from crawler.portals import Portal

FILE = Path(__file__).parent.parent / "data" / "schedule.toml"
BEIJING = timezone(timedelta(hours=8))
VISITED = ("good", "partial", "failed", "blocked")  # verdicts of visits that came to an end


@dataclass(frozen=True)
class Season:
    """A part of every year in which portals are visited more often, from one day to another (month, day), both included."""

    first: tuple[int, int]
    last: tuple[int, int]
    every: timedelta

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies within it."""
        day = moment.astimezone(BEIJING)
        return self.first <= (day.month, day.day) <= self.last

    def visit_after(self, begun: datetime) -> datetime | None:
        """The first moment within the season at which its interval has passed since a visit; None within a year."""
        year = begun.astimezone(BEIJING).year
        starts = (datetime(y, *self.first, tzinfo=BEIJING).astimezone(UTC) for y in (year, year + 1))
        moments = (max(begun + self.every, start) for start in starts)
        return next((moment for moment in moments if self.holds(moment)), None)


@dataclass(frozen=True)
class Schedule:
    """How long after a visit the next one is due, by how it ended and by the season."""

    usual: timedelta
    seasons: tuple[Season, ...]
    failed_first: timedelta
    failed_factor: float
    failed_longest: timedelta
    blocked: timedelta
    slack: timedelta


@dataclass(frozen=True)
class Due:
    """When a portal is due, and why then."""

    portal: Portal
    at: datetime
    why: str


@cache
def load_schedule(path: Path = FILE) -> Schedule:
    """The schedule of a TOML file. Raises OSError, KeyError and ValueError."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    seasons = tuple(Season(_day(s["from"]), _day(s["to"]), timedelta(hours=s["every"])) for s in told.get("seasons", []))
    failed = told["failed"]
    return Schedule(
        usual=timedelta(hours=told["usual"]["every"]),
        seasons=seasons,
        failed_first=timedelta(hours=failed["first"]),
        failed_factor=float(failed["factor"]),
        failed_longest=timedelta(hours=failed["longest"]),
        blocked=timedelta(hours=told["blocked"]["every"]),
        slack=timedelta(hours=told["slack"]),
    )


def when_due(portal: Portal, rows: Sequence[PortalRun], now: datetime, schedule: Schedule) -> Due:
    """When a portal is due. `rows`: its rows of the ledger, oldest first; one of a run that was broken off counts as none."""
    visits = [row for row in rows if row.finished_at and row.verdict in VISITED]
    if not visits:
        return Due(portal, now, "never visited to the end")
    if rows[-1].finished_at is None:
        return Due(portal, now, "its visit was interrupted")
    last = visits[-1]
    begun = datetime.fromisoformat(last.started_at or last.finished_at or "")
    if last.verdict == "blocked":
        return Due(portal, begun + schedule.blocked - schedule.slack, "blocked")
    if last.verdict == "failed":
        times = sum(1 for _ in takewhile(lambda row: row.verdict == "failed", reversed(visits)))
        after = min(schedule.failed_first * schedule.failed_factor ** (times - 1), schedule.failed_longest)
        return Due(portal, begun + after, f"failed {times} times" if times > 1 else "failed")
    usual = Due(portal, begun + schedule.usual - schedule.slack, "usual")
    found = [moment for season in schedule.seasons if (moment := season.visit_after(begun))]
    return min([usual, *(Due(portal, moment - schedule.slack, "season") for moment in found)], key=lambda due: due.at)


def by_portal(rows: Iterable[PortalRun]) -> Mapping[str, Sequence[PortalRun]]:
    """Rows of the ledger by the key of their portal, in their order."""
    found: dict[str, list[PortalRun]] = {}
    for row in rows:
        found.setdefault(row.portal, []).append(row)
    return found


def due_now(
    portals: Iterable[Portal], ledger: Mapping[str, Sequence[PortalRun]], now: datetime, schedule: Schedule
) -> list[Portal]:
    """The portals that are due, in their order."""
    dues = (when_due(portal, ledger.get(portal.key, ()), now, schedule) for portal in portals)
    return [due.portal for due in dues if due.at <= now]


def _day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)
