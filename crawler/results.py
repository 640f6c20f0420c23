"""What became of a run and of its portals, wherever they were crawled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.archive.captures import PortalRun

COUNTED = ("requested", "new", "changed", "unchanged", "vanished", "blocked", "failed")


@dataclass(frozen=True)
class PortalResult:
    """What became of a portal: its counts, and in one line what went wrong, if anything did."""

    run: PortalRun
    reason: str | None


@dataclass(frozen=True)
class RunResult:
    """What became of a run. `finished` is False where it was interrupted; the next one then continues it."""

    run_id: str
    verdict: str  # good, partial, failed
    finished: bool
    portals: tuple[PortalResult, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """One line for each portal that went wrong."""
        return tuple(result.reason for result in self.portals if result.reason)


def verdict_of(verdicts: Sequence[str | None], whole: bool) -> str:
    """What to say of a run, from its portals that are through; `whole`: there are no others."""
    if whole and all(verdict == "good" for verdict in verdicts):
        return "good"
    return "failed" if whole and all(verdict in ("failed", "blocked") for verdict in verdicts) else "partial"


def line_of(run: PortalRun) -> str:
    """What became of a portal, in a line."""
    counts = ", ".join(f"{count} {name}" for name in COUNTED if (count := getattr(run, name)))
    return f"{run.portal}: {run.verdict}: {counts or 'nothing requested'}"
