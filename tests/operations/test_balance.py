"""Connections spread over the workers: as they count them, and as the site's own processes hold them."""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from making.database import make_data_of_pages
from making.server import started

from operations.balance import PLACES, Balance, balanced

CONNECTIONS, PATIENCE = 8, 30.0


def test_who_holds_two_more_than_another_has_too_many() -> None:
    balance = Balance()
    one, other = balance.seat(), balance.seat()
    one.hold(1)
    assert not one.has_too_many()
    one.hold(2)
    assert (one.has_too_many(), other.has_too_many()) == (True, False)
    other.leave()
    assert not one.has_too_many()


def test_a_place_given_up_counts_no_more_and_is_taken_again() -> None:
    balance = Balance()
    seats = [balance.seat() for _ in range(PLACES)]
    with pytest.raises(IndexError):
        balance.seat()
    seats[3].leave()
    seats[3].hold(9)  # a worker that leaves still answers
    again = balance.seat()
    assert not again.has_too_many()


def test_what_a_forked_process_holds_is_seen_by_all() -> None:
    balance = Balance()
    ours, its = balance.seat(), balance.seat()
    ours.hold(5)
    its.hold(4)
    assert not ours.has_too_many()
    if (pid := os.fork()) == 0:
        its.hold(1)
        os._exit(0)
    os.waitpid(pid, 0)
    assert ours.has_too_many()


@pytest.mark.parametrize(("held", "ends"), [(1, False), (2, True)])
def test_an_answer_ends_its_connection_where_there_are_too_many(held: int, ends: bool) -> None:
    sent: list[Any] = []

    async def page(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"etag", b"1")]})
        await send({"type": "http.response.body", "body": b"x"})

    async def keep(message: Any) -> None:
        sent.append(message)

    balance = Balance()
    seat, _ = balance.seat(), balance.seat()
    asyncio.run(balanced(page, seat, range(held))({"type": "http"}, keep, keep))  # type: ignore[arg-type]
    assert ((b"connection", b"close") in sent[0]["headers"]) == ends
    assert (b"etag", b"1") in sent[0]["headers"] and sent[1]["body"] == b"x"


def test_the_connections_of_a_site_are_spread_over_its_processes(tmp_path: Path) -> None:
    data = make_data_of_pages(tmp_path, {}).parent
    with started(data, "--role", "pages", "--workers", "2") as (supervisor, address):
        host = address.removeprefix("http://")
        visitors = [http.client.HTTPConnection(host) for _ in range(CONNECTIONS)]
        for visitor in visitors:
            visitor.connect()
        before = time.monotonic()
        while (held := sorted(_held(supervisor.pid, int(host.rpartition(":")[2])))) != [CONNECTIONS // 2] * 2:
            assert time.monotonic() - before < PATIENCE, held
            asking = [threading.Thread(target=_ask, args=(visitor,)) for visitor in visitors]
            for thread in asking:
                thread.start()
            for thread in asking:
                thread.join()
        for visitor in visitors:
            visitor.close()


def _ask(visitor: http.client.HTTPConnection) -> None:
    visitor.request("GET", "/about")
    assert visitor.getresponse().read()


def _held(supervisor: int, port: int) -> list[int]:
    """How many connections of this port each of the supervisor's workers holds."""
    lines = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    here = {line[9] for line in lines if int(line[1].rpartition(":")[2], 16) == port and line[3] == "01"}
    return [
        sum(bool((found := re.match(r"socket:\[(\d+)\]", _target(fd))) and found[1] in here) for fd in Path(f"/proc/{worker}/fd").iterdir())
        for worker in Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    ]


def _target(fd: Path) -> str:
    try:
        return str(fd.readlink())
    except OSError:  # closed meanwhile
        return ""
