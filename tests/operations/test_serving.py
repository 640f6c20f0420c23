"""What the processes of the site are set to, and the socket on which they answer."""

from __future__ import annotations

import asyncio
import socket

import pytest

from operations import sites
from operations.serving import ServingError, listen


@pytest.mark.parametrize(("role", "limit"), [("pages", 800), ("sql", 1000), (None, 1000)])
def test_a_role_keeps_the_settings_that_it_does_not_change(role: str | None, limit: int) -> None:
    settings = sites.settings_of(role)
    assert settings["sql_time_limit_ms"] == limit and settings["max_returned_rows"] == 1000


def test_connections_send_what_they_have_at_once() -> None:
    arrived: list[object] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sock = writer.get_extra_info("socket")
        arrived.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async def visit(listening: socket.socket) -> None:
        async with await asyncio.start_server(take, sock=listening):
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            await reader.read()
            writer.close()

    asyncio.run(visit(listen("127.0.0.1", 0)))
    assert arrived == [1]


def test_an_address_of_no_machine_is_told_in_one_line() -> None:
    with pytest.raises(ServingError, match=r"cannot listen at 192\.0\.2\.1, port 0: "):
        listen("192.0.2.1", 0)
