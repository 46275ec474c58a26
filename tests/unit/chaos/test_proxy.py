"""The proxy passes everything on, holds it back, or hangs up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from chaos.proxy import Proxy
from embedded import ports


@asynccontextmanager
async def proxy() -> AsyncIterator[Proxy]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, ports.LOOPBACK, 0)
    between = Proxy(lambda: server.sockets[0].getsockname()[1])
    await between.start()
    try:
        yield between
    finally:
        await between.stop()
        server.close()


async def test_it_passes_both_ways() -> None:
    async with proxy() as between:
        reader, writer = await asyncio.open_connection(ports.LOOPBACK, between.port)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        writer.close()


async def test_what_was_held_back_comes_afterwards() -> None:
    async with proxy() as between:
        reader, writer = await asyncio.open_connection(ports.LOOPBACK, between.port)
        async with between.stalled():
            writer.write(b"hello")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.readexactly(5), 0.1)
        assert await reader.readexactly(5) == b"hello"
        writer.close()


async def test_a_cut_ends_every_connection_and_makes_no_new_one() -> None:
    async with proxy() as between:
        reader, writer = await asyncio.open_connection(ports.LOOPBACK, between.port)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        async with between.cut():
            assert await _is_hung_up(reader)
            again, other = await asyncio.open_connection(ports.LOOPBACK, between.port)
            assert await _is_hung_up(again)
            other.close()
        reader, writer = await asyncio.open_connection(ports.LOOPBACK, between.port)
        writer.write(b"again")
        assert await reader.readexactly(5) == b"again"
        writer.close()


async def _is_hung_up(reader: asyncio.StreamReader) -> bool:
    try:
        return await asyncio.wait_for(reader.read(1), 1) == b""
    except ConnectionError:
        return True
