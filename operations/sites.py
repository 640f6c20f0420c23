"""Which site processes serve a data folder: what they are set to, where they are written down, and how they are told of a new
database.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SITE = Path(__file__).parents[1] / "site"
ROLES = ("pages", "sql")
# Beside the database: a file for each `nianbao serve`, named by its process.
FOLDER = ".serving"
# The field of /proc/<pid>/stat, after the name in brackets, that tells when a process began.
BEGAN = 19


@dataclass(frozen=True, slots=True)
class Told:
    """A `nianbao serve` that was to take the new database. `why` says what kept it from being told; empty when it was."""

    pid: int
    role: str
    address: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.role} at {self.address} (pid {self.pid}{': ' + self.why if self.why else ''})"


def settings_of(role: str | None) -> Mapping[str, object]:
    """Datasette's settings: those of site/settings.json, and over them those of the role."""
    settings: dict[str, object] = json.loads((SITE / "settings.json").read_text(encoding="utf-8"))
    roles: dict[str, dict[str, object]] = json.loads((SITE / "roles.json").read_text(encoding="utf-8"))
    return settings | roles[role] if role else settings


@contextmanager
def registered(data: Path, role: str | None, address: str) -> Iterator[None]:
    """This process written down as one that serves the folder, while the block lasts.

    Where the folder may not be written nothing is: whoever protects it so has other means (a systemd path unit).
    """
    state = data / FOLDER / str(os.getpid())
    content = {"role": role or "site", "address": address, "began": _began(os.getpid())}
    try:
        state.parent.mkdir(exist_ok=True)
        state.write_text(json.dumps(content), encoding="utf-8")
    except OSError:
        yield
        return
    try:
        yield
    finally:
        state.unlink(missing_ok=True)


def tell(data: Path) -> list[Told]:
    """Have every site process of this folder take the database as it is now; what dead ones left behind is removed."""
    told: list[Told] = []
    for state in sorted((data / FOLDER).glob("[0-9]*")):
        pid, content = int(state.name), _content(state)
        if not content or _began(pid) != content["began"]:
            state.unlink(missing_ok=True)
            continue
        why = ""
        try:
            os.kill(pid, signal.SIGHUP)
        except OSError as error:
            why = error.strerror or str(error)
        told.append(Told(pid, content["role"], content["address"], why))
    return told


def _content(state: Path) -> dict[str, str]:
    try:
        content = json.loads(state.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) and content.keys() >= {"role", "address", "began"} else {}


def _began(pid: int) -> str:
    """When a process began, in the system's ticks: a later process of the same number is another. Empty where there is none."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return told.rpartition(")")[2].split()[BEGAN]
