"""A crawl done by a Dask cluster: portals handed out in batches, the parts that come of them adopted as they are done.

Every host is asked by one process at a time. Portals that share an estate go together; where a portal leads to an
estate of others, it is gone on with once that is free. This process alone writes the main archive.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler import settings
from crawler.adoption import Adopted, take_over, take_over_all
from crawler.archive import Archive, PortalRun
from crawler.cluster import RETRIES, ClusterError, program, reached, threads_of
from crawler.estates import Batch, batches, estates_of
from crawler.part_process import Order, PartFailed, do_part, fields_of
from crawler.parts import make_part
from crawler.portals import Portal
from crawler.results import PortalResult, RunResult, verdict_of

if TYPE_CHECKING:
    from distributed import Client

log = logging.getLogger(__name__)
LOOK_EVERY = 30.0  # seconds, for whether there are workers still
AHEAD = 2  # batches under way or waiting for each thread of the cluster


def crawl(
    portals: Sequence[Portal],
    archive_folder: Path,
    address: str,
    *,
    delay: float,
    told: Callable[[PortalRun], object] = lambda _: None,
) -> RunResult:
    """Crawl the portals with the workers of a scheduler and say what became of each; `told` hears of each at once.

    A run that was interrupted is gone on with: its portals that are through are left at that. The archive's folder must
    have the same path on every worker. Raises ArchiveLocked, ArchiveError, and ClusterError also where a
    batch failed again and again; the run can then be gone on with.
    """
    wanted = {portal.key: portal for portal in portals}
    with reached(address, program) as client, Archive(archive_folder.resolve(), writable=True) as archive:
        take_over_all(archive)
        archive.start_run((), contact=settings.CONTACT or None)
        through = {run.portal for run in archive.portal_runs(archive.run_id) if run.finished_at}
        archive.start_run(wanted.keys() - through, contact=settings.CONTACT or None)
        crawl = _Crawl(client, archive, delay, told)
        crawl.do([portal for key, portal in wanted.items() if key not in through])
        runs = {run.portal: run for run in archive.portal_runs(archive.run_id) if run.portal in wanted and run.finished_at}
        whole = runs.keys() == wanted.keys()
        verdict = verdict_of([run.verdict for run in runs.values()], whole)
        if whole:
            archive.finish_run(verdict)
        if crawl.problems:
            raise ClusterError(crawl.problems[0])
        results = tuple(PortalResult(run, run.reason) for run in runs.values())
        return RunResult(archive.run_id, verdict, whole, results)


class _Crawl:
    """The batches of one run on a cluster."""

    def __init__(self, client: Client, archive: Archive, delay: float, told: Callable[[PortalRun], object]) -> None:
        self._client, self._archive, self._delay, self._told = client, archive, delay, told
        self._under_way: dict[Any, tuple[Batch, Path]] = {}  # by the future
        self._estates: dict[Portal, frozenset[str]] = {}  # where each portal leads, as far as is known
        self.problems: list[str] = []

    def do(self, portals: Sequence[Portal]) -> None:
        """Hand out everything, again where a portal leads to hosts of others, until nothing is left to do.

        Interrupted by a person, it has the workers stop and keeps what they have.
        """
        self._estates = {portal: estates_of(portal) for portal in portals}
        pending = set(portals)
        # One batch for each thread: a portal takes as long as its politeness has it, so as many as possible at once.
        size = min(settings.PORTALS_AT_ONCE, math.ceil(len(portals) / threads_of(self._client)))
        try:
            while pending or self._under_way:
                for batch in self._next(pending, size):
                    pending.difference_update(batch.portals)
                    self._hand_out(batch)
                for future in self._done():
                    pending |= self._take(future)
        except KeyboardInterrupt:
            self._client.cancel(list(self._under_way))
            for _, folder in self._under_way.values():
                self._tell(take_over(self._archive, folder))

    def _next(self, pending: Collection[Portal], size: int) -> Iterable[Batch]:
        """The batches that can be begun now: as many as keep the workers busy, none that asks what another asks."""
        room = AHEAD * threads_of(self._client) - len(self._under_way)
        busy = {estate for batch, _ in self._under_way.values() for estate in batch.estates}
        estates = {portal: known for portal, known in self._estates.items() if portal in pending}
        return islice(batches(estates, busy, size), max(0, room))

    def _done(self) -> Collection[Any]:
        """The batches that are done; waits for the first."""
        from distributed import wait

        while True:
            try:
                with self._client.as_current():
                    return list(wait(list(self._under_way), timeout=LOOK_EVERY, return_when="FIRST_COMPLETED").done)
            except TimeoutError:
                if not self._client.nthreads():
                    log.warning("no worker is left: waiting for one")

    def _hand_out(self, batch: Batch) -> None:
        folder = make_part(self._archive, batch)
        portals = tuple(map(fields_of, batch.portals))
        order = Order(str(folder), portals, tuple(sorted(batch.estates)), self._delay, settings.CONTACT)
        future = self._client.submit(do_part, order, program(), pure=False, retries=RETRIES, key=f"crawl-{folder.name}")
        self._under_way[future] = batch, folder

    def _take(self, future: Any) -> set[Portal]:
        """Adopt a part; those of its portals that lead elsewhere. Of a batch that failed, what it has is kept."""
        batch, folder = self._under_way.pop(future)
        adopted = take_over(self._archive, folder)
        self._tell(adopted)
        left = {portal for portal in batch.portals if portal.key not in adopted.finished}
        if future.status != "finished":
            self.problems.append(_in_a_line(future.exception() if future.status == "error" else None, batch))
            return set()
        for portal in left:
            self._estates[portal] |= frozenset(adopted.elsewhere.get(portal.key, ()))
        stuck = [portal.key for portal in left if self._estates[portal] <= batch.estates]
        self.problems += [f"{key} was not crawled to its end" for key in stuck]
        return {portal for portal in left if portal.key not in stuck}

    def _tell(self, adopted: Adopted) -> None:
        runs = {run.portal: run for run in self._archive.portal_runs(self._archive.run_id)}
        for portal in adopted.finished:
            self._told(runs[portal])


def _in_a_line(problem: BaseException | None, batch: Batch) -> str:
    first = f"{batch.portals[0].key}" + (f" and {len(batch.portals) - 1} more" if len(batch.portals) > 1 else "")
    if isinstance(problem, (PartFailed, ClusterError)):
        return f"{first}: {problem}"
    return f"{first}: {type(problem).__name__}: {' '.join(str(problem).split())}" if problem else f"{first}: given up"
