"""A TCP proxy on loopback that can stall what passes through it, or cut it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from embedded import ports

CHUNK = 64 * 1024


class Proxy:
    """Passes bytes on to whoever listens on `target()` by then; a client that cannot be served is hung up on."""

    def __init__(self, target: Callable[[], int]) -> None:
        self.port = ports.free_port()
        self._target = target
        self._flows = asyncio.Event()
        self._flows.set()
        self._is_cut = False
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, ports.LOOPBACK, self.port)

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        self._hang_up()

    @asynccontextmanager
    async def stalled(self) -> AsyncIterator[None]:
        """Connections stay and nothing passes, in either direction; afterwards everything does."""
        self._flows.clear()
        try:
            yield
        finally:
            self._flows.set()

    @asynccontextmanager
    async def cut(self) -> AsyncIterator[None]:
        """Every connection is gone at once, with whatever was on its way, and no new one is made."""
        self._is_cut = True
        self._hang_up()
        try:
            yield
        finally:
            self._is_cut = False

    def _hang_up(self) -> None:
        for writer in tuple(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self._is_cut:
                return
            there, back = await asyncio.open_connection(ports.LOOPBACK, self._target())
            self._open.add(back)
            try:
                passing = [asyncio.create_task(self._pass(*ends)) for ends in ((reader, back), (there, writer))]
                await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
                for one in passing:
                    one.cancel()
                await asyncio.gather(*passing, return_exceptions=True)
            finally:
                self._open.discard(back)
                back.transport.abort()
        except OSError:
            return
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
