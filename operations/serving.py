"""The processes of the site: one listening socket, workers that answer on it, and fresh workers when the database is replaced.

SIGHUP, or another file in the place of nianbao.db, starts workers on it; when they answer, the old ones finish what they are
at and go. The socket stays open meanwhile, so no visitor is refused. What workers import is imported before they are
forked, once for all.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from operations import sites
from operations.balance import PLACES, Balance, Seat

BACKLOG = 1024
STARTING = 60.0  # seconds within which a worker must answer
LOOKING = 30.0  # seconds between two looks at the file, for where no signal comes: another container, another user
# What the supervisor waits for; blocked otherwise, so that none is lost.
AWAITED = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
# A worker's life: it writes a byte into the first pipe when it answers, and ends when the second one is closed.
Worker = Callable[[socket.socket, Seat, int, int], None]


class ServingError(Exception):
    """Why the site cannot be served, in one line."""


def serve(data: Path, *, host: str, port: int, role: str | None, workers: int, say: Callable[[str], None]) -> None:
    """Serve the site over `data/nianbao.db` until SIGTERM or SIGINT. Raises ServingError.

    `port` 0 is any free one. `say` is told the address once it answers, and what goes wrong with a new database.
    """
    listening = listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listening.getsockname()[1]}/"
    # Once for all workers, now and after a new database. It starts no thread and opens nothing, so a fork is no danger.
    from operations.worker import work

    settings = sites.settings_of(role)
    os.environ["NIANBAO_DATA"] = str(data.resolve())
    os.environ.setdefault("DATASETTE_SECRET", os.urandom(32).hex())  # one for all workers

    def worker(sock: socket.socket, seat: Seat, ready: int, alive: int) -> None:
        work(data / "nianbao.db", sock, seat, ready=ready, alive=alive, settings=settings, role=role)

    with listening, _Workers(worker, listening, workers, data / "nianbao.db") as crew, sites.registered(data, role, address):
        say(f"The site is at {address} (stop it with Ctrl+C).")
        crew.keep(say)


class _Workers:
    """The workers that answer now; a context in which they run."""

    def __init__(self, work: Worker, listening: socket.socket, count: int, database: Path) -> None:
        self._work, self._listening, self._count, self._database = work, listening, count, database
        self._state = _state(database)
        self._alive, self._held = os.pipe()
        self._pids: list[int] = []
        self._leaving: set[int] = set()
        self._balance, self._seats = Balance(), dict[int, Seat]()

    def __enter__(self) -> _Workers:
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)
        try:
            self._pids = self._started(self._count)
        except ServingError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for pid in {*self._pids, *self._leaving}:
            _kill(pid, signal.SIGTERM)
        for pid in {*self._pids, *self._leaving}:
            _reaped(pid)
        os.close(self._held)
        os.close(self._alive)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)

    def keep(self, say: Callable[[str], None]) -> None:
        """Until told to stop: new workers where one died, and a new set on SIGHUP or another file."""
        while (told := _awaited()) not in (signal.SIGTERM, signal.SIGINT):
            gone = set(_gone([*self._pids, *self._leaving]))
            self._leaving -= gone
            self._unseat(gone)
            try:
                if told == signal.SIGHUP or _state(self._database) not in (None, self._state):
                    self._replace()
                elif lost := [pid for pid in self._pids if pid in gone]:
                    self._pids = [pid for pid in self._pids if pid not in gone]
                    self._pids += self._started(len(lost))
            except ServingError as error:
                if not self._pids:
                    raise
                say(f"nianbao: the old workers go on: {error}")

    def _replace(self) -> None:
        """Workers on the file as it is now; the old ones leave once these answer."""
        self._state = _state(self._database)
        fresh = self._started(self._count)
        for pid in self._pids:
            _kill(pid, signal.SIGTERM)
        self._leaving |= set(self._pids)
        self._unseat(self._pids)
        self._pids = fresh

    def _started(self, count: int) -> list[int]:
        """So many workers that answer. Raises ServingError where one does not; none of them is left then."""
        started: list[int] = []
        readies: list[int] = []
        try:
            for _ in range(count):
                seat = self._seat()
                ready, written = os.pipe()
                readies.append(ready)
                started.append(self._fork(seat, written, readies))
                os.close(written)
            for pid, ready in zip(started, readies, strict=True):
                if not select.select([ready], [], [], STARTING)[0] or not os.read(ready, 1):
                    raise ServingError(f"a site process (pid {pid}) ended before it answered")
        except ServingError:
            for pid in started:
                _kill(pid, signal.SIGKILL)
                _reaped(pid)
            self._unseat(started)
            raise
        finally:
            for ready in readies:
                os.close(ready)
        return started

    def _seat(self) -> Seat:
        try:
            return self._balance.seat()
        except IndexError:
            raise ServingError(f"there are {PLACES} site processes already") from None

    def _fork(self, seat: Seat, written: int, readies: Sequence[int]) -> int:
        if pid := os.fork():
            self._seats[pid] = seat
            return pid
        code = 1
        try:
            os.close(self._held)
            for ready in readies:
                os.close(ready)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, AWAITED)
            self._work(self._listening, seat, written, self._alive)
            code = 0
        except Exception as error:  # noqa: BLE001 - the last place of this process: one line, never a traceback
            print(f"nianbao: {type(error).__name__}: {error}", file=sys.stderr)
        finally:
            os._exit(code)

    def _unseat(self, pids: Iterable[int]) -> None:
        """Take no more account of the connections of these workers."""
        for pid in pids:
            if seat := self._seats.pop(pid, None):
                seat.leave()


def listen(host: str, port: int) -> socket.socket:
    """The listening socket (port 0: any free one). Raises ServingError where the address is taken or none of this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol said: only then does asyncio set TCP_NODELAY, without which an answer in two pieces waits 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise ServingError(f"cannot listen at {host}, port {port}: {error.strerror or error}") from error
    listening.setblocking(False)
    return listening


def _awaited() -> int | None:
    """The next signal; None where it is time to look at the file."""
    told = signal.sigtimedwait(AWAITED, LOOKING)
    return told.si_signo if told else None


def _state(database: Path) -> tuple[int, int, int] | None:
    """What tells one file from another in the same place; None where there is none."""
    try:
        state = database.stat()
    except OSError:
        return None
    return state.st_ino, state.st_size, state.st_mtime_ns


def _gone(pids: Sequence[int]) -> Iterator[int]:
    """Those of these children that have ended."""
    for pid in pids:
        if _reaped(pid, os.WNOHANG):
            yield pid


def _reaped(pid: int, how: int = 0) -> bool:
    try:
        return os.waitpid(pid, how)[0] == pid
    except ChildProcessError:
        return True


def _kill(pid: int, told: signal.Signals) -> None:
    try:
        os.kill(pid, told)
    except ProcessLookupError:
        return
