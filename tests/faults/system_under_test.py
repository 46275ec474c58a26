"""The whole of Homeward as real processes in real time, and the api that break it and look at what is left."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import httpx
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from cli.running import wire
from embedded.services import ROOT
from embedded.stack import DATABASE, Stack
from shared.auth import Role
from shared.events import Envelope, Event, parse
from shared.handlers import DEAD_LETTERS
from shared.relay import STREAM

SITE = "bc"
SECONDS = 120.0
LOOK_AGAIN = 0.25
BORN = "1980-05-01"
E = TypeVar("E", bound=Event)
T = TypeVar("T")
_numbers = count(1)


@dataclass(frozen=True)
class Kept:
    """One message of the program's stream: its place, its id for JetStream's deduplication, and what it says."""

    place: int
    message_id: str
    envelope: Envelope[Event]


@dataclass
class SystemUnderTest:
    """Everything runs and is started again when it dies. `admin` looks into every schema."""

    stack: Stack
    admin: asyncpg.Connection

    def as_(self, service: str, role: Role, subject: object = None) -> httpx.AsyncClient:
        token = self.stack.issuer.token(
            str(subject or f"{role}-1"), role, [SITE], datetime.now(UTC), timedelta(hours=1)
        )
        return httpx.AsyncClient(
            base_url=self.stack.endpoints.services[service], headers={"Authorization": f"Bearer {token}"}, timeout=30
        )

    async def post(
        self, service: str, role: Role, path: str, body: object = None, *, subject: object = None
    ) -> httpx.Response:
        async with self.as_(service, role, subject) as client:
            return await client.post(path, json=body if body is not None else {})

    async def refer(self, protocol: str = "weekly6") -> UUID:
        reference = f"F-{next(_numbers)}"
        person = {"given_name": "Robin", "family_name": reference, "date_of_birth": BORN}
        person |= {"email": f"{reference.lower()}@people.invalid"}
        body = {"site": SITE, "protocol_id": protocol, "reference": reference, "person": person}
        answer = await self.post("intake", "coordinator", "/referrals", body)
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["program_id"])

    @asynccontextmanager
    async def nats(self, user: str) -> AsyncIterator[Nats]:
        async with wire(self.stack.data, user) as connection:
            yield connection

    async def told(self) -> list[Kept]:
        """Everything on the stream that can be read."""
        kept = []
        async with self.nats("observer") as connection:
            async for message in messages(connection, STREAM):
                try:
                    envelope = parse(message.data)
                except ValueError:
                    continue
                message_id = (message.headers or {})["Nats-Msg-Id"]
                kept.append(Kept(message.metadata.sequence.stream, message_id, envelope))
        return kept

    async def all_told(self, event: type[E], **fields: Any) -> list[Envelope[E]]:
        """Every event of this type with these values, in the stream's order."""
        said = [kept.envelope for kept in await self.told() if type(kept.envelope.data) is event]
        return [one for one in said if all(getattr(one.data, name) == value for name, value in fields.items())]

    async def dead_letters(self) -> list[dict[str, str]]:
        async with self.nats("observer") as connection:
            return [dict(letter.headers or {}) async for letter in messages(connection, DEAD_LETTERS)]

    async def comes(self, look: Callable[[], Awaitable[T]], what: str, seconds: float = SECONDS) -> T:
        """What is looked for, as soon as it is there."""
        try:
            async with asyncio.timeout(seconds):
                while not (found := await look()):  # noqa: ASYNC110 (what dies tells of nothing)
                    await asyncio.sleep(LOOK_AGAIN)
        except TimeoutError:
            raise AssertionError(f"{what} did not come within {seconds:.0f} s") from None
        return found

    async def heard(self, event: type[E], **fields: Any) -> Envelope[E]:
        async def look() -> list[Envelope[E]]:
            return await self.all_told(event, **fields)

        return (await self.comes(look, f"{event.__name__} {fields}"))[0]

    async def kill(self, service: str) -> int:
        """SIGKILL; answers how often it had been started again before."""
        restarts = self.stack.services[service].restarts
        await self.stack.services[service].kill()
        return restarts

    async def is_back(self, service: str, restarts: int) -> None:
        """The supervisor started it again, and it is ready."""

        async def look() -> bool:
            process = self.stack.services[service]
            if process.restarts <= restarts or process.pid is None:
                return False
            try:
                async with httpx.AsyncClient() as client:
                    return (await client.get(f"{process.url}/readyz")).status_code == 200
            except httpx.TransportError:
                return False

        await self.comes(look, f"{service} after its death")

    async def misses(self, service: str, server: str) -> None:
        """The service says itself that a server does not answer it."""

        async def look() -> bool:
            async with self.as_(service, "coordinator") as client:
                ready = await client.get("/readyz")
            return ready.status_code == 503 and server in ready.json()["troubles"]

        await self.comes(look, f"the trouble of {service} with {server}")

    @asynccontextmanager
    async def untold(self, service: str) -> AsyncIterator[None]:
        """The service's relay may not read its outbox for a while: what is committed there is not told."""
        relay, outbox = f"homeward_{service}_relay", f"{service}.outbox"
        await self.admin.execute(f"revoke select on {outbox} from {relay}")
        try:
            yield
        finally:
            await self.admin.execute(f"grant select on {outbox} to {relay}")

    async def is_told(self, service: str) -> None:
        """Nothing waits in the service's outbox."""

        async def look() -> bool:
            return await self.admin.fetchval(f"select count(*) = 0 from {service}.outbox where published_at is null")

        await self.comes(look, f"the end of {service}'s outbox")

    @asynccontextmanager
    async def holding(self) -> AsyncIterator[asyncpg.Connection]:
        """A transaction of somebody else's: what it locks stays locked until the end."""
        other = await asyncpg.connect(self.stack.postgres.url_for(DATABASE))
        try:
            async with other.transaction():
                yield other
        finally:
            await other.close()

    async def command(self, *words: str) -> str:
        """What `./homeward` says, run on this system."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "cli.main",
            *words,
            "--data",
            str(self.stack.data),
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "300"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        return said.decode()


async def messages(connection: Nats, stream: str) -> AsyncIterator[Msg]:
    """What a stream holds now, from its beginning on."""
    jetstream = connection.jetstream()
    if not (await jetstream.stream_info(stream)).state.messages:
        return
    reading = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE, inactive_threshold=60)
    reader = await jetstream.pull_subscribe(">", stream=stream, config=reading)
    left = 1
    while left:
        for message in await reader.fetch(500, timeout=10):
            left = message.metadata.num_pending
            yield message


@contextmanager
def frozen(pid: int | None) -> Iterator[None]:
    """A server that hangs: it takes what is sent to it, and answers only afterwards."""
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def garbled(type: str) -> bytes:
    """An event that no build can understand: its data lacks everything."""
    return json.dumps({"specversion": "1.0", "type": type, "data": {"program_id": "not an id"}}).encode()
