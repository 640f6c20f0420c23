"""Documents read by a Dask cluster: batches of jobs out, readings back in their order, each bounded as it is here."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from crawler.cluster import RETRIES, ClusterError, reached, this_worker, threads_of
from extract.fingerprint import fingerprint
from extract.packing import Packed
from extract.reader_process import read_apart
from extract.sources import Job, Strategy
from extract.workers import Overrun

# A batch ends at either: few enough that workers end together, enough that handing out costs little.
JOBS = 16
SIZE = 4 << 20  # bytes
AHEAD = 3  # batches under way or waiting for each thread of the cluster; more would not be constant memory


@contextmanager
def reading_on(address: str) -> Iterator[Strategy]:
    """A strategy that has the workers of a scheduler read. All must have what this machine reads by, in its versions.

    Raises ClusterError where the cluster cannot be worked with, then or while it reads.
    """
    with reached(address, program) as client:

        def read(function: Callable[[Job], Packed], jobs: Iterable[Job], /) -> Iterator[Packed | Overrun]:
            under_way: deque[Any] = deque()
            for batch in _batches(jobs):
                while len(under_way) >= AHEAD * threads_of(client):
                    yield from _results(under_way.popleft())
                with warnings.catch_warnings(action="ignore"):  # a scan may be larger than Dask thinks fit
                    under_way.append(client.submit(read_batch, function, batch, program(), pure=False, retries=RETRIES))
            while under_way:
                yield from _results(under_way.popleft())

        yield read


def read_batch(function: Callable[[Job], Packed], jobs: Sequence[Job], version: str) -> list[Packed | Overrun]:
    """On a worker: a batch's readings, each made within its own bounds."""
    if program() != version:
        raise ClusterError(f"worker {this_worker()} reads by other code, forms or libraries than this machine")
    return read_apart(function, jobs)


@cache
def program() -> str:
    """What readings depend on, as a digest; once a process."""
    return fingerprint()


def _batches(jobs: Iterable[Job]) -> Iterator[Sequence[Job]]:
    batch: list[Job] = []
    size = 0
    for job in jobs:
        batch.append(job)
        size += sum(map(len, job.payloads))
        if len(batch) >= JOBS or size >= SIZE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _results(future: Any) -> Sequence[Packed | Overrun]:
    try:
        results: Sequence[Packed | Overrun] = future.result()
    except ClusterError:
        raise
    except Exception as problem:  # a worker's own error, or Dask's where workers die again and again
        raise ClusterError(f"a batch could not be read: {type(problem).__name__}: {problem}") from problem
    return results
