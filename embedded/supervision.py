"""A server that ends by itself is started again, on its port and data; one that will not stay ends everything."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from embedded.errors import EmbeddedError

TRIES = 5
PAUSE_SECONDS = 1.0
"""Between two tries, times their number: a killed PostgreSQL takes a moment until its last process is gone."""
LASTING_SECONDS = 60.0
"""A server that ran for so long starts with all its tries again."""


class Server(Protocol):
    """A server of this machine, whose `start` keeps its port and its data."""

    name: str

    async def start(self) -> None: ...

    async def wait(self) -> int | None: ...


async def supervise(server: Server, say: Callable[[str], None]) -> None:
    """Start the server again whenever it ends. Raises EmbeddedError when it does not come back, or does not stay."""
    seconds = asyncio.get_running_loop().time
    tries = 0
    while True:
        began = seconds()
        status = await server.wait()
        if seconds() - began > LASTING_SECONDS:
            tries = 0
        say(f"{server.name} has ended with status {status}: starting it again")
        tries = await _start_again(server, tries)
        say(f"{server.name} runs again")


async def must_stay(server: Server) -> None:
    """Wait for a server that has nothing to go on with once it has ended; raises EmbeddedError then."""
    status = await server.wait()
    raise EmbeddedError(f"{server.name} has ended with status {status}, and keeps nothing: start Homeward again")


async def _start_again(server: Server, tries: int) -> int:
    """Start it, however many tries that takes of those that are left; return how many were used so far."""
    last: Exception | None = None
    while tries < TRIES:
        tries += 1
        try:
            await server.start()
        except (EmbeddedError, OSError) as error:
            last = error
            await asyncio.sleep(PAUSE_SECONDS * tries)
        else:
            return tries
    why = f": {last}" if last else " that it was started again within a minute"
    raise EmbeddedError(f"{server.name} does not stay up, after {TRIES} tries{why}")
