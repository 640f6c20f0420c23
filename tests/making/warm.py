"""A process that has the crawler imported already, and forks one for each crawl: the imports cost more than most crawls.

What is forked has begun nothing: no event loop, no archive, no settings of its own. It is killed, interrupted and
waited for like any other process.
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FDS = 3  # stdout, stderr, and where the number of the process and its exit code are told


class Crawling:
    """A process that was forked; as subprocess.Popen, as far as tests need it."""

    def __init__(self, function: str, arguments: list[Any], environment: dict[str, str] | None = None) -> None:
        self._out, self._err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        told, telling = os.pipe()
        self._told = os.fdopen(told, "rb", buffering=0)
        words = json.dumps([function, arguments, environment or {}]).encode()
        socket.send_fds(_server(), [words], [self._out.fileno(), self._err.fileno(), telling])
        os.close(telling)
        self.pid = int(self._line())
        self.returncode: int | None = None

    def communicate(self, timeout: float) -> tuple[str, str]:
        """What it wrote, when it has ended; raises where it does not within so many seconds."""
        ready, _, _ = select.select([self._told], [], [], timeout)
        if not ready:
            self.send_signal(signal.SIGKILL)
            raise subprocess.TimeoutExpired("crawl", timeout)
        self.returncode = int(self._line())
        self._told.close()
        written = []
        for file in (self._out, self._err):
            file.seek(0)
            written.append(file.read().decode())
            file.close()
        return written[0], written[1]

    def send_signal(self, number: int) -> None:
        """Kill or interrupt it."""
        os.kill(self.pid, number)

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            piece = self._told.read(1)
            assert piece, "the process that forks has died"
            line += piece
        return line


@cache
def _server() -> socket.socket:
    """The connection to the process that forks; it ends with this one."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("NIANBAO_")}
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    process = subprocess.Popen(
        [sys.executable, "-m", "making.warm", str(its.fileno())],
        pass_fds=[its.fileno()], cwd=ROOT, env=environment | {"PYTHONPATH": path},
    )  # fmt: skip
    its.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


# --- in the process that forks


def _warm_up() -> None:
    """Import what every crawl does; Scrapy leaves much of it until it begins."""
    import aiohttp  # noqa: F401
    import tldextract  # noqa: F401
    from scrapy.core.downloader.handlers import http11  # noqa: F401
    from scrapy.downloadermiddlewares import cookies, redirect, retry  # noqa: F401

    from crawler import middlewares, run, settings  # noqa: F401
    from crawler.divisions import load_divisions
    from crawler.spiders import annual_reports, discovery  # noqa: F401
    from crawler.titles import read_title
    from making import crawls  # noqa: F401

    load_divisions()
    read_title("丰城市2023年政府信息公开工作年度报告")
    assert "twisted.internet.reactor" not in sys.modules, "each crawl has an event loop of its own"


def _serve(connection: socket.socket) -> None:
    _warm_up()
    while True:
        words, fds, _, _ = socket.recv_fds(connection, 1 << 20, FDS)
        if not words:
            break
        if os.fork() == 0:
            connection.close()
            _look_after(*json.loads(words), *fds)
        for fd in fds:
            os.close(fd)
        _reap(os.WNOHANG)
    _reap(0)


def _reap(how: int) -> None:
    """Take leave of those that have ended, so that their time counts as ours."""
    try:
        while os.waitpid(-1, how)[0]:
            pass
    except ChildProcessError:
        pass


def _look_after(function: str, arguments: list[Any], environment: dict[str, str], out: int, err: int, tell: int) -> None:
    """Fork the crawl and tell what became of it."""
    pid = os.fork()
    if pid == 0:
        os.close(tell)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.environ.update(environment)
        os._exit(_call(function, arguments))
    os.close(out)
    os.close(err)
    os.write(tell, b"%d\n" % pid)
    _, status = os.waitpid(pid, 0)
    os.write(tell, b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _call(function: str, arguments: list[Any]) -> int:
    """Run a function of making.crawls as a program would run; its exit code."""
    from making import crawls

    code: object = 0
    try:
        getattr(crawls, function)(*arguments)
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001  (the exit code of a program that raises, and its words)
        sys.excepthook(*sys.exc_info())
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return int(code or 0)  # type: ignore[call-overload]


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
