"""A process that reads batches of documents for a Dask worker: `python -m extract.reader_process`, one for each thread.

Dask's workers are no place for processes of bounded time and memory: those that a nanny watches may have no children
by multiprocessing, and each child would load what the worker has loaded. This one may, and loads only what reads. It
ends when the worker that started it does: its pipe ends then.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from extract.packing import Packed
    from extract.sources import Job
    from extract.workers import Overrun

ROOT = Path(__file__).parent.parent
_MINE = threading.local()  # the reader of each of the worker's threads


class ReaderFailed(Exception):
    """A reader that ended, or that met an error which is no document's; says in one line why."""


def read_apart(function: Callable[[Job], Packed], jobs: Sequence[Job]) -> list[Packed | Overrun]:
    """`function` of each job in the calling thread's reader, in their order. Raises ReaderFailed."""
    reader = getattr(_MINE, "reader", None)
    if reader is None or reader.poll() is not None:
        line = [sys.executable, "-m", "extract.reader_process"]
        reader = _MINE.reader = subprocess.Popen(line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert reader.stdin is not None and reader.stdout is not None
    try:
        pickle.dump((function, jobs), reader.stdin)
        reader.stdin.flush()
        results, problem = pickle.load(reader.stdout)
    except (OSError, EOFError, pickle.UnpicklingError) as error:
        reader.kill()
        raise ReaderFailed(f"the process that reads ended with {reader.wait()}") from error
    if problem is not None:
        raise ReaderFailed(problem)
    found: list[Packed | Overrun] = results
    return found


def main() -> None:
    """Read batches from standard input until it ends; what they give goes to standard output."""
    from extract.workers import in_order

    given, told = sys.stdin.buffer, _own_output()
    while True:
        try:
            function, jobs = pickle.load(given)
        except EOFError:
            return
        try:
            answer: tuple[object, str | None] = (list(in_order(function, jobs, workers=1)), None)
        except Exception as problem:  # noqa: BLE001  (handed to the worker, which raises it)
            answer = (None, f"{type(problem).__name__}: {problem}")
        pickle.dump(answer, told)
        told.flush()


def _own_output() -> BinaryIO:
    """Standard output for answers alone: whatever else is printed goes to standard error."""
    told = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return told


if __name__ == "__main__":
    main()
