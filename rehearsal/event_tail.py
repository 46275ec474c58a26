"""Hears every event of the program's stream, once and in order: what the actors, the display and the report live on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol, Self

import nats
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from uuid_utils.compat import uuid4

from shared.events import Envelope, Event, parse

STREAM = "PROGRAM"
HEARTBEAT_SECONDS = 1.0
MISSED_HEARTBEATS = 4
FORGOTTEN_AFTER_SECONDS = 300.0

Callback = Callable[[Envelope[Event]], None]


class Endpoints(Protocol):
    """Where NATS listens and how `observer` logs in: `embedded.endpoints.Endpoints`."""

    @property
    def nats_url(self) -> str: ...

    def nats_password(self, name: str) -> str: ...


async def _reconnecting(_: Exception) -> None:
    """NATS is asked again every second; whoever waits for an event that never comes says so."""


class EventTail:
    """An ephemeral consumer of the whole stream. It is made anew, from the next event on, whenever it was lost."""

    def __init__(self, connection: Nats, callbacks: tuple[Callback, ...]) -> None:
        self.sequence = 0
        self.unreadable: list[str] = []
        self._connection, self._callbacks = connection, callbacks
        self._jetstream: JetStreamContext = connection.jetstream(timeout=10)
        self._subscription: Subscription | None = None
        self._consumer, self._delivered = "", 0
        self._heard_from = 0.0
        self._lost = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(cls, endpoints: Endpoints, *callbacks: Callback) -> AsyncIterator[Self]:
        """Listen from the stream's first event on; each callback is called with every event, in order."""
        connection = await nats.connect(
            endpoints.nats_url,
            user="observer",
            password=endpoints.nats_password("observer"),
            inbox_prefix=b"_INBOX.observer",
            name="rehearsal",
            error_cb=_reconnecting,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
        )
        tail = cls(connection, callbacks)
        await tail._listen()
        watching = asyncio.create_task(tail._keep_listening())
        try:
            yield tail
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            await tail._forget()
            await connection.close()

    async def last_sequence(self) -> int:
        """The stream's newest event: everything is heard when `sequence` has come that far."""
        return int((await self._jetstream.stream_info(STREAM)).state.last_seq)

    async def caught_up(self) -> bool:
        return self.sequence >= await self.last_sequence()

    async def _listen(self) -> None:
        inbox = self._connection.new_inbox()
        self._consumer, self._delivered = f"rehearsal-{uuid4().hex[:12]}", 0
        self._heard_from = asyncio.get_running_loop().time()
        self._lost.clear()
        self._subscription = await self._connection.subscribe(inbox, cb=self._receive, pending_msgs_limit=-1)
        config = ConsumerConfig(
            name=self._consumer,
            deliver_subject=inbox,
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=self.sequence + 1,
            ack_policy=AckPolicy.NONE,
            idle_heartbeat=HEARTBEAT_SECONDS,
            inactive_threshold=FORGOTTEN_AFTER_SECONDS,
            mem_storage=True,
        )
        await self._jetstream.add_consumer(STREAM, config)

    async def _receive(self, message: Msg) -> None:
        self._heard_from = asyncio.get_running_loop().time()
        if (message.headers and "Status" in message.headers) or not message.reply:
            self._check_heartbeat(message)
            return
        place = message.metadata.sequence
        if message.metadata.consumer != self._consumer or place.stream <= self.sequence:
            return
        if place.consumer != self._delivered + 1:
            self._lost.set()
            return
        self._delivered = place.consumer
        self._pass_on(message.data)
        self.sequence = place.stream

    def _check_heartbeat(self, message: Msg) -> None:
        """A heartbeat tells the newest delivery: when it is not ours, one was lost on the way."""
        delivered = (message.headers or {}).get("Nats-Last-Consumer")
        if delivered is not None and int(delivered) != self._delivered:
            self._lost.set()

    def _pass_on(self, payload: bytes) -> None:
        try:
            envelope = parse(payload)
        except ValueError as wrong:
            self.unreadable.append(str(wrong))
            return
        for callback in self._callbacks:
            callback(envelope)

    async def _keep_listening(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._lost.wait(), HEARTBEAT_SECONDS)
            silent = loop.time() - self._heard_from > HEARTBEAT_SECONDS * MISSED_HEARTBEATS
            if not (self._lost.is_set() or silent):
                continue
            with contextlib.suppress(NatsError, TimeoutError, OSError):
                await self._forget()
                await self._listen()

    async def _forget(self) -> None:
        subscription, self._subscription = self._subscription, None
        with contextlib.suppress(NatsError, TimeoutError, OSError):
            if subscription:
                await subscription.unsubscribe()
            await self._jetstream.delete_consumer(STREAM, self._consumer)
