from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from extract.workers import Overrun, in_order

ROOT = Path(__file__).parents[2]


def square(number: int) -> int:
    return number * number


def misbehave(how: str) -> str:
    if how == "hang":
        signal.pause()
    if how == "eat":
        return str(len(bytearray(1 << 40)))
    if how == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "raise":
        raise ValueError("no such thing")
    return how


def test_results_come_in_the_order_of_the_tasks() -> None:
    assert list(in_order(square, range(100), workers=2)) == [n * n for n in range(100)]


def test_a_task_that_hangs_dies_or_eats_memory_costs_only_itself() -> None:
    tasks = ["a", "hang", "b", "die", "c", "eat", "d"]
    results = list(in_order(misbehave, tasks, workers=2, seconds=2.0))
    assert [result for result in results if isinstance(result, str)] == ["a", "b", "c", "d"]
    told = {task: result.detail for task, result in zip(tasks, results, strict=True) if isinstance(result, Overrun)}
    assert set(told) == {"hang", "die", "eat"}
    assert "2 秒" in told["hang"] and "内存" in told["eat"] and "异常终止" in told["die"]


def test_an_error_of_the_program_itself_is_raised() -> None:
    with pytest.raises(ValueError, match="no such thing"):
        list(in_order(misbehave, ["a", "raise"], workers=1))


def test_no_more_than_a_window_of_tasks_is_taken_before_results_are() -> None:
    taken: list[int] = []

    def tasks() -> object:
        for number in range(1000):
            taken.append(number)
            yield number

    results = in_order(square, tasks(), workers=2)  # type: ignore[arg-type]
    assert next(results) == 0
    assert len(taken) < 40
    results.close()  # type: ignore[attr-defined]


def test_workers_of_a_process_that_was_killed_end_without_a_word() -> None:
    script = "import time; from extract.workers import in_order\nfor _ in in_order(time.sleep, [0, 0.3, 0.3], workers=2): print('one', flush=True)"
    asking = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert asking.stdout is not None and asking.stderr is not None
    assert asking.stdout.readline() == b"one\n"
    asking.kill()
    assert asking.communicate()[1] == b""  # which ends with the last of its workers
