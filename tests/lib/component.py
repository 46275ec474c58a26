"""One running service as a test works with it: HTTP, NATS, the clock, and what an observer sees."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import httpx
from fastapi import FastAPI
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo

from embedded.mail import MailSink
from shared.auth import Issuer, Role
from shared.events import Envelope, Event
from shared.events.base import WireModel
from shared.relay import STREAM
from shared.service import Running
from tests.lib.event_tail import PATIENCE, EventTail
from tests.lib.logged import logged
from tests.lib.peers import Peers
from tests.lib.virtual import Rows, VirtualTime

SECONDS = 60.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.005, 0.05
"""Seconds between two looks at tables and at a stream's counts, which tell nobody when they change."""
E = TypeVar("E", bound=Event)
Q = TypeVar("Q", bound=WireModel)


@dataclass
class Component:
    """Whatever a test does to the service passes through HTTP, NATS or the clock.

    `database` is the observer's connection (search path: the service's schema); `admin` is the superuser's, which
    row-level security does not bind: only to look at what no observer may see.
    """

    run: Running
    app: FastAPI
    database: asyncpg.Connection
    admin: asyncpg.Connection
    mail: MailSink
    time: VirtualTime
    issuer: Issuer
    issued_at: datetime
    tail: EventTail
    peers: Peers

    def as_(
        self,
        role: Role | None,
        *sites: str,
        subject: str | UUID | None = None,
        authenticated_at: datetime | None = None,
    ) -> httpx.AsyncClient:
        """A client of the service's API with a token of this role (None: no token). Without sites: `bc`.

        What a caller would be told as a 500 is raised here as the service raised it.

        The subject is `<role>-1` unless given; a participant's is their program id. They authenticated long ago.
        """
        headers = {}
        if role is not None:
            caller = str(subject or f"{role}-1")
            issued_at = authenticated_at or self.issued_at
            token = self.issuer.token(caller, role, list(sites or ("bc",)), issued_at, timedelta(days=3650))
            headers["Authorization"] = f"Bearer {token}"
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://homeward", headers=headers)

    async def now(self) -> datetime:
        return await self.time.now()

    async def skip(self, to: datetime | timedelta) -> None:
        """Move virtual time to (or by) this, stopping wherever the service has something to do on the way."""
        await self.until_idle()
        end = await self.now() + to if isinstance(to, timedelta) else to
        while (moment := await self._rows.next_wake()) is not None and moment <= end:
            await self.time.move(moment)
            await self.until_idle()
        await self.time.move(end)
        await self.until_idle()

    async def publish(self, *events: Event, site: str = "bc", wait: bool = True) -> list[Envelope[Event]]:
        """Tell these events as their producers would; returns when the service has dealt with them."""
        now = await self.now()
        envelopes = [await self.peers.tell(event, site=site, time=now) for event in events]
        if wait:
            await self.until_idle()
        return envelopes

    async def publish_backwards(self, *events: Event, site: str = "bc") -> None:
        """Tell these events with the numbers that their producers would give them, but the last one first."""
        now = await self.now()
        for envelope in reversed([self.peers.wrapped(event, site=site, time=now) for event in events]):
            await self.repeat(envelope, str(envelope.id))

    async def repeat(self, envelope: Envelope[Event], message_id: str) -> None:
        """Deliver an event once more, past JetStream's deduplication."""
        await self.peers.deliver(envelope, message_id=message_id)
        await self.until_idle()

    async def peer_answers(
        self,
        service: str,
        question: str,
        asked: type[Q],
        say: Callable[[Q], Awaitable[WireModel | None] | WireModel | None],
    ) -> None:
        """From now on another service answers a question so; saying None keeps silent."""
        await self.peers.answer(service, question, asked, say)

    async def heard(self, event: type[E], **fields: Any) -> Envelope[E]:
        """The first event of this type with these values, told by anybody; waits for it."""
        return await self.tail.first_of(event, **fields)

    async def all_heard(self, event: type[E], **fields: Any) -> list[Envelope[E]]:
        """Every such event told so far, once the service is idle."""
        await self.until_idle()
        return self.tail.all_of(event, **fields)

    async def until_idle(self) -> None:
        """Returns when nothing is under way: events handled, told and heard; watches at rest on their newest rows."""
        last, pause = list[str](), SHORTEST_PAUSE
        try:
            async with asyncio.timeout(SECONDS):
                while troubles := await self._unrest():
                    last = troubles
                    await asyncio.sleep(pause)
                    pause = min(pause * 1.5, LONGEST_PAUSE)
        except TimeoutError:
            sentence = f"{self.run.service.name} does not come to rest: {'; '.join(last)}"
            raise AssertionError(sentence + logged()) from None

    async def _unrest(self) -> list[str]:
        """In the order in which one thing leads to the next: nothing slips into what was looked at already."""
        troubles = [f"{part.name}: {part.trouble}" for part in self.run.parts if part.trouble]
        return troubles or await self._to_handle() or await self._rows.unrest(await self.now()) or await self._to_hear()

    async def _to_handle(self) -> list[str]:
        if not self.run.service.handlers.events:
            return []
        return self._unhandled(await (await self._jetstream()).consumer_info(STREAM, self.run.service.name))

    async def _to_hear(self) -> list[str]:
        last = (await (await self._jetstream()).stream_info(STREAM)).state.last_seq
        return [f"event {last} to be heard"] if self.tail.sequence < last else []

    async def _jetstream(self) -> JetStreamContext:
        return (await self.peers.user("observer")).jetstream(timeout=PATIENCE)

    def _unhandled(self, consumer: ConsumerInfo) -> list[str]:
        """What was told and not handled yet; the consumer's own count of what waits lags behind the stream."""
        heard = self.run.service.handlers.events
        told = max((sequence for event, sequence in self.peers.stored.items() if event in heard), default=0)
        if consumer.delivered.stream_seq < told:
            return [f"event {told} to be delivered"]
        if consumer.num_pending or consumer.num_ack_pending:
            return [f"events to handle: {consumer.num_pending} new, {consumer.num_ack_pending} in hand"]
        return []

    @cached_property
    def _rows(self) -> Rows:
        return Rows(self.database, self.run.service.name)
