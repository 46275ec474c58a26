"""Who owns virtual time: steps to the next instant at which anything is due, and only when everything is idle."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from time import monotonic
from typing import NamedTuple, Protocol, Self

import asyncpg
import nats
from google.protobuf.duration_pb2 import Duration
from temporalio.api.testservice.v1 import (
    LockTimeSkippingRequest,
    SleepRequest,
    UnlockTimeSkippingRequest,
)
from temporalio.client import Client

from embedded.endpoints import Endpoints
from rehearsal.virtual_time.broker import Broker
from rehearsal.virtual_time.database import WATCHED, Database, Table
from rehearsal.virtual_time.idle import Barrier, Listener, Look, Player
from rehearsal.virtual_time.watches import Watches
from shared.clock import VirtualClock

PATIENCE = timedelta(seconds=45)
# A step ends a little before its target, and real time covers the rest: nothing that is due is stepped over. The server
# counts from when the call reaches it, so this must be longer than a call takes just now.
SHORT_OF_AT_LEAST, SHORT_OF_AT_MOST = timedelta(milliseconds=4), timedelta(milliseconds=60)
CALLS = 4

EventTail = Listener


class Actors(Player, Protocol):
    """The rehearsal's people, as far as time is concerned."""

    def next_at(self) -> datetime | None:
        """When somebody acts next."""


class Step(NamedTuple):
    """An interval of virtual time that was skipped, its target at most: nothing may have happened strictly inside it.

    What is due at the target may happen before the call that skips returns; that is after the step, not inside it.
    """

    before: datetime
    after: datetime


async def _reconnecting(_: Exception) -> None:
    """Whoever asks NATS meanwhile is told."""


class VirtualTimeDriver:
    """`await until_idle()`, then `await step()`, until there is nothing ahead. Nobody else may move the time."""

    def __init__(self, temporal: Client, broker: Broker, barrier: Barrier, actors: Actors) -> None:
        self.steps: list[Step] = []
        self._temporal, self._broker, self._barrier, self._actors = temporal, broker, barrier, actors
        self._clock = VirtualClock(temporal)
        self._seen: Look | None = None

    @classmethod
    @asynccontextmanager
    async def of(
        cls,
        endpoints: Endpoints,
        actors: Actors,
        tail: EventTail,
        *,
        watched: Sequence[Table] = WATCHED,
        patience: timedelta = PATIENCE,
    ) -> AsyncIterator[Self]:
        """Take over the time of a running Homeward. From here on time passes as real time does, and by steps."""
        temporal = await Client.connect(endpoints.temporal_address)
        database = await asyncpg.connect(endpoints.postgres_dsn("observer"), server_settings={"timezone": "UTC"})
        broker = await nats.connect(
            endpoints.nats_url,
            user="observer",
            password=endpoints.nats_password("observer"),
            inbox_prefix=b"_INBOX.observer",
            error_cb=_reconnecting,
        )
        await temporal.test_service.lock_time_skipping(LockTimeSkippingRequest())
        try:
            traffic, books = Broker(broker), Database(database, watched)
            barrier = Barrier(VirtualClock(temporal), books, traffic, Watches(temporal), actors, tail, patience)
            yield cls(temporal, traffic, barrier, actors)
        finally:
            await temporal.test_service.unlock_time_skipping(UnlockTimeSkippingRequest())
            await broker.close()
            await database.close()

    async def now(self) -> datetime:
        return await self._clock.now()

    async def dead_letters(self) -> int:
        """How many messages can never be handled: with them, idle is not the whole truth."""
        return await self._broker.dead_letters()

    async def until_idle(self) -> datetime:
        """Wait until all that is due has been done; the virtual instant at which that was seen."""
        self._seen = await self._barrier.wait()
        return self._seen.now

    def next_at(self) -> datetime | None:
        """The next instant at which a service or an actor has something to do, as last seen idle."""
        if self._seen is None:
            raise RuntimeError("wait for until_idle() before asking what is next")
        ahead = [instant for instant in (self._seen.books.next_at, self._actors.next_at()) if instant]
        return min(ahead, default=None)

    async def step(self) -> datetime | None:
        """Go to the next instant at which anything is due, never past it; None when nothing is ahead."""
        target = self.next_at()
        self._seen = None
        if target is None:
            return None
        called, now = monotonic(), await self.now()
        call = timedelta(seconds=monotonic() - called)
        short_of = min(max(call * CALLS, SHORT_OF_AT_LEAST), SHORT_OF_AT_MOST)
        if (skip := target - now - short_of) > timedelta(0):
            await self._skip(skip)
            before, now = now, await self.now()
            self.steps.append(Step(before, min(now, target)))
        if now < target:
            await asyncio.sleep((target - now).total_seconds())
        return target

    async def _skip(self, length: timedelta) -> None:
        duration = Duration()
        duration.FromTimedelta(length)
        await self._temporal.test_service.unlock_time_skipping_with_sleep(SleepRequest(duration=duration))
