"""Status: how the last run ended, which portals need a person, and what is due; for people, as JSON, for an alert."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

from crawler.archive import Archive
from crawler.archive.captures import PortalRun, Run
from crawler.archive.warc import stamp
from crawler.due import VISITED, Schedule, by_portal, when_due
from crawler.portals import Portal

STATES: Mapping[str, str] = {
    "blocked": "does not want to be asked by a program",
    "failed": "could not be crawled",
    "zero": "lists nothing where it listed reports",
    "fewer": "lists a quarter less, or more",
    "never": "never crawled to the end",
}
NAMED = 20  # portals of a state that are named for people; --json names all
COUNTS = ("requested", "new", "changed", "unchanged", "vanished", "blocked", "failed")


@dataclass(frozen=True)
class Need:
    """A portal that needs a person: why, since which visit, and when it was last well. Moments are UTC."""

    portal: str
    name: str | None
    state: str  # a key of STATES
    since: str | None
    last_good: str | None
    reason: str | None


@dataclass(frozen=True)
class Status:
    """How the archive stands. `well`: nothing needs a person."""

    checked_at: str
    last_run: Run | None
    needs: tuple[Need, ...]
    portals: int  # of the registry
    visited: int  # of them, and of others that were crawled: at least once to the end
    captures: int
    due: int
    next_due: str | None  # of the registry's portals; None where it has none

    @property
    def well(self) -> bool:
        """Whether nothing needs a person."""
        return not self.needs and (self.last_run is None or self.last_run.verdict in (None, "good", "partial"))

    def as_json(self) -> dict[str, object]:
        """The status as outside tools get it (README: Status as JSON)."""
        return {
            "checked_at": self.checked_at,
            "well": self.well,
            "last_run": asdict(self.last_run) if self.last_run else None,
            "needs_a_person": [asdict(need) for need in self.needs],
            "totals": {"portals": self.portals, "visited": self.visited, "captures": self.captures},
            "due": {"now": self.due, "next": self.next_due},
        }

    def in_words(self) -> str:
        """The status for people, some lines."""
        lines = [_run_in_words(self.last_run)]
        for state, meaning in STATES.items():
            met = [need for need in self.needs if need.state == state]
            if met:
                lines.append(f"{state} ({meaning}): {len(met)} {'portal' if len(met) == 1 else 'portals'}")
                lines += [f"  {need.portal}{_details(need)}" for need in met[:NAMED]]
                lines += [f"  and {len(met) - NAMED} more (all of them: --json)"] if len(met) > NAMED else []
        lines.append(f"{self.portals} portals registered, {self.visited} visited, {self.captures} captures")
        when = f"; the next is due {self.next_due}" if self.next_due and not self.due else ""
        lines.append(f"{self.due} due now{when}")
        return "\n".join(lines)


def read_status(archive_folder: Path, registry: Sequence[Portal], schedule: Schedule, now: datetime) -> Status:
    """The status of an archive. Raises ArchiveError where its index cannot be read."""
    with Archive(archive_folder) as archive:
        runs, rows, captures = list(archive.runs()), list(archive.portal_runs()), archive.count_captures()
    last = runs[-1] if runs else None
    ledger = by_portal(rows)
    dues = [when_due(portal, ledger.get(portal.key, ()), now, schedule).at for portal in registry]
    return Status(
        checked_at=stamp(now.astimezone(UTC)),
        last_run=last,
        needs=tuple(needs_of(registry, ledger, last.id if last else None)),
        portals=len(registry),
        visited=sum(any(row.verdict in VISITED for row in found) for found in ledger.values()),
        captures=captures,
        due=sum(at <= now for at in dues),
        next_due=stamp(min(dues).astimezone(UTC)) if dues else None,
    )


def needs_of(
    registry: Sequence[Portal], ledger: Mapping[str, Sequence[PortalRun]], last_run: str | None
) -> Iterable[Need]:
    """The portals that need a person: those of the registry, and others of the last run (a column given by hand).

    That a portal was never crawled counts once any other of the registry was: an archive of single columns does not
    follow the registry.
    """
    names = {portal.key: portal.name for portal in registry}
    followed = any(_visits(ledger.get(key, ())) for key in names) or last_run is None
    others = [key for key, rows in ledger.items() if key not in names and rows[-1].run_id == last_run]
    for key in [*names, *others]:
        visits = _visits(ledger.get(key, ()))
        if not visits and followed and key in names:
            yield Need(key, names[key], "never", None, None, None)
        if visits and (state := _state(visits[-1])):
            streak = list(takewhile(lambda row: _state(row) == state, reversed(visits)))
            well = [row.started_at for row in visits if _state(row) is None]
            yield Need(key, names.get(key), state, streak[-1].started_at, well[-1] if well else None, visits[-1].reason)


def _visits(rows: Sequence[PortalRun]) -> list[PortalRun]:
    return [row for row in rows if row.verdict in VISITED]


def _state(row: PortalRun) -> str | None:
    """Why a portal that a visit left like this needs a person; None where it does not."""
    return row.verdict if row.verdict in ("blocked", "failed") else row.alarm


def _run_in_words(run: Run | None) -> str:
    if run is None:
        return "nothing was crawled yet"
    counts = ", ".join(f"{getattr(run, name)} {name}" for name in COUNTS)
    ended = f"ended {run.finished_at}: {run.verdict}" if run.finished_at else "is under way or was interrupted"
    return f"last run {run.id} of {run.started_at} {ended}: {counts}"


def _details(need: Need) -> str:
    said = [f"since {need.since}" if need.since else "", f"last well {need.last_good}" if need.last_good else "", need.reason or ""]
    told = "; ".join(filter(None, said))
    return f" ({need.name}): {told}" if need.name and told else f": {told}" if told else f" ({need.name})" if need.name else ""
