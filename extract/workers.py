"""Work on many documents in processes of their own: in the order given, each bounded in time and memory.

A document that never ends, or eats all memory, costs its own result and a fresh worker; the others are not touched.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

# Scans take the longest of all honest documents, some 12 s of one core a page, and bound themselves at 600 s.
SECONDS = 660.0
# Address space of a worker: the recognition of scans needs most, and stays below 600 MB of real memory.
MEMORY = 4 << 30
# So many results may wait for an earlier one; more would not be constant memory.
WINDOW = 16
# forkserver: workers start clean, whatever threads and reactors the command's own process has had.
# The server from which they fork has what they need loaded, so that a fresh one costs milliseconds.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["extract.answers", "extract.sources", "extract.readers.html", "extract.readers.docx"])


@dataclass(frozen=True, slots=True)
class Overrun:
    """A task that was stopped: `detail` says at which bound. `lasting`: it would be again, at the same cost."""

    detail: str
    lasting: bool = True


@dataclass
class _Worker(Generic[Task]):
    """A worker process and the task in its hands."""

    process: Any
    pipe: Connection
    number: int | None = None
    deadline: float = 0.0


def in_order(
    function: Callable[[Task], Result],
    tasks: Iterable[Task],
    *,
    workers: int | None = None,
    seconds: float = SECONDS,
    memory: int = MEMORY,
) -> Iterator[Result | Overrun]:
    """`function` of each task, in the order of the tasks; Overrun for one that was stopped.

    `function` must be importable by name and handle its own errors: what it raises ends the whole with that error.
    """
    pending = enumerate(tasks)
    team: list[_Worker[Task]] = []
    done: dict[int, Result | Overrun] = {}
    next_out, handed_out, exhausted = 0, 0, False
    try:
        while True:
            while not exhausted and handed_out - next_out < WINDOW:
                idle = next((worker for worker in team if worker.number is None), None)
                if idle is None and len(team) >= (workers or os.cpu_count() or 1):
                    break
                number, task = next(pending, (None, None))
                if number is None:
                    exhausted = True
                    break
                if idle is None:
                    idle = _start(function, memory)
                    team.append(idle)
                idle.number, idle.deadline = number, time.monotonic() + seconds
                idle.pipe.send(task)
                handed_out = number + 1
            while next_out in done:
                yield done.pop(next_out)
                next_out += 1
            busy = [worker for worker in team if worker.number is not None]
            if exhausted and not busy:
                return
            for worker in _ready(busy) if busy else ():
                if _collect(worker, done, seconds):
                    team.remove(worker)
    finally:
        for worker in team:
            worker.process.kill()
            worker.process.join()
            worker.pipe.close()


def _start(function: Callable[[Task], Result], memory: int) -> _Worker[Task]:
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=_work, args=(function, theirs, memory), daemon=True)
    process.start()
    theirs.close()
    ours.recv()  # it has loaded what it needs: only the task's own time counts
    return _Worker(process, ours)


def _work(function: Callable[[Task], Result], pipe: Connection, memory: int) -> None:
    """A worker's whole life: tasks in, (result, error) out."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    with suppress(EOFError, BrokenPipeError):  # whoever asks is gone
        pipe.send("ready")
        while True:
            task = pipe.recv()
            try:
                answer: tuple[object, BaseException | None] = (function(task), None)
            except MemoryError:
                answer = (Overrun(f"所需内存超过上限（{memory >> 20} MB）"), None)
            except Exception as error:  # noqa: BLE001  (handed to the caller, which raises it)
                answer = (None, error)
            pipe.send(answer)


def _ready(busy: list[_Worker[Task]]) -> list[_Worker[Task]]:
    """The workers that answered, died, or are over their time; waits for the first."""
    now = time.monotonic()
    pipes = wait([worker.pipe for worker in busy], timeout=max(0.0, min(w.deadline for w in busy) - now))
    return [worker for worker in busy if worker.pipe in pipes or worker.deadline <= time.monotonic()]


def _collect(worker: _Worker[Task], done: dict[int, Any], seconds: float) -> bool:
    """Take a worker's answer; true where the worker is at its end."""
    number, worker.number = worker.number, None
    assert number is not None
    if worker.pipe.poll():
        try:
            result, error = worker.pipe.recv()
        except EOFError:
            done[number] = Overrun("读取程序异常终止（文件可能损坏，或所需内存超过上限）", lasting=False)
        else:
            if error is not None:
                raise error
            done[number] = result
            return False
    else:
        done[number] = Overrun(f"读取时间超过上限（{seconds:g} 秒）")
    worker.process.kill()
    worker.process.join()
    worker.pipe.close()
    return True
