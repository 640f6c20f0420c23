"""A Dask scheduler in this process and workers in processes of their own, started as a person starts them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from distributed import Client, LocalCluster

ROOT = Path(__file__).resolve().parents[2]


class Workers:
    """`dask worker` processes at one scheduler."""

    def __init__(self, cluster: LocalCluster) -> None:
        self._cluster = cluster
        self.address: str = cluster.scheduler_address
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *options: str) -> Self:
        """One worker more, of one thread."""
        line = [sys.executable, "-m", "distributed.cli.dask_worker", self.address, "--nthreads", "1", "--no-dashboard"]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self.processes.append(subprocess.Popen([*line, *options], cwd="/", env=environment, stderr=subprocess.DEVNULL))
        return self

    def at_work(self) -> list[int]:
        """The processes that do the work: with a nanny not those that were started."""
        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(len(self.processes))
            return list(client.run(os.getpid).values())

    def kill(self, number: int) -> None:
        """kill -9."""
        self.processes[number].send_signal(signal.SIGKILL)


@contextmanager
def workers(count: int, *options: str) -> Iterator[Workers]:
    """So many workers at a scheduler, until the block ends."""
    with LocalCluster(n_workers=0, host="127.0.0.1", protocol="tcp://", dashboard_address="127.0.0.1:0", silence_logs=50) as cluster:
        started = Workers(cluster)
        try:
            for _ in range(count):
                started.start(*options)
            yield started
        finally:
            for process in started.processes:
                process.kill()
                process.wait()
