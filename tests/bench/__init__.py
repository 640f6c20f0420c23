"""Benchmarks: what the program's promises about speed and memory are measured with (`PYTHONPATH=tests python -m bench`)."""

from __future__ import annotations

import platform
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """A variant that was measured: its name, and its figures, one of each measurement."""

    name: str
    figures: Sequence[Sequence[float]]  # rounds, each with a figure for every column of the table

    @property
    def medians(self) -> tuple[float, ...]:
        """The median of each figure over the rounds."""
        return tuple(statistics.median(column) for column in zip(*self.figures, strict=True))


@dataclass(frozen=True)
class Table:
    """What a benchmark found: rows of medians, and what follows from them."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    packages: Sequence[str] = ()  # those whose version matters
    kept: bool = True  # whether the promises are

    def markdown(self) -> str:
        """The table as it stands in BENCHMARKS.md."""
        lines = [f"## {self.title}", "", _line(["", *self.columns]), _line(["---", *("---:" for _ in self.columns)])]
        lines += [_line([row.name, *(f"{figure:,.4g}" if figure < 1000 else f"{figure:,.0f}" for figure in row.medians)])
                  for row in self.rows]  # fmt: skip
        rounds = {len(row.figures) for row in self.rows}
        lines += ["", f"Medians of {min(rounds)} rounds. {machine()}, {', '.join(_versions(self.packages))}; {pace()}."]
        return "\n".join([*lines, *(f"- {note}" for note in self.notes), ""])


def machine() -> str:
    """The machine in a line: processors, their name, memory, system, Python."""
    import os

    cpu = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), ""
    )
    memory = next((int(line.split()[1]) >> 20 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    name = cpu or platform.processor() or platform.machine()
    return f"{os.cpu_count()} × {name}, {memory} GB, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def pace() -> str:
    """How fast the machine is just now, in words: the same processor takes between one and five times as long when others
    share it, and no figure in seconds means anything without that."""
    taken = []
    for _ in range(5):
        started, total = time.process_time(), 0
        for number in range(1_000_000):
            total += number
        taken.append(time.process_time() - started)
    return f"a million additions in a loop took {1000 * statistics.median(taken):.0f} ms just after"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _versions(packages: Iterable[str]) -> Iterable[str]:
    return (f"{package} {version(package)}" for package in packages)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def say(text: str) -> None:
    """How far the measuring is, for people."""
    print(text, file=sys.stderr, flush=True)
