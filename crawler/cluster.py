"""A Dask cluster as crawl and build see it: reached or not, and made of the same program as this one."""

from __future__ import annotations

import hashlib
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Client

ROOT = Path(__file__).parent.parent
REACHED_WITHIN = 5.0  # seconds
WORKERS_WITHIN = 10.0  # seconds, for the first one
# Tasks are tried again on another worker; one that fails so often has a reason of its own.
RETRIES = 3
# What decides what a crawl keeps.
CRAWLED_BY = ("crawler/**/*.py", "data/names/**/*", "data/divisions/**/*")


class ClusterError(Exception):
    """A cluster that cannot be worked with; says in one line why."""


@cache
def program() -> str:
    """A digest of the crawler's code and of the rules that it reads titles by; once a process."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in CRAWLED_BY for path in ROOT.glob(pattern) if path.is_file()}):
        if path.suffix != ".pyc":
            digest.update(f"{path.relative_to(ROOT).as_posix()} ".encode() + path.read_bytes())
    return digest.hexdigest()


@contextmanager
def reached(address: str, version: Callable[[], str]) -> Iterator[Client]:
    """A client of the scheduler at an address, with at least one worker; all must give our `version`.

    Raises ClusterError where there is none, none has a worker, or a worker runs another program.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError as problem:
        raise ClusterError("--scheduler needs the extra `scale`: pip install -e '.[scale]'") from problem
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is told in our own words
    try:
        with warnings.catch_warnings(action="ignore"):
            client = Client(address, timeout=REACHED_WITHIN, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as problem:
        raise ClusterError(f"no scheduler answers at {address}") from problem
    with client:
        try:
            client.wait_for_workers(1, timeout=WORKERS_WITHIN)
        except TimeoutError as problem:
            raise ClusterError(f"{address} has no worker: start some with `dask worker {address}`") from problem
        _agree(client, version)
        yield client


def threads_of(client: Client) -> int:
    """How many tasks the cluster does at once."""
    return max(1, sum(map(int, client.nthreads().values())))


def still_wanted() -> Callable[[], bool]:
    """On a worker: whether the task of the calling thread still has somebody who waits for it."""
    from distributed.worker import get_worker, thread_state

    worker, key = get_worker(), thread_state.key

    def wanted() -> bool:
        task = worker.state.tasks.get(key)
        return task is not None and task.state in ("executing", "long-running")

    return wanted


def this_worker() -> str:
    """On a worker: its address."""
    from distributed import get_worker

    return str(get_worker().address)


def _agree(client: Client, version: Callable[[], str]) -> None:
    ours = version()
    for worker, theirs in client.run(version, on_error="return").items():
        if isinstance(theirs, BaseException):
            raise ClusterError(f"worker {worker} cannot run nianbao: {type(theirs).__name__}: {theirs}")
        if theirs != ours:
            raise ClusterError(f"worker {worker} runs another version of nianbao than this machine")
