"""The process that crawls one part of a run: `python -m crawler.part_process`, its order as a line of JSON.

Scrapy's engine starts once a process, so every part has one of its own. It lives only as long as the process that
started it keeps the pipe open through which the order came: what its worker can no longer answer for must not go on.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crawler.cluster import ClusterError, program, still_wanted, this_worker
from crawler.portals import Portal

ROOT = Path(__file__).parent.parent
LOOK_EVERY = 0.5  # seconds, for whether the part is still wanted


class PartFailed(Exception):
    """A part that could not be crawled to its end; says in one line why."""


class NotWanted(PartFailed):
    """A part that nobody waits for any more."""


@dataclass(frozen=True)
class Order:
    """A part to crawl: its folder, its portals, the estates that are its own to ask, and how to ask."""

    folder: str
    portals: tuple[Mapping[str, Any], ...]
    estates: tuple[str, ...]
    delay: float
    contact: str


def fields_of(portal: Portal) -> Mapping[str, Any]:
    """A portal as an order has it."""
    named = {name: getattr(portal, name) for name in ("key", "name", "division", "family", "column_url")}
    return named | {"hosts": list(portal.hosts), "options": dict(portal.options)}


def portal_of(fields: Mapping[str, Any]) -> Portal:
    """The portal that `fields_of` told of."""
    return Portal(**{**fields, "hosts": tuple(fields["hosts"])})


def do_part(order: Order, version: str) -> None:
    """On a worker: crawl one part."""
    if program() != version:
        raise ClusterError(f"worker {this_worker()} runs another version of nianbao than the machine that leads the run")
    run_part(order, still_wanted())


def run_part(order: Order, wanted: Callable[[], bool]) -> None:
    """Crawl a part in a process of its own. Raises PartFailed; NotWanted once `wanted` says no, with the process ended."""
    environment = os.environ | {"NIANBAO_CONTACT": order.contact}
    with subprocess.Popen(
        [sys.executable, "-m", "crawler.part_process"], cwd=ROOT, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        try:
            with suppress(BrokenPipeError):
                print(json.dumps(asdict(order)), file=process.stdin, flush=True)
            while process.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK_EVERY)
                if not wanted():
                    raise NotWanted(order.folder)
            if process.returncode:
                said = process.stdout.read().strip()
                raise PartFailed(said or f"the process that crawled it ended with {process.returncode}")
        finally:
            process.kill()


def main() -> None:
    """Crawl the part that standard input orders. What keeps it from its end is told on standard output."""
    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_pipe, daemon=True).start()
    from crawler.archive import ArchiveError
    from crawler.parts import Part
    from crawler.run import crawl_part

    folder, portals = Path(order["folder"]), tuple(map(portal_of, order["portals"]))
    try:
        if not folder.is_dir():
            raise ArchiveError(f"{folder} is not here: the data folder must have this path on every worker")
        with Part(folder) as part:
            begun = part.has_begun
        if begun:
            time.sleep(order["delay"])  # another process may have asked these hosts just now
        crawl_part(portals, folder, delay=order["delay"], estates=order["estates"])
    except (ArchiveError, OSError) as problem:
        print(f"{type(problem).__name__}: {problem}")
        sys.exit(1)


def _end_with_the_pipe() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGKILL)  # the archive is made for it: what is committed holds


if __name__ == "__main__":
    main()
