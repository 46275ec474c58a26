"""What a caller may take of a service before and after it knows them: on a real socket, as the point is the socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from uvicorn import Config
from uvicorn.server import ServerState

from shared import http_protocol, request_limits
from shared.auth import Issuer, Principal, Verifier
from shared.clock import RealClock
from shared.http import Router, allow
from shared.problems import explain_problems
from shared.request_body import RequestBody
from shared.service import http_options

router = Router()


class Letter(RequestBody):
    text: str


@router.post("/letters")
async def write(letter: Letter, caller: Annotated[Principal, allow("coordinator")]) -> int:
    return len(letter.text)


@router.post("/without-a-token")
async def write_without(letter: Letter) -> int:
    return len(letter.text)


@router.get("/healthz")
async def check_health() -> str:
    return "ok"


class Door:
    """A service that listens on loopback; `state` is what uvicorn knows of its connections."""

    def __init__(self, port: int, state: ServerState, token: str) -> None:
        self.port, self.state, self.token = port, state, token

    @asynccontextmanager
    async def connection(self, sent: str = "") -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(sent.replace("\n", "\r\n").encode())
            yield reader, writer
        finally:
            writer.transport.abort()


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    issuer = Issuer.load_or_create(tmp_path / "key.json", tmp_path / "jwks.json")
    token = issuer.token("coordinator-1", "coordinator", ["bc"], datetime.now(UTC), timedelta(minutes=5))
    app = FastAPI()
    explain_problems(app)
    app.add_middleware(request_limits.RequestLimits)
    app.include_router(router)
    app.state.running = SimpleNamespace(
        verifier=Verifier(tmp_path / "jwks.json", "homeward-development"), clock=RealClock()
    )
    config, state = Config(app, lifespan="off", log_config=None, **http_options()), ServerState()
    config.load()

    def accept() -> asyncio.Protocol:
        # uvicorn's own servers call it so; its type is a mere Protocol.
        protocol: asyncio.Protocol = config.http_protocol_class(config=config, server_state=state, app_state={})  # type: ignore[call-arg]
        return protocol

    async with await asyncio.get_running_loop().create_server(accept, "127.0.0.1", 0) as server:
        yield Door(server.sockets[0].getsockname()[1], state, token)


async def answer(reader: asyncio.StreamReader) -> tuple[int, Any]:
    async with asyncio.timeout(5):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].split("\r\n")[0])
        return int(head.split()[1]), json.loads(await reader.readexactly(length))


def head(path: str, *more: str) -> str:
    return "\n".join([f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", *more, "", ""])


async def test_without_a_token_nothing_is_read_of_a_body(door: Door) -> None:
    async with door.connection(head("/letters", "Content-Length: 50000000")) as (reader, _):
        status, problem = await answer(reader)
        assert (status, problem["rule"]) == (401, "token")


async def test_with_a_token_a_body_is_taken_though_it_comes_in_parts(door: Door) -> None:
    begun = head("/letters", f"Authorization: Bearer {door.token}", "Content-Length: 100011")
    async with door.connection(begun + '{"text":"') as (reader, writer):
        writer.write(b"a" * 100_000)
        await writer.drain()
        writer.write(b'"}')
        assert await answer(reader) == (200, 100_000)


async def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(door: Door) -> None:
    async with door.connection(head("/without-a-token", "Content-Length: 256001")) as (reader, _):
        status, problem = await answer(reader)
        assert (status, problem["rule"]) == (413, "body_too_large")


async def test_a_body_without_an_end_is_refused_when_it_is_too_large(door: Door) -> None:
    chunk = b"%x\r\n%s\r\n" % (10_000, b"a" * 10_000)
    async with door.connection(head("/without-a-token", "Transfer-Encoding: chunked")) as (reader, writer):
        writer.write(chunk * 26)
        status, problem = await answer(reader)
        assert (status, problem["rule"]) == (413, "body_too_large")
        async with asyncio.timeout(5):
            assert await reader.read() == b""


async def test_a_body_that_does_not_come_is_waited_for_no_longer_than_its_time(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_limits, "BODY_SECONDS", 0.05)
    async with door.connection(head("/without-a-token", "Content-Length: 100") + "{") as (reader, _):
        status, problem = await answer(reader)
        assert (status, problem["rule"]) == (408, "body_too_slow")


async def test_who_sends_all_of_a_body_that_is_refused_before_they_look_still_finds_the_answer(door: Door) -> None:
    async with door.connection(head("/letters", "Content-Length: 4000000")) as (reader, writer):
        for _ in range(40):
            writer.write(b"a" * 100_000)
            await writer.drain()
        status, problem = await answer(reader)
        assert (status, problem["rule"]) == (401, "token")


@pytest.mark.parametrize("sent", ["", "GET /heal", "GET /healthz HTTP/1.1\nHost: x\nX-Slow: a", "\n\n"])
async def test_a_head_that_does_not_come_ends_the_connection(
    door: Door, monkeypatch: pytest.MonkeyPatch, sent: str
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.1)
    async with door.connection(sent) as (reader, _), asyncio.timeout(5):
        assert await reader.read() == b""


async def test_the_next_head_on_a_connection_has_its_time_too(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    async with door.connection("GET /healthz HTTP/1.1\nHost: x\n\n") as (reader, writer), asyncio.timeout(5):
        assert await answer(reader) == (200, "ok")
        monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.1)
        writer.write(b"GET /heal")
        assert await reader.read() == b""


async def test_a_head_that_is_too_large_is_refused(door: Door) -> None:
    async with door.connection("GET /healthz HTTP/1.1\nHost: x\nX-Large: " + "a" * 40_000 + "\n\n") as (reader, _):
        status, problem = await answer(reader)
        assert (status, problem["status"]) == (431, 431)


async def test_a_head_of_an_ordinary_size_is_taken_with_others_behind_it(door: Door) -> None:
    request = "GET /healthz HTTP/1.1\nHost: x\nX-Large: " + "a" * 20_000 + "\n\n"
    async with door.connection(request * 5) as (reader, _):
        assert [await answer(reader) for _ in range(5)] == [(200, "ok")] * 5


async def test_who_keeps_many_connections_waiting_loses_the_oldest_and_stops_nobody(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "CONNECTIONS", 20)
    slow = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(30)]
    try:
        async with door.connection("GET /healthz HTTP/1.1\nHost: x\n\n") as (reader, _), asyncio.timeout(5):
            assert await answer(reader) == (200, "ok")
            assert len(door.state.connections) == 20
            assert await slow[0][0].read() == b""
    finally:
        for _, writer in slow:
            writer.transport.abort()
