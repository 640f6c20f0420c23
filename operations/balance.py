"""How many connections each worker holds, in memory that all share: one that holds more than another lets some go.

A connection stays with the worker that took it for as long as its visitor wants. By chance one worker takes most of them,
and its visitors wait while others have nothing to do. So it ends a connection after an answer (RFC 9112, section 9.6), and
whoever has least to do takes the next one that its visitor opens.
"""

from __future__ import annotations

import mmap
from collections.abc import Awaitable, Callable, MutableMapping, Sized
from typing import Any

# Twice as many as the command allows: those that leave keep their places until those that come answer.
PLACES = 128
NOBODY = -1
Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


class Balance:
    """The places of all workers; made before they are forked."""

    def __init__(self) -> None:
        self._held = memoryview(mmap.mmap(-1, 4 * PLACES)).cast("i")
        for number in range(PLACES):
            self._held[number] = NOBODY

    def seat(self) -> Seat:
        """A place for one more worker. Raises IndexError where all are taken."""
        number = self._held.tolist().index(NOBODY) if NOBODY in self._held else PLACES
        return Seat(self._held, number)


class Seat:
    """One worker's place among them."""

    def __init__(self, held: memoryview[int], number: int) -> None:
        self._held, self._number = held, number
        self._held[number] = 0

    def hold(self, count: int) -> None:
        """Say how many connections it holds; nothing once the place was given up."""
        if self._held[self._number] != NOBODY:
            self._held[self._number] = count

    def has_too_many(self) -> bool:
        """Whether another worker would hold fewer still with one of these."""
        least = min((count for count in self._held if count != NOBODY), default=0)
        return self._held[self._number] > least + 1

    def leave(self) -> None:
        """Give the place up: its worker is gone, or takes no more connections."""
        self._held[self._number] = NOBODY


def balanced(app: App, seat: Seat, connections: Sized) -> App:
    """An ASGI application that ends a connection with an answer where its worker has too many of them."""

    async def answer(scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                seat.hold(len(connections))
                if seat.has_too_many():
                    message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
            await send(message)

        await app(scope, receive, told)

    return answer
